package provider

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestUserInfoIsThatOfTheIDToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, idToken := h.tokens()
	_, want := read(t, idToken)
	for _, name := range protocolClaims {
		if !slices.Contains([]string{"iss", "sub", "ial", "identity_assurance_level"}, name) {
			delete(want, name)
		}
	}
	want["verified_at"] = float64(h.person.VerifiedAt.Unix())
	want["updated_at"] = float64(h.person.CreatedAt.Unix())
	inBody := h.request(http.MethodPost, "/userinfo", strings.NewReader(url.Values{"access_token": {accessToken}}.Encode()))
	inBody.Header.Set("Content-Type", formType)
	inHeader := h.request(http.MethodPost, "/userinfo", nil)
	inHeader.Header.Set("Authorization", "bearer "+accessToken) // RFC 7235 §2.1: schemes are case-insensitive
	for name, got := range map[string]answer{"GET": h.userInfo(accessToken), "POST": h.do(inHeader), "POST form": h.do(inBody)} {
		t.Run(name, func(t *testing.T) {
			checkTokenHeaders(t, got)
			body := got.json(t)
			if got.status != http.StatusOK || !reflect.DeepEqual(body, want) || body["iss"] != h.issuer {
				t.Errorf("got  %d %v\nwant %v", got.status, body, want)
			}
		})
	}
}

func TestUserInfoRefusesWithAChallenge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, idToken := h.tokens()
	const unknown = "the access token is unknown, expired or revoked"
	form := func(values url.Values) *http.Request {
		r := h.request(http.MethodPost, "/userinfo", strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", formType)
		return r
	}
	with := func(values ...string) *http.Request {
		r := h.request(http.MethodGet, "/userinfo", nil)
		r.Header["Authorization"] = values
		return r
	}
	both := form(url.Values{"access_token": {accessToken}})
	both.Header.Set("Authorization", "Bearer "+accessToken)
	for _, tt := range []struct {
		name, code, description string
		status                  int
		request                 *http.Request
	}{
		{"no token", "invalid_request", "the request has no access token", 401, h.request(http.MethodGet, "/userinfo", nil)},
		{"another scheme", "invalid_request", "the request has no access token", 401, with("Basic YTpi")},
		{"empty", "invalid_request", "the header Authorization has no access token", 400, with("Bearer ")},
		{"two headers", "invalid_request", "the header Authorization is there more than once", 400, with("Bearer a", "Bearer b")},
		{"in the query", "invalid_request", "the access token is in the query; it belongs in the Authorization header", 400, h.request(http.MethodGet, "/userinfo?access_token="+accessToken, nil)},
		{"header and body", "invalid_request", "the request has an access token in the Authorization header and one in the body", 400, both},
		{"twice in the body", "invalid_request", "the parameter access_token is there more than once", 400, form(url.Values{"access_token": {"a", "b"}})},
		{"malformed", "invalid_token", unknown, 401, with("Bearer x")},
		{"unknown", "invalid_token", unknown, 401, with("Bearer " + idp.NewToken().String())},
		{"another secret", "invalid_token", unknown, 401, with("Bearer " + idp.NewTokenFor(mustParse(t, accessToken).ID).String())},
		{"the ID Token", "invalid_token", unknown, 401, with("Bearer " + idToken)},
		{"a code", "invalid_token", unknown, 401, with("Bearer " + h.code())},
		{"PUT", "invalid_request", "the method must be GET or POST", 405, h.request(http.MethodPut, "/userinfo", nil)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := h.do(tt.request)
			checkRefusal(t, got, tt.status, tt.code, tt.description)
			// RFC 6750 §3.1: no error in the challenge when there was no token.
			want := `Bearer realm="userinfo", error="` + tt.code + `", error_description="` + tt.description + `"`
			switch {
			case tt.status == http.StatusMethodNotAllowed:
				want = ""
			case tt.description == "the request has no access token":
				want = `Bearer realm="userinfo"`
			}
			if challenge := got.header.Get("WWW-Authenticate"); challenge != want {
				t.Errorf("WWW-Authenticate %q, want %q", challenge, want)
			}
		})
	}
}

func TestAccessTokenLivesFiveMinutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	at, access := now(), idp.NewToken()
	_, stored, err := h.store.RedeemCode(t.Context(), idp.Redemption{
		Code: mustParse(t, h.code()), ClientID: h.client.ID, RedirectURI: callback, CodeChallenge: challengeOK, At: at, Release: idp.Release{ID: idp.NewID()},
		Access: idp.AccessToken{ID: access.ID, Hash: access.Hash(), CreatedAt: at.Add(-TokenLifetime), ExpiresAt: at},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.userInfo(access.String()); got.status != http.StatusUnauthorized {
		t.Errorf("a token that ended at %v: %d, want 401", stored.ExpiresAt, got.status)
	}
	if TokenLifetime > 5*time.Minute {
		t.Errorf("TokenLifetime %v; UDAP Tiered OAuth §4.3 allows 5 minutes", TokenLifetime)
	}
}

func TestDiscoveryIsTrue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.do(h.request(http.MethodGet, "/.well-known/openid-configuration?community=x", nil))
	body := got.json(t)
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for name, want := range map[string]any{
		"issuer": h.issuer, "authorization_endpoint": h.issuer + "/authorize", "token_endpoint": h.issuer + "/token",
		"userinfo_endpoint": h.issuer + "/userinfo", "registration_endpoint": h.issuer + "/register", "jwks_uri": h.issuer + "/jwks",
		"authorization_response_iss_parameter_supported": true, "claims_parameter_supported": true,
		"request_parameter_supported": false, "request_uri_parameter_supported": false,
	} {
		if body[name] != want {
			t.Errorf("%s: %v, want %v", name, body[name], want)
		}
	}
	for name, want := range map[string]string{
		"response_types_supported": "code", "response_modes_supported": "query", "grant_types_supported": "authorization_code",
		"subject_types_supported": "pairwise", "id_token_signing_alg_values_supported": "RS256",
		"token_endpoint_auth_methods_supported": "private_key_jwt", "code_challenge_methods_supported": "S256",
		"token_endpoint_auth_signing_alg_values_supported": "RS256 ES256 RS384 ES384", "claim_types_supported": "normal",
		"scopes_supported": fullScope, "prompt_values_supported": "none login consent select_account",
		"acr_values_supported": "http://udap.org/code/id/ial1 http://udap.org/code/id/idial1.2 http://udap.org/code/id/idial1.4 " +
			"http://udap.org/code/id/idial1.5 http://udap.org/code/id/idial1.6 http://udap.org/code/id/idial1.8 http://udap.org/code/id/ial2 " +
			"http://idmanagement.gov/ns/assurance/aal/1 http://idmanagement.gov/ns/assurance/aal/2 " +
			"http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true phr",
	} {
		if text := joined(body[name]); text != want {
			t.Errorf("%s: %q, want %q", name, text, want)
		}
	}
	claims := strings.Fields(joined(body["claims_supported"]))
	_, idToken := h.tokens()
	_, payload := read(t, idToken)
	for name := range payload {
		if !slices.Contains(claims, name) {
			t.Errorf("the ID Token has %s, which claims_supported has not", name)
		}
	}
}

func joined(list any) string {
	values, _ := list.([]any)
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i], _ = v.(string)
	}
	return strings.Join(texts, " ")
}

func TestPublicDocumentsAreForAnyPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/jwks", "/.well-known/openid-configuration"} {
		r := h.request(http.MethodGet, path, nil)
		r.Header.Set("Origin", "https://page.example")
		got := h.do(r)
		if got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", path, got.header)
		}
		if got.header.Get("Cache-Control") != "public, max-age=300" {
			t.Errorf("%s: Cache-Control %q", path, got.header.Get("Cache-Control"))
		}
		if got := h.do(h.request(http.MethodDelete, path, nil)); got.status != http.StatusMethodNotAllowed {
			t.Errorf("DELETE %s: %d", path, got.status)
		}
	}
	if strings.Contains(string(h.do(h.request(http.MethodGet, "/jwks", nil)).body), `"d":`) {
		t.Error("a private key in the JWKS")
	}
}

// TestOnlyItsOwnPathsAreServed: the library has more endpoints than the tiered flow.
func TestOnlyItsOwnPathsAreServed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/healthz", "/ready", "/keys", "/revoke", "/end_session", "/oauth/introspect", "/device_authorization", "/authorize/callback", "/token/x"} {
		if got := h.do(h.request(http.MethodGet, path, nil)); got.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, got.status)
		}
	}
}
