package transfer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
)

// rowFile is a table whose first column is the row of an import. It is for its owner only: it tells of people.
type rowFile struct {
	path string
	head []string
	file *os.File
	csv  *csv.Writer
}

// ErrExists: there is such a file, and it is not of this import.
var ErrExists = errors.New("there is a file of that name already, which is not of an interrupted import")

// begin makes the file, or keeps of the one that an interrupted import left the lines up to a row.
func (f *rowFile) begin(after int64) error {
	if _, err := os.Stat(f.path); err == nil && after == 0 {
		return fmt.Errorf("%s: %w. Choose another name", f.path, ErrExists)
	}
	fresh, err := os.CreateTemp(filepath.Dir(f.path), ".import-*") // mode 0600
	if err != nil {
		return err
	}
	f.file, f.csv = fresh, csv.NewWriter(fresh)
	err = f.csv.Write(f.head)
	if err == nil && after > 0 {
		err = f.copyUpTo(after)
	}
	if err == nil {
		err = f.flush()
	}
	if err == nil {
		err = os.Rename(fresh.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, fresh.Close(), os.Remove(fresh.Name()))
	}
	return nil
}

func (f *rowFile) copyUpTo(after int64) error {
	before, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer before.Close()
	lines := csv.NewReader(before)
	lines.ReuseRecord, lines.FieldsPerRecord = true, -1
	for first := true; ; first = false {
		cells, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil: // the last line, which was cut off
			return nil
		case first && strings.Join(cells, ",") != strings.Join(f.head, ","):
			return fmt.Errorf("%s: %w. Choose another name", f.path, ErrExists)
		case first:
			continue
		}
		if row, err := strconv.ParseInt(cells[0], 10, 64); err != nil || row > after {
			return nil
		}
		if err := f.csv.Write(cells); err != nil {
			return err
		}
	}
}

func (f *rowFile) line(cells ...string) error {
	for n, cell := range cells[1:] {
		cells[n+1] = inert(cell)
	}
	return f.csv.Write(cells)
}

// inert keeps a spreadsheet program from taking a value of the file for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune(formulaSigns, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// formulaSigns begin what a spreadsheet program takes for a formula.
const formulaSigns = "=+-@\t\r"

// active is what inert was made of: our own tables are read again.
func active(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formulaSigns, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

func (f *rowFile) flush() error {
	f.csv.Flush()
	return f.csv.Error()
}

func (f *rowFile) close() error {
	if f.file == nil {
		return nil
	}
	return errors.Join(f.flush(), f.file.Close())
}

// Report is a table of what happened to each row.
type Report struct{ rows rowFile }

// NewReport makes the report at a path when the import begins.
func NewReport(path string) *Report { return &Report{rows: rowFile{path: path}} }

func (r *Report) begin(after int64, dryRun bool) error {
	result := "result"
	if dryRun {
		result = "result of the dry run"
	}
	r.rows.head = []string{"row", result, "person", "reasons", "looks like", "likeness"}
	return r.rows.begin(after)
}

func (r *Report) write(lines []Line) error {
	for _, l := range lines {
		err := r.rows.line(strconv.FormatInt(l.Row, 10), string(l.Outcome), l.PersonID, strings.Join(l.Reasons, "; "), l.Other, l.Likeness)
		if err != nil {
			return err
		}
	}
	return r.rows.flush()
}

// Close ends the report.
func (r *Report) Close() error { return r.rows.close() }

// Links is a table of the links with which people make their first passkeys.
type Links struct {
	rows rowFile
	link func(idp.Token) string
}

// NewLinks makes the table at a path when the import begins. link is the address of an invitation.
func NewLinks(path string, link func(idp.Token) string) *Links {
	return &Links{rows: rowFile{path: path}, link: link}
}

func (l *Links) begin(after int64) error {
	l.rows.head = []string{"row", "person", "name", "email", "phone", "language", "link"}
	return l.rows.begin(after)
}

// write is durable when it returns: of a link, only the hash is stored.
func (l *Links) write(b *batch, links []idp.Token) error {
	for n, link := range links {
		p := b.newcomers[n].Person
		phone := p.Phone
		if phone != "" {
			phone = "tel:" + phone // which is no formula
		}
		err := l.rows.line(strconv.FormatInt(b.rows[n], 10), p.ID, p.Name(), p.Email, phone, p.Language, l.link(link))
		if err != nil {
			return err
		}
	}
	if len(links) == 0 {
		return nil
	}
	if err := l.rows.flush(); err != nil {
		return err
	}
	return l.rows.file.Sync()
}

// Close ends the table.
func (l *Links) Close() error { return l.rows.close() }
