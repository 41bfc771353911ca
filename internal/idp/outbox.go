package idp

import (
	"context"
	"time"
)

// MessagesKept is how long a message is listed, whatever became of it.
const MessagesKept = 30 * 24 * time.Hour

// MaxTexts is how many notices a person gets by text message in 24 hours. Each costs the operator, and her own doings make them.
const MaxTexts = 30

// Outbox keeps the messages that are on their way. They come in by the Trail of what they tell of.
type Outbox interface {
	// AddMessages stores messages that tell of no change: a test.
	AddMessages(ctx context.Context, trail Trail) error
	// ClaimMessage takes the message of a channel that has been due for the longest, for a time in which nobody else gets it;
	// Tries counts it. Whoever does not say what became of it by then leaves it to the next one. ErrNotFound: none is due.
	ClaimMessage(ctx context.Context, channel Channel, now time.Time, lease time.Duration) (Message, error)
	// MessageSent: it went, and what it said is emptied. ErrNotFound.
	MessageSent(ctx context.Context, id string, now time.Time) error
	// MessageFailed says what went wrong with a claim, and when to try again or that nobody will, which empties it. ErrStale:
	// the claim is not the last one any more, or the message is over.
	MessageFailed(ctx context.Context, f MessageFailure) error
	// RetryMessage makes a message that waits due at once. ErrNotFound; ErrUsed: it was sent or given up.
	RetryMessage(ctx context.Context, id string, now time.Time, trail Trail) error
	// ExpireMessages gives up those that are not worth telling any more, and returns how many.
	ExpireMessages(ctx context.Context, now time.Time) (int64, error)

	// Message returns ErrNotFound when there is none.
	Message(ctx context.Context, id string) (Message, error)
	// Messages returns the newest first.
	Messages(ctx context.Context, filter MessageFilter) ([]Message, error)
	// MessageCounts counts; those given up since a time.
	MessageCounts(ctx context.Context, since time.Time) (MessageCounts, error)
}

// MessageFailure is what became of a claim that did not succeed.
type MessageFailure struct {
	ID       string
	Tries    int // of the claimed message
	Failure  string
	RetryAt  time.Time // zero: never
	GaveUpAt time.Time // zero: there will be another try
}

// MessageState is where a message stands.
type MessageState string

const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageGivenUp MessageState = "given-up"
)

// State is where the message stands.
func (m Message) State() MessageState {
	switch {
	case !m.SentAt.IsZero():
		return MessageSent
	case !m.GaveUpAt.IsZero():
		return MessageGivenUp
	}
	return MessageWaiting
}

// MessageFilter selects messages; what is zero selects nothing out.
type MessageFilter struct {
	State    MessageState
	PersonID string
	Before   string // only those with a smaller id
	Limit    int    // 0 is 100
}

// MessageCounts are the messages an operator should know of.
type MessageCounts struct {
	Waiting int64     // on their way
	Failing int64     // those of them that a try has failed for
	GivenUp int64     // since the time that was asked for
	Oldest  time.Time // when the oldest that waits was made; zero when none does
}
