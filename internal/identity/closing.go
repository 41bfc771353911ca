package identity

import (
	"context"
	"errors"
	"fmt"

	"udap-idp/internal/idp"
)

// dueAtOnce is how many closings are read at once.
const dueAtOnce = 100

// CloseDue closes the accounts whose persons asked for it and whose waiting period is over, and returns how many. tell says who is told
// of it; nil: nobody. What Close says of the record that stays holds here as well. One that cannot be closed holds up no other, and
// neither do any number of them: the list is gone through to its end.
func (i *Identity) CloseDue(ctx context.Context, tell func(p idp.Person) ([]idp.Message, error)) (int, error) {
	now, closed := i.now(), 0
	var failures []error
	var last idp.Closing
	for {
		due, err := i.Store.DueClosings(ctx, now, last, dueAtOnce)
		if err != nil {
			return closed, errors.Join(append(failures, err)...)
		}
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
		if len(due) < dueAtOnce {
			return closed, errors.Join(failures...)
		}
		last = due[len(due)-1]
	}
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
