package idp

import (
	"context"
	"time"
)

// ClientDirectory is the data holders as those who run the service look at them.
type ClientDirectory interface {
	// ListClients returns the registered clients that the filter selects, in the order of their names.
	ListClients(ctx context.Context, filter ClientFilter) ([]ListedClient, error)
	// ClientDays returns how often people signed in to a client on each day since then on which anybody did, the oldest first.
	ClientDays(ctx context.Context, clientID string, since time.Time) ([]ClientDay, error)
	// CountConnections counts the people who share with a sector (Client.Sector) at the moment, and no further than most.
	CountConnections(ctx context.Context, sector string, most int) (int, error)
	// ClientChanges returns what was decided about a client (client.suspend, client.resume, client.delete, client.change), the
	// newest first.
	ClientChanges(ctx context.Context, clientID string, limit int) ([]AuditEvent, error)
}

// ClientState is how a registration stands.
type ClientState string

const (
	ClientRegistered ClientState = "registered"
	ClientSuspended  ClientState = "suspended"
	ClientDeleted    ClientState = "deleted" // by the operator, or cancelled by the data holder
)

// State is how the registration stands.
func (c Client) State() ClientState {
	switch {
	case !c.CancelledAt.IsZero():
		return ClientDeleted
	case !c.SuspendedAt.IsZero():
		return ClientSuspended
	}
	return ClientRegistered
}

// ClientFilter selects clients; what is zero selects nothing out.
type ClientFilter struct {
	// Search is words, each of which is in the organization, the name or the URI, in any spelling; or a whole client_id.
	Search      string
	CommunityID string
	State       ClientState // ClientRegistered or ClientSuspended
	Since       time.Time   // SignIns are counted from the day of it on
	After       string      // the id of the last client of the page before
	Limit       int         // 0 is 100
}

// ListedClient is a client and how much it is used.
type ListedClient struct {
	Client
	SignIns    int64     // since the filter's day
	LastUsedAt time.Time // the last sign-in; zero before the first
}

// ClientDay is how often people signed in to a client on a day.
type ClientDay struct {
	Day     string // YYYY-MM-DD, UTC
	SignIns int64
	LastAt  time.Time
}

// ClientDaysKept is for how long it is known how often a client was used.
const ClientDaysKept = 400 * 24 * time.Hour
