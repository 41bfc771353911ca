package provider

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

const badAccessToken = "the access token is unknown, expired or revoked"

// serveUserInfo is the UserInfo endpoint (OIDC Core §5.3). It finds the access token in the request and hands it to the
// library, which calls UserInfo.
func (p *Provider) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	noStore(w)
	// OIDC Core §5.3: GET and POST MUST be supported.
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		e := refuse(udap.InvalidRequest, "the method must be GET or POST")
		e.Status = http.StatusMethodNotAllowed
		writeError(w, r, e)
		return
	}
	token, refusal := bearerToken(w, r)
	if refusal != nil {
		challenge(w.Header(), refusal)
		writeError(w, r, refusal)
		return
	}
	checked := r.Clone(r.Context())
	checked.URL = &url.URL{Path: userInfoPath}
	checked.Header.Del("Authorization")
	checked.Form = url.Values{"access_token": {token}}
	checked.PostForm = checked.Form
	p.library.ServeHTTP(&challenging{w}, checked)
}

// bearerToken finds the one access token of the request: in the Authorization header or in a form, never in the URI (RFC
// 6750 §2).
func bearerToken(w http.ResponseWriter, r *http.Request) (string, *udap.Error) {
	query, err := readQuery(r)
	if err != nil {
		return "", unreadableForm(err)
	}
	// RFC 6750 §5.3: tokens SHOULD NOT be passed in page URLs, which end up in logs and histories.
	if query.Has("access_token") {
		return "", refuse(udap.InvalidRequest, "the access token is in the query; it belongs in the Authorization header")
	}
	inHeader, refusal := tokenInHeader(r.Header)
	if refusal != nil {
		return "", refusal
	}
	inBody, refusal := tokenInBody(w, r)
	if refusal != nil {
		return "", refusal
	}
	switch {
	case inHeader != "" && inBody != "":
		// RFC 6750 §2: MUST NOT use more than one method.
		return "", refuse(udap.InvalidRequest, "the request has an access token in the Authorization header and one in the body")
	case inHeader == "" && inBody == "":
		e := refuse(udap.InvalidRequest, "the request has no access token")
		e.Status = http.StatusUnauthorized
		return "", e
	}
	return inHeader + inBody, nil
}

// tokenInHeader returns "" when there is no Authorization header, or one for another scheme.
func tokenInHeader(h http.Header) (string, *udap.Error) {
	values := h.Values("Authorization")
	if len(values) > 1 {
		return "", refuse(udap.InvalidRequest, "the header Authorization is there more than once")
	}
	if len(values) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", refuse(udap.InvalidRequest, "the header Authorization has no access token")
	}
	return token, nil
}

func tokenInBody(w http.ResponseWriter, r *http.Request) (string, *udap.Error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || mediaType != formType {
		return "", nil
	}
	form, err := readBody(w, r, maxTokenForm)
	if err != nil {
		return "", unreadableForm(err)
	}
	params := newParameters(form)
	if len(params.repeated) > 0 {
		return "", refuse(udap.InvalidRequest, "the parameter "+parameterName(params.repeated[0])+" is there more than once")
	}
	return params.get("access_token"), nil
}

// UserInfo returns the claims of the ID Token that came with the access token, and what would make that too large, as the
// person's record says them now.
//
// OIDC Core §5.3.2: sub is always there and that of the ID Token. UDAP Tiered OAuth §4.4 shows iss as well.
func (s server) UserInfo(ctx context.Context, r *op.Request[oidc.UserInfoRequest]) (*op.Response, error) {
	out, refusal := s.p.userInfo(ctx, r.Data.AccessToken)
	if refusal != nil {
		return nil, forLibrary(refusal)
	}
	return op.NewResponse(out), nil
}

func (p *Provider) userInfo(ctx context.Context, raw string) (map[string]any, *udap.Error) {
	token, err := idp.ParseToken(raw)
	if err != nil {
		return nil, refuseToken()
	}
	at := now()
	access, err := p.Store.AccessToken(ctx, token.ID, at)
	if errors.Is(err, idp.ErrNotFound) {
		return nil, refuseToken()
	}
	if err != nil {
		return nil, internal(fmt.Errorf("access token: %w", err))
	}
	if !token.Matches(access.Hash) {
		return nil, refuseToken()
	}
	c, err := p.Store.Client(ctx, access.ClientID)
	if errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrSuspended) { // since the access token was read
		return nil, refuseToken()
	}
	if err != nil {
		return nil, internal(fmt.Errorf("client: %w", err))
	}
	released, subject, err := p.release(ctx, c, grant{
		personID: access.PersonID, scopes: access.Scopes, claims: access.Claims, agreed: access.Agreed, at: at,
		reading: idp.Reading{Actor: "client:" + c.ID, Purpose: "release", ClientID: c.ID},
	})
	if err != nil {
		return nil, internal(err)
	}
	if released.Refusal != nil { // what the person agreed to cannot be said any more
		return nil, refuseToken()
	}
	err = p.Store.RecordUserInfo(ctx, access.ID, idp.Release{
		ID: idp.NewID(), Claims: claims.Told(released.UserInfo), Level: released.Level, At: at,
	})
	if errors.Is(err, idp.ErrNotFound) { // she stopped sharing since the access token was read
		return nil, refuseToken()
	}
	if err != nil {
		return nil, internal(fmt.Errorf("record: %w", err))
	}
	return p.userInfoPayload(released, subject), nil
}

func (p *Provider) userInfoPayload(released claims.Released, subject string) map[string]any {
	out := asMap(released.UserInfo)
	out["iss"] = p.Endpoints.Issuer
	out["sub"] = subject
	putAssurance(out, released)
	if !released.VerifiedAt.IsZero() {
		out["verified_at"] = released.VerifiedAt.Unix()
	}
	return out
}

// refuseToken does not say which it was. RFC 6750 §3.1: invalid_token, 401.
func refuseToken() *udap.Error {
	return &udap.Error{Status: http.StatusUnauthorized, Code: invalidToken, Description: badAccessToken}
}

const bearerRealm = `Bearer realm="userinfo"`

// challenge says how to come back. RFC 6750 §3: WWW-Authenticate MUST be there; §3.1: without an error when the request had
// no token at all.
func challenge(h http.Header, e *udap.Error) {
	value := bearerRealm
	if e.Status != http.StatusUnauthorized || e.Code == invalidToken {
		value += `, error="` + e.Code + `", error_description="` + udap.Printable(e.Description) + `"`
	}
	h.Set("WWW-Authenticate", value)
}

// challenging adds the challenge to the library's 401, which is always refuseToken.
type challenging struct{ http.ResponseWriter }

func (c *challenging) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		challenge(c.Header(), refuseToken())
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (c *challenging) Unwrap() http.ResponseWriter { return c.ResponseWriter }
