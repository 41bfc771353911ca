package admin

import (
	"context"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// desk is identity's, as cmd/udap-idp wires it.
type desk struct{ *house }

func (d desk) LookalikesOf(ctx context.Context, demographics idp.Demographics) ([]idp.Lookalike, error) {
	return d.people.LookalikesOf(ctx, demographics)
}

func (d desk) Add(ctx context.Context, demographics idp.Demographics, by idp.Reading) (idp.Person, error) {
	added, err := d.people.AddPerson(ctx, identity.Addition{Demographics: demographics, Role: idp.Patient}, by)
	return added.Person, err
}

func (d desk) Change(ctx context.Context, c PersonChange, by idp.Reading) (err error) {
	target := identity.Target{PersonID: c.PersonID, Revision: c.Revision}
	switch c.Act {
	case "end":
		_, err = d.people.EndAttribute(ctx, target, c.EndedID, c.Reason, by)
	case "history":
		_, err = d.people.AddHistorical(ctx, target, c.Value, c.Reason, by)
	default:
		_, err = d.people.ChangeAttributes(ctx, identity.Change{
			Target: target, Act: identity.Act(c.Act), Values: []idp.Attribute{c.Value}, Reason: c.Reason,
		}, by)
	}
	return err
}

func (d desk) Identifier(ctx context.Context, p idp.Person, why idp.Reading) (string, error) {
	return d.people.Identifier(ctx, p, why)
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
