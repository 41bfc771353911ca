package identity

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// Compare says how likely two records are one person.
func (i *Identity) Compare(ctx context.Context, a, b idp.Person) (idp.Likeness, error) {
	one, err := i.record(ctx, a)
	if err != nil {
		return idp.Likeness{}, err
	}
	other, err := i.record(ctx, b)
	return likenessOf(matching.Compare(one, other)), err
}

func likenessOf(s matching.Score) idp.Likeness {
	l := idp.Likeness{Verdict: string(s.Verdict), Rank: s.Verdict.Rank(), Value: s.Value}
	for _, r := range s.Reasons {
		l.Reasons = append(l.Reasons, idp.LikenessReason{Field: r.Field, Agreement: string(r.Agreement)})
	}
	return l
}

// examinedWith bounds how many records one is compared with when it is examined: those that share most keys.
const examinedWith = 12

// Examine compares up to limit of the records that wait for it with all others, and keeps the pairs that may be one person. It
// returns how many it compared: 0 when none waits.
func (i *Identity) Examine(ctx context.Context, limit int) (int, error) {
	people, err := i.Store.Unexamined(ctx, limit)
	if err != nil {
		return 0, err
	}
	examined := make([]idp.Examined, 0, len(people))
	for _, p := range people {
		found, err := i.suspicions(ctx, p)
		if err != nil {
			return 0, fmt.Errorf("examine %s: %w", p.ID, err)
		}
		examined = append(examined, idp.Examined{PersonID: p.ID, Revision: p.Revision, Found: found})
	}
	if len(examined) == 0 {
		return 0, nil
	}
	return len(examined), i.Store.RecordExamined(ctx, examined)
}

// suspicions are the pairs of a person with those who share most with her, and with those with whom she was suspected before: a
// pair is found from one side though a crowd hides it from the other.
func (i *Identity) suspicions(ctx context.Context, p idp.Person) ([]idp.Suspicion, error) {
	record, err := i.record(ctx, p)
	if err != nil {
		return nil, err
	}
	others, err := i.suspects(ctx, p, record)
	if err != nil {
		return nil, err
	}
	var found []idp.Suspicion
	seen := map[string]bool{p.ID: true}
	for _, other := range others {
		if seen[other.ID] || other.State == idp.PersonMerged {
			continue
		}
		seen[other.ID] = true
		theirs, err := i.record(ctx, other)
		if err != nil {
			return nil, err
		}
		if score := matching.Compare(record, theirs); score.Verdict != matching.Different {
			found = append(found, idp.Suspicion{Pair: idp.PairOf(p.ID, other.ID), Likeness: likenessOf(score), FoundAt: i.now()})
		}
	}
	return found, nil
}

func (i *Identity) suspects(ctx context.Context, p idp.Person, record matching.Record) ([]idp.Person, error) {
	keys, err := i.matchKeys(record)
	if err != nil {
		return nil, err
	}
	others, err := i.Store.PeopleSharing(ctx, keys, newcomerShares, examinedWith)
	if err != nil {
		return nil, fmt.Errorf("duplicates: %w", err)
	}
	before, err := i.Store.SuspicionsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range before {
		id := s.A
		if id == p.ID {
			id = s.B
		}
		other, err := i.Store.Person(ctx, id)
		if err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	return others, nil
}
