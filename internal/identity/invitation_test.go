package identity

import (
	"context"
	"testing"

	"udap-idp/internal/idp"
)

// TestSecondCodeGoesToAConfirmedAddressOnly: for somebody who was proofed. NIST SP 800-63B-4 §4.2.1.2: recovery codes are sent to validated
// addresses. What is not sent is told by whoever invites.
func TestSecondCodeGoesToAConfirmedAddressOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		by        idp.Channel
		confirmed bool
		sentTo    string
		codeTo    string // "": it is told
	}{
		{"by mail, with the telephone confirmed", idp.ByEmail, true, "maria@example.org", "+12065550147"},
		{"by mail, with nothing confirmed", idp.ByEmail, false, "maria@example.org", ""},
		{"by text message, with the mail confirmed", idp.BySMS, true, "+12065550147", "maria@example.org"},
		{"by text message, with nothing confirmed", idp.BySMS, false, "+12065550147", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := newRoom(t)
			added, err := i.AddPerson(t.Context(), Addition{Role: idp.Patient, Demographics: idp.Demographics{
				GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1980-05-17", Email: "maria@example.org", Phone: "+12065550147",
			}}, idp.Reading{Actor: "test"})
			if err != nil {
				t.Fatal(err)
			}
			p := added.Person
			p.Level, p.VerifiedAt, p.UpdatedAt = idp.IDIAL1_8, i.now(), i.now()
			if err := i.Store.ChangePerson(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if c.confirmed {
				for channel, address := range map[idp.Channel]string{idp.ByEmail: p.Email, idp.BySMS: p.Phone} {
					contact := idp.Contact{Channel: channel, Address: address, ConfirmedAt: i.now()}
					if err := i.Store.(keyed).Store.(interface {
						ConfirmContact(ctx context.Context, personID string, c idp.Contact, trail idp.Trail) error
					}).ConfirmContact(t.Context(), p.ID, contact, idp.Trail{}); err != nil {
						t.Fatal(err)
					}
				}
			}
			invited, err := i.Invite(t.Context(), InvitationRequest{
				PersonID: p.ID, Purpose: idp.InviteFirst, Send: c.by, Mail: post{}, Link: func(token idp.Token) string { return token.String() },
			}, idp.Reading{Actor: "test"})
			if err != nil || invited.SentTo != c.sentTo || invited.CompanionTo != c.codeTo || (invited.Companion == "") != (c.codeTo != "") || len(invited.Invitation.CompanionHash) == 0 {
				t.Errorf("sent to %q, the code %q to %q (%v)", invited.SentTo, invited.Companion, invited.CompanionTo, err)
			}
		})
	}
}
