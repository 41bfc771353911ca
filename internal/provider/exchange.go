package provider

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// tokenResponse is RFC 6749 §5.1 with the id_token of OIDC Core §3.1.3.3. It has no refresh_token: UDAP Tiered OAuth §4.3
// says MUST NOT.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
	IDToken     string `json:"id_token"`
	// Scope is always said. UDAP Security IG §7.3: SHALL be when it is not what was requested.
	Scope string `json:"scope"`
}

// CodeExchange redeems a code for a client that VerifyClient authenticated.
func (s server) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	c, isClient := r.Client.(client)
	params, isRead := ctx.Value(tokenKey{}).(parameters)
	if !isClient || !isRead {
		return nil, forLibrary(internal(errors.New("a token request that was not read before")))
	}
	record := recordOf(ctx)
	record.Step(attempts.Code)
	answer, refusal := s.p.exchange(ctx, c.Client, params)
	if refusal != nil {
		record.Refuse(refusal)
		return nil, forLibrary(refusal)
	}
	record.Succeed(http.StatusOK, attempts.OutcomeAuthenticated)
	return op.NewResponse(answer), nil
}

func (p *Provider) exchange(ctx context.Context, c idp.Client, params parameters) (*tokenResponse, *udap.Error) {
	redemption, access, refusal := newRedemption(c, params)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := p.requireVerifier(ctx, c, &redemption); refusal != nil {
		return nil, refusal
	}
	// Before the code is spent: without a key there is nothing to exchange it for.
	signer, err := p.signer(ctx, c.CommunityID)
	if err != nil {
		return nil, internal(err)
	}
	if refusal := p.checkSigner(c, signer); refusal != nil {
		return nil, refuse(udap.InvalidGrant, refusal.Description)
	}
	code, idToken, refusal := p.redeem(ctx, signer, c, redemption, access.String())
	if refusal != nil {
		return nil, refusal
	}
	if code.CodeChallenge == "" {
		p.allowed(ctx, c, "no PKCE", "the code was redeemed without a code_verifier")
	}
	return &tokenResponse{
		AccessToken: access.String(),
		TokenType:   "Bearer",
		ExpiresIn:   int(TokenLifetime / time.Second),
		IDToken:     idToken,
		Scope:       strings.Join(code.Scopes, " "),
	}, nil
}

// redeem makes the ID Token of a code and redeems it. In that order, so that what is recorded with the redemption is what the
// token says; a token whose code was not redeemed by this very call goes nowhere.
func (p *Provider) redeem(ctx context.Context, signer *udap.Signer, c idp.Client, r idp.Redemption, access string) (idp.Code, string, *udap.Error) {
	var idToken string
	code, err := p.Store.RedeemableCode(ctx, r)
	if err == nil {
		var refusal *udap.Error
		if idToken, r.Release, refusal = p.idToken(ctx, signer, c, code, access, r.At); refusal != nil {
			return code, "", refusal
		}
	}
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return code, "", internal(fmt.Errorf("code: %w", err))
	}
	if code, _, err = p.Store.RedeemCode(ctx, r); err != nil {
		return code, "", redeemRefusal(err, r)
	}
	return code, idToken, nil
}

const unknownCode = "the code is unknown or no longer valid"

// newRedemption reads the token request, and makes the access token that a good code buys.
func newRedemption(c idp.Client, params parameters) (idp.Redemption, idp.Token, *udap.Error) {
	code, err := idp.ParseToken(params.get("code"))
	if err != nil {
		return idp.Redemption{}, idp.Token{}, refuse(udap.InvalidGrant, unknownCode)
	}
	challenge, refusal := challengeOf(params)
	if refusal != nil {
		return idp.Redemption{}, idp.Token{}, refusal
	}
	at, access := now(), idp.NewToken()
	return idp.Redemption{
		Code:          code,
		ClientID:      c.ID,
		RedirectURI:   params.get("redirect_uri"),
		CodeChallenge: challenge,
		Access:        idp.AccessToken{ID: access.ID, Hash: access.Hash(), CreatedAt: at, ExpiresAt: at.Add(TokenLifetime)},
		At:            at,
	}, access, nil
}

// challengeOf computes the code challenge of the code_verifier, "" when there is none: the store then refuses every code
// that has a challenge. RFC 7636 §4.6.
func challengeOf(params parameters) (string, *udap.Error) {
	if !params.has("code_verifier") {
		return "", nil
	}
	verifier := params.get("code_verifier")
	if !isVerifier(verifier) {
		return "", refuse(udap.InvalidGrant, "the code_verifier is not 43 to 128 of the characters A-Z a-z 0-9 - . _ ~")
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// isVerifier: RFC 7636 §4.1.
func isVerifier(s string) bool {
	if len(s) < 43 || len(s) > 128 {
		return false
	}
	for _, b := range []byte(s) {
		isLetter := 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
		isDigit := '0' <= b && b <= '9'
		if !isLetter && !isDigit && !strings.ContainsRune("-._~", rune(b)) {
			return false
		}
	}
	return true
}

// redeemRefusal says why a code is not redeemed.
//
// RFC 6749 §5.2: invalid_grant when the code is invalid, expired, revoked, does not match the redirect_uri, or was issued
// to another client; RFC 7636 §4.6: and when the code_verifier does not match.
func redeemRefusal(err error, r idp.Redemption) *udap.Error {
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return refuse(udap.InvalidGrant, unknownCode)
	case errors.Is(err, idp.ErrExpired):
		return refuse(udap.InvalidGrant, "the code has expired: it is good for 60 seconds")
	case errors.Is(err, idp.ErrUsed):
		// RFC 6749 §4.1.2: the store has revoked what the code bought.
		return refuse(udap.InvalidGrant, "the code was used before; what it bought is revoked")
	case errors.Is(err, idp.ErrMismatch) && (r.CodeChallenge == "" || r.CodeChallenge == noVerifier):
		// UDAP Security IG §7.2.2, RFC 7636 §4.6: a code with a challenge needs its verifier.
		return refuse(udap.InvalidGrant, "the parameter code_verifier is missing")
	case errors.Is(err, idp.ErrMismatch):
		return refuse(udap.InvalidGrant, "the client, the redirect_uri or the code_verifier is not that of the authorization request")
	}
	return internal(fmt.Errorf("redeem code: %w", err))
}

// signer is our certificate in the client's community, or, when we have none there, in the oldest community that gave us
// one.
func (p *Provider) signer(ctx context.Context, communityID string) (*udap.Signer, error) {
	signer, err := p.Trust.Signer(ctx, communityID)
	if err == nil {
		return signer, nil
	}
	if !errors.Is(err, idp.ErrNotFound) {
		return nil, fmt.Errorf("signer: %w", err)
	}
	signers, err := p.Trust.Signers(ctx)
	if err != nil {
		return nil, fmt.Errorf("signers: %w", err)
	}
	if len(signers) == 0 {
		return nil, errors.New("there is no certificate of ours to sign with")
	}
	return signers[0], nil
}
