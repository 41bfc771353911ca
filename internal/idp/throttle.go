package idp

import (
	"context"
	"fmt"
	"time"
)

// Allowance is how often something may be done: what could be guessed, and what costs or bothers somebody each time.
type Allowance struct {
	// Key is what is counted: of an address, of an account, of everybody. There is nothing personal in it, for it is kept.
	Key    string
	Max    int           // in a window
	Window time.Duration // from the first
}

// Throttled is the error of what was done too often.
type Throttled struct {
	Until time.Time // when there is room again
	Key   string    // of the allowance that is used up
}

func (e *Throttled) Error() string {
	return fmt.Sprintf("too many attempts, until %s", e.Until.Format(time.RFC3339))
}

// Throttles counts what must not be done too often. The counts survive a restart, and all servers on one database share them.
type Throttles interface {
	// Spend counts one against each of the allowances. *Throttled: one of them is used up, and nothing was counted. Of any number of
	// calls at once no more than Max succeed.
	Spend(ctx context.Context, now time.Time, allowances ...Allowance) error
	// Tell is Spend with a trail that is left when there is room: what somebody is to hear of so often only.
	Tell(ctx context.Context, now time.Time, trail Trail, allowances ...Allowance) error
	// Forgive forgets what was counted under the keys: a success followed.
	Forgive(ctx context.Context, keys ...string) error
}
