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

func (d peopleDesk) Lookalikes(ctx context.Context, demographics idp.Demographics) ([]admin.Lookalike, error) {
	candidates, err := d.identity.LookalikesOf(ctx, demographics)
	if err != nil {
		return nil, err
	}
	var all []admin.Lookalike
	for _, c := range candidates {
		one := admin.Lookalike{Person: c.Person, Verdict: string(c.Score.Verdict), Fields: map[string]string{}}
		for _, r := range c.Score.Reasons {
			one.Fields[r.Field] = string(r.Agreement)
		}
		all = append(all, one)
	}
	return all, nil
}

func (d peopleDesk) Add(ctx context.Context, demographics idp.Demographics, by idp.Reading) (idp.Person, error) {
	added, err := d.identity.AddPerson(ctx, identity.Addition{Demographics: demographics, Role: idp.Patient}, by)
	return added.Person, err
}

func (d peopleDesk) Change(ctx context.Context, c admin.PersonChange, by idp.Reading) ([]idp.AttributeKind, error) {
	act := identity.Changed
	if c.Correct {
		act = identity.Corrected
	}
	result, err := d.identity.ChangeAttributes(ctx, identity.Change{
		Target: identity.Target{PersonID: c.PersonID, Revision: c.Revision}, Act: act, Values: c.Values, Reason: c.Reason,
	}, by)
	return result.Unverified, err
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
