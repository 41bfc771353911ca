package login

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Declaration is a text that a person signs with her passkey, in an event of identity proofing.
type Declaration struct {
	EventID  string
	PersonID string
	Version  string // of the wording
	Text     string
	TextHash string // SHA-256, hexadecimal
	Locale   string // BCP 47
	// Attested are the ids of the values that stand in the text.
	Attested []string
}

// Signing is a challenge that waits for the passkey of a declaration's person.
type Signing struct {
	Ceremony string
	Options  string // JSON for the script
	Lifetime time.Duration
}

// ErrNoPasskey: the person has none to sign with.
var ErrNoPasskey = errors.New("the person has no passkey")

// waitingDeclaration is what a ceremony keeps.
type waitingDeclaration struct {
	Session     webauthn.SessionData
	Declaration Declaration
	Nonce       []byte
}

// NewSigning makes the challenge under a declaration, in the browser of a session, whoever is signed in there. It signs nobody in. Only
// the passkeys of the declaration's person are an answer. with is pages.WithPhone, pages.WithSecurityKey or "", the browser's choice.
//
// WebAuthn L3 §13.4.3: the challenge has at least 16 random bytes; it is a digest of 32 of them with what is signed.
func (l *Login) NewSigning(ctx context.Context, sessionID string, d Declaration, with string) (Signing, error) {
	person, err := l.Store.Person(ctx, d.PersonID)
	if err != nil {
		return Signing{}, fmt.Errorf("who declares: %w", err)
	}
	passkeys, err := l.Store.Passkeys(ctx, person.ID)
	if err != nil {
		return Signing{}, fmt.Errorf("passkeys: %w", err)
	}
	if len(passkeys) == 0 {
		return Signing{}, ErrNoPasskey
	}
	h, err := newHolder(person, passkeys)
	if err != nil {
		return Signing{}, err
	}
	kept := waitingDeclaration{Declaration: d, Nonce: make([]byte, 32)}
	if _, err := rand.Read(kept.Nonce); err != nil {
		return Signing{}, fmt.Errorf("nonce: %w", err)
	}
	options, data, err := l.webauthn.BeginLogin(h,
		webauthn.WithChallenge(idp.DeclarationChallenge(kept.Nonce, d.EventID, d.PersonID, d.Version, d.TextHash)),
		webauthn.WithAssertionPublicKeyCredentialHints(hints[with]))
	if err != nil {
		return Signing{}, fmt.Errorf("begin the signature: %w", err)
	}
	kept.Session = *data
	return l.keepSigning(ctx, sessionID, options, kept)
}

func (l *Login) keepSigning(ctx context.Context, sessionID string, options any, kept waitingDeclaration) (Signing, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Signing{}, fmt.Errorf("ceremony options: %w", err)
	}
	c := idp.Ceremony{
		ID: idp.NewID(), SessionID: sessionID, Kind: idp.CeremonyDeclare, Subject: kept.Declaration.PersonID, ExpiresAt: l.now().Add(ceremonyLifetime),
	}
	if c.Data, err = json.Marshal(kept); err != nil {
		return Signing{}, fmt.Errorf("ceremony data: %w", err)
	}
	if err := l.Store.CreateCeremony(ctx, c); err != nil {
		return Signing{}, fmt.Errorf("create ceremony: %w", err)
	}
	return Signing{c.ID, string(text), ceremonyLifetime}, nil
}

// Signed checks the answer of a form: that it is the signature of a passkey of hers, with user verification, under the declaration
// for which the challenge was made, in this session, for this event. problem is one of pages.Problem… when it is not; the session
// stays whosever it is, and the passkey's record as it was.
func (l *Login) Signed(ctx context.Context, sessionID, eventID string, form url.Values) (d Declaration, proof *idp.DeclarationProof, problem string, err error) {
	d, proof, err = l.signed(ctx, sessionID, eventID, form)
	if refused, ok := errors.AsType[*refusal](err); ok {
		l.Log.InfoContext(ctx, "signature of a declaration refused", "problem", refused.problem, "reason", refused.reason)
		return d, nil, refused.problem, nil
	}
	return d, proof, "", err
}

func (l *Login) signed(ctx context.Context, sessionID, eventID string, form url.Values) (d Declaration, proof *idp.DeclarationProof, err error) {
	if problem := scriptProblem(form); problem != "" {
		return d, nil, refuse(problem, "reported by the browser")
	}
	if !isID(form.Get("ceremony")) {
		return d, nil, refuse(pages.ProblemExpired, "no ceremony named")
	}
	c, err := l.Store.ConsumeCeremony(ctx, form.Get("ceremony"), sessionID, idp.CeremonyDeclare, l.now())
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrExpired) {
		return d, nil, refuse(pages.ProblemExpired, "no such ceremony in this browser, or an old one")
	}
	if err != nil {
		return d, nil, fmt.Errorf("consume ceremony: %w", err)
	}
	var kept waitingDeclaration
	if err := json.Unmarshal(c.Data, &kept); err != nil {
		return d, nil, fmt.Errorf("ceremony data: %w", err)
	}
	if kept.Declaration.EventID != eventID {
		return d, nil, refuse(pages.ProblemExpired, "ceremony of another event")
	}
	answer := form.Get("credential")
	p, err := l.checkAssertion(ctx, c.Subject, kept.Session, answer)
	if err != nil {
		return d, nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return d, nil, refuseFailure(pages.ProblemFailed, err)
	}
	raw := parsed.Raw.AssertionResponse
	return kept.Declaration, &idp.DeclarationProof{
		Nonce: kept.Nonce, Origin: l.webauthn.Config.RPOrigins[0], PasskeyID: p.credential.ID, PublicKey: p.credential.PublicKey,
		ClientDataJSON: raw.ClientDataJSON, AuthenticatorData: raw.AuthenticatorData, Signature: raw.Signature,
	}, nil
}
