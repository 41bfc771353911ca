package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// Target is the record that is to be changed.
type Target struct {
	PersonID string
	Revision int64 // as the one who changes has seen it; 0: whatever it is now
}

// Act is why a value becomes another.
type Act string

const (
	// Changed: the old value was right and is so no more. She married or moved. It stays as a historical one, which finds older
	// records.
	Changed Act = "change"
	// Corrected: the old value was never right. It stays in the audit log only.
	Corrected Act = "correct"
)

// Change is what becomes of a person's values.
type Change struct {
	Target
	Act Act
	// Values are the new ones. Of each, Kind, the value, Use and ValidFrom count; without Use it takes the place of the current
	// value of its kind. They are checked (package person).
	Values []idp.Attribute
	Reason string
	// Tell says who is told of the change, in its own transaction; nil: who had or has an address that changes. It is asked once
	// the new values are known to be good.
	Tell func(before, after idp.Person) ([]idp.Message, error)
}

// ChangeResult is what a change came to.
type ChangeResult struct {
	Person idp.Person
	// Unverified are the kinds of which a verified or consistent value is not so any more.
	Unverified []idp.AttributeKind
	Same       bool // everything was so already; nothing was written
}

// ChangeAttributes gives a person other values. A new value is her word, whatever stood behind the one before, until it is
// verified again: what is released is never worth more than the least of it (package claims), so that a level may stand while a
// new address is not released with it. Errors: *Refusal; idp.ErrStale; idp.ErrNotFound.
//
// HL7 Identity Matching IG 2.0.0, Digital Identity: each attribute that travels with a level was verified at it.
func (i *Identity) ChangeAttributes(ctx context.Context, c Change, by idp.Reading) (ChangeResult, error) {
	var unverified []idp.AttributeKind
	same := false
	p, err := i.alterAnd(ctx, c.Target, i.tellOf(c.Tell), func(p *idp.Person) ([]idp.AuditEvent, error) {
		unverified = nil
		var events []idp.AuditEvent
		for _, value := range c.Values {
			event, was, err := i.changeOne(p, c, value, by)
			if err != nil {
				return nil, err
			}
			if event.ID == "" {
				continue // as it was
			}
			events = append(events, event)
			if was.Worth() != idp.Unverified {
				unverified = append(unverified, was.Kind)
			}
		}
		same = len(events) == 0
		return events, nil
	})
	return ChangeResult{Person: p, Unverified: unverified, Same: same}, err
}

// changeOne changes one value, and returns the one before; without an event when it is the same.
func (i *Identity) changeOne(p *idp.Person, c Change, value idp.Attribute, by idp.Reading) (event idp.AuditEvent, was idp.Attribute, err error) {
	if err := checkValue(value, i.now()); err != nil {
		return event, was, err
	}
	if value.Kind == idp.AttributeBirthdate && c.Act == Changed {
		return event, was, refuse("birthdate", "a birthdate does not change: correct it, if it was recorded wrong")
	}
	fresh := idp.Attribute{ID: idp.NewID(), Kind: value.Kind, Use: value.Use, Name: value.Name, Address: value.Address, Text: value.Text,
		ValidFrom: value.ValidFrom, Status: idp.SelfAsserted, RecordedAt: i.now(), RecordedBy: by.Actor}
	at := slices.IndexFunc(p.Attributes, func(a idp.Attribute) bool {
		return a.Kind == value.Kind && a.IsCurrent() && (value.Use == "" || a.Use == value.Use)
	})
	if at < 0 {
		fresh.Use = orUse(fresh.Use, usual[fresh.Kind])
		p.Attributes = append(p.Attributes, fresh)
		return i.valueEvent(by, p.ID, c.Act, c.Reason, nil, &fresh), was, nil
	}
	was = p.Attributes[at]
	if sameValue(was, fresh) {
		return event, was, nil
	}
	fresh.Use = orUse(fresh.Use, was.Use)
	p.Attributes = slices.Clone(p.Attributes)
	if c.Act == Corrected {
		if fresh.ValidFrom == "" {
			fresh.ValidFrom = was.ValidFrom
		}
		p.Attributes[at] = fresh
		return i.valueEvent(by, p.ID, c.Act, c.Reason, &was, &fresh), was, nil
	}
	if fresh.ValidFrom == "" {
		fresh.ValidFrom = i.now().Format(time.DateOnly)
	}
	if was.ValidFrom > fresh.ValidFrom {
		return event, was, refuse("valid_from", "the value before holds from %s, so that another cannot hold from %s", was.ValidFrom, fresh.ValidFrom)
	}
	p.Attributes[at] = i.ended(was, fresh.ValidFrom)
	p.Attributes = append(p.Attributes, fresh)
	return i.valueEvent(by, p.ID, c.Act, c.Reason, &was, &fresh), was, nil
}

// ended is a value that is so no more, since a day. What stood behind it stands behind it still, as of then.
func (i *Identity) ended(a idp.Attribute, day string) idp.Attribute {
	a.ValidTo, a.EndedAt = day, i.now()
	if former[a.Kind] && a.Use != "maiden" {
		a.Use = "old"
	}
	return a
}

// former are the kinds whose historical values say so in their use.
var former = map[idp.AttributeKind]bool{idp.AttributeName: true, idp.AttributeAddress: true}

// usual is the use of a first value.
var usual = map[idp.AttributeKind]string{idp.AttributeName: "official", idp.AttributeAddress: "home", idp.AttributePhone: "mobile"}

func orUse(use, otherwise string) string {
	if use == "" {
		return otherwise
	}
	return use
}

// AddHistorical records a value of before: a maiden name, an address of years ago. It is her word.
func (i *Identity) AddHistorical(ctx context.Context, t Target, value idp.Attribute, reason string, by idp.Reading) (idp.Person, error) {
	return i.alter(ctx, t, by, func(p *idp.Person) ([]idp.AuditEvent, error) {
		if err := checkValue(value, i.now()); err != nil {
			return nil, err
		}
		if value.Kind == idp.AttributeBirthdate {
			return nil, refuse("birthdate", "a birthdate does not change: there is none of before")
		}
		past := idp.Attribute{ID: idp.NewID(), Kind: value.Kind, Use: value.Use, Name: value.Name, Address: value.Address, Text: value.Text,
			ValidFrom: value.ValidFrom, ValidTo: value.ValidTo, Status: idp.SelfAsserted, RecordedAt: i.now(), RecordedBy: by.Actor, EndedAt: i.now()}
		if former[past.Kind] {
			past.Use = orUse(past.Use, "old")
		}
		if slices.ContainsFunc(p.Attributes, func(a idp.Attribute) bool { return sameValue(a, past) }) {
			return nil, refuse("known", "that value is recorded already")
		}
		p.Attributes = append(slices.Clone(p.Attributes), past)
		return []idp.AuditEvent{i.valueEvent(by, p.ID, "history", reason, nil, &past)}, nil
	})
}

// EndAttribute says that a value is so no more, and no other took its place: she gave a telephone up.
func (i *Identity) EndAttribute(ctx context.Context, t Target, attributeID, reason string, by idp.Reading) (idp.Person, error) {
	return i.alterAnd(ctx, t, i.tellOf(nil), func(p *idp.Person) ([]idp.AuditEvent, error) {
		at, err := removable(*p, attributeID)
		if err != nil {
			return nil, err
		}
		was := p.Attributes[at]
		if !was.IsCurrent() {
			return nil, refuse("ended", "that value has ended already")
		}
		p.Attributes = slices.Clone(p.Attributes)
		p.Attributes[at] = i.ended(was, max(was.ValidFrom, i.now().Format(time.DateOnly)))
		return []idp.AuditEvent{i.valueEvent(by, p.ID, "end", reason, &was, nil)}, nil
	})
}

// RemoveAttribute takes a value away that was never right. It stays in the audit log only.
func (i *Identity) RemoveAttribute(ctx context.Context, t Target, attributeID, reason string, by idp.Reading) (idp.Person, error) {
	return i.alterAnd(ctx, t, i.tellOf(nil), func(p *idp.Person) ([]idp.AuditEvent, error) {
		at, err := removable(*p, attributeID)
		if err != nil {
			return nil, err
		}
		was := p.Attributes[at]
		p.Attributes = slices.Delete(slices.Clone(p.Attributes), at, at+1)
		return []idp.AuditEvent{i.valueEvent(by, p.ID, "remove", reason, &was, nil)}, nil
	})
}

// removable finds a value, unless a person cannot be without it.
func removable(p idp.Person, attributeID string) (int, error) {
	at := slices.IndexFunc(p.Attributes, func(a idp.Attribute) bool { return a.ID == attributeID })
	if at < 0 {
		return 0, refuse("no_value", "she has no value with the id %s", attributeID)
	}
	a := p.Attributes[at]
	if a.IsCurrent() && (a.Kind == idp.AttributeName || a.Kind == idp.AttributeBirthdate) {
		return 0, refuse("needed", "nobody is without a %s: change or correct it", a.Kind)
	}
	return at, nil
}

// checkValue wants exactly the value that belongs to the kind, and days in their order.
func checkValue(a idp.Attribute, now time.Time) error {
	name, address, text := a.Name != nil && *a.Name != idp.HumanName{}, a.Address != nil && *a.Address != idp.Address{}, a.Text != ""
	fits := false
	switch a.Kind {
	case idp.AttributeName:
		fits = name && !address && !text && a.Name.Family != ""
	case idp.AttributeAddress:
		fits = address && !name && !text
	case idp.AttributeBirthdate, idp.AttributeSex, idp.AttributeLanguage, idp.AttributePhone, idp.AttributeEmail:
		fits = text && !name && !address
	}
	if !fits {
		return refuse("value", "%q is not a kind of value, or not one that can be so", a.Kind)
	}
	for _, day := range []string{a.ValidFrom, a.ValidTo} {
		date, err := time.Parse(time.DateOnly, day)
		if day != "" && (err != nil || date.After(now.Add(24*time.Hour))) { // a day begins earlier elsewhere
			return refuse("date", "%q is not a date up to today; write it as year-month-day, such as 2019-01-31", day)
		}
	}
	if a.ValidTo != "" && a.ValidFrom > a.ValidTo {
		return refuse("date", "it cannot end (%s) before it begins (%s)", a.ValidTo, a.ValidFrom)
	}
	return nil
}

// sameValue compares what two attributes say, whatever stands behind them.
func sameValue(a, b idp.Attribute) bool {
	if a.Kind != b.Kind || a.Text != b.Text || (a.Name == nil) != (b.Name == nil) || (a.Address == nil) != (b.Address == nil) {
		return false
	}
	return (a.Name == nil || *a.Name == *b.Name) && (a.Address == nil || *a.Address == *b.Address)
}

// valueEvent records what a value was and what it is. The audit log has both: names and addresses are no secrets there, and a
// value that was corrected is nowhere else.
func (i *Identity) valueEvent(by idp.Reading, personID string, act Act, reason string, before, after *idp.Attribute) idp.AuditEvent {
	type value struct {
		Name      *idp.HumanName      `json:"name,omitempty"`
		Address   *idp.Address        `json:"address,omitempty"`
		Text      string              `json:"text,omitempty"`
		Use       string              `json:"use,omitempty"`
		ValidFrom string              `json:"valid_from,omitempty"`
		ValidTo   string              `json:"valid_to,omitempty"`
		Status    idp.AttributeStatus `json:"status"`
		Level     idp.Level           `json:"level,omitempty"`
		Proofing  string              `json:"proofing_id,omitempty"`
	}
	of := func(a *idp.Attribute) *value {
		if a == nil {
			return nil
		}
		return &value{a.Name, a.Address, a.Text, a.Use, a.ValidFrom, a.ValidTo, a.Status, a.Level, a.ProofingID}
	}
	var kind idp.AttributeKind
	for _, a := range []*idp.Attribute{before, after} {
		if a != nil {
			kind = a.Kind
		}
	}
	return i.event(by, "person."+string(act), personID, detail(struct {
		Kind   idp.AttributeKind `json:"kind"`
		Before *value            `json:"before,omitempty"`
		After  *value            `json:"after,omitempty"`
		Reason string            `json:"reason,omitempty"`
	}{kind, of(before), of(after), reason}))
}

// tries bounds how often a change is begun anew because somebody else was faster, for one who has not seen any state of it.
const tries = 8

// alter reads a person, lets f change her, and stores her with the events of f; without events it stores nothing.
func (i *Identity) alter(ctx context.Context, t Target, by idp.Reading, f func(p *idp.Person) ([]idp.AuditEvent, error)) (idp.Person, error) {
	return i.alterAnd(ctx, t, func(ctx context.Context, _, after idp.Person, events []idp.AuditEvent) error {
		return i.Store.ChangePerson(ctx, after, events...)
	}, f)
}

// save stores a person as she is after a change, with its events.
type save func(ctx context.Context, before, after idp.Person, events []idp.AuditEvent) error

// tellOf stores a person together with what tell tells of the change.
func (i *Identity) tellOf(tell func(before, after idp.Person) ([]idp.Message, error)) save {
	return func(ctx context.Context, before, after idp.Person, events []idp.AuditEvent) error {
		if tell == nil {
			tell = i.tellChange
		}
		after.Demographics = idp.DemographicsOf(after.Attributes)
		messages, err := tell(before, after)
		if err != nil {
			return fmt.Errorf("messages about a change: %w", err)
		}
		return i.Store.ChangePersonTelling(ctx, after, idp.Trail{Events: events, Messages: messages})
	}
}

// alterAnd is alter with another way to store her.
func (i *Identity) alterAnd(ctx context.Context, t Target, store save, f func(p *idp.Person) ([]idp.AuditEvent, error)) (idp.Person, error) {
	var err error
	for range tries {
		var p idp.Person
		if p, err = i.alterOnce(ctx, t, store, f); !isStale(err) || t.Revision != 0 {
			return p, err
		}
	}
	return idp.Person{}, err
}

func (i *Identity) alterOnce(ctx context.Context, t Target, store save, f func(p *idp.Person) ([]idp.AuditEvent, error)) (idp.Person, error) {
	p, err := i.Store.Person(ctx, t.PersonID)
	if isNotFound(err) {
		return idp.Person{}, fmt.Errorf("there is no person %s: %w", t.PersonID, idp.ErrNotFound)
	}
	if err != nil {
		return idp.Person{}, err
	}
	switch {
	case p.State == idp.PersonMerged:
		return p, refuse("merged", "this record was merged into %s: change that one", p.SurvivorID)
	case p.State == idp.PersonClosed:
		return p, refuse("closed", "the account is closed: nothing of it changes any more")
	case t.Revision != 0 && t.Revision != p.Revision:
		return p, stale(p)
	}
	before := p
	events, err := f(&p)
	if err != nil || len(events) == 0 {
		return p, err
	}
	p.UpdatedAt = i.now()
	if err := store(ctx, before, p, events); err != nil {
		if errors.Is(err, idp.ErrLastOwner) {
			return p, refuse("last_owner", "she is the last owner with a passkey: make somebody else an owner first, or nobody could run this service")
		}
		if isStale(err) {
			return p, stale(p)
		}
		return p, err
	}
	return i.Store.Person(ctx, p.ID)
}

// stale says what to do about a change that came too late.
func stale(p idp.Person) error {
	return fmt.Errorf("somebody else changed the record of %s meanwhile; nothing was changed. Look at it again, and repeat what is still right: %w", p.ID, idp.ErrStale)
}
