package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
)

type representativeAddCommand struct {
	Representative string `name:"representative" required:"" placeholder:"ID" help:"The person who acts: the id that user list prints."`
	Patient        string `name:"patient" required:"" placeholder:"ID" help:"The person she acts for."`
	Relationship   string `name:"relationship" required:"" placeholder:"CODE" help:"What she is to the patient, as HL7 v3 RoleCode: MTH, FTH, GUARD, HPOWATT, SPS …"`
	Basis          string `name:"basis" required:"" placeholder:"BASIS" help:"parent, guardian, healthcare_poa, court_order, executor or designated."`
	Document       string `name:"document" required:"" placeholder:"TEXT" help:"The document that shows it."`
	Starts         string `name:"starts" placeholder:"YYYY-MM-DD" help:"From when on (today)."`
	Ends           string `name:"ends" placeholder:"YYYY-MM-DD" help:"The day on which it ends; for a parent the day the child is of age, when left out."`
	Scope          string `name:"scope" placeholder:"TEXT" help:"What the document limits it to."`
	By             string `name:"by" required:"" placeholder:"NAME" help:"Who has seen the document."`
	outputFlag
	settings
}

// Run records who may act for whom.
func (c *representativeAddCommand) Run(ctx context.Context, term terminal) error {
	for _, text := range []*string{&c.Document, &c.Scope, &c.By} {
		if *text = tidy(*text); badText(*text) || len(*text) > maxReason {
			return usage("--document, --scope and --by: at most %d characters, without control characters", maxReason)
		}
	}
	people, closeStore, err := c.openPeople(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	made, err := people.Represent(ctx, idp.Representation{
		RepresentativeID: c.Representative, PatientID: c.Patient, Relationship: c.Relationship, LegalBasis: c.Basis,
		Document: c.Document, Scope: c.Scope, StartsOn: c.Starts, EndsOn: c.Ends, VerifiedBy: c.By,
	}, idp.Reading{Actor: c.By, Purpose: "representative add"})
	if errors.Is(err, identity.ErrRepresentation) {
		return asUsage(err)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, made)
	}
	until := "until it is ended"
	if made.EndsOn != "" {
		until = "until " + made.EndsOn
	}
	_, err = fmt.Fprintf(term.Out, "%s is recorded, from %s %s. It opens nothing here: data holders decide what a representative may see.\n", made.ID, made.StartsOn, until)
	return err
}

// openPeople opens the store with the room of persons on it.
func (s *settings) openPeople(ctx context.Context) (*identity.Identity, func() error, error) {
	cfg, store, err := s.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		store.Close()
		return nil, nil, err
	}
	return people, store.Close, nil
}

type representativeEndCommand struct {
	ID     string `arg:"" help:"The number that representative list prints."`
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why it ends."`
	By     string `name:"by" required:"" placeholder:"NAME" help:"Who ends it, for the audit log."`
	settings
}

// Run ends a representation before its time.
func (c *representativeEndCommand) Run(ctx context.Context, term terminal) error {
	people, closeStore, err := c.openPeople(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	err = people.EndRepresentation(ctx, c.ID, tidy(c.Reason), idp.Reading{Actor: tidy(c.By), Purpose: "representative end"})
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return fmt.Errorf("there is no representation %s; udap-idp representative list PERSON shows them", c.ID)
	case errors.Is(err, idp.ErrUsed):
		return fmt.Errorf("%s was ended before", c.ID)
	case errors.Is(err, identity.ErrRepresentation):
		return asUsage(err)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(term.Out, "%s is ended.\n", c.ID)
	return err
}

type representativeListCommand struct {
	Person string `arg:"" help:"A person's id: who acts for her, and for whom she acts."`
	outputFlag
	settings
}

// Run prints the representations of a person, ended ones too.
func (c *representativeListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	if _, err := store.Person(ctx, c.Person); errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no person %s; udap-idp user list shows them", c.Person)
	}
	all, err := store.Representations(ctx, c.Person)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, append([]idp.Representation{}, all...))
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(term.Out, "Nobody acts for this person, and she acts for nobody.")
		return err
	}
	t := newTable(term.Out, "ID", "REPRESENTATIVE", "PATIENT", "AS", "BASIS", "FROM", "UNTIL", "STATE")
	for _, r := range all {
		state := "in force"
		switch {
		case !r.EndedAt.IsZero():
			state = "ended: " + r.EndedReason
		case !r.InForce(time.Now()):
			state = "not in force"
		}
		t.row(r.ID, r.RepresentativeID, r.PatientID, identity.Relationships[r.Relationship], r.LegalBasis, r.StartsOn, orDash(r.EndsOn), state)
	}
	return t.flush()
}
