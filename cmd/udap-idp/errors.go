package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"udap-idp/internal/person"
)

// usageError is a wrong flag, setting or value: the caller has to write the command differently.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// partlyError is a file of which some rows could not be taken.
type partlyError struct{ error }

func (e partlyError) Unwrap() error { return e.error }

// usage says what is wrong with what was given; it names the flag.
func usage(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// asUsage marks err as a usage error, and nil as none.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// joinUsage lists several wrong values, one per line; nil when there is none.
func joinUsage(errs ...error) error {
	return asUsage(errors.Join(errs...))
}

// plain makes text of others fit for a terminal: what could move the cursor or hide text becomes a question mark.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		const nonJoiner, joiner = '\u200c', '\u200d' // part of the spelling in some scripts
		if r == nonJoiner || r == joiner || r == ' ' {
			return r
		}
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return '?'
		}
		return r
	}, text)
}

// plainLines is plain for a text of several lines.
func plainLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = plain(lines[i])
	}
	return strings.Join(lines, "\n")
}

// maxLine is how long a name that is typed for something else than a person may be, in bytes.
const maxLine = 200

// tidy is text without spaces at its ends, and with one between words.
func tidy(text string) string { return person.Tidy(text) }

// badText reports whether text has what nobody can see.
func badText(text string) bool { return !person.Readable(text) }
