package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFileSize bounds the configuration file and the files of secrets, in bytes.
const maxFileSize = 1 << 20

// fromConfigFile reads the file that the setting config names.
func fromConfigFile(named value) (values, error) {
	data, err := readFile(named)
	if err != nil {
		return nil, err
	}
	return parseFile(data, named)
}

// readFile returns the content of the file that a setting names.
func readFile(named value) ([]byte, error) {
	f, err := os.Open(named.text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", named.name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", named.name, err)
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("%s: %s is larger than %d bytes", named.name, named.text, maxFileSize)
	}
	return data, nil
}

// parseFile reads one JSON object of settings. It goes member by member, because encoding/json would take a member that
// is there twice, or written in another case, without a word.
func parseFile(data []byte, named value) (values, error) {
	file := named.name + ": " + named.text
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%s: must be one JSON object, such as {\"issuer\": \"https://idp.example.org\"}", file)
	}
	given := values{}
	var errs []error
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, badJSON(file, data, d, err)
		}
		member, _ := t.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, badJSON(file, data, d, err)
		}
		name := member + " in " + named.text
		text, err := memberText(member, raw)
		if err == nil && given[member].name != "" {
			err = errors.New("is there twice")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		given[member] = value{text: text, source: fromFile, name: name}
	}
	if _, err := d.Token(); err != nil {
		return nil, badJSON(file, data, d, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: something follows the JSON object", file)
	}
	return given, errors.Join(errs...)
}

func badJSON(file string, data []byte, d *json.Decoder, err error) error {
	offset := d.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	line := 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: line %d: the JSON object is not finished", file, line)
	}
	return fmt.Errorf("%s: line %d: not JSON (comments are not allowed either): %w", file, line, err)
}

// memberText returns the value of one member as a flag would have it.
func memberText(member string, raw json.RawMessage) (string, error) {
	switch {
	case member == "config":
		return "", errors.New("a configuration file cannot name another one")
	case member == "master-key":
		return "", fmt.Errorf("the key itself does not belong into this file; put it into a file of mode 0600 and name "+
			"that in master-key-file, or give it in %s", variableOf(member))
	case !isSetting(member):
		return "", unknownMember(member)
	}
	if member == "trusted-proxies" && raw[0] == '[' {
		var list []string
		if err := json.Unmarshal(raw, &list); err != nil {
			return "", errors.New("must be a list of strings")
		}
		return strings.Join(list, ","), nil
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return "", fmt.Errorf("must be a string in quotation marks, got %.40s", raw)
	}
	if *text == "" {
		return "", errors.New("must not be empty; leave it out to use the default")
	}
	return *text, nil
}

func isSetting(name string) bool {
	for _, set := range settings {
		if set.name == name {
			return true
		}
	}
	return false
}

func unknownMember(member string) error {
	var known []string
	for _, set := range settings {
		if !set.noFlag && set.name != "config" {
			known = append(known, set.name)
		}
	}
	if near := nearest(strings.ReplaceAll(member, "_", "-"), known); near != "" {
		return fmt.Errorf("unknown setting; did you mean %s?", near)
	}
	return fmt.Errorf("unknown setting; known are %s", strings.Join(known, ", "))
}
