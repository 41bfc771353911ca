package idp

import "time"

// Notice is something a person must be told: a passkey was added, here is a code. Its words are package mail's, in her
// language.
type Notice struct {
	Kind NoticeKind
	// Params are what the words name: a passkey's name, a data holder's, a code. Never a value that was verified, and never a
	// Digital Identifier: messages travel and lie about in the open.
	// A time among them is in RFC 3339. Package mail refuses what a kind does not name.
	Params map[string]string
	// Language is BCP 47; the person's own when it is empty.
	Language string
	// ExpiresAt is when it is not worth telling any more: a code that has expired. Zero: it never is.
	ExpiresAt time.Time
}

// NoticeKind names a text of package mail.
type NoticeKind string

// Channel is a way to reach a person.
type Channel string

const (
	ByEmail Channel = "email"
	BySMS   Channel = "sms"
)

// Message is a notice on its way to one address. It is stored in the transaction of what it tells of, so that neither is
// there without the other, and sent afterwards.
type Message struct {
	ID       string // NewID
	PersonID string // "" for somebody who has no account yet
	Channel  Channel
	To       string // an e-mail address, or a telephone number in E.164
	Kind     NoticeKind
	Language string // BCP 47
	Sealed   []byte // the notice's Params, encrypted, because a code is among them; emptied when it is over

	CreatedAt time.Time
	ExpiresAt time.Time // zero: it does not
	// Tries, NextAt and Failure are of a message that waits; SentAt of one that went; GaveUpAt of one that never will.
	Tries    int
	NextAt   time.Time
	SentAt   time.Time
	GaveUpAt time.Time
	Failure  string // of the last try, in words for an operator
}

// Trail is what a change leaves behind: lines of the audit log, and messages to whom it concerns. It is stored in the
// transaction of the change.
type Trail struct {
	Events   []AuditEvent
	Messages []Message
}
