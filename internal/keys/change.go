package keys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// Refusal is why something is not done with a key. Its code is a text of the pages; the error is for the command line.
type Refusal struct {
	Code string
	text string
}

func (r *Refusal) Error() string { return r.text }

// RefusalCode names the words for a page.
func (r *Refusal) RefusalCode() string { return r.Code }

func refuse(code, format string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// view is the keys as they are decided about, of one revision.
type view struct {
	revision int64
	rings    []Ring
}

// look reads the keys. The revision is read first: a change in between makes the decision ErrStale.
func (k *Keys) look(ctx context.Context) (view, error) {
	revision, err := k.Store.TrustRevision(ctx)
	if err != nil {
		return view{}, fmt.Errorf("keys: %w", err)
	}
	rings, err := k.Rings(ctx)
	return view{revision, rings}, err
}

// find returns a key that is in the key set, and the one that signs in its community, or idp.ErrNotFound.
func (v view) find(id string) (ring Ring, key Key, err error) {
	for _, ring := range v.rings {
		for _, key := range ring.Keys {
			if key.ID == id {
				return ring, key, nil
			}
		}
	}
	return Ring{}, Key{}, fmt.Errorf("key of certificate %s: %w", id, idp.ErrNotFound)
}

// signing is the key that signs, the zero Key when there is none.
func (r Ring) signing() Key {
	for _, key := range r.Keys {
		if key.Signs {
			return key
		}
	}
	return Key{}
}

// Change is what was done with a key.
type Change struct {
	Community idp.Community
	Key       Key // before
	Before    Key // that signed until now, zero when none did
	After     Key // that signs from now on, zero when none does
}

// ChangeOver lets a key sign from now on. One that has not been in the key set for Lead is refused (key_early) unless force is
// set: then data holders that keep the key set refuse sign-ins until they fetch it anew. *Refusal; idp.ErrNotFound; idp.ErrStale.
func (k *Keys) ChangeOver(ctx context.Context, id string, force bool, by idp.Reading) (Change, error) {
	v, err := k.look(ctx)
	if err != nil {
		return Change{}, err
	}
	ring, key, err := v.find(id)
	if err != nil {
		return Change{}, err
	}
	now := k.now()
	if err := mayTakeOver(key, force, now); err != nil {
		return Change{}, err
	}
	before := ring.signing()
	over := idp.ChangeOver{CertificateID: id, Stopped: before.ID, Revision: v.revision, At: now}
	detail := changeDetail{Community: ring.Community.URI, Before: before.KeyID, After: key.KeyID, Forced: force && now.Before(key.ReadyAt)}
	if err := k.Store.ChangeOver(ctx, over, trail(by, now, "certificate.activate", detail)); err != nil {
		return Change{}, err
	}
	return Change{Community: ring.Community, Key: key, Before: before, After: key}, nil
}

// mayTakeOver reports why a key may not sign from now on.
func mayTakeOver(key Key, force bool, now time.Time) error {
	switch {
	case key.Signs && key.State == Active:
		return refuse("key_signs", "%s signs already", key.ID)
	case now.After(key.Ends):
		return refuse("key_over", "%s expired on %s; what it signs is refused", key.ID, key.Ends.Format(time.RFC3339))
	case now.Before(key.Begins):
		return refuse("key_future", "%s is not valid before %s; it takes over by itself when the active one ends, or let it sign then", key.ID, key.Begins.Format(time.RFC3339))
	case key.State == Next && now.Before(key.ReadyAt) && !force:
		return refuse("key_early", "%s is in the key set since %s, and data holders may keep the one before for five minutes: until they fetch it anew they refuse "+
			"what it signs. Wait until %s, or add --now", key.ID, key.CreatedAt.Format(time.RFC3339), key.ReadyAt.Format(time.RFC3339))
	}
	return nil
}

// Withdraw takes a key out of the key set at once, whichever signs, and deletes it. What it signed is refused by whoever fetches
// the key set anew. If there is no other key, nobody can sign in to the members of its community.
func (k *Keys) Withdraw(ctx context.Context, id, reason string, by idp.Reading) (Change, error) {
	return k.take(ctx, id, idp.RetiredWithdrawn, reason, "certificate.withdraw", by)
}

// Remove deletes a key that does not sign, unless it is the only one. *Refusal key_signs.
func (k *Keys) Remove(ctx context.Context, id string, by idp.Reading) (Change, error) {
	return k.take(ctx, id, idp.RetiredRemoved, "", "certificate.remove", by)
}

func (k *Keys) take(ctx context.Context, id string, how idp.RetiredHow, reason, action string, by idp.Reading) (Change, error) {
	v, err := k.look(ctx)
	if err != nil {
		return Change{}, err
	}
	ring, key, err := v.find(id)
	if err != nil {
		return Change{}, err
	}
	if how == idp.RetiredRemoved && key.Signs && len(ring.Keys) > 1 {
		return Change{}, refuse("key_signs", "%s signs; let another one sign before", id)
	}
	now := k.now()
	out := Change{Community: ring.Community, Key: key, Before: ring.signing()}
	if out.After, err = ring.without(id, now); err != nil {
		return Change{}, err
	}
	detail := changeDetail{Community: ring.Community.URI, Key: key.KeyID, Before: out.Before.KeyID, After: out.After.KeyID, Reason: reason}
	retired := retire(ring, key, how, now)
	retired.Reason, retired.By = reason, by.Actor
	return out, k.Store.RetireKeys(ctx, v.revision, []idp.RetiredKey{retired}, trail(by, now, action, detail))
}

// without is what signs when a key is gone.
func (r Ring) without(id string, now time.Time) (Key, error) {
	rest := r.Community
	rest.Certificates = nil
	for _, own := range r.Community.Certificates {
		if own.ID != id {
			rest.Certificates = append(rest.Certificates, own)
		}
	}
	ring, err := ringOf(rest, now)
	return ring.signing(), err
}

// retire is what stays of a key.
func retire(ring Ring, key Key, how idp.RetiredHow, now time.Time) idp.RetiredKey {
	r := idp.RetiredKey{
		ID: key.ID, CommunityID: key.CommunityID, KeyID: key.KeyID, CreatedAt: key.CreatedAt, StoppedAt: key.StoppedAt, RetiredAt: now, How: how,
	}
	if key.Signs {
		r.StoppedAt = now
	}
	for _, own := range ring.Community.Certificates {
		if own.ID == key.ID {
			r.Certificate = own.Chain[0]
		}
	}
	return r
}

// RetireOver takes the keys out of the key set that signed nothing for Keep. It runs with the housekeeping of every server, and
// returns how many it took.
func (k *Keys) RetireOver(ctx context.Context, now time.Time) (int64, error) {
	v, err := k.look(ctx)
	if err != nil {
		return 0, err
	}
	var over []idp.RetiredKey
	var events []idp.AuditEvent
	for _, ring := range v.rings {
		for _, key := range ring.Keys {
			if key.LeavesAt.IsZero() || now.Before(key.LeavesAt) {
				continue
			}
			over = append(over, retire(ring, key, idp.RetiredOver, now.UTC()))
			events = append(events, trail(idp.Reading{Actor: "serve"}, now, "certificate.retire", changeDetail{Community: ring.Community.URI, Key: key.KeyID}).Events...)
		}
	}
	if len(over) == 0 {
		return 0, nil
	}
	err = k.Store.RetireKeys(ctx, v.revision, over, idp.Trail{Events: events})
	if errors.Is(err, idp.ErrStale) {
		return 0, nil // another server was faster, or somebody changes them: there is a next time
	}
	if err != nil {
		return 0, err
	}
	return int64(len(over)), nil
}

// changeDetail is what is recorded of a change: kids, which are public.
type changeDetail struct {
	Community string `json:"community"`
	Key       string `json:"key,omitempty"`
	Before    string `json:"before,omitempty"` // that signed
	After     string `json:"after,omitempty"`  // that signs
	Forced    bool   `json:"forced,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

func trail(by idp.Reading, now time.Time, action string, detail changeDetail) idp.Trail {
	text, err := json.Marshal(detail)
	if err != nil {
		text = nil // plain fields, which always encode
	}
	return idp.Trail{Events: []idp.AuditEvent{{
		ID: idp.NewID(), At: now, Actor: by.Actor, Action: action, RequestID: by.RequestID, IP: by.IP, Detail: string(text),
	}}}
}
