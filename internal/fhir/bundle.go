package fhir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// document is a file with one resource, a Bundle or a Patient, which is read member by member: a Bundle may be larger than memory.
type document struct {
	decoder *json.Decoder
	budget  *budget
	state   state
	number  int64
	entries bool                       // it has the member entry
	head    map[string]json.RawMessage // the other members; of a Bundle, those in front of its entries
	held    int                        // bytes of head
}

type state int

const (
	atStart state = iota
	inResource
	inEntries
	atEnd
)

// bundleEntry is what counts of an entry, in whatever type of Bundle.
type bundleEntry struct {
	Resource json.RawMessage `json:"resource"`
	Request  struct {
		Method string `json:"method"`
	} `json:"request"`
	Search struct {
		Mode string `json:"mode"`
	} `json:"search"`
}

func (d *document) next() (Entry, error) {
	for {
		d.budget.left = maxResource
		e, found, err := d.step()
		if err != nil {
			return Entry{}, d.broken(err)
		}
		if found {
			return e, nil
		}
	}
}

// step reads up to the next entry, or to the end of a state.
func (d *document) step() (e Entry, found bool, err error) {
	switch d.state {
	case atStart:
		d.state = inResource
		return e, false, d.delimiter('{')
	case inResource:
		if !d.decoder.More() {
			d.state = atEnd
			if err := d.delimiter('}'); err != nil {
				return e, false, err
			}
			return d.whole()
		}
		return e, false, d.member()
	case inEntries:
		if !d.decoder.More() {
			d.state = inResource
			return e, false, d.delimiter(']')
		}
		return d.entry()
	}
	if _, err := d.decoder.Token(); !errors.Is(err, io.EOF) {
		return e, false, &FileError{Number: d.number, Text: "there is something behind the end of the resource. Of several resources, each is on a line of its own (NDJSON), or all are in a Bundle"}
	}
	return e, false, io.EOF
}

// member reads a member of the resource, or stops in front of the first entry.
func (d *document) member() error {
	name, err := d.decoder.Token()
	if err != nil {
		return err
	}
	if name == "entry" {
		if d.entries {
			return &FileError{Number: d.number, Text: "the Bundle has two lists of entries"}
		}
		if kind := d.kind(); kind != "" && kind != bundleType {
			return &FileError{Number: d.number, Text: "the file is neither a Bundle nor a Patient, but " + kind}
		}
		d.entries, d.state = true, inEntries
		return d.delimiter('[')
	}
	var value json.RawMessage
	if err := d.decoder.Decode(&value); err != nil {
		return err
	}
	text, isText := name.(string)
	if !isText || d.entries {
		return nil
	}
	if d.held += len(value); d.held > maxResource {
		return errTooLarge
	}
	d.head[text] = value
	return nil
}

func (d *document) kind() string {
	var kind string
	_ = json.Unmarshal(d.head["resourceType"], &kind) // a missing one is ""
	return kind
}

// whole is the resource itself, when it has no entries: a Patient.
func (d *document) whole() (e Entry, found bool, err error) {
	kind := d.kind()
	switch {
	case d.entries || kind == bundleType:
		return e, false, nil
	case kind != patientType:
		return e, false, &FileError{Text: "the file is neither a Bundle nor a Patient, as its resourceType should say"}
	}
	d.number = 1
	e.Number = 1
	e.Patient, e.Skipped, e.Problem = parse(mustJSON(d.head))
	return e, true, nil
}

// entry reads one entry of a Bundle. What is wrong inside of it leaves the others as they are.
func (d *document) entry() (e Entry, found bool, err error) {
	var raw json.RawMessage
	if err := d.decoder.Decode(&raw); err != nil {
		return e, false, err
	}
	d.number++
	e.Number = d.number
	var entry bundleEntry
	if err := json.Unmarshal(raw, &entry); err != nil {
		wrong := notJSON(err)
		e.Problem = &wrong
		return e, true, nil
	}
	switch {
	case entry.Request.Method == "DELETE":
		e.Skipped = "a deletion, not a Patient"
	case entry.Search.Mode == "outcome":
		e.Skipped = "a message about the search, not a Patient"
	case len(entry.Resource) == 0:
		e.Skipped = "an entry without a resource"
	default:
		e.Patient, e.Skipped, e.Problem = parse(entry.Resource)
	}
	return e, true, nil
}

func (d *document) delimiter(want json.Delim) error {
	token, err := d.decoder.Token()
	if err != nil {
		return err
	}
	if token != want {
		return &FileError{Number: d.number, Text: fmt.Sprintf("the file is not a FHIR resource: there is %v where %v belongs", token, want)}
	}
	return nil
}

// broken says where a file cannot be read on.
func (d *document) broken(err error) error {
	var file *FileError
	var syntax *json.SyntaxError
	after := fmt.Sprintf("after entry %d", d.number)
	if d.number == 0 {
		after = "at its beginning"
	}
	switch {
	case err == io.EOF && d.state == atEnd, errors.As(err, &file):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &FileError{Number: d.number, Text: "the file ends in the middle, " + after + ". Was it copied completely?"}
	case errors.As(err, &syntax):
		return &FileError{Number: d.number, Text: fmt.Sprintf("the file is not valid JSON %s, at byte %d", after, syntax.Offset)}
	case errors.Is(err, errTooLarge):
		return &FileError{Number: d.number, Text: fmt.Sprintf("a resource is larger than %d MB, %s", maxResource>>20, after)}
	}
	return err
}

var errTooLarge = errors.New("too large")

// budget lets through so much and no more, until it is filled up again: the decoder holds a resource in memory.
type budget struct {
	from io.Reader
	left int
}

func (b *budget) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.from.Read(into[:min(len(into), b.left)])
	b.left -= n
	return n, err
}
