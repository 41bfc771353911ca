package pki

import (
	"crypto/x509"
	"errors"
	"strings"
	"time"
)

// ErrUntrusted is what errors.Is finds in every *Untrusted.
var ErrUntrusted = errors.New("untrusted certificate")

// Untrusted says that a chain is not trusted. It is a verdict, not a failure.
type Untrusted struct {
	// Reason is for the engineer whose certificate it is: what is wrong, with names and dates, in the characters that an
	// error_description may have (RFC 6749 §5.2).
	Reason string

	// links is how far the path came, to tell which community was meant when there are several, and problem is what stopped
	// it there; "" when the community does not matter.
	links   int
	problem string

	cause error // *Revoked, or nil
}

func (u *Untrusted) Error() string { return ErrUntrusted.Error() + ": " + u.Reason }

// Explain is the Reason.
func (u *Untrusted) Explain() string { return u.Reason }

// RetryAfter is 0: a verdict stands.
func (u *Untrusted) RetryAfter() time.Duration { return 0 }

func (u *Untrusted) Is(target error) bool { return target == ErrUntrusted }
func (u *Untrusted) Unwrap() error        { return u.cause }

// maxName is how many bytes of a name out of a stranger's certificate are repeated.
const maxName = 150

// nameOf names a certificate by its subject.
func nameOf(cert *x509.Certificate) string { return orUnnamed(cert.Subject.String()) }

// issuerOf names the issuer that a certificate names.
func issuerOf(cert *x509.Certificate) string { return orUnnamed(cert.Issuer.String()) }

func orUnnamed(name string) string {
	if name == "" {
		return "(without a name)"
	}
	return quote(name)
}

// quote reduces text from outside to the characters of an error_description, RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
func quote(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > maxName {
		text = text[:maxName] + "..."
	}
	return "'" + strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, text) + "'"
}
