package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"udap-idp/internal/idp"
)

type communitySuspendCommand struct {
	authorityFlags
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log and for other administrators."`
}

// Run suspends a community. A running server refuses its members within a second.
func (c *communitySuspendCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "its authority was broken into")
	if err != nil {
		return err
	}
	return c.change(ctx, term, "community suspend", func(change *idp.TrustChange) { change.Suspend, change.Reason = true, reason }, nil)
}

type communityResumeCommand struct{ authorityFlags }

// Run ends a suspension.
func (c *communityResumeCommand) Run(ctx context.Context, term terminal) error {
	return c.change(ctx, term, "community resume", func(change *idp.TrustChange) { change.Resume = true }, nil)
}

type communityDeleteCommand struct {
	authorityFlags
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log."`
	Yes    bool   `name:"yes" help:"Do not ask."`
}

// Run ends the trust in a community, after asking.
func (c *communityDeleteCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "the community has ended")
	if err != nil {
		return err
	}
	return c.change(ctx, term, "community delete", func(change *idp.TrustChange) { change.Delete, change.Reason = true, reason },
		func(out idp.TrustOutcome) error {
			return confirmed(term, c.Yes, consequence(out)+" Their registrations end for good, and our certificates in it are deleted with their keys.", "Delete it")
		})
}

// confirmed says what follows, and asks, unless yes was given.
func confirmed(term terminal, yes bool, follows, question string) error {
	if yes {
		return nil
	}
	if !isTerminal(term.In) {
		return usage("--yes: nobody can be asked here. %s\nGive --yes to do it all the same", follows)
	}
	fmt.Fprintf(term.Err, "%s\n%s? Type yes: ", follows, question)
	answer, _ := bufio.NewReader(term.In).ReadString('\n') // what was typed before an end counts
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return errors.New("nothing was changed")
	}
	return nil
}
