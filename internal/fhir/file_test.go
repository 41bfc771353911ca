package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// read is every entry of a file, as "number family", "number -skipped" or "number !problem", and why it could not be read on.
func read(text string) (lines []string, err error) {
	f, err := NewFile(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	for {
		e, err := f.Next()
		switch {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return lines, err
		case e.Problem != nil:
			lines = append(lines, fmt.Sprintf("%d !%s", e.Number, e.Problem.ID))
		case e.Skipped != "":
			lines = append(lines, fmt.Sprintf("%d -%s", e.Number, e.Skipped))
		default:
			lines = append(lines, fmt.Sprintf("%d %s", e.Number, e.Patient.ID))
		}
	}
}

func TestFilesAreReadInEveryForm(t *testing.T) {
	t.Parallel()
	const one, two = `{"resourceType":"Patient","id":"a"}`, `{"resourceType":"Patient","id":"b"}`
	bundle := func(kind string, entries ...string) string {
		return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",") + `],"total":2}`
	}
	for name, c := range map[string]struct{ text, want, fails string }{
		"patient":              {one, "1 a", ""},
		"patient, indented":    {"{\n \"id\": \"a\",\n \"resourceType\": \"Patient\"\n}\n", "1 a", ""},
		"mark of order":        {byteOrderMark + one, "1 a", ""},
		"lines":                {one + "\n" + two + "\n", "1 a, 2 b", ""},
		"lines without an end": {one + "\r\n\r\n" + two, "1 a, 3 b", ""},
		"lines, one broken":    {one + "\n{\"resourceType\":\"Pat\n" + two + "\n[]\nnull\n{}", "1 a, 2 !not_json, 3 b, 4 !wrong_type, 5 !required, 6 !required", ""},
		"lines, first broken":  {"{\"resourceType\"\n" + two, "1 !not_json, 2 b", ""},
		"lines of others":      {one + "\n" + `{"resourceType":"Practitioner","name":"x"}` + "\n" + bundle("collection"), "1 a, 2 -a Practitioner, not a Patient, 3 -a Bundle, not a Patient", ""},
		"not UTF-8":            {one + "\n{\"resourceType\":\"Patient\",\"id\":\"\xe9\"}\n", "1 a, 2 !not_utf8", ""},
		"collection":           {bundle("collection", `{"resource":`+one+`}`, `{"fullUrl":"urn:x","resource":`+two+`}`), "1 a, 2 b", ""},
		"transaction":          {bundle("transaction", `{"resource":`+one+`,"request":{"method":"PUT","url":"Patient/a"}}`, `{"request":{"method":"DELETE","url":"Patient/b"}}`), "1 a, 2 -a deletion, not a Patient", ""},
		"searchset":            {bundle("searchset", `{"resource":`+one+`,"search":{"mode":"match"}}`, `{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}`), "1 a, 2 -a message about the search, not a Patient", ""},
		"type behind":          {`{"entry":[{"resource":` + one + `}],"resourceType":"Bundle"}`, "1 a", ""},
		"empty bundle":         {bundle("collection"), "", ""},
		"no entries":           {`{"resourceType":"Bundle","type":"collection"}`, "", ""},
		"entry wrong":          {bundle("collection", `7`, `{"resource":{"resourceType":"Patient","name":7}}`, `{}`, `{"resource":`+two+`}`), "1 !wrong_type, 2 !wrong_type, 3 -an entry without a resource, 4 b", ""},
		"ends in the middle":   {strings.TrimSuffix(bundle("collection", `{"resource":`+one+`}`, `{"resource":{`), `],"total":2}`), "1 a", "the file ends in the middle, after entry 1. Was it copied completely?"},
		"not JSON":             {bundle("collection", `{"resource":`+one+`}`, `{resource}`), "1 a", "the file is not valid JSON after entry 1"},
		"something behind":     {bundle("collection") + one, "", "there is something behind the end"},
		"another resource":     {`{"resourceType":"Practitioner"}`, "", "neither a Bundle nor a Patient"},
		"parameters":           {`{"resourceType":"Parameters","entry":[{}]}`, "", "but Parameters"},
		"entry twice":          {`{"entry":[],"entry":[]}`, "", "two lists"},
		"no list":              {`{"entry":{}}`, "", "there is { where [ belongs"},
		"UTF-16":               {"\xff\xfe{\x00", "", "UTF-16"},
		"no JSON":              {"given_name,family_name\n", "", "neither a FHIR Bundle"},
		"empty":                {"", "", "neither a FHIR Bundle"},
	} {
		lines, err := read(c.text)
		if got := strings.Join(lines, ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("%s: %v, want %q", name, err, c.fails)
		}
	}
}

// endless is a Bundle that never ends.
type endless struct {
	rest string
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	if e.rest == "" {
		e.rest = `{"resource":{"resourceType":"Patient","id":"a"}},`
	}
	n := copy(into, e.rest)
	e.rest, e.read = e.rest[n:], e.read+n
	return n, nil
}

// A Bundle may be larger than memory: it has to be read as it comes.
func TestBundleIsReadAsItComes(t *testing.T) {
	t.Parallel()
	source := &endless{rest: `{"resourceType":"Bundle","entry":[`}
	f, err := NewFile(source)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10_000 {
		if e, err := f.Next(); err != nil || e.Patient.ID != "a" || e.Number != int64(n+1) {
			t.Fatalf("entry %d: %+v (%v)", n, e, err)
		}
	}
	if most := 10_000*60 + 2*peek; source.read > most {
		t.Errorf("%d bytes were read for 10,000 entries, want at most %d", source.read, most)
	}
}

func TestOneResourceIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2*maxResource)
	lines, err := read(`{"resourceType":"Patient","id":"a"}` + "\n" + `{"resourceType":"Patient","id":"` + long + `"}` + "\n" + `{"resourceType":"Patient","id":"b"}`)
	if got := strings.Join(lines, ", "); err != nil || got != "1 a, 2 !too_long, 3 b" {
		t.Errorf("lines: %q (%v)", got, err)
	}
	for name, text := range map[string]string{
		"entry":  `{"resourceType":"Bundle","entry":[{"resource":{"id":"` + long + `"}}]}`,
		"member": `{"resourceType":"Patient","id":"` + long + `"}`,
		"many":   `{"a":"` + long[:maxResource*2/3] + `","b":"` + long[:maxResource*2/3] + `"}`,
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), "larger than 4 MB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is read, is read in bounds and without a crash; and what is taken of it reads the same when it is written again.
func FuzzFile(f *testing.F) {
	whole, err := json.Marshal(PatientOf(maria(), identifier, operator))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole))
	f.Add(string(whole) + "\n" + string(whole))
	f.Add(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + string(whole) + `},{"request":{"method":"DELETE"}}]}`)
	f.Add(`{"resourceType":"Patient","name":[{"family":"García","use":"usual"}],"telecom":[{"system":"sms","value":"6175550142","rank":3}],"birthDate":"1984"}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := NewFile(strings.NewReader(text))
		if err != nil {
			return
		}
		last := int64(0)
		for {
			e, err := file.Next()
			if err != nil {
				return
			}
			if e.Number <= last {
				t.Fatalf("entry %d behind %d", e.Number, last)
			}
			last = e.Number
			if e.Problem != nil || e.Skipped != "" {
				continue
			}
			subject := PersonOf(e.Patient, today)
			if len(subject.Problems.wrong()) > 0 {
				continue
			}
			subject.Person.ID = idp.NewID()
			patient := PatientOf(subject.Person, "", operator)
			if err := invalid(t, patient); err != nil {
				t.Fatalf("%v\n%s", err, mustJSON(patient))
			}
			again := PersonOf(patient, today)
			if got, want := values(again.Person), values(subject.Person); strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}
