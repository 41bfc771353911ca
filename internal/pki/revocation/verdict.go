package revocation

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

var (
	// ErrRevoked is what errors.Is finds in every *Revoked.
	ErrRevoked = errors.New("revoked certificate")
	// ErrCannotCheck is what errors.Is finds in every *Unchecked.
	ErrCannotCheck = errors.New("revocation cannot be checked")
)

// Revoked says that a certificate of the path is revoked. It is a verdict.
type Revoked struct {
	Certificate *x509.Certificate
	Position    int // in the path; 0 is the participant's own
	At          time.Time
	Reason      int    // RFC 5280 §5.3.1
	Source      string // the URL that said so
}

func (r *Revoked) Error() string {
	return fmt.Sprintf("%s with the serial number %s was revoked on %s%s", subject(r.Certificate), Serial(r.Certificate.SerialNumber),
		r.At.UTC().Format(time.RFC3339), reasonWords[r.Reason])
}
func (r *Revoked) Is(target error) bool { return target == ErrRevoked }

// reasonWords are for the reasons that tell the owner something.
var reasonWords = map[int]string{
	1: " (key compromise)", 2: " (CA compromise)", 3: " (affiliation changed)", 4: " (superseded)",
	5: " (cessation of operation)", 6: " (on hold)", 9: " (privilege withdrawn)", 10: " (AA compromise)",
}

// Unchecked says that nobody can tell now. It is a failure, and trying again later may help unless it is Permanent.
type Unchecked struct {
	Certificate *x509.Certificate
	Position    int           // in the path
	Problem     string        // what is wrong with which source, for the engineer on the other side
	Permanent   bool          // the certificate names no source, so that trying again does not help
	Wait        time.Duration // after which another attempt may be made, unless it is Permanent
	Cause       error         // for the log; may be nil
}

func (u *Unchecked) Error() string {
	return fmt.Sprintf("the revocation of %s cannot be checked: %s", subject(u.Certificate), u.Problem)
}

// Explain is for the engineer on the other side, in the characters that an error_description may have (RFC 6749 §5.2).
func (u *Unchecked) Explain() string {
	if u.Permanent {
		return u.Error() + "; trying again with this certificate does not help"
	}
	return u.Error() + "; please try again later"
}

// RetryAfter is when trying again may help, 0 when it does not.
func (u *Unchecked) RetryAfter() time.Duration {
	if u.Permanent {
		return 0
	}
	return u.Wait
}

func (u *Unchecked) Is(target error) bool { return target == ErrCannotCheck }
func (u *Unchecked) Unwrap() error        { return u.Cause }

// Serial writes a serial number as certificate viewers do.
func Serial(n *big.Int) string { return strings.ToUpper(n.Text(16)) }

const maxName = 150 // bytes of a name that are repeated

// subject names a certificate in characters that an error_description may have (RFC 6749 §5.2).
func subject(cert *x509.Certificate) string { return quote(cert.Subject.String()) }

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
