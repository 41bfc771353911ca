package main

import (
	"context"
	"time"

	"udap-idp/internal/account"
	"udap-idp/internal/fhir"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/server"
)

// account makes the room with a person's own pages.
func (s *site) account(p *pages.Pages, browser *browser) *account.Account {
	return account.New(account.Config{
		Store: s.store, Pages: p, Session: browser.Session, Fresh: browser.Fresh, RequestID: server.Number, Mail: s.mail,
		Staff: staff{s.mail, s.config}.tell,
		Idle:  s.config.SessionIdle, ClosingWait: func() time.Duration { return s.live.Now().ClosingWait },
		Change:       s.changeAttributes,
		Identifier:   s.identity.Identifier,
		Declarations: declarations{s.identity, browser, p},
		Patient:      s.patient,
		Repudiation:  s.identity.Repudiation, Repudiate: s.identity.Repudiate,
	})
}

// patient is fhir's, with us as who assigns the identifier.
func (s *site) patient(p idp.Person, identifier string) any {
	return fhir.PatientOf(p, identifier, assigner(s.config))
}

// changeAttributes is identity's, as the account knows it.
func (s *site) changeAttributes(ctx context.Context, c account.Change, by idp.Reading) ([]idp.AttributeKind, error) {
	act := identity.Changed
	if c.Correct {
		act = identity.Corrected
	}
	result, err := s.identity.ChangeAttributes(ctx, identity.Change{
		Target: identity.Target{PersonID: c.PersonID, Revision: c.Revision}, Act: act, Values: c.Values, Reason: c.Reason, Tell: c.Tell,
	}, by)
	return result.Unverified, err
}

// closeAccounts closes the accounts whose waiting period is over, and tells those whose they were.
func (s *site) closeAccounts(ctx context.Context, _ time.Time) (int64, error) {
	closed, err := s.identity.CloseDue(ctx, func(p idp.Person) ([]idp.Message, error) {
		return s.mail.About(p, idp.Notice{Kind: idp.NoticeAccountClosed})
	})
	return int64(closed), err
}
