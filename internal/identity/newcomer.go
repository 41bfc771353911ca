package identity

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// Newcomer is somebody out of a file, who is not stored yet.
type Newcomer struct {
	Person idp.Person
	record matching.Record
}

// Newcomer makes a person out of attributes that were checked. Whatever they say of themselves, they are somebody's word: only a
// proofing event makes more of them, and a Digital Identifier. It is safe for use by many goroutines.
func (i *Identity) Newcomer(attributes []idp.Attribute, by idp.Reading) (Newcomer, error) {
	now := i.now()
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: idp.Patient, State: idp.PersonActive, CreatedAt: now, UpdatedAt: now}
	for _, a := range attributes {
		a.Status, a.Level, a.ProofingID, a.Method, a.VerifiedAt = idp.SelfAsserted, idp.Unverified, "", "", time.Time{}
		a.ID, a.RecordedAt, a.RecordedBy = idp.NewID(), now, by.Actor
		if !a.EndedAt.IsZero() {
			a.EndedAt = now
		}
		p.Attributes = append(p.Attributes, a)
	}
	p.Demographics = idp.DemographicsOf(p.Attributes)
	n := Newcomer{Person: p, record: matching.Of(p)}
	keys, err := i.matchKeys(n.record)
	n.Person.MatchKeys = keys
	return n, err
}

// Compare scores two newcomers.
func (n Newcomer) Compare(other Newcomer) matching.Score {
	return matching.Compare(n.record, other.record)
}

// How far is looked for those who may be a newcomer: with so many keys in common, and so many of them. Whoever is likely the
// same shares two kinds of facts at least.
const (
	newcomerShares     = 2
	newcomerCandidates = 12
)

// Lookalikes are those on record who may be the newcomer, the likeliest first. It is Duplicates for a great many: those who share one
// key only, a telephone or the sound of a name, are not looked at.
func (i *Identity) Lookalikes(ctx context.Context, n Newcomer) ([]Candidate, error) {
	people, err := i.Store.PeopleSharing(ctx, n.Person.MatchKeys, newcomerShares, newcomerCandidates)
	if err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	var candidates []Candidate
	for _, other := range people {
		if other.State == idp.PersonMerged {
			continue
		}
		if score := matching.Compare(n.record, matching.Of(other)); score.Verdict != matching.Different {
			candidates = append(candidates, Candidate{Person: other, Score: score})
		}
	}
	slices.SortStableFunc(candidates, byLikeness)
	return candidates, nil
}

func byLikeness(a, b Candidate) int {
	return cmp.Or(b.Score.Verdict.Rank()-a.Score.Verdict.Rank(), b.Score.Value-a.Score.Value, strings.Compare(a.Person.ID, b.Person.ID))
}

// Arrival is a part of an import.
type Arrival struct {
	Mark      idp.ImportMark
	After     int64 // the mark's Rows before
	Newcomers []Newcomer
	InviteFor time.Duration // how long the links of their first passkeys are good; 0 makes none
}

// Admit stores newcomers, each with a line in the audit log, and returns the links of their invitations in the same order.
// keep is called with them before anything is stored: a link that is lost cannot be had again. Errors: those of
// idp.Imports.ImportPeople, and that of keep.
func (i *Identity) Admit(ctx context.Context, a Arrival, by idp.Reading, keep func(links []idp.Token) error) error {
	b := idp.ImportBatch{Mark: a.Mark, After: a.After}
	var links []idp.Token
	about := detail(struct {
		Role   idp.Role `json:"role"`
		Import string   `json:"import"`
	}{idp.Patient, a.Mark.ID[:min(16, len(a.Mark.ID))]})
	for _, n := range a.Newcomers {
		p := n.Person
		b.People = append(b.People, p)
		b.Trail.Events = append(b.Trail.Events, i.event(by, "person.add", p.ID, about))
		if a.InviteFor <= 0 {
			continue
		}
		token := idp.NewToken()
		links = append(links, token)
		// The links leave the house by the thousand, in a table that others send: whoever reads one on its way needs to know more.
		b.Invitations = append(b.Invitations, idp.Invitation{
			ID: token.ID, Hash: token.Hash(), PersonID: p.ID, Purpose: idp.InviteFirst, AsksBirthdate: p.Birthdate != "",
			CreatedBy: by.Actor, CreatedAt: p.CreatedAt, ExpiresAt: p.CreatedAt.Add(a.InviteFor),
		})
	}
	if err := keep(links); err != nil {
		return err
	}
	return i.Store.ImportPeople(ctx, b)
}
