package identity

import (
	"fmt"
	"time"
)

// Refusal is a step that cannot be taken. It says why, and what to do, to the one who takes it.
type Refusal struct {
	Code string // for programs and translations
	Text string
}

func (r *Refusal) Error() string { return r.Text }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// now is the time as the store keeps it.
func (i *Identity) now() time.Time { return i.Now().UTC().Truncate(time.Microsecond) }
