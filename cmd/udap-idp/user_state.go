package main

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/person"
)

// stateCommand is a step between the states of an account.
type stateCommand struct {
	userCommand
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log."`
}

// setState changes the state of an account.
type setState = func(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)

func (c *stateCommand) runState(ctx context.Context, term terminal, actor string, do func(*identity.Identity) setState, said string) error {
	reason, err := reasonOf(c.Reason, "reported her telephone stolen, ticket 4711")
	if err != nil {
		return err
	}
	return c.run(ctx, term, func(people *identity.Identity, p idp.Person) (idp.Person, string, error) {
		changed, err := do(people)(ctx, p.ID, reason, idp.Reading{Actor: actor})
		return changed, fmt.Sprintf(said, p.Name()), asRefusal(err)
	})
}

type userSuspendCommand struct{ stateCommand }

// Run suspends an account. A running server refuses it from its next request on.
func (c *userSuspendCommand) Run(ctx context.Context, term terminal) error {
	return c.runState(ctx, term, "user suspend", func(i *identity.Identity) setState { return i.Suspend },
		"%s is suspended: she is signed out, cannot sign in, and data holders learn nothing more about her.\nudap-idp user resume ends that.")
}

type userResumeCommand struct{ stateCommand }

// Run ends a suspension.
func (c *userResumeCommand) Run(ctx context.Context, term terminal) error {
	return c.runState(ctx, term, "user resume", func(i *identity.Identity) setState { return i.Resume },
		"%s is not suspended any more. Her passkeys work as before; a link that was open is not, and data holders have to ask again.")
}

type userCloseCommand struct{ stateCommand }

// Run closes an account for good.
func (c *userCloseCommand) Run(ctx context.Context, term terminal) error {
	return c.runState(ctx, term, "user close", func(i *identity.Identity) setState { return i.Close },
		"The account of %s is closed for good. Its record stays, so that her Digital Identifier is never given to anybody else.\n"+
			"If she comes back, add her anew and merge the closed record into the new one.")
}

type userMergeCommand struct {
	Survivor   string `arg:"" name:"survivor" help:"The id of the record that goes on."`
	Merged     string `arg:"" name:"merged" help:"The id of the record that ends."`
	By         string `name:"by" required:"" placeholder:"NAME" help:"Who merges."`
	ApprovedBy string `name:"approved-by" placeholder:"NAME" help:"Who approves it: somebody else."`
	Reason     string `name:"reason" required:"" placeholder:"TEXT" help:"Why they are the same person, for the audit log."`
	Invite     bool   `name:"invite" help:"Print a link for another passkey, also if she has one with the surviving record."`
	outputFlag
	settings
}

// Run makes one record of two.
func (c *userMergeCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "registered twice, seen with her passport")
	if err != nil {
		return err
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := cfg.RequireIssuer(); err != nil { // a link begins with it
		return asUsage(err)
	}
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	merge := identity.Merge{SurvivorID: c.Survivor, MergedID: c.Merged, ApprovedBy: person.Tidy(c.ApprovedBy), Reason: reason}
	survivor, err := people.Merge(ctx, merge, idp.Reading{Actor: person.Tidy(c.By)})
	if err != nil {
		return asRefusal(err)
	}
	passkeys, err := store.Passkeys(ctx, survivor.ID)
	if err != nil {
		return err
	}
	link := ""
	if c.Invite || len(passkeys) == 0 {
		token, invitation := newInvitation(survivor, time.Now())
		if err := store.Invite(ctx, invitation, idp.Trail{}); err != nil {
			return fmt.Errorf("the two are one now, but there is no link for a passkey: %w", err)
		}
		link = inviteURL(cfg.Issuer, token)
	}
	return c.print(term, survivor, link)
}

func (c *userMergeCommand) print(term terminal, survivor idp.Person, link string) error {
	if c.JSON {
		return printJSON(term.Out, struct {
			ID         string `json:"id"`
			Merged     string `json:"merged"`
			Identifier bool   `json:"has_identifier"`
			EnrolURL   string `json:"enrol_url,omitempty"`
		}{survivor.ID, c.Merged, !survivor.Identifier.IsZero(), link})
	}
	fmt.Fprintf(term.Out, "%s is one record now, %s. The other leads to it and is never used again.\n", plain(survivor.Name()), survivor.ID)
	if link == "" {
		_, err := fmt.Fprintln(term.Out, "Passkeys of the other record stopped working: tell her to sign in with one of this record, or give --invite for a link that makes a new one.")
		return err
	}
	_, err := fmt.Fprintf(term.Out, "Passkeys of the other record stopped working. Give her this link, which creates one for this record; it works once, and for 7 days:\n%s\n", link)
	return err
}
