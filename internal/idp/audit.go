package idp

import "time"

// AuditEvent is one line of the audit log, which is only ever added to.
type AuditEvent struct {
	ID        string // NewID
	At        time.Time
	Actor     string // a person's id, client:ID, or the name of a command
	Action    string // identifier.read, person.change, proofing.complete …
	PersonID  string // whom it is about, "" when nobody
	ClientID  string // whom it was for, "" when nobody
	RequestID string
	IP        string
	Detail    string // JSON or words; never a Digital Identifier, a number of evidence, or a secret
}

// Reading is why a sensitive value is read, for the audit log.
type Reading struct {
	Actor     string // as in AuditEvent
	Purpose   string // release, account, duplicate …
	ClientID  string // whom it is for, "" when nobody
	RequestID string
	IP        string
}

// AuditFilter selects events; what is zero selects nothing out.
type AuditFilter struct {
	PersonID string
	ClientID string
	Action   string
	Since    time.Time
	Before   string // only those with a smaller id
	Limit    int    // 0 is 100
}
