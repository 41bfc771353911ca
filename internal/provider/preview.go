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
	AMR      []string // of the sign-in, which is taken to be of this moment
	// Reading is why the Digital Identifier is opened, when it would go out.
	Reading idp.Reading
}

// Preview is what a client would get.
type Preview struct {
	Released claims.Released
	// IDToken and UserInfo are the payloads; nil when the request would be refused (Released.Refusal).
	IDToken, UserInfo map[string]any
}

// perToken stands for what is new in each token, or is the client's.
const perToken = "(of each token)"

// Preview returns the exact payloads that the request would lead to, if the person signed in now and agreed. Nothing is
// signed or issued; idp.ErrNotFound: no such client or person; ErrPreview.
func (p *Provider) Preview(ctx context.Context, asked Asked) (Preview, error) {
	c, err := p.Store.Client(ctx, asked.ClientID)
	if err != nil {
		return Preview{}, fmt.Errorf("client: %w", err)
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

	at := now()
	code := idp.Code{
		ClientID: c.ID, Scopes: a.request.Scopes, Claims: a.request.Claims, CodeChallenge: "required", Nonce: perToken,
		Authentication: idp.Authentication{SID: perToken, Time: at, AMR: asked.AMR},
	}
	g := grant{personID: asked.PersonID, scopes: code.Scopes, claims: code.Claims, offer: true, authentication: &code.Authentication, at: at, reading: asked.Reading}
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
		return Preview{Released: released}, nil
	}
	out := Preview{Released: released, IDToken: p.idTokenPayload(c, released, subject, code, at)}
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
