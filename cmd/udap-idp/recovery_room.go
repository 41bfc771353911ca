package main

import (
	"context"
	"errors"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/recovery"
	"udap-idp/internal/server"
)

// recovery makes the room of those who cannot sign in.
func (s *site) recovery(p *pages.Pages, browser *browser) *recovery.Recovery {
	return recovery.New(recovery.Config{
		Store: s.store, Pages: p, Mail: s.mail, Sealer: s.vault, Issuer: s.config.Issuer, SignUp: func() recovery.SignUpMode { return recovery.SignUpMode(s.live.Now().SignUp) },
		CodeLifetime: s.config.CodeLifetime,
		Session:      browser.Session, Browser: browser.Browser, Fresh: browser.Fresh, Knows: browser.Knows,
		Invitations: invitations{s.identity}, AddPerson: s.signUp, SetContact: s.setContact,
		RequestID: server.Number, Log: s.log,
	})
}

// invitations are identity's, as the room knows them.
type invitations struct{ *identity.Identity }

func (i invitations) ByCode(ctx context.Context, typed string) (idp.Invitation, error) {
	return i.InvitationByCode(ctx, typed)
}

func (i invitations) Open(ctx context.Context, inv idp.Invitation, a recovery.Answer, by idp.Reading) (idp.Token, error) {
	token, err := i.OpenInvitation(ctx, inv, identity.InvitationAnswer{Birthdate: a.Birthdate, Companion: a.Companion, SessionID: a.SessionID}, by)
	if errors.Is(err, identity.ErrWrongAnswer) {
		return token, recovery.ErrWrongAnswer
	}
	return token, err
}

// signUp adds somebody who signed up. Who looks like her is written down for the operator, and told to nobody.
func (s *site) signUp(ctx context.Context, d idp.Demographics, by idp.Reading) (idp.Person, error) {
	added, err := s.identity.AddPerson(ctx, identity.Addition{Demographics: d, Role: idp.Patient}, by)
	if err != nil {
		return idp.Person{}, err
	}
	if len(added.Duplicates) > 0 {
		s.log.InfoContext(ctx, "somebody who signed up may have a record already; udap-idp user duplicates shows it", "person", added.Person.ID)
	}
	return added.Person, nil
}

// setContact makes a confirmed address the current one, and tells both the old and the new.
func (s *site) setContact(ctx context.Context, personID string, channel idp.Channel, address string, by idp.Reading) error {
	value := idp.Attribute{Kind: idp.AttributeEmail, Text: address}
	if channel == idp.BySMS {
		value = idp.Attribute{Kind: idp.AttributePhone, Use: "mobile", Text: address}
	}
	_, err := s.identity.ChangeAttributes(ctx, identity.Change{
		Target: identity.Target{PersonID: personID}, Act: identity.Changed, Values: []idp.Attribute{value},
		Reason: "confirmed by a code", Tell: s.tellContactChanged(string(value.Kind)),
	}, by)
	return err
}

func (s *site) tellContactChanged(what string) func(before, after idp.Person) ([]idp.Message, error) {
	return func(before, after idp.Person) ([]idp.Message, error) {
		notice := idp.Notice{Kind: idp.NoticeContactChanged, Params: map[string]string{"what": what}}
		messages, err := s.mail.About(after, notice)
		if err != nil {
			return nil, err
		}
		old, err := s.mail.About(before, notice)
		if err != nil {
			return nil, err
		}
		told := map[string]bool{}
		for _, m := range messages {
			told[m.To] = true
		}
		for _, m := range old {
			if !told[m.To] {
				messages = append(messages, m)
			}
		}
		return messages, nil
	}
}
