package idp

import "time"

// AttemptKind is what was attempted.
type AttemptKind string

const (
	AttemptRegistration   AttemptKind = "registration"
	AttemptAuthentication AttemptKind = "authentication" // of a client, at the token endpoint
)

// Attempt is the record of one registration or client authentication, whatever came of it.
type Attempt struct {
	ID        string // NewID: the order of ids is the order of arrival
	Kind      AttemptKind
	At        time.Time
	RequestID string // as in the log
	RemoteIP  string

	// Issuer is what the client said it is, which a stranger may say as well: see Proved.
	Issuer      string
	ClientID    string // "" until the client is known
	CommunityID string // "" until the chain led to it
	// Proved: the chain led to an anchor of the community and the signature is good, so the rest is not a stranger's words.
	Proved bool

	Chain  []AttemptCertificate // as sent, the client's first
	Checks []AttemptCheck       // in the order in which they were made; the last one is what the answer came from

	Status      int    // of the HTTP answer
	Outcome     string // registered, modified, cancelled, authenticated; refused; failed when it was our fault
	Code        string // of the error, "" on success
	Description string // of the error, as the client got it
	Cause       string // of the error, for us alone

	// Count is how many attempts the row stands for: 1, or more when strangers sent too many to record each.
	Count int
}

// AttemptCertificate is what is kept of a certificate of a chain.
type AttemptCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	URIs      []string  `json:"uris,omitempty"` // in its Subject Alternative Name
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"` // of the whole certificate, in upper case hexadecimal digits
}

// AttemptCheck is one thing that was looked at.
type AttemptCheck struct {
	Name    string `json:"name"`
	Outcome string `json:"outcome"` // passed, failed, or allowed when only a compatibility switch let it pass
	Detail  string `json:"detail,omitempty"`
}

// The outcomes of a check.
const (
	CheckPassed  = "passed"
	CheckFailed  = "failed"
	CheckAllowed = "allowed"
)

// AttemptFilter selects attempts; what is zero selects nothing out.
type AttemptFilter struct {
	Kind        AttemptKind
	Refused     bool   // only those that did not succeed
	Outcome     string // as in Attempt
	Issuer      string // exactly
	IssuerStart string // how the issuer begins
	RemoteIP    string
	ClientID    string
	CommunityID string
	Since       time.Time
	Until       time.Time // only those before it
	Before      string    // only those with a smaller id: the last one of the page before
	Limit       int       // at most so many; 0 is 100
}

// AttemptLimits bound the log. What strangers send is bounded on its own, so that they cannot push out the rest.
type AttemptLimits struct {
	Age       time.Duration
	Proved    int // rows
	Strangers int // rows
}
