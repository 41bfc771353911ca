package provider

import (
	"context"
	"errors"
	"fmt"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// Allow answers the request with a code for the person who is signed in in the session, and returns where the browser
// goes. That the person agreed is for the caller to know. It returns idp.ErrNotFound when the request is not this
// session's or nobody is signed in, idp.ErrExpired, and idp.ErrUsed when the request was answered before.
func (p *Provider) Allow(ctx context.Context, req idp.AuthRequest, s idp.Session) (redirect string, err error) {
	if !s.SignedIn() {
		return "", fmt.Errorf("allow: nobody is signed in: %w", idp.ErrNotFound)
	}
	isAskedFor, err := p.isAskedFor(ctx, req, s.PersonID)
	if err != nil {
		return "", err
	}
	if !isAskedFor {
		return p.Refuse(ctx, req, s, loginRequired, "the person that the request asks for is not signed in")
	}
	at := now()
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
		Scopes:          req.Scopes,
		PersonID:        s.PersonID,
		SessionID:       s.ID,
		Authentication:  *s.Authentication,
		CreatedAt:       at,
		ExpiresAt:       at.Add(CodeLifetime),
	}
	if err := p.Store.IssueCode(ctx, idp.Issue{RequestID: req.ID, SessionID: s.ID, Code: code, At: at}); err != nil {
		return "", fmt.Errorf("issue code: %w", err)
	}
	return p.codeURL(req, token.String()), nil
}

// isAskedFor reports whether the request may be answered for the person. OIDC Core §3.1.2.2: MUST NOT be answered for
// another than the one it asks for.
func (p *Provider) isAskedFor(ctx context.Context, req idp.AuthRequest, personID string) (bool, error) {
	if req.Subject == "" {
		return true, nil
	}
	c, err := p.Store.Client(ctx, req.ClientID)
	if err != nil {
		return false, fmt.Errorf("client: %w", err)
	}
	subject, err := p.Store.Subject(ctx, personID, c.Sector())
	if err != nil {
		return false, fmt.Errorf("subject: %w", err)
	}
	return subject == req.Subject, nil
}

// Refuse answers the request with an error, and returns where the browser goes. code is one of RFC 6749 §4.1.2.1 or OIDC
// Core §3.1.2.6 (access_denied when the person said no). The errors are those of Allow.
func (p *Provider) Refuse(ctx context.Context, req idp.AuthRequest, s idp.Session, code, description string) (redirect string, err error) {
	if err := p.Store.RefuseAuthRequest(ctx, req.ID, s.ID, now()); err != nil {
		return "", fmt.Errorf("refuse authorization request: %w", err)
	}
	return p.refusalURL(req, code, description), nil
}

// Expired returns where the browser goes with a request whose time is over. It changes nothing in the store.
func (p *Provider) Expired(req idp.AuthRequest) string {
	return p.refusalURL(req, udap.AccessDenied, "the request took too long")
}

// Shares returns what the client will learn about the person if the request is allowed: the identity claims of its ID
// Token, in the order they are shown. A registration that was cancelled meanwhile is idp.ErrNotFound.
func (p *Provider) Shares(ctx context.Context, req idp.AuthRequest, person idp.Person) ([]claims.Claim, error) {
	_, err := p.Store.Client(ctx, req.ClientID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("the client is not registered any more: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return claims.Release(person, req.Scopes).Claims, nil
}
