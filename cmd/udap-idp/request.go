package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

type requestListCommand struct {
	Person string `name:"person" placeholder:"ID" help:"Only those of this person."`
	All    bool   `name:"all" help:"Those that were answered, too."`
	outputFlag
	settings
}

// Run prints what patients ask of those who run the service: corrections of what they cannot change themselves, and what was not they.
func (c *requestListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	requests, err := store.Requests(ctx, idp.RequestFilter{PersonID: c.Person, Open: !c.All})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, append([]idp.Request{}, requests...))
	}
	if len(requests) == 0 {
		_, err := fmt.Fprintln(term.Out, "No request is open.")
		return err
	}
	t := newTable(term.Out, "ID", "FROM", "KIND", "ABOUT", "SINCE", "STATE", "TEXT")
	for _, r := range requests {
		state := "open"
		if !r.AnsweredAt.IsZero() {
			state = "answered by " + r.AnsweredBy
		}
		t.row(r.ID, r.PersonID, string(r.Kind), orDash(r.Subject), r.At.Format(time.DateOnly), state, orDash(tidy(r.Text)))
	}
	return t.flush()
}

type requestAnswerCommand struct {
	ID     string `arg:"" help:"The request, as request list prints it."`
	Answer string `name:"answer" required:"" placeholder:"TEXT" help:"What the patient reads in her account."`
	By     string `name:"by" required:"" placeholder:"NAME" help:"Who answers, for the audit log."`
	settings
}

// Run closes a request. What was asked for is done before, with user change or user suspend.
func (c *requestAnswerCommand) Run(ctx context.Context, term terminal) error {
	for _, text := range []*string{&c.Answer, &c.By} {
		if *text = tidy(*text); badText(*text) || *text == "" || len(*text) > maxReason {
			return usage("--answer and --by: at most %d characters, without control characters", maxReason)
		}
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	_, err = people.AnswerRequest(ctx, c.ID, c.Answer, idp.Reading{Actor: c.By})
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no request %s; udap-idp request list shows them", plain(c.ID))
	}
	if err != nil {
		return asRefusal(err)
	}
	_, err = fmt.Fprintf(term.Out, "%s is answered. She reads it in her account, under her details, and is told at each of her addresses.\n", c.ID)
	return err
}
