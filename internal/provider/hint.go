package provider

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// checkPersonAskedFor keeps a request for one person from being answered for another.
//
// OIDC Core §3.1.2.2: when a sub is asked for by id_token_hint or the claims parameter, the server MUST NOT answer with a
// token for a different person. §3.1.2.1: if the person is not signed in, an error such as login_required SHOULD be
// returned. So the request goes on for a person who is signed in already and need not sign in again, and is refused
// otherwise; and since another may sign in before she agrees, Allow compares once more.
func (p *Provider) checkPersonAskedFor(ctx context.Context, a *authorization) *udap.Error {
	subject, refusal := p.subjectAskedFor(ctx, a)
	if refusal != nil || subject == "" {
		return refusal
	}
	if !a.session.SignedIn() || needsSignIn(a.request, *a.session.Authentication) {
		return refuse(loginRequired, "the person that the request asks for is not signed in")
	}
	signedIn, err := p.Store.Subject(ctx, a.session.PersonID, a.client.Sector())
	if err != nil {
		return internal(fmt.Errorf("subject: %w", err))
	}
	if signedIn != subject {
		return refuse(loginRequired, "the person that the request asks for is not signed in")
	}
	a.request.Subject = subject
	return nil
}

// needsSignIn reports whether the request will lead to a new sign-in. A minute is taken off max_age, for the way to the
// next page.
func needsSignIn(r idp.AuthRequest, last idp.Authentication) bool {
	if asks(r, "login") || asks(r, "select_account") {
		return true
	}
	if r.MaxAge == nil || *r.MaxAge == math.MaxInt32 {
		return false
	}
	return time.Since(last.Time) > time.Duration(*r.MaxAge)*time.Second-time.Minute
}

// subjectAskedFor returns the sub that the request asks for, or "".
func (p *Provider) subjectAskedFor(ctx context.Context, a *authorization) (string, *udap.Error) {
	hinted, refusal := p.hintedSubject(ctx, a)
	if refusal != nil {
		return "", refusal
	}
	claimed, refusal := claimedSubject(a.get("claims"))
	if refusal != nil {
		return "", refusal
	}
	if hinted != "" && claimed != "" && hinted != claimed {
		return "", refuse(udap.InvalidRequest, "id_token_hint and the claims parameter ask for different persons")
	}
	if claimed != "" {
		return claimed, nil
	}
	return hinted, nil
}

// hintedSubject returns the sub of the id_token_hint, which must be an ID Token that we signed for this client. It may
// have expired.
func (p *Provider) hintedSubject(ctx context.Context, a *authorization) (string, *udap.Error) {
	if !a.has("id_token_hint") {
		return "", nil
	}
	token, err := udap.ParseJWT(a.get("id_token_hint"))
	if err != nil {
		return "", refuse(udap.InvalidRequest, "the id_token_hint is not an ID Token of this server")
	}
	signers, err := p.Trust.Signers(ctx)
	if err != nil {
		return "", internal(fmt.Errorf("signers: %w", err))
	}
	// OIDC Core §3.1.2.2: MUST validate that this server issued it.
	if !signedByOneOf(signers, token) {
		return "", refuse(udap.InvalidRequest, "the id_token_hint is not signed by this server")
	}
	var payload struct {
		Issuer  string `json:"iss"`
		Party   string `json:"azp"` // the client; aud may name it otherwise (ClientSettings.Audience)
		Subject string `json:"sub"`
	}
	if json.Unmarshal(token.Payload, &payload) != nil || payload.Issuer != p.Endpoints.Issuer || payload.Subject == "" {
		return "", refuse(udap.InvalidRequest, "the id_token_hint is not an ID Token of this server")
	}
	if payload.Party != a.client.ID {
		return "", refuse(udap.InvalidRequest, "the id_token_hint was issued to another client")
	}
	return payload.Subject, nil
}

// signedByOneOf reports whether the token names one of our keys, carries its certificate's key first and is signed with it.
func signedByOneOf(signers []*udap.Signer, token *udap.JWT) bool {
	for _, s := range signers {
		if s.KeyID() != token.KeyID {
			continue
		}
		ours, ok := s.Chain()[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		return ok && ours.Equal(token.Chain[0].PublicKey) && token.VerifySignature() == nil
	}
	return false
}

// claimedSubject returns the sub that the claims parameter asks for (OIDC Core §5.5.1). The rest of it is for claims.
func claimedSubject(text string) (string, *udap.Error) {
	if text == "" {
		return "", nil
	}
	type wanted struct {
		Subject struct {
			Value  string   `json:"value"`
			Values []string `json:"values"`
		} `json:"sub"`
	}
	var request struct {
		IDToken  wanted `json:"id_token"`
		UserInfo wanted `json:"userinfo"`
	}
	if err := json.Unmarshal([]byte(text), &request); err != nil {
		return "", refuse(udap.InvalidRequest, "the parameter claims is not a claims request in JSON")
	}
	one, err := same(request.IDToken.Subject.Value, request.UserInfo.Subject.Value)
	if err != nil || len(request.IDToken.Subject.Values) > 0 || len(request.UserInfo.Subject.Values) > 0 {
		return "", refuse(udap.InvalidRequest, "the parameter claims asks for more than one sub")
	}
	return one, nil
}

// same returns the one that is not "", and an error when both are and differ.
func same(a, b string) (string, error) {
	if a != "" && b != "" && a != b {
		return "", errors.New("two values")
	}
	if a != "" {
		return a, nil
	}
	return b, nil
}
