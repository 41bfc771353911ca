package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// Candidate is somebody who may be the same person.
type Candidate struct {
	Person idp.Person
	Score  matching.Score
}

// holds reports whether the candidate forbids a second Digital Identifier.
func (c Candidate) holds() bool {
	return c.Score.Verdict.Rank() >= matching.Likely.Rank() && !c.Person.Identifier.IsZero()
}

// maxCandidates bounds how many records a person is compared with: those that share most keys.
const maxCandidates = 50

// Duplicates are those who may be the same person as p, who need not be stored, the likeliest first. Closed accounts are among
// them, tombstones are not.
func (i *Identity) Duplicates(ctx context.Context, p idp.Person) ([]Candidate, error) {
	return i.duplicates(ctx, p)
}

// LookalikesOf are Duplicates of somebody of whom details are known and who is not stored.
func (i *Identity) LookalikesOf(ctx context.Context, d idp.Demographics) ([]idp.Lookalike, error) {
	p := idp.Person{ID: idp.NewID(), Attributes: idp.AttributesOf(d, idp.Attribute{Status: idp.SelfAsserted}), Demographics: d}
	candidates, err := i.duplicates(ctx, p)
	var all []idp.Lookalike
	for _, c := range candidates {
		all = append(all, idp.Lookalike{Person: c.Person, Likeness: likenessOf(c.Score)})
	}
	return all, err
}

// duplicates are those of Duplicates; more are events of the person that are not stored as they are now.
func (i *Identity) duplicates(ctx context.Context, p idp.Person, more ...idp.Proofing) ([]Candidate, error) {
	record, err := i.record(ctx, p, more...)
	if err != nil {
		return nil, err
	}
	keys, err := i.matchKeys(record)
	if err != nil {
		return nil, err
	}
	people, err := i.Store.PeopleByMatchKeys(ctx, keys, maxCandidates)
	if err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	var candidates []Candidate
	for _, other := range people {
		if other.ID == p.ID || other.State == idp.PersonMerged {
			continue
		}
		theirs, err := i.record(ctx, other)
		if err != nil {
			return nil, err
		}
		if score := matching.Compare(record, theirs); score.Verdict != matching.Different {
			candidates = append(candidates, Candidate{Person: other, Score: score})
		}
	}
	slices.SortStableFunc(candidates, byLikeness)
	return candidates, nil
}

// ErrPossibleDuplicate: the person would have a second Digital Identifier. The error is a *PossibleDuplicate.
var ErrPossibleDuplicate = errors.New("somebody who is probably the same person has a Digital Identifier already")

// PossibleDuplicate names those who hold one. When they are others, NotADuplicate says so of the event.
type PossibleDuplicate struct {
	EventID    string
	Candidates []Candidate
}

func (e *PossibleDuplicate) Error() string {
	ids := make([]string, len(e.Candidates))
	for n, c := range e.Candidates {
		ids[n] = fmt.Sprintf("%s (%s)", c.Person.ID, c.Score.Verdict)
	}
	return ErrPossibleDuplicate.Error() + ": " + strings.Join(ids, ", ")
}

// RefusalCode is the code, for rooms that have words of their own for it.
func (e *PossibleDuplicate) RefusalCode() string { return "possible_duplicate" }

func (e *PossibleDuplicate) Unwrap() error { return ErrPossibleDuplicate }

func overrideDetail(eventID string, holders []Candidate, reason string) string {
	type line struct {
		Person  string           `json:"person"`
		Verdict matching.Verdict `json:"verdict"`
		Value   int              `json:"value"`
	}
	lines := make([]line, len(holders))
	for n, c := range holders {
		lines[n] = line{c.Person.ID, c.Score.Verdict, c.Score.Value}
	}
	return detail(struct {
		Event  string `json:"event"`
		Reason string `json:"reason"`
		Others []line `json:"others"`
	}{eventID, reason, lines})
}

// detail is the text of an audit event. Its values are made of plain fields, which always encode.
func detail(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("identity: encode %T: %v", value, err))
	}
	return string(text)
}

func isNotFound(err error) bool { return errors.Is(err, idp.ErrNotFound) }
func isUsed(err error) bool     { return errors.Is(err, idp.ErrUsed) }
func isStale(err error) bool    { return errors.Is(err, idp.ErrStale) }
