package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"udap-idp/internal/admin"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/login"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
)

var _ admin.ProofingDesk = (*identity.Identity)(nil)

// proofingDesk is what the administrators' pages need to check somebody's identity.
func (s *site) proofingDesk(texts *pages.Pages, browser *browser, documents *policy.Policy) admin.Proofing {
	return admin.Proofing{
		Desk: s.identity,
		Practices: func(ctx context.Context) (string, error) {
			applies, err := documents.Current(ctx, idp.PolicyPractices)
			return applies.Name, err
		},
		Doubts:       s.doubts,
		Declarations: declarations{s.identity, browser, texts},
		Letter:       s.proofingLetter,
		TwoPersons:   s.config.TwoPersonApproval,
	}
}

// doubts are those who may be the person of an event.
func (s *site) doubts(ctx context.Context, id string) ([]admin.Doubt, error) {
	found, err := s.identity.Doubts(ctx, id)
	var out []admin.Doubt
	for _, c := range found {
		out = append(out, admin.Doubt{Person: c.Person, Verdict: string(c.Score.Verdict)})
	}
	return out, err
}

// proofingLetter is the notification of an event as a letter.
//
// HL7 Identity Matching IG 2.0.0: the notice has an e-mail address or a telephone number of the identity provider.
func (s *site) proofingLetter(ctx context.Context, id, language string, by idp.Reading) (pages.Letter, error) {
	if s.config.Operator.HelpEmail == "" && s.config.Operator.HelpPhone == "" {
		return pages.Letter{}, &identity.Refusal{Code: "no_contact", Text: "the letter must say how to reach you"}
	}
	n, err := s.identity.PrepareNotification(ctx, id, identity.NotificationOrder{Channel: idp.ChannelPostal, Locale: language}, by)
	if err != nil {
		return pages.Letter{}, err
	}
	letter := letterOf(s.config, n)
	letter.Back = "/admin/proofing/" + id
	return letter, nil
}

// declared is a person as her declaration names her.
func declared(p idp.Person) pages.Declared {
	return pages.Declared{Name: p.Name(), Birthdate: p.Birthdate, Address: strings.ReplaceAll(envelope(p.Address), "\n", ", ")}
}

// attested is what the text of a declaration says.
var attested = []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate, idp.AttributeAddress}

// declarations has declarations signed with a passkey: the texts are pages', the ceremony is login's, the event identity's.
type declarations struct {
	people  *identity.Identity
	browser *browser
	texts   *pages.Pages
}

// Begin makes the challenge under the text of an event.
func (d declarations) Begin(ctx context.Context, sessionID, eventID, language, with string) (pages.Signing, error) {
	_, person, _, err := d.people.Assess(ctx, eventID)
	if err != nil {
		return pages.Signing{}, err
	}
	words, err := pages.WordsFor(language)
	if err != nil {
		return pages.Signing{}, err
	}
	version, text, err := d.texts.Declaration(words.Tag(), declared(person))
	if err != nil {
		return pages.Signing{}, err
	}
	if with != pages.WithPhone && with != pages.WithSecurityKey {
		with = ""
	}
	signing, err := d.browser.NewSigning(ctx, sessionID, login.Declaration{
		EventID: eventID, PersonID: person.ID, Version: version, Text: text, TextHash: identity.TextHash(text), Locale: words.Tag(),
		Attested: identity.AttestedNow(person, attested),
	}, with)
	if errors.Is(err, login.ErrNoPasskey) {
		return pages.Signing{}, fmt.Errorf("%w: %w", admin.ErrNoPasskey, err)
	}
	return pages.Signing{
		Ceremony: signing.Ceremony, Options: signing.Options, Lifetime: signing.Lifetime, Text: text, Locale: words.Tag(), With: with,
	}, err
}

// Sign checks the answer and records the declaration.
func (d declarations) Sign(ctx context.Context, sessionID, eventID string, form url.Values, by idp.Reading) (problem string, err error) {
	signed, proof, problem, err := d.browser.Signed(ctx, sessionID, eventID, form)
	if err != nil || problem != "" {
		return problem, err
	}
	_, err = d.people.SignDeclaration(ctx, eventID, idp.IdentityDeclaration{
		TextVersion: signed.Version, TextHash: signed.TextHash, Text: signed.Text, Signature: "passkey", Locale: signed.Locale, IP: by.IP, Proof: proof,
		Attested: attested, AttestedIDs: signed.Attested, Acknowledged: true,
	}, by)
	return "", err
}

// Waiting is the event whose declaration a person was asked to sign in her account.
func (d declarations) Waiting(ctx context.Context, personID string) (idp.Proofing, error) {
	return d.people.WaitingDeclaration(ctx, personID)
}
