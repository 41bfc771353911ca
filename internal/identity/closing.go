package identity

import (
	"context"
	"errors"
	"fmt"

	"udap-idp/internal/idp"
)

// dueAtOnce is how many accounts CloseDue closes before it looks again.
const dueAtOnce = 100

// CloseDue closes the accounts whose persons asked for it and whose waiting period is over, and returns how many. tell says who is told
// of it; nil: nobody. What Close says of the record that stays holds here as well. One that cannot be closed holds up no other.
func (i *Identity) CloseDue(ctx context.Context, tell func(p idp.Person) ([]idp.Message, error)) (int, error) {
	due, err := i.Store.DueClosings(ctx, i.now(), dueAtOnce)
	if err != nil {
		return 0, err
	}
	closed := 0
	var failures []error
	for _, c := range due {
		err := i.closeDue(ctx, c, tell)
		switch {
		case isNotFound(err): // she thought better of it meanwhile
		case err != nil:
			failures = append(failures, fmt.Errorf("close the account of %s: %w", c.PersonID, err))
		default:
			closed++
		}
	}
	return closed, errors.Join(failures...)
}

func (i *Identity) closeDue(ctx context.Context, c idp.Closing, tell func(p idp.Person) ([]idp.Message, error)) error {
	by := idp.Reading{Actor: c.PersonID, Purpose: "closing"}
	store := func(ctx context.Context, _, after idp.Person, events []idp.AuditEvent) error {
		trail := idp.Trail{Events: events}
		if tell != nil {
			var err error
			if trail.Messages, err = tell(after); err != nil {
				return fmt.Errorf("messages about a closing: %w", err)
			}
		}
		return i.Store.CloseAccount(ctx, after, i.now(), trail)
	}
	_, err := i.alterAnd(ctx, Target{PersonID: c.PersonID}, store, func(p *idp.Person) ([]idp.AuditEvent, error) {
		return i.stateEvent(p, closing, "she asked for it, and the waiting period is over", by)
	})
	return err
}
