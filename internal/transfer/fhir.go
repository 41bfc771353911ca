package transfer

import (
	"errors"
	"io"
	"time"

	"udap-idp/internal/fhir"
)

// resources are the Patients of a FHIR file.
type resources struct {
	file *fhir.File
	now  time.Time
}

func newResources(from io.Reader, now time.Time) (*resources, error) {
	f, err := fhir.NewFile(from)
	return &resources{f, now}, ofFile(err)
}

func (r *resources) next() (Row, error) {
	e, err := r.file.Next()
	if err != nil {
		return Row{}, ofFile(err)
	}
	row := Row{Number: e.Number, Skipped: e.Skipped}
	switch {
	case e.Skipped != "":
	case e.Problem != nil:
		row.Problems = []Problem{{Field: e.Problem.Path, Text: e.Problem.Text}}
	default:
		subject := fhir.PersonOf(e.Patient, r.now)
		row.Attributes, row.Identifiers = subject.Person.Attributes, subject.Identifiers
		for _, p := range subject.Problems {
			row.Problems = append(row.Problems, Problem{Field: p.Path, Text: p.Text, Warning: p.Warning})
		}
	}
	return row, nil
}

func ofFile(err error) error {
	var file *fhir.FileError
	if errors.As(err, &file) {
		return fileError("%s", file.Text)
	}
	return err
}
