package identity

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// Addition is a new person. Her details are checked (package person), and are her word: only a proofing event makes more of them.
type Addition struct {
	Demographics idp.Demographics
	Role         idp.Role
	// InviteFor is how long the link is good with which she makes her first passkey; 0 makes none.
	InviteFor time.Duration
}

// Added is who was added.
type Added struct {
	Person     idp.Person
	Invitation idp.Token   // of the link, zero when there is none
	Duplicates []Candidate // who may be the same person, although she was added
}

// AddPerson stores a person. Nobody has vouched for her yet, so that she is at no level and has no Digital Identifier: both come of
// a proofing event, which looks for duplicates again.
func (i *Identity) AddPerson(ctx context.Context, a Addition, by idp.Reading) (Added, error) {
	p := i.newPerson(a, by)
	added := Added{Person: p}
	var err error
	if added.Duplicates, err = i.Duplicates(ctx, p); err != nil {
		return Added{}, err
	}
	var invitation idp.Invitation
	if a.InviteFor > 0 {
		added.Invitation = idp.NewToken()
		invitation = idp.Invitation{
			ID: added.Invitation.ID, Hash: added.Invitation.Hash(), PersonID: p.ID, Purpose: idp.InviteFirst, AsksBirthdate: p.Birthdate != "",
			CreatedBy: by.Actor, CreatedAt: p.CreatedAt, ExpiresAt: p.CreatedAt.Add(a.InviteFor),
		}
	}
	event := i.event(by, "person.add", p.ID, detail(struct {
		Role idp.Role `json:"role"`
	}{p.Role}))
	if err := i.Store.CreatePerson(ctx, p, invitation, event); err != nil {
		return Added{}, fmt.Errorf("the person could not be stored: %w", err)
	}
	added.Person.Revision = 1
	return added, nil
}

func (i *Identity) newPerson(a Addition, by idp.Reading) idp.Person {
	now := i.now()
	p := idp.Person{ID: idp.NewID(), UserHandle: idp.NewUserHandle(), Role: a.Role, State: idp.PersonActive, Demographics: a.Demographics, CreatedAt: now, UpdatedAt: now}
	p = p.WithAttributes()
	for n := range p.Attributes {
		p.Attributes[n].RecordedBy = by.Actor
	}
	return p
}

// stateChange is a step between the states of an account.
type stateChange struct {
	from   []idp.PersonState
	to     idp.PersonState
	action string
	wrong  string // what is said of a person in any other state
	notice idp.NoticeKind
}

var (
	suspension = stateChange{[]idp.PersonState{idp.PersonActive, idp.PersonSuspended}, idp.PersonSuspended, "person.suspend",
		"the account is %s: there is nothing to suspend", idp.NoticeAccountSuspended}
	resumption = stateChange{[]idp.PersonState{idp.PersonSuspended}, idp.PersonActive, "person.resume",
		"the account is %s, not suspended: there is nothing to resume", idp.NoticeAccountResumed}
	closing = stateChange{[]idp.PersonState{idp.PersonActive, idp.PersonSuspended}, idp.PersonClosed, "person.close",
		"the account is %s: there is nothing to close", idp.NoticeAccountClosed}
)

// Suspend ends everything of a person's until Resume: she is signed out, cannot sign in, and data holders get nothing.
func (i *Identity) Suspend(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error) {
	return i.setState(ctx, personID, suspension, reason, by)
}

// Resume ends a suspension. Her passkeys, her level and what data holders know her by are as they were.
func (i *Identity) Resume(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error) {
	return i.setState(ctx, personID, resumption, reason, by)
}

// Close ends an account for good. Its record stays, with the Digital Identifier, so that nobody else ever gets that, and a person
// who comes back is found: she is added anew, and her old record merged into the new one, which takes over the identifier.
func (i *Identity) Close(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error) {
	return i.setState(ctx, personID, closing, reason, by)
}

func (i *Identity) setState(ctx context.Context, personID string, change stateChange, reason string, by idp.Reading) (idp.Person, error) {
	if reason == "" {
		return idp.Person{}, refuse("reason", "a reason must be given")
	}
	told := i.tellOf(func(before, _ idp.Person) ([]idp.Message, error) {
		if before.State == change.to { // for another reason: that is not hers to read in a mail
			return nil, nil
		}
		return i.about(before, change.notice)
	})
	return i.alterAnd(ctx, Target{PersonID: personID}, told, func(p *idp.Person) ([]idp.AuditEvent, error) {
		return i.stateEvent(p, change, reason, by)
	})
}

// stateEvent takes the step, if there is one from where she is.
func (i *Identity) stateEvent(p *idp.Person, change stateChange, reason string, by idp.Reading) ([]idp.AuditEvent, error) {
	allowed := false
	for _, from := range change.from {
		allowed = allowed || p.State == from
	}
	if !allowed {
		return nil, refuse("state", change.wrong, p.State)
	}
	before := p.State
	p.State = change.to
	return []idp.AuditEvent{i.event(by, change.action, p.ID, detail(struct {
		Before idp.PersonState `json:"before"`
		After  idp.PersonState `json:"after"`
		Reason string          `json:"reason"`
	}{before, p.State, reason}))}, nil
}

// Survivor is the person that a tombstone stands for, and anybody else herself.
func (i *Identity) Survivor(ctx context.Context, p idp.Person) (idp.Person, error) {
	const longest = 64 // merges in a row; there is no ring, because a tombstone is never merged again
	for range longest {
		if p.State != idp.PersonMerged {
			return p, nil
		}
		next, err := i.Store.Person(ctx, p.SurvivorID)
		if err != nil {
			return idp.Person{}, fmt.Errorf("survivor of %s: %w", p.ID, err)
		}
		p = next
	}
	return idp.Person{}, fmt.Errorf("survivor of %s: too many merges in a row", p.ID)
}

// PersonOf finds whom a Digital Identifier belongs to, which for that of a tombstone is the survivor. It records who asks.
// idp.ErrNotFound: it is none of ours.
func (i *Identity) PersonOf(ctx context.Context, identifier string, why idp.Reading) (idp.Person, error) {
	index, err := i.Sealer.Digest([]byte(identifier), identifierPurpose)
	if err != nil {
		return idp.Person{}, fmt.Errorf("digital identifier: %w", err)
	}
	p, err := i.Store.PersonByIdentifier(ctx, index)
	if err != nil {
		return idp.Person{}, err
	}
	if err := i.Store.Audit(ctx, i.event(why, "identifier.find", p.ID, why.Purpose)); err != nil {
		return idp.Person{}, fmt.Errorf("digital identifier: %w", err)
	}
	return i.Survivor(ctx, p)
}
