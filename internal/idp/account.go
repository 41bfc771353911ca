package idp

import (
	"context"
	"time"
)

// Accounts keeps what a person does with her own account.
type Accounts interface {
	// SessionsOf returns the browsers that a person is signed in in at now, the one that was seen last first. Idleness shorter than
	// IdleLimit is the caller's to know.
	SessionsOf(ctx context.Context, personID string, now time.Time) ([]Session, error)
	// EndSessionOf ends a session of a person's, and what came of it: its ceremonies, its requests, and the codes and access tokens
	// that it led to. ErrNotFound: she has no such session.
	EndSessionOf(ctx context.Context, personID, sessionID string, now time.Time, trail Trail) error
	// EndOtherSessions ends every session of a person's but one, as EndSessionOf does, and returns how many. When there is none, the
	// trail is not stored.
	EndOtherSessions(ctx context.Context, personID, keep string, now time.Time, trail Trail) (int64, error)

	// AddRequest stores what a person asks of those who run the service. ErrInUse: OpenRequests of hers are open already.
	AddRequest(ctx context.Context, r Request, trail Trail) error
	// Requests returns the oldest first.
	Requests(ctx context.Context, filter RequestFilter) ([]Request, error)
	// AnswerRequest closes a request. ErrNotFound; ErrUsed: it was answered before.
	AnswerRequest(ctx context.Context, id, answer, by string, now time.Time, trail Trail) error

	// AskToClose begins the waiting period of an account. ErrExists: it has begun; ErrNotFound: the account is not active.
	AskToClose(ctx context.Context, c Closing, trail Trail) error
	// KeepAccount ends the waiting period, and the account stays. ErrNotFound: there is none.
	KeepAccount(ctx context.Context, personID string, trail Trail) error
	// Closing returns ErrNotFound when nobody asked to close the account.
	Closing(ctx context.Context, personID string) (Closing, error)
	// DueClosings returns up to limit of those whose waiting period is over at now, the one that is due longest first, and those behind
	// after only, which is the last of the page before; the zero Closing begins at the beginning.
	DueClosings(ctx context.Context, now time.Time, after Closing, limit int) ([]Closing, error)
	// CloseAccount changes a person, who is closed now, as ChangePerson does, if she asked for it and the waiting period is over at
	// now. ErrNotFound when that is not so: she has thought better of it.
	CloseAccount(ctx context.Context, p Person, now time.Time, trail Trail) error
	// ChangePersonTelling is ChangePerson with messages to whom it concerns.
	ChangePersonTelling(ctx context.Context, p Person, trail Trail) error
}

// RequestKind is what a person asks for.
type RequestKind string

const (
	RequestCorrection RequestKind = "correction" // of a value that she cannot change herself
	RequestNotMe      RequestKind = "not-me"     // something in her account was not done by her
)

// OpenRequests is how many requests of one person may be open.
const OpenRequests = 10

// MaxRequestText is how long the text of a request may be, in bytes.
const MaxRequestText = 2000

// Request is something that a person asks of those who run the service, and that waits until somebody has answered it.
type Request struct {
	ID       string // NewID
	PersonID string
	Kind     RequestKind
	Subject  string // of a correction, the AttributeKind; of RequestNotMe, the id of the audit event
	Text     string // in her words, at most MaxRequestText
	At       time.Time

	AnsweredAt time.Time // zero while it is open
	AnsweredBy string
	Answer     string // for her to read
}

// RequestFilter selects requests; what is zero selects nothing out.
type RequestFilter struct {
	PersonID string
	Open     bool
	After    string // the last id of the page before
	Limit    int    // 0 is 100
}

// Closing is a person's wish to close her account, in its waiting period.
type Closing struct {
	PersonID string
	AskedAt  time.Time
	DueAt    time.Time
}
