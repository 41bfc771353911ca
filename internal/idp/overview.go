package idp

import (
	"context"
	"time"
)

// Waiting is how much waits for a hand.
type Waiting struct {
	Approvals             int // acts that wait for a second administrator
	ProofingApprovals     int // proofings that wait for a second reviewer
	ProofingNotifications int // proofings whose notification is not sent
	Requests              int // of people, that nobody has answered
	FailedRegistrations   int // of the last day
	FailingMessages       int // that were tried and wait for another try
	LostMessages          int // that were given up in the last week
	Duplicates            int // pairs of records that are probably one person, and that nobody has looked at
}

// AccountCount is how many accounts there are of a kind.
type AccountCount struct {
	Role  Role
	State PersonState
	Level Level
	Count int
}

// AttemptDay is how often data holders attempted something on a day, and what came of it.
type AttemptDay struct {
	Day     string // YYYY-MM-DD, UTC
	Kind    AttemptKind
	Outcome string // as in Attempt
	Count   int
}

// Overview counts.
type Overview interface {
	CountWaiting(ctx context.Context, now time.Time) (Waiting, error)
	CountAccounts(ctx context.Context) ([]AccountCount, error)
	CountAttempts(ctx context.Context, since time.Time) ([]AttemptDay, error)
}
