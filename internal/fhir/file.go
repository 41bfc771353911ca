package fhir

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxResource bounds one resource of a file, in bytes.
const maxResource = 4 << 20

// Entry is one resource of a file.
type Entry struct {
	// Number is the place in the file, from 1: the line of an NDJSON file, the entry of a Bundle.
	Number  int64
	Patient Patient
	Skipped string   // why it is none of ours: "a Practitioner, not a Patient"; "" for a Patient
	Problem *Problem // why it could not be read; nil when it could
}

// FileError is a file that cannot be read on.
type FileError struct {
	Number int64 // of the last entry that was read
	Text   string
}

func (e *FileError) Error() string { return e.Text }

// File reads the Patients of a file, one after another.
type File struct{ next func() (Entry, error) }

// Next returns the next resource, io.EOF when there is no more, and a *FileError when the file cannot be read on.
func (f *File) Next() (Entry, error) { return f.next() }

const byteOrderMark = "\xef\xbb\xbf"

// peek is how much of a file is looked at to find out what it is, in bytes.
const peek = 1 << 16

// NewFile reads a Bundle, a Patient, or lines with a resource each.
func NewFile(r io.Reader) (*File, error) {
	b := bufio.NewReaderSize(r, peek)
	start, err := b.Peek(peek)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) {
		return nil, &FileError{Text: "the file is UTF-16. Save it as UTF-8"}
	}
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		if _, err := b.Discard(len(byteOrderMark)); err != nil {
			return nil, err
		}
		start = start[len(byteOrderMark):]
	}
	text := bytes.TrimLeft(start, " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return nil, &FileError{Text: "the file is neither a FHIR Bundle, nor a Patient, nor NDJSON: none of these begins so"}
	}
	if isLines(text) {
		l := &lines{from: b}
		return &File{l.next}, nil
	}
	d := &document{budget: &budget{from: b}, head: map[string]json.RawMessage{}}
	d.decoder = json.NewDecoder(d.budget)
	return &File{d.next}, nil
}

// isLines reports whether the first line holds a whole resource that is no Bundle, or begins like one that should and is followed by
// another. A Bundle on one line is a document.
func isLines(text []byte) bool {
	line, rest, whole := bytes.Cut(text, []byte("\n"))
	if !whole {
		return false // one line, or a very long first one: a document either way
	}
	if json.Valid(line) {
		var head struct {
			ResourceType string `json:"resourceType"`
		}
		return json.Unmarshal(line, &head) != nil || head.ResourceType != bundleType
	}
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(bytes.TrimSpace(line)) > 1 && bytes.HasPrefix(rest, []byte("{"))
}

// lines is NDJSON: what is wrong with one line leaves the others as they are.
type lines struct {
	from   *bufio.Reader
	number int64
}

func (l *lines) next() (Entry, error) {
	for {
		line, long, err := l.line()
		if err != nil {
			return Entry{}, err
		}
		l.number++
		e := Entry{Number: l.number}
		switch {
		case long:
			e.Problem = &Problem{ID: "too_long", Text: fmt.Sprintf("the line is longer than %d MB", maxResource>>20)}
			return e, nil
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		e.Patient, e.Skipped, e.Problem = parse(line)
		return e, nil
	}
}

// line reads to the end of the line; of one that is too long it keeps nothing.
func (l *lines) line() (line []byte, long bool, err error) {
	for {
		part, err := l.from.ReadSlice('\n')
		if len(line)+len(part) > maxResource {
			long, line = true, nil
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(line) > 0 || long):
			return line, long, nil
		}
		return line, long, err
	}
}

// Parse reads one resource.
func Parse(data []byte) (Patient, *Problem) {
	p, skipped, problem := parse(data)
	if skipped != "" {
		problem = &Problem{Path: "resourceType", ID: "not_a_patient", Text: "is " + skipped}
	}
	return p, problem
}

func parse(data []byte) (p Patient, skipped string, problem *Problem) {
	if !utf8.Valid(data) {
		return p, "", &Problem{ID: "not_utf8", Text: "is not UTF-8: save the file as UTF-8"}
	}
	err := json.Unmarshal(data, &p)
	kind := p.ResourceType
	if err != nil {
		var head struct {
			ResourceType string `json:"resourceType"`
		}
		if errors.As(err, new(*json.UnmarshalTypeError)) && json.Unmarshal(data, &head) == nil {
			kind = head.ResourceType
		}
	}
	switch {
	case kind != "" && kind != patientType:
		return Patient{}, "a " + kind + ", not a Patient", nil
	case err != nil:
		wrong := notJSON(err)
		return Patient{}, "", &wrong
	case kind == "":
		return Patient{}, "", &Problem{Path: "resourceType", ID: "required", Text: "is missing: nothing says that this is a Patient"}
	}
	return p, "", nil
}
