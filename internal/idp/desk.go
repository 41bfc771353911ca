package idp

import (
	"context"
	"time"
)

// Desk lists what waits for those who run the service, a page at a time. A page begins behind the last row of the one before, so that
// nothing is shown twice or left out while rows come and go.
type Desk interface {
	// ProofingQueue returns the events of some statuses.
	ProofingQueue(ctx context.Context, q ProofingQueue) ([]Proofing, error)
	// DueProofings returns the events of a status that end before a time, those that end first at the front.
	DueProofings(ctx context.Context, d DueProofings) ([]Proofing, error)
	// Request returns ErrNotFound when there is none.
	Request(ctx context.Context, id string) (Request, error)
	// RequestQueue returns requests: those that are open with the oldest first, those that were answered with the newest first.
	RequestQueue(ctx context.Context, q RequestQueue) ([]Request, error)
}

// ProofingQueue selects events.
type ProofingQueue struct {
	Statuses []ProofingStatus // any of them; there is at least one
	Newest   bool             // the newest first, and the oldest otherwise
	From     string           // the last id of the page before
	Limit    int              // 0 is 100
}

// DueProofings selects events by their end.
type DueProofings struct {
	Status ProofingStatus
	Before time.Time // they end before this
	// FromAt and FromID are the end and the id of the last one of the page before.
	FromAt time.Time
	FromID string
	Limit  int // 0 is 100
}

// Behind is the page after one that is not empty.
func (d DueProofings) Behind(page []Proofing) DueProofings {
	last := page[len(page)-1]
	d.FromAt, d.FromID = last.ExpiresAt, last.ID
	return d
}

// RequestQueue selects requests.
type RequestQueue struct {
	Answered bool
	From     string // the last id of the page before
	Limit    int    // 0 is 100
}
