package identity

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/matching"
)

// InviteAdministratorFor is how long the link to an administrator's first passkey is good: shorter than a patient's, because more
// hangs on it.
const InviteAdministratorFor = 3 * 24 * time.Hour

func (k keyed) ClaimSetup(ctx context.Context, link idp.SetupLink, owner idp.Person, inv idp.Invitation, trail idp.Trail) error {
	keys, err := k.room.matchKeys(matching.Of(owner))
	if err != nil {
		return err
	}
	owner.MatchKeys = keys
	return k.Store.ClaimSetup(ctx, link, owner, inv, trail)
}

// ClaimServer makes the first owner of a server out of its set-up link, and returns the link to her first passkey. The errors of
// idp.Administration.ClaimSetup.
func (i *Identity) ClaimServer(ctx context.Context, link idp.Token, d idp.Demographics, by idp.Reading) (idp.Token, error) {
	now := i.now()
	p := i.newPerson(Addition{Demographics: d, Role: idp.Owner}, by)
	token, inv := i.invitation(p.ID, p.ID)
	by.Actor = p.ID
	return token, i.Store.ClaimSetup(ctx, idp.SetupLink{ID: link.ID, Hash: link.Hash(), UsedAt: now}, p, inv,
		idp.Trail{Events: []idp.AuditEvent{i.event(by, "admin.claim", p.ID, "")}})
}

// invitation is a link to a passkey of an administrator's.
func (i *Identity) invitation(personID, by string) (idp.Token, idp.Invitation) {
	token, now := idp.NewToken(), i.now()
	return token, idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: personID, CreatedBy: by, CreatedAt: now, ExpiresAt: now.Add(InviteAdministratorFor)}
}

// AddAdministrator stores somebody who runs the service, and returns the link to her first passkey. *Refusal: no such role.
func (i *Identity) AddAdministrator(ctx context.Context, d idp.Demographics, role idp.Role, by idp.Reading) (idp.Person, idp.Token, error) {
	if !role.Administers() {
		return idp.Person{}, idp.Token{}, refuse("role", "%q is not the role of an administrator", role)
	}
	p := i.newPerson(Addition{Demographics: d, Role: role}, by)
	token, inv := i.invitation(p.ID, by.Actor)
	err := i.Store.CreatePerson(ctx, p, inv, i.event(by, "admin.invite", p.ID, detail(struct {
		Role idp.Role `json:"role"`
	}{role})))
	if err != nil {
		return idp.Person{}, idp.Token{}, fmt.Errorf("the administrator could not be stored: %w", err)
	}
	return p, token, nil
}

// InviteAgain makes a new link to the first passkey of an administrator; one that was open before ends. One who has a passkey gets
// none: an administrator's account opens those of others, and somebody who can be talked into a mistake must not be a way into it.
// idp.ErrNotFound: she is not active.
func (i *Identity) InviteAgain(ctx context.Context, personID string, by idp.Reading) (idp.Token, error) {
	p, err := i.Store.Person(ctx, personID)
	if err != nil {
		return idp.Token{}, err
	}
	if !p.Role.Administers() {
		return idp.Token{}, refuse("role", "%s is not an administrator", p.ID)
	}
	passkeys, err := i.passkeys(ctx, p.ID)
	if err != nil {
		return idp.Token{}, err
	}
	if passkeys > 0 {
		return idp.Token{}, refuse("passkey", "%s has a passkey already. If it is lost, invite her as a new administrator and take the role of this account away", p.Name())
	}
	token, inv := i.invitation(p.ID, by.Actor)
	err = i.Store.Invite(ctx, inv, idp.Trail{Events: []idp.AuditEvent{i.event(by, "admin.invite", p.ID, detail(struct {
		Role  idp.Role `json:"role"`
		Again bool     `json:"again"`
	}{p.Role, true}))}})
	return token, err
}

// SetRole gives an administrator another role. *Refusal: she is the last owner, or no administrator.
func (i *Identity) SetRole(ctx context.Context, personID string, role idp.Role, reason string, by idp.Reading) (idp.Person, error) {
	if reason == "" {
		return idp.Person{}, refuse("reason", "a reason must be given")
	}
	if !role.Administers() {
		return idp.Person{}, refuse("role", "%q is not the role of an administrator", role)
	}
	return i.alter(ctx, Target{PersonID: personID}, by, func(p *idp.Person) ([]idp.AuditEvent, error) {
		if !p.Role.Administers() {
			return nil, refuse("role", "%s is not an administrator", p.ID)
		}
		if p.Role == role {
			return nil, nil
		}
		before := p.Role
		p.Role = role
		return []idp.AuditEvent{i.event(by, "admin.role", p.ID, roleDetail(before, role, reason))}, nil
	})
}

// RevokeAdministrator takes the role away. An account that was made for an administrator is closed with it; one that is a patient's
// as well goes on as that. *Refusal: she is the last owner, or no administrator.
func (i *Identity) RevokeAdministrator(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error) {
	if reason == "" {
		return idp.Person{}, refuse("reason", "a reason must be given")
	}
	return i.alter(ctx, Target{PersonID: personID}, by, func(p *idp.Person) ([]idp.AuditEvent, error) {
		if !p.Role.Administers() {
			return nil, refuse("role", "%s is not an administrator", p.ID)
		}
		before := p.Role
		p.Role = idp.Patient
		if _, patient := idp.Current(p.Attributes, idp.AttributeBirthdate); !patient {
			p.State = idp.PersonClosed
		}
		return []idp.AuditEvent{i.event(by, "admin.revoke", p.ID, roleDetail(before, "", reason))}, nil
	})
}

func roleDetail(before, after idp.Role, reason string) string {
	return detail(struct {
		Before idp.Role `json:"before"`
		After  idp.Role `json:"after,omitempty"`
		Reason string   `json:"reason"`
	}{before, after, reason})
}
