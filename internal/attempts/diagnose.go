package attempts

import (
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Diagnosis is why an attempt did not succeed, as far as the record tells.
type Diagnosis string

const (
	NoProblem       Diagnosis = ""
	UntrustedAnchor Diagnosis = "untrusted-anchor" // the chain leads to no anchor of a community
	OutOfDate       Diagnosis = "out-of-date"      // a certificate of it has expired, or is not valid yet
	RevokedChain    Diagnosis = "revoked"          // a certificate of it is
	CannotCheck     Diagnosis = "cannot-check"     // whether it is trusted could not be found out
	OtherURI        Diagnosis = "other-uri"        // the certificate does not have the URI in its Subject Alternative Name
	Replayed        Diagnosis = "replayed"         // the jti was used before
	WrongClock      Diagnosis = "clock"            // iat or exp are not of now
	BadSignature    Diagnosis = "signature"        // made with another key than the certificate's
	WrongAudience   Diagnosis = "audience"         // meant for another address
	UnknownClient   Diagnosis = "unknown-client"   // no registration, or a cancelled one
	SuspendedClient Diagnosis = "suspended"        // by the operator
	BadCode         Diagnosis = "code"             // authenticated, but the code was not good
	BadRequest      Diagnosis = "request"          // of the wrong form: the description says what was expected
	OurFailure      Diagnosis = "our-failure"      // the cause says what failed here
	TooMany         Diagnosis = "too-many"         // the row stands for many
)

// Diagnose tells the common causes apart.
func Diagnose(a idp.Attempt) Diagnosis {
	if a.Code == "" {
		return NoProblem
	}
	if a.Count > 1 {
		return TooMany
	}
	step := failedStep(a)
	if step == Trust {
		return diagnoseTrust(a)
	}
	if a.Status >= http.StatusInternalServerError {
		return OurFailure
	}
	switch step {
	case Certificate:
		return OtherURI
	case Suspension:
		return SuspendedClient
	case Replay:
		return Replayed
	case Signature:
		return BadSignature
	case Registered:
		return UnknownClient
	case Code:
		return BadCode
	case Claims:
		return diagnoseClaims(a.Description)
	}
	return BadRequest
}

// failedStep is the last one that failed.
func failedStep(a idp.Attempt) string {
	for i := len(a.Checks) - 1; i >= 0; i-- {
		if a.Checks[i].Outcome == idp.CheckFailed {
			return a.Checks[i].Name
		}
	}
	return ""
}

func diagnoseTrust(a idp.Attempt) Diagnosis {
	switch {
	case a.Status >= http.StatusInternalServerError:
		return CannotCheck
	case strings.Contains(a.Cause, "was revoked on "):
		return RevokedChain
	}
	for _, c := range PathOf(a.Chain) {
		if !InDate(c, a.At) {
			return OutOfDate
		}
	}
	return UntrustedAnchor
}

// diagnoseClaims goes by the words of udap.
func diagnoseClaims(description string) Diagnosis {
	switch {
	case strings.Contains(description, "Subject Alternative Name"):
		return OtherURI
	case strings.Contains(description, "has passed"), strings.Contains(description, "in the future"):
		return WrongClock
	case strings.Contains(description, "claim aud "):
		return WrongAudience
	}
	return BadRequest
}

// InDate reports whether a certificate was valid at that time.
func InDate(c idp.AttemptCertificate, at time.Time) bool {
	return !at.Before(c.NotBefore) && !at.After(c.NotAfter)
}

// PathOf is the chain in order: the client's certificate, its issuer if that was sent, and so on up. What does not belong
// to it is left out.
func PathOf(chain []idp.AttemptCertificate) []idp.AttemptCertificate {
	if len(chain) == 0 {
		return nil
	}
	path := chain[:1:1]
	for len(path) < len(chain) {
		top := path[len(path)-1]
		issuer, ok := issuerOf(top, chain)
		if !ok {
			break
		}
		path = append(path, issuer)
	}
	return path
}

func issuerOf(c idp.AttemptCertificate, chain []idp.AttemptCertificate) (idp.AttemptCertificate, bool) {
	if c.Subject == c.Issuer {
		return c, false
	}
	for _, candidate := range chain {
		if candidate.Subject == c.Issuer && candidate.SHA256 != c.SHA256 {
			return candidate, true
		}
	}
	return c, false
}
