package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
)

// ErrPreview: a preview asks for what /authorize would refuse. The text says what.
var ErrPreview = errors.New("such a request would be refused")

// Asked is a request that nobody made.
type Asked struct {
	ClientID string
	PersonID string
	Scopes   []string
	Claims   string   // the claims parameter
	Profile  string   // payload profile to try; "": the client's own
	AMR      []string // of the sign-in, which is taken to be of this moment
	// Hidden stands in the place of the Digital Identifier and of the number in networks. "" shows them: it is recorded before
	// that they are, and Reading says by whom.
	Hidden  string
	Reading idp.Reading
}

// Preview is what a client would get.
type Preview struct {
	Released claims.Released
	Profile  claims.Profile
	// IDToken and UserInfo are the payloads; nil when the request would be refused (Released.Refusal).
	IDToken, UserInfo map[string]any
}

// perToken stands for what is new in each token, or is the client's.
const perToken = "(of each token)"

// Preview returns the exact payloads that the request would lead to, if the person signed in now and agreed. Nothing is
// signed or issued. Of a client that is suspended it is what it got before. idp.ErrNotFound: no such client or person; ErrPreview.
func (p *Provider) Preview(ctx context.Context, asked Asked) (Preview, error) {
	c, err := p.Store.Client(ctx, asked.ClientID)
	if err != nil && !errors.Is(err, idp.ErrSuspended) {
		return Preview{}, fmt.Errorf("client: %w", err)
	}
	if asked.Profile != "" {
		c.Settings.Payload = asked.Profile
	}
	profile, err := claims.ParseProfile(c.Settings.Payload)
	if err != nil {
		return Preview{}, fmt.Errorf("%w: %w", ErrPreview, err)
	}
	a := &authorization{client: c, parameters: parameters{values: map[string]string{"claims": asked.Claims}}}
	if refusal := a.checkClaims(); refusal != nil {
		return Preview{}, fmt.Errorf("%w: %s", ErrPreview, refusal.Description)
	}
	for _, scope := range []string{scopeOpenID, claims.ScopeUDAP} {
		if !slices.Contains(asked.Scopes, scope) || !slices.Contains(words(c.Scope), scope) {
			return Preview{}, fmt.Errorf("%w: the scope has to have openid and udap, and the client to be registered for them", ErrPreview)
		}
	}
	a.request.Scopes = slices.DeleteFunc(slices.Clone(asked.Scopes), func(s string) bool { return !slices.Contains(words(c.Scope), s) })

	if asked.Hidden == "" {
		if err := p.recordReveal(ctx, asked, profile); err != nil {
			return Preview{}, err
		}
	}
	at := now()
	code := idp.Code{
		ClientID: c.ID, Scopes: a.request.Scopes, Claims: a.request.Claims, CodeChallenge: "required", Nonce: perToken,
		Authentication: idp.Authentication{SID: perToken, Time: at, AMR: asked.AMR},
	}
	g := grant{personID: asked.PersonID, scopes: code.Scopes, claims: code.Claims, offer: true, authentication: &code.Authentication, at: at, hidden: asked.Hidden}
	if asked.Hidden == "" {
		g.reading = asked.Reading
	}
	released, subject, err := p.release(ctx, c, g)
	if err != nil {
		return Preview{}, err
	}
	if released.Refusal == nil && profileOf(c).MaxAge() > 0 {
		signer, err := p.signer(ctx, c.CommunityID)
		if err != nil {
			return Preview{}, err
		}
		released.Refusal = p.checkSigner(c, signer)
	}
	if released.Refusal != nil {
		return Preview{Released: released, Profile: profile}, nil
	}
	out := Preview{Released: released, Profile: profile, IDToken: p.idTokenPayload(c, released, subject, code, at)}
	out.IDToken["jti"], out.IDToken["at_hash"] = perToken, perToken

	// UserInfo has no sign-in to judge.
	g.authentication = nil
	released, subject, err = p.release(ctx, c, g)
	if err != nil {
		return Preview{}, err
	}
	out.UserInfo = p.userInfoPayload(released, subject)
	return out, nil
}

// recordReveal leaves in the audit log that somebody is shown what is hidden otherwise, before it is shown.
func (p *Provider) recordReveal(ctx context.Context, asked Asked, profile claims.Profile) error {
	err := p.Store.Audit(ctx, idp.AuditEvent{
		ID: idp.NewID(), At: now().UTC(), Actor: asked.Reading.Actor, Action: "claims.reveal", PersonID: asked.PersonID, ClientID: asked.ClientID,
		RequestID: asked.Reading.RequestID, IP: asked.Reading.IP, Detail: "payload " + string(profile) + ": " + asked.Reading.Purpose,
	})
	if err != nil {
		return fmt.Errorf("the audit log could not be written, so nothing is revealed: %w", err)
	}
	return nil
}
