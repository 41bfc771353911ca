package identity

import (
	"context"
	"slices"
	"strings"

	"udap-idp/internal/idp"
)

// mintIn makes the Digital Identifier of the person whose event comes into force, unless somebody has one who is probably she.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: one person, one identifier within the assigner; never two.
func (i *Identity) mintIn(ctx context.Context, s *step) error {
	if err := i.unique(ctx, s); err != nil {
		return err
	}
	identifier, err := i.mint()
	if err != nil {
		return err
	}
	s.person.Identifier = identifier
	i.note(s, "identifier.mint", "")
	return nil
}

// unique is a *PossibleDuplicate when the person would have a second Digital Identifier: when somebody has one who is probably she,
// and nobody has looked at the two and decided that they are not one. A person who has an identifier keeps it.
func (i *Identity) unique(ctx context.Context, s *step) error {
	if !s.person.Identifier.IsZero() {
		return nil
	}
	holders, err := i.holders(ctx, s)
	if err != nil {
		return err
	}
	if len(holders) > 0 {
		return &PossibleDuplicate{EventID: s.p.ID, Candidates: holders}
	}
	return nil
}

// holders are those who have a Digital Identifier, are probably the person of the event, and were not found to be somebody else.
func (i *Identity) holders(ctx context.Context, s *step) ([]Candidate, error) {
	candidates, err := i.duplicates(ctx, s.person, s.p)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(candidates, func(c Candidate) bool { return !c.holds() || slices.Contains(s.p.Apart, c.Person.ID) }), nil
}

// NotADuplicate records that somebody looked at those who are probably the person of an event and have a Digital Identifier, and that
// they are others: a twin, a namesake. Who is found later is not meant.
func (i *Identity) NotADuplicate(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if s.p.Status == idp.ProofingInForce || !slices.Contains(openStatuses, s.p.Status) {
			return refuse("decided", "the event is %s: there is nothing to decide any more", s.p.Status)
		}
		found, err := i.setApart(ctx, s, reason)
		if err == nil && found == 0 {
			return refuse("no_duplicate", "nobody is found who is probably she and has a Digital Identifier: there is nothing to decide")
		}
		return err
	})
}

// setApart decides about those who are found now. It is recorded with the event, and in the audit log, before an identifier is made.
func (i *Identity) setApart(ctx context.Context, s *step, reason string) (found int, err error) {
	if strings.TrimSpace(reason) == "" {
		return 0, refuse("reason", "why she is somebody else must be given")
	}
	holders, err := i.holders(ctx, s)
	if err != nil || len(holders) == 0 {
		return 0, err
	}
	s.p.Apart = slices.Clone(s.p.Apart)
	for _, c := range holders {
		s.p.Apart = append(s.p.Apart, c.Person.ID)
	}
	s.events = append(s.events, i.event(s.by, "duplicate.override", s.p.PersonID, overrideDetail(s.p.ID, holders, reason)))
	return len(holders), nil
}

// Doubts are those who hold a Digital Identifier, are probably the person of an event and were not set apart: while there are any, the
// event does not come into force at a level that makes an identifier. Of an event that is decided there are none.
func (i *Identity) Doubts(ctx context.Context, id string) ([]Candidate, error) {
	p, person, _, err := i.Assess(ctx, id)
	if err != nil || p.Status == idp.ProofingInForce || !slices.Contains(openStatuses, p.Status) || !person.Identifier.IsZero() {
		return nil, err
	}
	return i.holders(ctx, &step{p: p, person: person})
}
