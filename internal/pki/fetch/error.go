package fetch

import (
	"context"
	"errors"
	"net"
)

var (
	// ErrForbidden: the URL, a redirect or the address behind it is one that is never asked.
	ErrForbidden = errors.New("address not allowed")
	// ErrTooLarge: the body is longer than the limit.
	ErrTooLarge = errors.New("answer too large")
	// ErrTimeout: it took too long, the wait for a free place included.
	ErrTimeout = errors.New("no answer in time")
	// ErrStatus: the answer was not 200.
	ErrStatus = errors.New("unexpected status")
	// ErrUnreachable: no connection, or it broke.
	ErrUnreachable = errors.New("cannot be reached")
)

// Error is a fetch that failed. errors.Is finds Kind, which is one of the sentinels above.
type Error struct {
	URL    string
	Kind   error
	Detail string // for the log of an operator; "" when Kind says it all
	Cause  error
}

func (e *Error) Error() string {
	text := "fetch " + e.URL + ": " + e.Kind.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Is(target error) bool { return target == e.Kind }
func (e *Error) Unwrap() error        { return e.Cause }

// classify makes an *Error out of what net/http returned.
func classify(url string, err error) *Error {
	var ours *Error
	if errors.As(err, &ours) { // from the guard or the check of redirects, inside of net/http's own error
		return &Error{URL: url, Kind: ours.Kind, Detail: ours.Detail}
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return &Error{URL: url, Kind: ErrTimeout, Cause: err}
	}
	return &Error{URL: url, Kind: ErrUnreachable, Cause: err}
}
