package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// explainDuplicate says who is in the way of a second Digital Identifier, and what to do.
func explainDuplicate(d *identity.PossibleDuplicate) error {
	var b strings.Builder
	b.WriteString("nothing was decided: somebody who is probably the same person has a Digital Identifier already, and nobody may have two.\n")
	for _, c := range d.Candidates {
		fmt.Fprintf(&b, "%s  %s, born %s: %s. %s\n", c.Person.ID, c.Person.Name(), c.Person.Birthdate, c.Score.Verdict.Words(), c.Score.Words())
	}
	b.WriteString("If it is she, make one record of the two (udap-idp user merge SURVIVOR MERGED), and go on with that.\n" +
		"If it is somebody else, say why, and repeat the step:\nudap-idp proofing not-a-duplicate " + d.EventID + " --reason \"twin sister, both were here with their passports\"")
	return errors.New(b.String())
}

// duplicateWarnings name who may be the person that was just added.
func duplicateWarnings(added identity.Added) []string {
	var lines []string
	for _, c := range added.Duplicates {
		lines = append(lines, fmt.Sprintf("%s (%s) is %s. Compare them: udap-idp user duplicates %s",
			c.Person.ID, c.Person.Name(), c.Score.Verdict.Words(), added.Person.ID))
	}
	return lines
}

type userDuplicatesCommand struct {
	ID  string `arg:"" optional:"" placeholder:"ID" help:"Compare this person only."`
	All bool   `name:"all" help:"Also those who are only possibly the same person, such as twins, and pairs of which an administrator said that they are two people."`
	settings
	outputFlag
}

// duplicateLine is a pair as the command prints it.
type duplicateLine struct {
	ID      string            `json:"id"`
	Name    string            `json:"name"`
	Other   string            `json:"other"`
	OtherIs string            `json:"other_name"`
	Both    bool              `json:"both_have_identifiers"`
	Verdict matching.Verdict  `json:"verdict"`
	Value   int               `json:"value"`
	Reasons []matching.Reason `json:"reasons"`
	Apart   string            `json:"apart,omitempty"` // why an administrator said that they are two people
}

// Run prints pairs of records that may be one person.
func (c *userDuplicatesCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	people, err := openIdentity(ctx, cfg, store)
	if err != nil {
		return err
	}
	lines, err := c.lines(ctx, store, people)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "No two records look like one person.")
		return err
	}
	t := newTable(term.Out, "VERDICT", "VALUE", "ID", "NAME", "ID", "NAME", "WHY")
	for _, l := range lines {
		why := matching.Score{Reasons: l.Reasons}.Words()
		if l.Apart != "" {
			why += "; two people, as an administrator said: " + plain(l.Apart)
		}
		t.row(string(l.Verdict), strconv.Itoa(l.Value), l.ID, l.Name, l.Other, l.OtherIs, why)
	}
	return t.flush()
}

func (c *userDuplicatesCommand) lines(ctx context.Context, store idp.Store, people *identity.Identity) ([]duplicateLine, error) {
	records, err := c.records(ctx, store)
	if err != nil {
		return nil, err
	}
	lines := []duplicateLine{}
	for _, p := range records {
		candidates, err := people.Duplicates(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, other := range candidates {
			if c.ID == "" && (other.Person.ID < p.ID || !c.All && other.Score.Verdict == matching.Possible) {
				continue // the pair is printed once
			}
			apart, err := saidToBeTwo(ctx, store, idp.PairOf(p.ID, other.Person.ID))
			if err != nil {
				return nil, err
			}
			if apart != "" && c.ID == "" && !c.All {
				continue
			}
			lines = append(lines, duplicateLine{p.ID, p.Name(), other.Person.ID, other.Person.Name(),
				!p.Identifier.IsZero() && !other.Person.Identifier.IsZero(), other.Score.Verdict, other.Score.Value, other.Score.Reasons, apart})
		}
	}
	slices.SortStableFunc(lines, func(a, b duplicateLine) int {
		return cmp.Or(b.Verdict.Rank()-a.Verdict.Rank(), b.Value-a.Value)
	})
	return lines, nil
}

// saidToBeTwo is why somebody said of a pair that they are two people, "" when nobody did.
func saidToBeTwo(ctx context.Context, store idp.Store, pair idp.Pair) (string, error) {
	s, err := store.Suspicion(ctx, pair)
	if errors.Is(err, idp.ErrNotFound) {
		return "", nil
	}
	return s.Decision, err
}

// records are those that are compared with all others.
func (c *userDuplicatesCommand) records(ctx context.Context, store idp.Store) ([]idp.Person, error) {
	if c.ID != "" {
		p, err := personNamed(ctx, store, c.ID)
		return []idp.Person{p}, err
	}
	people, err := all(ctx, store.People, func(p idp.Person) string { return p.ID })
	return slices.DeleteFunc(people, func(p idp.Person) bool { return p.State == idp.PersonMerged }), err
}

// personNamed reads the person of an id that was typed.
func personNamed(ctx context.Context, store idp.Store, id string) (idp.Person, error) {
	p, err := store.Person(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return p, fmt.Errorf("there is no person %s. udap-idp user list shows them", plain(id))
	}
	return p, err
}
