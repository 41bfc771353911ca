package transfer

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/fhir"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/vault"
)

// house is a place with people in it.
type house struct {
	*testing.T
	dir    string
	store  *sqlstore.Store
	people *identity.Identity
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{T: t, dir: dir, store: openStore(t, filepath.Join(dir, "idp.db"))}
	v, err := vault.Open(vault.Options{File: filepath.Join(dir, "key"), MayCreate: true, NotFound: idp.ErrNotFound})
	h.ok(err)
	h.ok(v.Unlock(t.Context(), h.store))
	h.people = identity.New(identity.Config{Store: h.store, Sealer: v})
	return h
}

func openStore(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	sqltest.PutSQLite(t, path, sqlstore.Open)
	store, err := sqlstore.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func (h *house) ok(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) file(text string) File {
	h.Helper()
	path := filepath.Join(h.dir, fmt.Sprintf("file%d", time.Now().UnixNano()))
	h.ok(os.WriteFile(path, []byte(text), 0o600))
	f, err := Inspect(path)
	h.ok(err)
	return f
}

var today = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// order is an import of a text, with a report.
func (h *house) order(text string) *Import {
	h.Helper()
	return &Import{File: h.file(text), Reading: Reading{Now: today}, People: h.people, Marks: h.store, Duplicates: SkipLikely, By: idp.Reading{Actor: "user import"},
		Report: NewReport(filepath.Join(h.dir, fmt.Sprintf("report%d.csv", time.Now().UnixNano())))}
}

// run imports, and returns the lines of the report without ids.
func (h *house) run(im *Import) (Result, [][]string) {
	h.Helper()
	result, err := im.Run(h.Context())
	h.ok(err)
	h.ok(im.Report.Close())
	return result, h.report(im.Report)
}

func (h *house) report(r *Report) [][]string {
	h.Helper()
	f, err := os.Open(r.rows.path)
	h.ok(err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	h.ok(err)
	return lines[1:]
}

func (h *house) everybody() []idp.Person {
	h.Helper()
	people, err := h.store.People(h.Context(), "", 5000)
	h.ok(err)
	return people
}

const head = "given_name,family_name,birthdate,email,phone,street,city,state,postal_code\n"

const maria = "María,García,1984-06-12,maria@example.org,(617) 555-0142,12 Chestnut Street,Boston,MA,02108\n"

func TestImportedPeopleAreNotVerified(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := fhir.PatientOf(idp.Person{ID: "x", Demographics: idp.Demographics{GivenName: "Ana", FamilyName: "Ruiz", Birthdate: "1990-01-01", Email: "ana@example.org"}},
		"0b6f7a52-2c36-4c7f-9d5e-0a1f3f2b6c7d", fhir.Assigner{Name: "Somebody else"})
	for _, text := range []string{head + maria, string(jsonOf(t, patient))} {
		if result, lines := h.run(h.order(text)); result.Added != 1 {
			t.Fatalf("%+v %q", result, lines)
		}
	}
	for _, p := range h.everybody() {
		if p.Level != idp.Unverified || !p.Identifier.IsZero() || p.Role != idp.Patient || p.State != idp.PersonActive {
			t.Errorf("%s: level %q, identifier %t, role %s, state %s", p.Name(), p.Level, !p.Identifier.IsZero(), p.Role, p.State)
		}
		for _, a := range p.Attributes {
			if a.Status != idp.SelfAsserted || !strings.HasPrefix(a.RecordedBy, "user import ") {
				t.Errorf("%s: the %s is %s, recorded by %q", p.Name(), a.Kind, a.Status, a.RecordedBy)
			}
		}
		events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "person.add"})
		if err != nil || len(events) != 1 {
			t.Errorf("%s: %d lines in the audit log (%v)", p.Name(), len(events), err)
		}
	}
}

func TestEveryFormOfATableIsRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text   string
		ignore []string
		dates  Dates
		want   string // name, birthdate, street of the first person
	}{
		"plain":               {text: head + maria, want: "María García|1984-06-12|12 Chestnut Street"},
		"mark of order":       {text: byteOrderMark + head + maria, want: "María García|1984-06-12|12 Chestnut Street"},
		"semicolons":          {text: strings.ReplaceAll(head+maria, ",", ";"), want: "María García|1984-06-12|12 Chestnut Street"},
		"tabs, Windows":       {text: strings.ReplaceAll(strings.ReplaceAll(head+maria, ",", "\t"), "\n", "\r\n"), want: "María García|1984-06-12|12 Chestnut Street"},
		"no line end":         {text: strings.TrimSuffix(head+maria, "\n"), want: "María García|1984-06-12|12 Chestnut Street"},
		"another order":       {text: "Email,DOB,Last Name,First Name\nm@example.org,1984-06-12,García,María\n", want: "María García|1984-06-12|"},
		"line end in a value": {text: "family_name,given_name,birthdate,email,street,street2\nGarcía,María,1984-06-12,m@example.org,\"12 Chestnut\nStreet\",Apt 4\n", want: "María García|1984-06-12|12 Chestnut\nStreet\nApt 4"},
		"separator in quotes": {text: "family_name;given_name;birthdate;email;street\nGarcía;María;1984-06-12;m@example.org;\"1; Main\"\n", want: "María García|1984-06-12|1; Main"},
		"more columns":        {text: "MRN,family_name,given_name,birthdate,email,\n7,García,María,1984-06-12,m@example.org,\n", ignore: []string{"mrn"}, want: "María García|1984-06-12|"},
		"American dates":      {text: "family_name,given_name,birthdate,email\nGarcía,María,6/12/1984,m@example.org\n", dates: DatesUS, want: "María García|1984-06-12|"},
		"one name":            {text: "family_name,one_name,birthdate,phone\nSuharto,yes,1984-06-12,+1 617 555 0142\n", want: "Suharto|1984-06-12|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			im := h.order(c.text)
			im.Reading.Ignore, im.Reading.Dates = c.ignore, c.dates
			if result, lines := h.run(im); result.Added != 1 || result.Rows != 1 {
				t.Fatalf("%+v %q", result, lines)
			}
			p := h.everybody()[0]
			if got := p.Name() + "|" + p.Birthdate + "|" + p.Address.Street; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFileThatCannotBeReadSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":                 {"", "the file is empty"},
		"Windows-1252":          {head + strings.Replace(maria, "í", "\xed", 1), "line 2 of the file is not UTF-8"},
		"cut in a sign":         {head + "a\xc3", "line 2 of the file is not UTF-8"},
		"UTF-16":                {"\xff\xfeg\x00", "the file is UTF-16"},
		"unknown column":        {"given_name,family_name,birthdate,email,shoe size\n", `nothing is known about the column "shoe size"`},
		"column twice":          {"given_name,family_name,birthdate,email,E-Mail\n", `"email" and "E-Mail" both hold the email`},
		"no birthdate":          {"given_name,family_name,email\n", "no column birthdate"},
		"no way to be reached":  {"given_name,family_name,birthdate\n", "no column email or phone"},
		"no header":             {maria, "nothing is known about the column"},
		"quotation mark open":   {head + `"` + strings.Repeat(maria, 8000), "row 2 has no end"},
		"another resource":      {`{"resourceType":"Practitioner"}`, "neither a Bundle nor a Patient"},
		"a bundle that is torn": {`{"resourceType":"Bundle","entry":[`, "ends in the middle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			path := filepath.Join(h.dir, "file")
			h.ok(os.WriteFile(path, []byte(c.text), 0o600))
			f, err := Inspect(path)
			if err == nil {
				im := &Import{File: f, Reading: Reading{Now: today}, People: h.people, Marks: h.store}
				_, err = im.Run(t.Context())
			}
			if !errors.As(err, new(*FileError)) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if len(h.everybody()) > 0 {
				t.Error("somebody was added")
			}
		})
	}
}

// A sign may lie on the border of two reads.
func TestTextIsCheckedAcrossReads(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("é小🙂\n", 50))
	for size := 1; size < 12; size++ {
		c := &textCheck{line: 1}
		for rest := text; len(rest) > 0; {
			n := min(size, len(rest))
			if _, err := c.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if c.wrong || len(c.rest) > 0 || c.line != 51 {
			t.Errorf("in parts of %d: wrong %t at line %d, %d left", size, c.wrong, c.line, len(c.rest))
		}
	}
}

func TestReportTellsAClerkWhatHappened(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rows := head + maria +
		strings.Replace(maria, "María", "Maria", 1) + // the same
		"Elena,García,1984-06-12,,(617) 555-0142,12 Chestnut Street,Boston,MA,02108\n" + // a twin
		"Sam,,1976-02-30,nobody,,1 Elm,Reno,Nowhere,89501\n" +
		"Ana,Ruiz\n" +
		"=HYPERLINK(1),Ruiz,1990-01-01,=x,,,,,\n"
	result, lines := h.run(h.order(rows))
	if result.Added != 2 || result.Noted != 1 || result.Duplicates != 1 || result.Wrong != 3 || result.Rows != 6 || result.Last != 7 {
		t.Errorf("%+v", result)
	}
	for n, want := range []struct{ row, outcome, reason, other, likeness string }{
		{"2", "added", "", "", ""},
		{"3", "duplicate", "the same person, as it seems: last name: the same", "row 2", "same"},
		{"4", "added", "possibly the same person", "row 2", "possible"},
		{"5", "wrong", `family_name: must not be empty; birthdate: "1976-02-30" is not a date`, "", ""},
		{"6", "wrong", "has 2 cells, and the first row has 9", "", ""},
		{"7", "wrong", `email: "=x" is not an e-mail address`, "", ""},
	} {
		got := lines[n]
		if got[0] != want.row || got[1] != want.outcome || !strings.Contains(got[3], want.reason) || got[4] != want.other || !strings.HasPrefix(got[5], want.likeness) {
			t.Errorf("got %q, want %q", got, want)
		}
		if (got[2] != "") != (want.outcome == "added") {
			t.Errorf("row %s: person %q", got[0], got[2])
		}
	}
	for _, cell := range []string{"=1+1", "+1", "-1", "@x"} {
		if inert(cell)[0] != '\'' {
			t.Errorf("%q is a formula in a spreadsheet", cell)
		}
	}
}

func TestDuplicatesAreHandledByRule(t *testing.T) {
	t.Parallel()
	const likely = "Maria,García,1984-06-12,other@example.org,,,,,\n" // no contact in common
	const twin = "Elena,García,1984-06-12,,(617) 555-0142,12 Chestnut Street,Boston,MA,02108\n"
	for _, c := range []struct {
		policy                  Policy
		added, doubles, noted   int64
		outcomeLikely, notedWhy string
	}{
		{SkipLikely, 1, 2, 1, "duplicate", ""},
		{SkipSame, 2, 1, 2, "added", "probably the same person"},
		{AddAll, 3, 0, 3, "added", "probably the same person"},
	} {
		t.Run(string(c.policy), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.run(h.order(head + maria))
			im := h.order(head + maria + likely + twin + "\n")
			im.Duplicates = c.policy
			result, lines := h.run(im)
			if result.Added != c.added || result.Duplicates != c.doubles || result.Noted != c.noted || lines[1][1] != c.outcomeLikely || !strings.Contains(lines[1][3], c.notedWhy) {
				t.Errorf("%+v\n%q", result, lines)
			}
		})
	}
}

// A closed account keeps nobody out: she has come back.
func TestClosedAccountIsNoDuplicate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(h.order(head + maria))
	_, err := h.people.Close(t.Context(), h.everybody()[0].ID, "left the town", idp.Reading{Actor: "test"})
	h.ok(err)
	result, lines := h.run(h.order(head + maria + "\n"))
	if result.Added != 1 || result.Noted != 1 || !strings.Contains(lines[0][3], "whose account is closed") {
		t.Errorf("%+v %q", result, lines)
	}
}

// Whoever has a Digital Identifier of ours is here, whatever else the row says.
func TestDigitalIdentifierOfOursIsADuplicate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.verified()
	value, err := h.people.Identifier(t.Context(), p, idp.Reading{Actor: "test"})
	h.ok(err)
	other := idp.Person{ID: "x", Demographics: idp.Demographics{GivenName: "Sam", FamilyName: "Okafor", Birthdate: "1976-02-03", Email: "sam@example.org"}}
	im := h.order(string(jsonOf(t, fhir.PatientOf(other, value, fhir.Assigner{Name: "We"}))))
	im.Duplicates = AddAll
	result, lines := h.run(im)
	if result.Duplicates != 1 || !strings.Contains(lines[0][3], "has the Digital Identifier of somebody who is here") || lines[0][4] != p.ID {
		t.Errorf("%+v %q", result, lines)
	}
	if text, err := os.ReadFile(im.Report.rows.path); err != nil || strings.Contains(string(text), value) {
		t.Errorf("the report has the identifier in clear (%v)", err)
	}
}

func TestDryRunChangesNothingAndFindsTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text := head + maria + strings.Repeat(maria, 3) + "A,B,x,,,,,,\n"
	im := h.order(text)
	im.DryRun = true
	im.Into = identity.New(identity.Config{Store: openStore(t, filepath.Join(t.TempDir(), "scratch.db")), Sealer: h.people.Sealer})
	dry, lines := h.run(im)
	if len(h.everybody()) > 0 || lines[0][2] != "" || lines[1][4] != "row 2" {
		t.Errorf("%d people were added; %q", len(h.everybody()), lines)
	}
	if events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{}); err != nil || len(events) > 0 {
		t.Errorf("%d lines in the audit log (%v)", len(events), err)
	}
	real, _ := h.run(h.order(text))
	if dry != real {
		t.Errorf("the dry run counts %+v, the import %+v", dry, real)
	}
}

// people are rows of that many different people.
func people(n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		word := ""
		for d := i + 1; d > 0; d /= 16 {
			word += []string{"ba", "ke", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "ju", "xa"}[d%16]
		}
		fmt.Fprintf(&b, "N%s,F%s,%04d-%02d-%02d,p%d@example.org,,,,,\n", word, word, 1920+i%90, 1+i%12, 1+i%28, i)
	}
	return b.String()
}

// interrupt is a room that fails at the second batch.
type interrupt struct {
	*identity.Identity
	batches, failAt int
}

var errPower = errors.New("the power went")

func (i *interrupt) Admit(ctx context.Context, a identity.Arrival, by idp.Reading, keep func([]idp.Token) error) error {
	if i.batches++; i.batches < i.failAt {
		return i.Identity.Admit(ctx, a, by, keep)
	}
	return i.Identity.Admit(ctx, a, by, func(links []idp.Token) error { return errors.Join(keep(links), errPower) })
}

// size is that of a batch, where a test needs several.
const size = 40

func TestImportGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const n = 2*size + 20
	im := h.order(people(n))
	im.size = size
	im.InviteFor = time.Hour
	links := filepath.Join(h.dir, "links.csv")
	im.Links = NewLinks(links, func(t idp.Token) string { return "https://id.example.org/invite/" + t.String() })
	im.People = &interrupt{Identity: h.people, failAt: 2}
	first, err := im.Run(t.Context())
	if !errors.Is(err, errPower) || first.Added != size {
		t.Fatalf("%+v (%v)", first, err)
	}
	if all := len(h.report(im.Report)); all != 2*size {
		t.Fatalf("the report had %d lines: the test does not interrupt where it should", all)
	}
	im.People = h.people
	second, lines := h.run(im)
	h.ok(im.Links.Close())
	if second.After != size+1 || second.Added != n-size || second.Last != n+1 {
		t.Errorf("%+v", second)
	}
	seen := map[string]bool{}
	for _, p := range h.everybody() {
		seen[p.Email] = true
	}
	if len(h.everybody()) != n || len(seen) != n {
		t.Errorf("%d people, %d different, want %d", len(h.everybody()), len(seen), n)
	}
	for k, line := range lines {
		if line[0] != fmt.Sprint(k+2) {
			t.Fatalf("line %d of the report is about row %s", k, line[0])
		}
	}
	h.linksWork(links, n)
	// And it is done once.
	if third, _ := h.run(im); third.Rows != 0 || third.After != n+1 || len(h.everybody()) != n {
		t.Errorf("once more: %+v, %d people", third, len(h.everybody()))
	}
}

// linksWork finds an open invitation behind every link of the table.
func (h *house) linksWork(path string, n int) {
	h.Helper()
	f, err := os.Open(path)
	h.ok(err)
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		h.Errorf("mode %v (%v)", info.Mode(), err)
	}
	lines, err := csv.NewReader(f).ReadAll()
	h.ok(err)
	if len(lines) != n+1 {
		h.Errorf("%d links, want %d", len(lines)-1, n)
	}
	for _, line := range lines[1:] {
		token, err := idp.ParseToken(strings.TrimPrefix(line[6], "https://id.example.org/invite/"))
		h.ok(err)
		inv, err := h.store.Invitation(h.Context(), token.ID)
		if err != nil || inv.PersonID != line[1] || !token.Matches(inv.Hash) {
			h.Fatalf("the link of row %s leads nowhere: %v", line[0], err)
		}
		if !inv.AsksBirthdate {
			h.Fatalf("whoever reads the link of row %s needs to know nothing else", line[0])
		}
	}
}

func TestStopIsHeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, stop := context.WithCancel(t.Context())
	im := h.order(people(4 * size))
	im.size = size
	im.Progress = func(Progress) { stop() }
	result, err := im.Run(ctx)
	if !errors.Is(err, context.Canceled) || result.Added != size {
		t.Fatalf("%+v (%v), want to stop behind the first batch", result, err)
	}
	im.Progress = nil
	if again, _ := h.run(im); again.After != size+1 || len(h.everybody()) != 4*size {
		t.Errorf("%+v, %d people", again, len(h.everybody()))
	}
}

func TestFileOfAnotherIsNotOverwritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	im := h.order(head + maria)
	h.ok(os.WriteFile(im.Report.rows.path, []byte("my table\n"), 0o600))
	if _, err := im.Run(t.Context()); !errors.Is(err, ErrExists) || len(h.everybody()) > 0 {
		t.Errorf("got %v", err)
	}
}
