package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// ErrSignInAgain: the sign-in is too old for what the client gets, and another would do.
var ErrSignInAgain = errors.New("the sign-in is too old")

// Allow answers the request with a code for the person who is signed in in the session, and returns where the browser
// goes. What goes out for the code is what the person agreed to, and no more; that she agreed is for the caller to know. It
// returns idp.ErrStale when nobody was asked and the consent does not stand any more, idp.ErrNotFound when the request is not this
// session's or nobody is signed in, idp.ErrExpired, idp.ErrUsed when the request was answered before, the errors of ClientOf,
// and ErrSignInAgain, after which the request still stands.
func (p *Provider) Allow(ctx context.Context, req idp.AuthRequest, s idp.Session, a idp.Agreement) (redirect string, err error) {
	if !s.SignedIn() {
		return "", fmt.Errorf("allow: nobody is signed in: %w", idp.ErrNotFound)
	}
	c, scopes, err := p.standing(ctx, req)
	if err != nil {
		return "", fmt.Errorf("allow: %w", err)
	}
	isAskedFor, err := p.isAskedFor(ctx, req, c, s.PersonID)
	if err != nil {
		return "", err
	}
	if !isAskedFor {
		return p.Refuse(ctx, req, s, loginRequired, "the person that the request asks for is not signed in", idp.Trail{})
	}
	if a.Consent.Sector != c.Sector() {
		return "", fmt.Errorf("allow: a consent for another organization: %w", idp.ErrMismatch)
	}
	at := now()
	released, _, err := p.release(ctx, c, grant{
		personID: s.PersonID, scopes: scopes, claims: req.Claims, agreed: a.Consent.Agreed, authentication: s.Authentication, at: at,
	})
	if err != nil {
		return "", fmt.Errorf("allow: %w", err)
	}
	if refusal := released.Refusal; refusal != nil && !refusal.Again {
		return p.Refuse(ctx, req, s, refusal.Code, refusal.Description, idp.Trail{})
	}
	// The client has the life of the code to fetch the token, and by then the sign-in must be young enough still.
	if maxAge := profileOf(c).MaxAge(); maxAge > 0 && at.Add(CodeLifetime).Sub(s.Authentication.Time) > maxAge {
		return "", ErrSignInAgain
	}
	token := idp.NewToken()
	// RFC 6749 §4.1.2: a code is short-lived and bound to the client and the redirect_uri; RFC 7636 §4.4: and to the challenge.
	code := idp.Code{
		ID:              token.ID,
		Hash:            token.Hash(),
		ClientID:        req.ClientID,
		RedirectURI:     req.RedirectURI,
		RedirectURISent: req.RedirectURISent,
		CodeChallenge:   req.CodeChallenge,
		Nonce:           req.Nonce,
		Scopes:          scopes,
		Claims:          req.Claims,
		PersonID:        s.PersonID,
		SessionID:       s.ID,
		Authentication:  *s.Authentication,
		CreatedAt:       at,
		ExpiresAt:       at.Add(CodeLifetime),
	}
	if err := p.Store.IssueCode(ctx, idp.Issue{RequestID: req.ID, SessionID: s.ID, Code: code, Agreement: a, At: at}); err != nil {
		return "", fmt.Errorf("issue code: %w", err)
	}
	return p.codeURL(req, token.String()), nil
}

// isAskedFor reports whether the request may be answered for the person. OIDC Core §3.1.2.2: MUST NOT be answered for
// another than the one it asks for.
func (p *Provider) isAskedFor(ctx context.Context, req idp.AuthRequest, c idp.Client, personID string) (bool, error) {
	if req.Subject == "" {
		return true, nil
	}
	subject, err := p.Store.Subject(ctx, personID, c.Sector())
	if err != nil {
		return false, fmt.Errorf("subject: %w", err)
	}
	return subject == req.Subject, nil
}

// Refuse answers the request with an error, and returns where the browser goes. code is one of RFC 6749 §4.1.2.1 or OIDC
// Core §3.1.2.6 (access_denied when the person said no). The errors are those of Allow; with those of ClientOf the request
// is answered all the same, and the browser goes nowhere.
func (p *Provider) Refuse(ctx context.Context, req idp.AuthRequest, s idp.Session, code, description string, trail idp.Trail) (redirect string, err error) {
	if err := p.Store.RefuseAuthRequest(ctx, req.ID, s.ID, now(), trail); err != nil {
		return "", fmt.Errorf("refuse authorization request: %w", err)
	}
	if _, err := p.ClientOf(ctx, req); err != nil {
		return "", fmt.Errorf("refuse: %w", err)
	}
	return p.refusalURL(req, code, description), nil
}

// Expired returns where the browser goes with a request whose time is over, or the errors of ClientOf. It changes nothing in
// the store.
func (p *Provider) Expired(ctx context.Context, req idp.AuthRequest) (redirect string, err error) {
	if _, err := p.ClientOf(ctx, req); err != nil {
		return "", fmt.Errorf("expired: %w", err)
	}
	return p.refusalURL(req, udap.AccessDenied, "the request took too long"), nil
}

// Shares returns what the client will learn about the person who is signed in in the session, if she agrees to everything: its
// Choices are what she is asked, its Shown the claims of the ID Token and of UserInfo in the order they are shown, its Refusal
// the reason why the request cannot be allowed. The errors are those of ClientOf.
func (p *Provider) Shares(ctx context.Context, req idp.AuthRequest, s idp.Session) (claims.Released, error) {
	return p.offer(ctx, req, s, func(g *grant, c idp.Client) {
		g.reading = idp.Reading{Actor: s.PersonID, Purpose: "consent", ClientID: c.ID}
	})
}

// Offered is Shares where nobody looks at the values, so that no Digital Identifier is opened: it stands there as a word.
func (p *Provider) Offered(ctx context.Context, req idp.AuthRequest, s idp.Session) (claims.Released, error) {
	return p.offer(ctx, req, s, func(g *grant, _ idp.Client) { g.hidden = "unopened" })
}

func (p *Provider) offer(ctx context.Context, req idp.AuthRequest, s idp.Session, change func(*grant, idp.Client)) (claims.Released, error) {
	c, scopes, err := p.standing(ctx, req)
	if err != nil {
		return claims.Released{}, err
	}
	g := grant{personID: s.PersonID, scopes: scopes, claims: req.Claims, offer: true, authentication: s.Authentication, at: now()}
	change(&g, c)
	released, _, err := p.release(ctx, c, g)
	return released, err
}

// ClientOf returns the client of a request, if it may still be answered: the client can have lost its registration, or
// changed it, since the request came (UDAP Security IG §3.4: the new registration replaces the old one). It returns
// idp.ErrNotFound when the client is cancelled, and, together with the client, idp.ErrSuspended when the operator has
// suspended it and idp.ErrMismatch when the request's redirect_uri is not registered any more. Nothing goes there then.
func (p *Provider) ClientOf(ctx context.Context, req idp.AuthRequest) (idp.Client, error) {
	c, err := p.Store.Client(ctx, req.ClientID)
	if err != nil {
		return c, fmt.Errorf("client: %w", err)
	}
	// RFC 6749 §4.1.2.1: MUST NOT redirect to a redirect_uri that is not the client's.
	if !slices.Contains(c.RedirectURIs, req.RedirectURI) {
		return c, fmt.Errorf("the redirect_uri is not registered any more: %w", idp.ErrMismatch)
	}
	return c, nil
}

// standing returns the client of a request (ClientOf) and the scopes that it still has: a scope that it gave up meanwhile is
// left out.
func (p *Provider) standing(ctx context.Context, req idp.AuthRequest) (idp.Client, []string, error) {
	c, err := p.ClientOf(ctx, req)
	if err != nil {
		return idp.Client{}, nil, err
	}
	registered := words(c.Scope)
	scopes := slices.DeleteFunc(slices.Clone(req.Scopes), func(scope string) bool { return !slices.Contains(registered, scope) })
	return c, scopes, nil
}
