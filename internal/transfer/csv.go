package transfer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// maxRecord bounds one row of a table, in bytes: what is longer is a quotation mark that was never closed.
const maxRecord = 256 << 10

// Dates is how a table writes a date.
type Dates string

const (
	DatesISO Dates = "year-month-day" // 1984-06-12
	DatesUS  Dates = "month/day/year" // 6/12/1984
)

// separators are those that are tried.
const separators = ",;\t"

// table is a file of comma-separated values (RFC 4180; with other separators as well).
type table struct {
	reader *csv.Reader
	budget *recordBudget
	header header
	dates  Dates
	now    time.Time
	number int64
}

const byteOrderMark = "\xef\xbb\xbf"

func newTable(from io.Reader, ignored []string, dates Dates, now time.Time) (*table, error) {
	budget := &recordBudget{from: from, left: maxRecord}
	b := bufio.NewReaderSize(budget, 1<<16)
	start, err := b.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if strings.HasPrefix(string(start), byteOrderMark) {
		if _, err := b.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
		start = start[len(byteOrderMark):]
	}
	t := &table{reader: csv.NewReader(b), budget: budget, dates: dates, now: now, number: 1}
	t.reader.Comma = separatorOf(string(start))
	t.reader.FieldsPerRecord, t.reader.ReuseRecord = -1, true
	heads, err := t.reader.Read()
	if err != nil {
		return nil, fileError("the file has no first row that names its columns, with some of %s", columnList())
	}
	t.header, err = newHeader(heads, ignored)
	return t, err
}

// separatorOf is the separator by which the first row names most columns.
func separatorOf(start string) rune {
	best, most := ',', 0
	for _, separator := range separators {
		r := csv.NewReader(strings.NewReader(start))
		r.Comma = separator
		heads, _ := r.Read() // a wrong one has no heads that are known
		known := 0
		for _, head := range heads {
			if fieldOf(head) != "" {
				known++
			}
		}
		if known > most {
			best, most = separator, known
		}
	}
	return best
}

func (t *table) next() (Row, error) {
	for {
		t.budget.left = maxRecord
		cells, err := t.reader.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, errLongRecord):
			return Row{}, fileError("row %d has no end: is there a quotation mark that is not closed?", t.number+1)
		case errors.As(err, &parse):
			t.number++
			return Row{Number: t.number, Problems: []Problem{{Text: "a quotation mark is in the wrong place (line " + fmt.Sprint(parse.Line) + " of the file)"}}}, nil
		case err != nil:
			return Row{}, err
		}
		t.number++
		if blank(cells) {
			continue
		}
		return t.row(cells), nil
	}
}

func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

func (t *table) row(cells []string) Row {
	r := Row{Number: t.number}
	if n := len(t.header.fields); len(cells) < n || !blank(cells[n:]) {
		r.Problems = []Problem{{Text: fmt.Sprintf("has %d cells, and the first row has %d. Is there a separator in a value that is not in quotation marks?", len(cells), n)}}
		return r
	}
	in, found := t.input(cells)
	d, more := person.Check(in, t.now)
	for _, p := range append(found, more...) {
		r.Problems = append(r.Problems, Problem{Field: t.header.name(p.Field), Text: p.Words(t.header.name), Warning: p.Warning})
	}
	r.Attributes = idp.AttributesOf(d, idp.Attribute{Status: idp.SelfAsserted})
	return r
}

func (t *table) input(cells []string) (in person.Input, found person.Problems) {
	for n, field := range t.header.fields {
		cell := active(cells[n])
		switch field {
		case person.GivenName:
			in.GivenName = cell
		case person.MiddleName:
			in.MiddleName = cell
		case person.FamilyName:
			in.FamilyName = cell
		case person.Suffix:
			in.Suffix = cell
		case person.OneName:
			yes, ok := yesOrNo(cell)
			if in.OneName = yes; !ok {
				found = append(found, person.Problem{Field: field, ID: "not_yes_or_no", Text: fmt.Sprintf("%q is neither yes nor no", cell)})
			}
		case person.Birthdate:
			in.Birthdate = t.date(cell)
		case person.Sex:
			in.Sex = sexWord(cell)
		case person.Language:
			in.Language = cell
		case person.Email:
			in.Email = cell
		case person.Phone:
			in.Phone = cell
		case person.Street:
			in.Street = append([]string{cell}, in.Street...)
		case street2:
			in.Street = append(in.Street, cell)
		case person.City:
			in.City = cell
		case person.State:
			in.State = cell
		case person.PostalCode:
			in.PostalCode = cell
		case person.Country:
			in.Country = cell
		}
	}
	return in, found
}

func yesOrNo(cell string) (yes, ok bool) {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "yes", "y", "true", "1", "x":
		return true, true
	case "no", "n", "false", "0", "":
		return false, true
	}
	return false, false
}

// sexWord is the word for a letter that tables often have instead.
func sexWord(cell string) string {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "f":
		return "female"
	case "m":
		return "male"
	case "o":
		return "other"
	case "u":
		return "unknown"
	}
	return cell
}

// date is a date as package person wants it. One that is not of the form is left as it is, and said to be wrong there.
func (t *table) date(cell string) string {
	if t.dates != DatesUS {
		return cell
	}
	if day, err := time.Parse("1/2/2006", strings.TrimSpace(cell)); err == nil {
		return day.Format(time.DateOnly)
	}
	return cell
}

var errLongRecord = errors.New("a row is too long")

// recordBudget lets through so much and no more, until it is filled up again: a row is held in memory. What is read ahead counts for
// the row before.
type recordBudget struct {
	from io.Reader
	left int
}

func (b *recordBudget) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRecord
	}
	n, err := b.from.Read(into[:min(len(into), b.left)])
	b.left -= n
	return n, err
}
