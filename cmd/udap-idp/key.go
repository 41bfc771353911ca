package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
)

// keyCommands are the keys that we sign with: the same as the page Keys, in the same way.
type keyCommands struct {
	List       keyListCommand       `cmd:"" help:"List the keys we sign with, and those that were."`
	ChangeOver keyChangeOverCommand `cmd:"" help:"Let a key sign from now on; the one before stays in the key set until what it signed has expired."`
	Withdraw   keyWithdrawCommand   `cmd:"" help:"Take a key that somebody else may have out of the key set at once, and delete it."`
}

type keyListCommand struct {
	settings
	outputFlag
}

// keyLine is a key as the command prints it.
type keyLine struct {
	ID        string    `json:"id"`     // of the certificate
	KeyID     string    `json:"key_id"` // kid in the key set
	Community string    `json:"community"`
	Algorithm string    `json:"algorithm"`
	State     string    `json:"state"` // next, active, retiring, expired, retired
	Signs     bool      `json:"signs"`
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	Ready     time.Time `json:"ready,omitzero"`   // of the next one: from when it may sign
	Stopped   time.Time `json:"stopped,omitzero"` // when it signed last
	Leaves    time.Time `json:"leaves,omitzero"`  // the key set
	Retired   time.Time `json:"retired,omitzero"`
	How       string    `json:"how,omitempty"` // over, removed, withdrawn
	Reason    string    `json:"reason,omitempty"`
}

// Run prints the keys, community by community.
func (c *keyListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	rings, err := (&keys.Keys{Store: store}).Rings(ctx)
	if err != nil {
		return err
	}
	lines := []keyLine{}
	for _, ring := range rings {
		for _, key := range append(ring.Keys, ring.Retired...) {
			lines = append(lines, keyLine{
				ID: key.ID, KeyID: key.KeyID, Community: ring.Community.URI, Algorithm: key.Algorithm, State: string(key.State), Signs: key.Signs,
				Created: key.CreatedAt, Expires: key.Ends, Ready: key.ReadyAt, Stopped: key.StoppedAt, Leaves: key.LeavesAt,
				Retired: key.Retired.RetiredAt, How: string(key.Retired.How), Reason: key.Retired.Reason,
			})
		}
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There is no key to sign with. It comes with a certificate: udap-idp community certificate add.")
		return err
	}
	t := newTable(term.Out, "ID", "KEY", "COMMUNITY", "STATE", "WHAT BECOMES OF IT")
	for _, l := range lines {
		t.row(l.ID, l.KeyID, l.Community, l.State, l.fate())
	}
	return t.flush()
}

// fate is what becomes of a key, in a few words.
func (l keyLine) fate() string {
	switch keys.State(l.State) {
	case keys.Next:
		return "may sign from " + second(l.Ready)
	case keys.Active:
		return "signs until " + second(l.Expires)
	case keys.Retired:
		return l.How + " " + second(l.Retired)
	}
	if !l.Leaves.IsZero() {
		return "leaves the key set " + second(l.Leaves)
	}
	if l.Signs {
		return "signs, and is refused"
	}
	return "stays in the key set until " + second(l.Expires)
}

type keyChangeOverCommand struct {
	ID  string `arg:"" name:"id" help:"ID of the key's certificate, as key list prints it."`
	Now bool   `name:"now" help:"Also when the key set with this key was not published for long enough: data holders that keep the one before refuse sign-ins for up to five minutes."`
	settings
}

// Run lets the key sign. Every running server follows within a second.
func (c *keyChangeOverCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	change, err := (&keys.Keys{Store: store}).ChangeOver(ctx, c.ID, c.Now, idp.Reading{Actor: "key change-over"})
	if err != nil {
		return keyError(err, c.ID)
	}
	if _, err = fmt.Fprintf(term.Out, "%s signs in %s from now on, until %s.\n", plain(change.Key.Subject), plain(change.Community.Name), day(change.Key.Ends)); err != nil {
		return err
	}
	if change.Before.ID == "" {
		return nil
	}
	_, err = fmt.Fprintf(term.Out, "The key before stays in the key set until what it signed has expired, and is deleted then: %s.\n", second(time.Now().Add(keys.Keep)))
	return err
}

type keyWithdrawCommand struct {
	ID     string `arg:"" name:"id" help:"ID of the key's certificate, as key list prints it."`
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log."`
	settings
}

// Run takes the key out of the key set. Every running server follows within a second.
func (c *keyWithdrawCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "the disk was stolen, ticket 4711")
	if err != nil {
		return err
	}
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	change, err := (&keys.Keys{Store: store}).Withdraw(ctx, c.ID, reason, idp.Reading{Actor: "key withdraw"})
	if err != nil {
		return keyError(err, c.ID)
	}
	if change.After.ID == "" {
		fmt.Fprintf(term.Err, "udap-idp: we hold no certificate in %s any more: nobody can sign in to its members.\n", plain(change.Community.Name))
	}
	_, err = fmt.Fprintf(term.Out, "The key of %s is out of the key set of %s, and deleted. Ask the community to revoke its certificate. "+
		"Data holders that keep the key set trust it for up to five minutes more.\n", plain(change.Key.Subject), plain(change.Community.Name))
	return err
}

// keyError names what an operator asked for that is not there.
func keyError(err error, id string) error {
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no certificate of ours with the ID %s; udap-idp community certificate list shows those there are", plain(id))
	}
	if errors.Is(err, idp.ErrStale) {
		return errors.New("somebody changed the keys at the same moment; look at udap-idp key list and try again")
	}
	return err
}
