package udap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// parseObject reads a JSON object. Names are compared exactly (a struct of encoding/json would take ISS for iss), and one
// that occurs twice is refused (RFC 7515 §4, RFC 7519 §4: MUST be unique). Errors may go over the wire.
func parseObject(data []byte) (map[string]json.RawMessage, error) {
	// The decoder would read broken UTF-8 as U+FFFD, and two values that differ in it as the same.
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	token, err := decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if token != json.Delim('{') {
		return nil, errors.New("another JSON value")
	}
	object := map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("name: %w", err)
		}
		name, _ := token.(string) // the decoder lets nothing else be a name
		if _, ok := object[name]; ok {
			return nil, fmt.Errorf("name %s occurs twice", quote(name))
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("value of %s: %w", quote(name), err)
		}
		object[name] = value
	}
	if _, err := decoder.Token(); err != nil { // the closing brace
		return nil, fmt.Errorf("end of object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	return object, nil
}

// JSONString returns value if it is a JSON string. It is quick with a long one that stands for itself, as a JWT does.
func JSONString(value json.RawMessage) (string, bool) { return stringOf(value) }

// stringOf returns value if it is a JSON string.
func stringOf(value json.RawMessage) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	if plain, ok := plainString(value); ok {
		return plain, true
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return "", false
	}
	return s, true
}

// plainString returns a JSON string that stands for itself: printable ASCII without an escape, as the long ones are.
func plainString(value json.RawMessage) (string, bool) {
	if len(value) < 2 || value[len(value)-1] != '"' {
		return "", false
	}
	inner := value[1 : len(value)-1]
	for _, b := range inner {
		if b < 0x20 || b > 0x7e || b == '"' || b == '\\' {
			return "", false
		}
	}
	return string(inner), true
}

// stringsOf returns value if it is a JSON array of strings.
func stringsOf(value json.RawMessage) ([]string, bool) {
	elements, ok := elementsOf(value)
	if !ok {
		return nil, false
	}
	list := make([]string, len(elements))
	for i, element := range elements {
		if list[i], ok = stringOf(element); !ok {
			return nil, false
		}
	}
	return list, true
}

// elementsOf returns the elements of value if it is a JSON array.
func elementsOf(value json.RawMessage) ([]json.RawMessage, bool) {
	if len(value) == 0 || value[0] != '[' {
		return nil, false
	}
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil {
		return nil, false
	}
	return elements, true
}

// kindOf names the type of a JSON value for a description.
func kindOf(value json.RawMessage) string {
	if len(value) == 0 {
		return "missing"
	}
	switch value[0] {
	case '"':
		return "a string"
	case '[':
		return "an array"
	case '{':
		return "an object"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// isAbsent reports whether a member is missing or null, which is how some clients write a missing one.
func isAbsent(value json.RawMessage) bool {
	return len(value) == 0 || value[0] == 'n'
}
