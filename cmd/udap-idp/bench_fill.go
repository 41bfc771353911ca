package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/vault"
)

// benchFillCommand fills a database for a measurement. Nothing of it is real, and the same seed invents the same.
type benchFillCommand struct {
	Persons int    `default:"10000" help:"How many people."`
	Clients int    `default:"100" help:"How many data holders."`
	Events  int    `name:"audit" default:"50000" help:"How many events of the audit log."`
	Seed    uint64 `default:"1" help:"What is invented depends on it alone, but for keys and identifiers, which are made with the master key."`
	Force   bool   `help:"Even where there are people already. Never on a database that is in use: its indexes are gone for as long as it takes."`
	outputFlag
	settings
}

// benchFilled tells what is in it, and what a measurement may look for.
type benchFilled struct {
	Persons    int     `json:"persons"`
	Clients    int     `json:"clients"`
	Events     int     `json:"events"`
	Seconds    float64 `json:"seconds"`
	PersonID   string  `json:"person_id"`  // of somebody with an identifier
	Identifier string  `json:"identifier"` // hers
	Email      string  `json:"email"`
	Birthdate  string  `json:"birthdate"`
	RareName   string  `json:"rare_name"`
	ClientID   string  `json:"client_id"`
	Clerk      string  `json:"clerk"` // who did many things to many
	RequestID  string  `json:"request_id"`
}

// benchBatch is how many rows are made before they are written.
const benchBatch = 10_000

// Run invents and writes. It says on the way how far it is.
func (c *benchFillCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return err
	}
	people, err := newIdentity(ctx, cfg, store, v)
	if err != nil {
		return err
	}
	there, err := store.People(ctx, "", 1)
	if err != nil {
		return err
	}
	if len(there) > 0 && !c.Force {
		return usage("there are people in this database; fill one that is thrown away afterwards, or give --force")
	}
	began := time.Now()
	b := &filling{benchFillCommand: c, invention: newInvention(c.Seed, c.Persons, began), store: store, people: people, term: term}
	if err := b.fill(ctx); err != nil {
		return err
	}
	if err := sealFilled(ctx, cfg, store, v); err != nil {
		return err
	}
	b.done.Persons, b.done.Clients, b.done.Events, b.done.Seconds = c.Persons, c.Clients, c.Events, time.Since(began).Seconds()
	if c.JSON {
		return printJSON(term.Out, b.done)
	}
	_, err = fmt.Fprintf(term.Out, "%d people, %d data holders and %d events in %.0f s.\n", c.Persons, c.Clients, c.Events, b.done.Seconds)
	return err
}

// sealFilled seals one event more, which makes the head of the chain right.
func sealFilled(ctx context.Context, cfg config.Config, store *sqlstore.Store, v *vault.Vault) error {
	event := idp.AuditEvent{ID: idp.NewID(), At: time.Now().UTC(), Actor: "bench fill", Action: "people.export", Detail: "the end of what was invented"}
	if err := store.Audit(ctx, event); err != nil {
		return err
	}
	_, err := newAuditLog(cfg, store, v, nil).Seal(ctx)
	return err
}

// filling is a database on its way to be filled.
type filling struct {
	*benchFillCommand
	*invention
	store  *sqlstore.Store
	people *identity.Identity
	term   terminal
	done   benchFilled
}

func (b *filling) fill(ctx context.Context) error {
	if err := b.fillClients(ctx); err != nil {
		return err
	}
	filler, err := b.store.Fill(ctx)
	if err != nil {
		return err
	}
	for first := 0; first < b.Persons; first += benchBatch {
		if err := b.fillPeople(ctx, filler, first, min(first+benchBatch, b.Persons)); err != nil {
			return err
		}
		fmt.Fprintf(b.term.Err, "\r%d people", min(first+benchBatch, b.Persons))
	}
	for first := 0; first < b.Events; first += benchBatch {
		var events []idp.AuditEvent
		for n := first; n < min(first+benchBatch, b.Events); n++ {
			events = append(events, b.event(n, b.Events))
		}
		if err := filler.Events(ctx, events); err != nil {
			return err
		}
		b.done.Clerk, b.done.RequestID = b.clerks[0], events[len(events)/2].RequestID
		fmt.Fprintf(b.term.Err, "\r%d events  ", min(first+benchBatch, b.Events))
	}
	fmt.Fprint(b.term.Err, "\rindexes      \n")
	return filler.End(ctx)
}

func (b *filling) fillPeople(ctx context.Context, filler *sqlstore.Filler, first, end int) error {
	var people []idp.Person
	var passkeys []idp.Passkey
	var proofings []idp.Proofing
	var messages []idp.Message
	for n := first; n < end; n++ {
		p := b.person(n)
		identifier := ""
		if p.Level != idp.Unverified {
			identifier = b.uuid()
			proofings = append(proofings, b.proofing(&p))
		}
		p, err := b.people.Invented(p, identifier)
		if err != nil {
			return err
		}
		people, passkeys, messages = append(people, p), append(passkeys, b.passkeys(p)...), append(messages, b.messages(p, n)...)
		if n >= b.Persons/2 && b.done.Identifier == "" && identifier != "" {
			b.done.PersonID, b.done.Identifier, b.done.Email, b.done.Birthdate = p.ID, identifier, p.Email, p.Birthdate
		}
		if n >= b.Persons/2 && b.done.RareName == "" && len(p.FamilyName) > 9 {
			b.done.RareName = p.GivenName + " " + p.FamilyName
		}
	}
	return filler.People(ctx, people, passkeys, proofings, messages)
}

// fillClients registers data holders, and what they attempted.
func (b *filling) fillClients(ctx context.Context) error {
	community := idp.Community{ID: b.id(b.begin), URI: "urn:bench:" + b.uuid(), Name: "Invented Community", CreatedAt: b.begin}
	if err := b.store.AddCommunity(ctx, community); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64) // they are committed together
	var attempts []idp.Attempt
	for n := range b.Clients {
		c := b.client(community.ID, n)
		b.clients = append(b.clients, c.ID)
		attempts = append(attempts, b.attempts(c)...)
		group.Go(func() error { _, _, err := b.store.RegisterClient(ctx, c); return err })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if b.Clients > 0 {
		b.done.ClientID = b.clients[b.Clients/2]
	}
	for len(attempts) > 0 {
		part := attempts[:min(1000, len(attempts))]
		if err := b.store.RecordAttempts(context.WithoutCancel(ctx), part); err != nil {
			return err
		}
		attempts = attempts[len(part):]
	}
	return nil
}
