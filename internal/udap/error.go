package udap

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error codes as on the wire.
const (
	// UDAP Dynamic Client Registration §5.2 and RFC 7591 §3.2.2.
	InvalidSoftwareStatement    = "invalid_software_statement"
	UnapprovedSoftwareStatement = "unapproved_software_statement"
	InvalidClientMetadata       = "invalid_client_metadata"
	InvalidRedirectURI          = "invalid_redirect_uri"

	// UDAP Certifications and Endorsements for Client Applications §6.8.
	InvalidCertification    = "invalid_certification"
	UnapprovedCertification = "unapproved_certification"

	// RFC 6749 §4.1.2.1 and §5.2.
	InvalidRequest          = "invalid_request"
	InvalidClient           = "invalid_client"
	InvalidGrant            = "invalid_grant"
	InvalidScope            = "invalid_scope"
	UnauthorizedClient      = "unauthorized_client"
	UnsupportedGrantType    = "unsupported_grant_type"
	UnsupportedResponseType = "unsupported_response_type"
	AccessDenied            = "access_denied"
	ServerError             = "server_error"
	TemporarilyUnavailable  = "temporarily_unavailable"

	// UDAP Tiered OAuth §3.3: said by a data holder to its app.
	InvalidIDP = "invalid_idp"
)

// Error is a refusal as the other side reads it. As JSON it is {"error": Code, "error_description": Description}.
type Error struct {
	Status      int    // of the HTTP answer
	Code        string // one of the constants
	Description string // what was expected and what came; may hold what the other side sent, never our internals
	Cause       error  // for the log, never on the wire; may be nil
	// RetryAfter is when asking again may help, for the header Retry-After of a 503 (RFC 9110 §10.2.3); 0 leaves it out.
	RetryAfter time.Duration
}

// RetryLater is when to ask again after a failure that tells nothing of its end.
const RetryLater = 30 * time.Second

// Verdict is what is known of a certificate that was not accepted, in words for its owner.
type Verdict interface {
	error
	Explain() string           // which certificate, and what is wrong with it; printable, and nothing of our internals
	RetryAfter() time.Duration // when asking again may help; 0 when it does not
}

// Because is e with its cause, and with what the cause tells the other side when it is a Verdict.
func (e Error) Because(cause error) *Error {
	e.Cause = cause
	var verdict Verdict
	if errors.As(cause, &verdict) {
		e.Description += ": " + verdict.Explain()
		e.RetryAfter = verdict.RetryAfter()
	}
	return &e
}

// SetRetryAfter writes the header of an answer, in whole seconds.
func (e *Error) SetRetryAfter(h http.Header) {
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Code + ": " + e.Description
	}
	return e.Code + ": " + e.Description + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// MarshalJSON writes the form of RFC 7591 §3.2.2 and RFC 6749 §5.2.
func (e *Error) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description,omitempty"`
	}{e.Code, Printable(e.Description)})
}

// refuse makes the Error of a message that is wrong.
func refuse(code, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// maxQuoted is how much of a value that came in is said back, in bytes.
const maxQuoted = 120

// quote prepares a value that came in for a description.
func quote(s string) string {
	if len(s) > maxQuoted {
		return "'" + Printable(s[:maxQuoted]) + "...'"
	}
	return "'" + Printable(s) + "'"
}

// Printable reduces s to the characters of an error_description.
//
// RFC 6749 §5.2: error_description MUST NOT include characters outside %x20-21 / %x23-5B / %x5D-7E.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < 0x20 || r > 0x7e || r == '\\':
			return '?'
		}
		return r
	}, s)
}
