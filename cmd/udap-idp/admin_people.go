package main

import (
	"context"

	"udap-idp/internal/admin"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// peopleDesk is identity's, as the administrators' pages know it.
type peopleDesk struct {
	*site
	texts *pages.Pages
}

var _ admin.PeopleDesk = peopleDesk{}

func (d peopleDesk) LookalikesOf(ctx context.Context, demographics idp.Demographics) ([]idp.Lookalike, error) {
	return d.identity.LookalikesOf(ctx, demographics)
}

func (d peopleDesk) Add(ctx context.Context, demographics idp.Demographics, by idp.Reading) (idp.Person, error) {
	added, err := d.identity.AddPerson(ctx, identity.Addition{Demographics: demographics, Role: idp.Patient}, by)
	return added.Person, err
}

func (d peopleDesk) Change(ctx context.Context, c admin.PersonChange, by idp.Reading) (err error) {
	target := identity.Target{PersonID: c.PersonID, Revision: c.Revision}
	switch c.Act {
	case "end":
		_, err = d.identity.EndAttribute(ctx, target, c.EndedID, c.Reason, by)
	case "history":
		_, err = d.identity.AddHistorical(ctx, target, c.Value, c.Reason, by)
	default:
		_, err = d.identity.ChangeAttributes(ctx, identity.Change{
			Target: target, Act: identity.Act(c.Act), Values: []idp.Attribute{c.Value}, Reason: c.Reason,
		}, by)
	}
	return err
}

func (d peopleDesk) Identifier(ctx context.Context, p idp.Person, why idp.Reading) (string, error) {
	return d.identity.Identifier(ctx, p, why)
}

func (d peopleDesk) Invite(ctx context.Context, o admin.InvitationOrder, by idp.Reading) (admin.Invited, error) {
	purpose := idp.InviteFirst
	if o.Checked != "" {
		purpose = idp.InviteDesk
	}
	invited, err := d.identity.Invite(ctx, identity.InvitationRequest{
		PersonID: o.PersonID, Purpose: purpose, Checked: o.Checked, Code: o.Code, Send: o.Send,
		Mail: d.mail, Link: func(token idp.Token) string { return inviteURL(d.config.Issuer, token) },
	}, by)
	return admin.Invited(invited), err
}

func (d peopleDesk) RevokeInvitation(ctx context.Context, personID string, by idp.Reading) error {
	return d.identity.RevokeInvitation(ctx, personID, by)
}

func (d peopleDesk) Letter(invited admin.Invited) (string, pages.InvitationLetter, error) {
	return invitationLetter(d.config, d.texts, "", identity.Invited(invited))
}

func (d peopleDesk) CodesAreTyped() bool { return codesAreTyped(d.config) }
