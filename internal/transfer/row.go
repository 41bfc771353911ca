package transfer

import (
	"fmt"
	"io"
	"sync/atomic"

	"udap-idp/internal/idp"
)

// Row is what a file tells about somebody.
type Row struct {
	// Number is where it stands, and grows: the row of a spreadsheet, whose header is row 1; the line of an NDJSON file; the entry of
	// a Bundle.
	Number      int64
	Attributes  []idp.Attribute
	Identifiers []string // Digital Identifiers it claims
	Problems    []Problem
	Skipped     string // why it is nobody; "" for somebody
}

// Problem is something wrong with a row, or worth a second look.
type Problem struct {
	Field   string // as it is called in the file; "" for the row as a whole
	Text    string
	Warning bool // the row is taken all the same
}

func (p Problem) String() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + ": " + p.Text
}

func (r Row) wrong() bool {
	for _, p := range r.Problems {
		if !p.Warning {
			return true
		}
	}
	return false
}

// source reads rows, io.EOF behind the last. Another error ends the file.
type source interface{ next() (Row, error) }

// FileError is a file that cannot be read, or not on: the text says what to do.
type FileError struct {
	Text string
	// Column: it is about a column that may be left out, as Reading.Ignore says.
	Column bool
}

func (e *FileError) Error() string { return e.Text }

// FileProblem is the text, for rooms that do not know this package.
func (e *FileError) FileProblem() string { return e.Text }

func fileError(format string, args ...any) error {
	return &FileError{Text: fmt.Sprintf(format, args...)}
}

func leaveOut(format string, args ...any) error {
	return &FileError{Text: fmt.Sprintf(format, args...), Column: true}
}

// counter counts what is read, for the progress.
type counter struct {
	from io.Reader
	read atomic.Int64
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.from.Read(into)
	c.read.Add(int64(n))
	return n, err
}
