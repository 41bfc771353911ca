package admin

import (
	"context"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// desk is identity's, as cmd/udap-idp wires it.
type desk struct{ *house }

func (d desk) Lookalikes(ctx context.Context, demographics idp.Demographics) ([]Lookalike, error) {
	candidates, err := d.people.LookalikesOf(ctx, demographics)
	var all []Lookalike
	for _, c := range candidates {
		one := Lookalike{Person: c.Person, Verdict: string(c.Score.Verdict), Fields: map[string]string{}}
		for _, r := range c.Score.Reasons {
			one.Fields[r.Field] = string(r.Agreement)
		}
		all = append(all, one)
	}
	return all, err
}

func (d desk) Add(ctx context.Context, demographics idp.Demographics, by idp.Reading) (idp.Person, error) {
	added, err := d.people.AddPerson(ctx, identity.Addition{Demographics: demographics, Role: idp.Patient}, by)
	return added.Person, err
}

func (d desk) Change(ctx context.Context, c PersonChange, by idp.Reading) ([]idp.AttributeKind, error) {
	act := identity.Changed
	if c.Correct {
		act = identity.Corrected
	}
	result, err := d.people.ChangeAttributes(ctx, identity.Change{
		Target: identity.Target{PersonID: c.PersonID, Revision: c.Revision}, Act: act, Values: c.Values, Reason: c.Reason,
	}, by)
	return result.Unverified, err
}

func (d desk) Invite(ctx context.Context, o InvitationOrder, by idp.Reading) (Invited, error) {
	purpose := idp.InviteFirst
	if o.Checked != "" {
		purpose = idp.InviteDesk
	}
	invited, err := d.people.Invite(ctx, identity.InvitationRequest{
		PersonID: o.PersonID, Purpose: purpose, Checked: o.Checked, Code: o.Code, Send: o.Send, Mail: newPost(d.T).Mail,
		Link: func(token idp.Token) string { return "https://idp.example/invite/" + token.String() },
	}, by)
	return Invited(invited), err
}

func (d desk) RevokeInvitation(ctx context.Context, personID string, by idp.Reading) error {
	return d.people.RevokeInvitation(ctx, personID, by)
}

func (d desk) Letter(invited Invited) (string, pages.InvitationLetter, error) {
	return "es", pages.InvitationLetter{
		Name: invited.Person.Name(), Address: invited.Person.Address.Street, WrittenAt: now, ExpiresAt: invited.Invitation.ExpiresAt, Code: invited.Code,
		Site: "https://idp.example/invite", Picture: "<svg></svg>",
	}, nil
}

func (d desk) CodesAreTyped() bool { return true }
