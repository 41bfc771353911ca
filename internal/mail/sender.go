package mail

import (
	"context"
	"errors"

	"udap-idp/internal/idp"
)

// Sender takes messages of one channel away. It is used by one goroutine at a time.
type Sender interface {
	// Send returns nil when the message is in other hands for good, and a *Failure otherwise.
	Send(ctx context.Context, m Outgoing) error
	// Close lets go of what is kept open between messages.
	Close()
}

// Outgoing is a message as a Sender gets it.
type Outgoing struct {
	ID       string // the same at every try, so that a message that came twice can be told
	To       string
	Language string
	Letter
}

// Failure is why a message did not go.
type Failure struct {
	// Permanent: this message will never be taken. Otherwise it is worth another try.
	Permanent bool
	// Way: it is not the message but the way that fails: nothing else would go through now either.
	Way   bool
	Cause error
}

func (f *Failure) Error() string { return f.Cause.Error() }
func (f *Failure) Unwrap() error { return f.Cause }

// failureOf is what went wrong, for a Sender that said something else as well.
func failureOf(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	return &Failure{Cause: err}
}

// Delivery is how the queue sends: a Sender for each channel that is set up. What has none waits to be read.
type Delivery map[idp.Channel]Sender
