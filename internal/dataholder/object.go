package dataholder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// object is a JSON object from outside. Its names are case-sensitive, which those of struct fields are not to
// encoding/json, and each occurs once (RFC 7519 §4, RFC 7515 §4).
type object map[string]json.RawMessage

var (
	errNotObject = errors.New("not a JSON object")
	errDuplicate = errors.New("a name occurs twice")
)

// parseObject reads exactly one JSON object.
func parseObject(data []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, errNotObject
	}
	o := object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotObject, err)
		}
		name, ok := token.(string)
		if !ok {
			return nil, errNotObject
		}
		if _, exists := o[name]; exists {
			return nil, fmt.Errorf("%w: %q", errDuplicate, name)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("%w: %w", errNotObject, err)
		}
		o[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNotObject, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows it", errNotObject)
	}
	return o, nil
}

// has reports whether the member is there and not null.
func (o object) has(name string) bool {
	value, ok := o[name]
	return ok && string(value) != "null"
}

// text is the value of a string member, "" when it is absent or of another type.
func (o object) text(name string) string {
	var value string
	if json.Unmarshal(o[name], &value) != nil {
		return ""
	}
	return value
}

// isList reports whether the member is an array of strings.
func (o object) isList(name string) bool {
	var value []string
	return o.has(name) && json.Unmarshal(o[name], &value) == nil
}

// list is the value of an array of strings; nil when it is absent or of another type.
func (o object) list(name string) []string {
	var value []string
	if json.Unmarshal(o[name], &value) != nil {
		return nil
	}
	return value
}

// textOrList is the value of a member that may be one string or an array of strings, like aud (RFC 7519 §4.1.3).
func (o object) textOrList(name string) []string {
	if text := o.text(name); text != "" {
		return []string{text}
	}
	return o.list(name)
}

// flag is the value of a boolean member; known is false when it is absent or of another type.
func (o object) flag(name string) (value, known bool) {
	if !o.has(name) || json.Unmarshal(o[name], &value) != nil {
		return false, false
	}
	return value, true
}

// seconds is the value of a NumericDate that is a whole number (UDAP Security IG §2.3: integer); zero when it is absent or
// anything else.
func (o object) seconds(name string) time.Time {
	n, ok := o.integer(name)
	// Beyond year 9999 a time cannot be written as text.
	if !ok || n <= 0 || n > 253402300799 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func (o object) integer(name string) (int64, bool) {
	var n int64
	if !o.has(name) || json.Unmarshal(o[name], &n) != nil {
		return 0, false
	}
	return n, true
}

// object is the value of a member that is an object; empty when it is absent or of another type.
func (o object) object(name string) object {
	inner, err := parseObject(o[name])
	if err != nil {
		return object{}
	}
	return inner
}

// raw writes the object as JSON again.
func (o object) raw() json.RawMessage {
	data, err := json.Marshal(map[string]json.RawMessage(o))
	if err != nil {
		return nil
	}
	return data
}

func missing(t time.Time, name string) string {
	if t.IsZero() {
		return name + " is missing or not a whole number of seconds"
	}
	return name + " is " + t.Format(time.RFC3339)
}

func words(s string) []string { return strings.Fields(s) }
