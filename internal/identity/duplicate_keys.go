package identity

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// matchPurpose is what match keys are digested for.
const matchPurpose = "match-key"

// keyed is the store, which writes nobody without her match keys: they are made anew from everything that is known about her,
// whichever part of the room changes her.
type keyed struct {
	Store
	room *Identity
}

func (k keyed) CreatePerson(ctx context.Context, p idp.Person, inv idp.Invitation, events ...idp.AuditEvent) error {
	keys, err := k.room.matchKeys(matching.Of(p))
	if err != nil {
		return err
	}
	p.MatchKeys = keys
	return k.Store.CreatePerson(ctx, p, inv, events...)
}

func (k keyed) ImportPeople(ctx context.Context, b idp.ImportBatch) error {
	b.People = slices.Clone(b.People)
	for n, p := range b.People {
		if len(p.MatchKeys) > 0 {
			continue // Newcomer made them
		}
		keys, err := k.room.matchKeys(matching.Of(p))
		if err != nil {
			return err
		}
		b.People[n].MatchKeys = keys
	}
	return k.Store.ImportPeople(ctx, b)
}

func (k keyed) ChangePerson(ctx context.Context, p idp.Person, events ...idp.AuditEvent) error {
	p, err := k.room.withKeys(ctx, p)
	if err != nil {
		return err
	}
	return k.Store.ChangePerson(ctx, p, events...)
}

func (k keyed) ChangePersonTelling(ctx context.Context, p idp.Person, trail idp.Trail) error {
	p, err := k.room.withKeys(ctx, p)
	if err != nil {
		return err
	}
	return k.Store.ChangePersonTelling(ctx, p, trail)
}

func (k keyed) CloseAccount(ctx context.Context, p idp.Person, now time.Time, trail idp.Trail) error {
	p, err := k.room.withKeys(ctx, p)
	if err != nil {
		return err
	}
	return k.Store.CloseAccount(ctx, p, now, trail)
}

func (k keyed) MergePeople(ctx context.Context, survivor, merged idp.Person, events ...idp.AuditEvent) error {
	survivor, err := k.room.withKeys(ctx, survivor)
	if err != nil {
		return err
	}
	merged.MatchKeys = nil // a tombstone is no duplicate of anybody
	return k.Store.MergePeople(ctx, survivor, merged, events...)
}

func (k keyed) SaveProofing(ctx context.Context, p idp.Proofing, person *idp.Person, trail idp.Trail) error {
	if person == nil {
		return k.Store.SaveProofing(ctx, p, nil, trail)
	}
	changed, err := k.room.withKeys(ctx, *person, p)
	if err != nil {
		return err
	}
	return k.Store.SaveProofing(ctx, p, &changed, trail)
}

// withKeys is the person with her keys; more are events that are not stored yet.
func (i *Identity) withKeys(ctx context.Context, p idp.Person, more ...idp.Proofing) (idp.Person, error) {
	record, err := i.record(ctx, p, more...)
	if err != nil {
		return p, err
	}
	p.MatchKeys, err = i.matchKeys(record)
	return p, err
}

// record is everything about a person that is compared.
func (i *Identity) record(ctx context.Context, p idp.Person, more ...idp.Proofing) (matching.Record, error) {
	events, err := i.Store.Proofings(ctx, idp.ProofingFilter{PersonID: p.ID})
	if err != nil {
		return matching.Record{}, fmt.Errorf("evidence of %s: %w", p.ID, err)
	}
	var evidence []string
	for _, event := range append(more, events...) {
		for _, e := range event.Evidence {
			if number := hex.EncodeToString(e.NumberIndex); number != "" && !slices.Contains(evidence, number) {
				evidence = append(evidence, number)
			}
		}
	}
	return matching.Of(p, evidence...), nil
}

// matchKeys digests the keys of a record under the master key. A plain hash would not do: names and birthdates are few enough to
// try them all.
func (i *Identity) matchKeys(r matching.Record) ([]string, error) {
	return i.digestKeys(matching.Keys(r))
}

// keysMark is the setting that says that everybody's keys are of this version.
var keysMark = fmt.Sprintf("matching.keys.%d", matching.KeysVersion)

// upgradeKeys makes everybody's match keys anew, once after their form has changed. It may be interrupted, and run again.
func (i *Identity) upgradeKeys(ctx context.Context) error {
	switch _, err := i.Store.Setting(ctx, keysMark); {
	case err == nil:
		return nil
	case !isNotFound(err):
		return err
	}
	for after := ""; ; {
		people, err := i.Store.People(ctx, after, 200)
		if err != nil {
			return fmt.Errorf("match keys: %w", err)
		}
		if len(people) == 0 {
			break
		}
		for _, p := range people {
			if err := i.rewrite(ctx, p); err != nil {
				return fmt.Errorf("match keys of %s: %w", p.ID, err)
			}
			after = p.ID
		}
	}
	_, err := i.Store.PutSettingOnce(ctx, keysMark, []byte("1"))
	return err
}

// rewrite stores a person as she is. One who was changed meanwhile has her keys already.
func (i *Identity) rewrite(ctx context.Context, p idp.Person) error {
	p.UpdatedAt = i.now()
	err := i.Store.ChangePerson(ctx, p)
	if isStale(err) {
		return nil
	}
	return err
}
