package transfer

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"udap-idp/internal/fhir"
	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// ContentType is the media type of everybody in a format.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8" // RFC 4180 §3
	case Bundle:
		return "application/fhir+json; charset=utf-8"
	case FHIR:
		return "application/fhir+ndjson; charset=utf-8"
	}
	return "application/x-ndjson; charset=utf-8"
}

// Suffix is how the name of a file with everybody ends.
func (f Format) Suffix() string {
	switch f {
	case CSV:
		return ".csv"
	case Bundle:
		return ".json"
	}
	return ".ndjson"
}

// form writes people, one after the other.
type form interface {
	person(p idp.Person, identifier string) error
	end() error
}

func (e Export) form(w io.Writer) form {
	switch e.Format {
	case CSV:
		return newTableForm(e, w)
	case Bundle:
		return &bundleForm{e: e, w: w}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return lineForm{e, encoder}
}

// lineForm is JSON, one person on a line.
type lineForm struct {
	e       Export
	encoder *json.Encoder
}

func (f lineForm) person(p idp.Person, identifier string) error {
	return f.encoder.Encode(f.e.value(p, identifier))
}
func (f lineForm) end() error { return nil }

// bundleForm is a Bundle of the type collection.
type bundleForm struct {
	e     Export
	w     io.Writer
	begun bool
}

func (f *bundleForm) person(p idp.Person, identifier string) error {
	entry, err := json.Marshal(struct {
		FullURL  string       `json:"fullUrl"`
		Resource fhir.Patient `json:"resource"`
	}{"urn:uuid:" + p.ID, fhir.PatientOf(p, identifier, f.e.Assigner)})
	if err != nil {
		return err
	}
	before := ",\n"
	if !f.begun {
		f.begun, before = true, "{\n"+`"resourceType":"Bundle","type":"collection","entry":[`+"\n" // on a line of its own, or it looks like NDJSON
	}
	_, err = io.WriteString(f.w, before+string(entry))
	return err
}

func (f *bundleForm) end() error {
	text := "\n]}\n"
	if !f.begun { // FHIR R4 §2.6.2: a list is never empty
		text = `{"resourceType":"Bundle","type":"collection"}` + "\n"
	}
	_, err := io.WriteString(f.w, text)
	return err
}

// tableForm is a table. Its last columns are those that an import reads.
type tableForm struct {
	e     Export
	table *csv.Writer
	err   error
}

// tableHeads are the columns that say what this provider made of a person.
var tableHeads = []string{"id", "account_state", "survivor_id", "level", "verified_at", "expires_at", "digital_identifier"}

func newTableForm(e Export, w io.Writer) *tableForm {
	f := &tableForm{e: e, table: csv.NewWriter(w)}
	heads := tableHeads
	for _, column := range Columns {
		heads = append(heads[:len(heads):len(heads)], string(column))
	}
	f.err = f.table.Write(heads)
	return f
}

func (f *tableForm) person(p idp.Person, identifier string) error {
	if f.err != nil {
		return f.err
	}
	cells := []string{p.ID, string(p.State), p.SurvivorID, string(p.LevelAt(f.e.Now)), timeCell(p.VerifiedAt), timeCell(p.ExpiresAt), identifier}
	d := idp.DemographicsOf(p.WithAttributes().Attributes)
	street, rest, _ := strings.Cut(d.Address.Street, "\n")
	oneName := ""
	if d.GivenName == "" && d.FamilyName != "" {
		oneName = "yes"
	}
	values := map[person.Field]string{
		person.GivenName: d.GivenName, person.MiddleName: d.MiddleName, person.FamilyName: d.FamilyName, person.Suffix: d.Suffix, person.OneName: oneName,
		person.Birthdate: d.Birthdate, person.Sex: d.Sex, person.Language: d.Language, person.Email: d.Email, person.Phone: d.Phone,
		person.Street: street, street2: strings.ReplaceAll(rest, "\n", ", "), person.City: d.Address.City, person.State: d.Address.State,
		person.PostalCode: d.Address.PostalCode, person.Country: d.Address.Country,
	}
	for _, column := range Columns {
		cells = append(cells, inert(values[column]))
	}
	return f.table.Write(cells)
}

func (f *tableForm) end() error {
	f.table.Flush()
	return f.table.Error()
}

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ExportForm says how everybody is written in a format, for rooms that do not know this package.
func (d *Desk) ExportForm(format string) (contentType, suffix string, ok bool) {
	f := Format(format)
	switch f {
	case CSV, JSON, FHIR, Bundle:
		return f.ContentType(), f.Suffix(), true
	}
	return "", "", false
}

// Export writes everybody. With a reading the Digital Identifiers are in it, each after its reading was recorded.
func (d *Desk) Export(ctx context.Context, w io.Writer, format string, identifiers *idp.Reading) (int64, error) {
	e := Export{Format: Format(format), Assigner: d.Assigner, Now: d.Now(), Store: d.Store}
	if identifiers != nil {
		e.Identifiers = func(ctx context.Context, some []idp.Person) (map[string]string, error) {
			return d.Identifiers(ctx, some, *identifiers)
		}
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	n, err := e.All(ctx, buffered)
	return n, errors.Join(err, buffered.Flush())
}
