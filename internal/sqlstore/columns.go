package sqlstore

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// micros is how a time is stored: Unix microseconds, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// timeColumn reads what micros wrote.
type timeColumn struct{ to *time.Time }

func timeInto(to *time.Time) timeColumn { return timeColumn{to} }

func (c timeColumn) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T, want an integer", src)
	}
	*c.to = time.Time{}
	if us != 0 {
		*c.to = time.UnixMicro(us).UTC()
	}
	return nil
}

// list is how a list is stored: JSON text. []string and [][]byte cannot fail to encode.
func list[T string | []byte](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	text, err := json.Marshal(values)
	if err != nil {
		panic(fmt.Sprintf("sqlstore: encode a list: %v", err))
	}
	return string(text)
}

// listColumn reads what list wrote; an empty list is nil.
type listColumn[T string | []byte] struct{ to *[]T }

func listInto[T string | []byte](to *[]T) listColumn[T] { return listColumn[T]{to} }

func (c listColumn[T]) Scan(src any) error {
	var text []byte
	switch src := src.(type) {
	case string:
		text = []byte(src)
	case []byte:
		text = src
	default:
		return fmt.Errorf("a list is stored as %T, want text", src)
	}
	*c.to = nil
	if string(text) == "[]" {
		return nil
	}
	return json.Unmarshal(text, c.to)
}

// jsonText is how settings and other values of the domain are stored that no statement looks into. They are made of plain
// fields, which always encode.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("sqlstore: encode %T: %v", value, err))
	}
	return string(text)
}

// jsonColumn reads what jsonText wrote.
type jsonColumn struct{ to any }

func jsonInto(to any) jsonColumn { return jsonColumn{to} }

func (c jsonColumn) Scan(src any) error {
	switch src := src.(type) {
	case string:
		return json.Unmarshal([]byte(src), c.to)
	case []byte:
		return json.Unmarshal(src, c.to)
	}
	return fmt.Errorf("JSON is stored as %T, want text", src)
}

// blob keeps nil out of NOT NULL columns.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// blobColumn reads what blob wrote; an empty one is nil.
type blobColumn struct{ to *[]byte }

func blobInto(to *[]byte) blobColumn { return blobColumn{to} }

func (c blobColumn) Scan(src any) error {
	*c.to = nil
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		*c.to = append(*c.to, src...) // src is the driver's; an empty one leaves nil
		return nil
	}
	return fmt.Errorf("bytes are stored as %T", src)
}

// nullable writes the empty string as NULL, for the references that may be absent.
func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// printable drops what PostgreSQL refuses in text: bytes that are not UTF-8, and NUL. It is for what is stored to be
// looked at; values that are compared or sent back are stored as they are, or not at all.
func printable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// stored is a time as it will be read again: UTC, to the microsecond.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(t.UnixMicro()).UTC()
}
