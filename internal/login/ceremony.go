package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	// ceremonyLifetime is how long a challenge can be answered: twice what the browser's own dialog waits.
	ceremonyLifetime = 10 * time.Minute
	// dialogTimeout is how long the browser's dialog waits. WCAG 2.2.1 and WebAuthn L3 §15.1: people who need longer must
	// have it; five minutes is the least for user verification.
	dialogTimeout = 5 * time.Minute
)

// newWebAuthn sets up the library for passkeys of the issuer's host.
func newWebAuthn(issuer *url.URL, operator string) (*webauthn.WebAuthn, error) {
	if operator == "" {
		return nil, errors.New("the operator has no name")
	}
	required := true
	timeout := webauthn.TimeoutConfig{Timeout: dialogTimeout, TimeoutUVD: dialogTimeout}
	return webauthn.New(&webauthn.Config{
		RPID:                  strings.ToLower(issuer.Hostname()),
		RPDisplayName:         operator,
		RPOrigins:             []string{webOrigin(issuer)},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: &required,
			UserVerification:   protocol.VerificationRequired,
		},
		// Our own clock and the row of the ceremony decide when a challenge is too old.
		Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout},
		// WebAuthn §7.1 and §7.2: a Relying Party MUST be prepared for extension outputs that it did not ask for, and either
		// ignores or rejects them. Password managers in use send them, and rejecting would lock their users out.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
}

// webOrigin is the issuer's origin as browsers write it: lower case, without the scheme's own port.
func webOrigin(issuer *url.URL) string {
	host := strings.ToLower(issuer.Host)
	switch issuer.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return issuer.Scheme + "://" + host
}

// algorithms of passkeys, the preferred first: what platforms make (ES256), what security keys prefer (EdDSA), and what
// Windows makes on older TPMs (RS256).
var algorithms = []protocol.CredentialParameter{
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgEdDSA},
	{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
}

// challenge is a ceremony as a page needs it.
type challenge struct {
	id      string
	options string // JSON for the script
}

// hints tell the browser which of its ways to a passkey comes first (WebAuthn L3 §5.8.7). Browsers that do not know them show all.
var hints = map[string][]protocol.PublicKeyCredentialHints{
	pages.WithPhone:       {protocol.PublicKeyCredentialHintHybrid},
	pages.WithSecurityKey: {protocol.PublicKeyCredentialHintSecurityKey},
	pages.WithThisDevice:  {protocol.PublicKeyCredentialHintClientDevice},
	pages.WithAnother:     {protocol.PublicKeyCredentialHintHybrid, protocol.PublicKeyCredentialHintSecurityKey},
}

// newSignInChallenge makes a challenge that any passkey of ours may answer, or one of the holder's when she is not nil.
func (l *Login) newSignInChallenge(ctx context.Context, sessionID string, h *holder, with string) (challenge, error) {
	c := idp.Ceremony{SessionID: sessionID, Kind: idp.CeremonySignIn}
	hint := webauthn.WithAssertionPublicKeyCredentialHints(hints[with])
	if h == nil || len(h.credentials) == 0 {
		options, data, err := l.webauthn.BeginDiscoverableLogin(hint)
		if err != nil {
			return challenge{}, fmt.Errorf("begin sign-in: %w", err)
		}
		return l.keep(ctx, c, options, data)
	}
	c.Subject = h.person.ID
	options, data, err := l.webauthn.BeginLogin(h, hint)
	if err != nil {
		return challenge{}, fmt.Errorf("begin sign-in: %w", err)
	}
	return l.keep(ctx, c, options, data)
}

// newEnrolChallenge makes a challenge for a new passkey of the holder. The ceremony says what entitles her to it: its kind, and
// its subject is the invitation or she herself.
func (l *Login) newEnrolChallenge(ctx context.Context, c idp.Ceremony, h *holder, with string) (challenge, error) {
	options, data, err := l.webauthn.BeginRegistration(h,
		webauthn.WithCredentialParameters(algorithms),
		webauthn.WithPublicKeyCredentialHints(hints[with]),
		// The device that holds one of her passkeys says so instead of making a second.
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()),
		webauthn.WithExtensions(webauthn.WithExtensionCredProps()),
	)
	if err != nil {
		return challenge{}, fmt.Errorf("begin enrolment: %w", err)
	}
	return l.keep(ctx, c, options, data)
}

func (l *Login) keep(ctx context.Context, c idp.Ceremony, options any, data *webauthn.SessionData) (challenge, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return challenge{}, fmt.Errorf("ceremony options: %w", err)
	}
	if c.Data, err = json.Marshal(data); err != nil {
		return challenge{}, fmt.Errorf("ceremony data: %w", err)
	}
	c.ID, c.ExpiresAt = idp.NewID(), l.now().Add(ceremonyLifetime)
	if err := l.Store.CreateCeremony(ctx, c); err != nil {
		return challenge{}, fmt.Errorf("create ceremony: %w", err)
	}
	return challenge{id: c.ID, options: string(text)}, nil
}

// consume takes the ceremony that a form answers, so that nothing can answer it again. One that is not there, is another
// browser's or is too old is a refusal.
func (l *Login) consume(ctx context.Context, id, sessionID string, kind idp.CeremonyKind) (idp.Ceremony, webauthn.SessionData, error) {
	var data webauthn.SessionData
	if !isID(id) {
		return idp.Ceremony{}, data, refuse(pages.ProblemExpired, "no ceremony named")
	}
	c, err := l.Store.ConsumeCeremony(ctx, id, sessionID, kind, l.now())
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return c, data, refuse(pages.ProblemExpired, "no such ceremony in this browser")
	case errors.Is(err, idp.ErrExpired):
		return c, data, refuse(pages.ProblemExpired, "ceremony expired")
	case err != nil:
		return c, data, fmt.Errorf("consume ceremony: %w", err)
	}
	if err := json.Unmarshal(c.Data, &data); err != nil {
		return c, data, fmt.Errorf("ceremony data: %w", err)
	}
	return c, data, nil
}

// refusal is a ceremony that failed in a way the person can do something about.
type refusal struct {
	problem string // pages.Problem…
	reason  string // for the log; never what came from the browser

	personID string // who is named by the answer, "" when nobody is
	passkey  []byte // hers that was used, nil when it is not known
	unknown  []byte // the credential id that is nobody's, nil for other refusals
}

func (r *refusal) Error() string { return "ceremony refused: " + r.reason }

func refuse(problem, reason string) error { return &refusal{problem: problem, reason: reason} }

// refuseFailure makes a refusal of a library's error. The library's own words may quote what came, its type does not.
func refuseFailure(problem string, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	reason := "malformed"
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		reason = e.Type
	}
	return refuse(problem, reason)
}
