package main

import (
	"errors"
	"fmt"
	"strings"
)

// usageError is a wrong flag, setting or value: the caller has to write the command differently.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

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
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '?'
		}
		return r
	}, text)
}
