package idp

import "errors"

// What a Store says when it cannot do as asked. Compare with errors.Is.
var (
	// ErrNotFound: no such row, or it is not visible to the one who asks (another browser's request, for example).
	ErrNotFound = errors.New("not found")
	// ErrExists: a row with that key is there already (a second community with the same URI).
	ErrExists = errors.New("exists already")
	// ErrExpired: the row is there and its time is over.
	ErrExpired = errors.New("expired")
	// ErrUsed: the row is there and was used before; what may happen once has happened.
	ErrUsed = errors.New("used already")
	// ErrMismatch: a code was presented with another client, redirect URI or code verifier than it was issued for.
	ErrMismatch = errors.New("does not match what it was issued for")
	// ErrSuspended: the operator has suspended the client.
	ErrSuspended = errors.New("suspended")
	// ErrStale: what was to be changed has been changed by somebody else meanwhile. Read it again.
	ErrStale = errors.New("changed by somebody else meanwhile")
	// ErrInUse: it cannot be taken away while it is in use.
	ErrInUse = errors.New("in use")
)
