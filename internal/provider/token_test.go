package provider

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// checkRefusal compares an error at /token with what is wanted, and what every answer there has.
func checkRefusal(t *testing.T, got answer, status int, code, description string) {
	t.Helper()
	gotCode, gotDescription := got.wireError(t)
	if got.status != status || gotCode != code || gotDescription != description {
		t.Errorf("got  %d %s %q\nwant %d %s %q", got.status, gotCode, gotDescription, status, code, description)
	}
	checkTokenHeaders(t, got)
}

func checkTokenHeaders(t *testing.T, got answer) {
	t.Helper()
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
}

func TestTokenRequestIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	const typeWanted = "expected urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, tt := range []struct {
		name, code, description string
		change                  func(url.Values)
	}{
		{"no grant_type", "invalid_request", "the parameter grant_type is missing, expected authorization_code", set("grant_type", "")},
		{"refresh_token", "unsupported_grant_type", "the grant_type is not supported, expected authorization_code", set("grant_type", "refresh_token")},
		{"client_credentials", "unsupported_grant_type", "the grant_type is not supported, expected authorization_code", set("grant_type", "client_credentials")},
		{"token exchange", "unsupported_grant_type", "the grant_type is not supported, expected authorization_code", set("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")},
		{"jwt-bearer", "unsupported_grant_type", "the grant_type is not supported, expected authorization_code", set("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")},
		{"no udap", "invalid_request", "the parameter udap is missing, expected udap=1", set("udap", "")},
		{"udap 2", "invalid_request", "the parameter udap has a value that is not supported, expected udap=1", set("udap", "2")},
		{"client_secret", "invalid_request", "the parameter client_secret is not accepted; clients authenticate with client_assertion", set("client_secret", "x")},
		{"no assertion type", "invalid_request", "the parameter client_assertion_type is missing, " + typeWanted, set("client_assertion_type", "")},
		{
			"the type of the guides' examples", "invalid_request",
			"the client_assertion_type is urn:ietf:params:oauth:grant-type:jwt-bearer, which names a grant; " + typeWanted,
			set("client_assertion_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
		},
		{"SAML", "invalid_request", "the client_assertion_type is not supported, " + typeWanted, set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")},
		{"no assertion", "invalid_client", "the parameter client_assertion is missing", set("client_assertion", "")},
		{"no code", "invalid_request", "the parameter code is missing", set("code", "")},
		{"code twice", "invalid_request", "the parameter code is there more than once", add("code", "x")},
		{"assertion twice", "invalid_request", "the parameter client_assertion is there more than once", add("client_assertion", "x")},
		{"any other twice", "invalid_request", "the parameter resource is there more than once", func(f url.Values) { f["resource"] = []string{"a", "a"} }},
		{"no JWT", "invalid_client", "client assertion: a JWT in compact serialisation has 3 parts separated by dots, this has 1", set("client_assertion", "x")},
		{"another client_id", "invalid_client", "the parameter client_id is not the iss of the client assertion", set("client_id", "x")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.tokenForm(code)
			tt.change(form)
			checkRefusal(t, h.token(form), http.StatusBadRequest, tt.code, tt.description)
		})
	}
	// None of that spent the code.
	h.mustExchange(h.tokenForm(code))
}

func TestTokenRequestIsAFormInTheBody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	request := func(method, path, contentType, body string) *http.Request {
		r := h.request(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		return r
	}
	authorized := request(http.MethodPost, "/token", formType, h.tokenForm(code).Encode())
	authorized.SetBasicAuth("client", "secret")
	for _, tt := range []struct {
		name, description string
		status            int
		request           *http.Request
	}{
		{"GET", "the method must be POST", 405, h.request(http.MethodGet, "/token?"+h.tokenForm(code).Encode(), nil)},
		{"OPTIONS", "the method must be POST", 405, h.request(http.MethodOptions, "/token", nil)},
		{"a query", "the request has a query; the parameters belong in the body", 400, request(http.MethodPost, "/token?code="+code, formType, "")},
		{"JSON", "the Content-Type is not application/x-www-form-urlencoded", 400, request(http.MethodPost, "/token", "application/json", "{}")},
		{"no type", "the Content-Type is not application/x-www-form-urlencoded", 400, h.request(http.MethodPost, "/token", nil)},
		{"too long", "the body is longer than 65536 bytes", 400, request(http.MethodPost, "/token", formType, "code="+strings.Repeat("c", 65536))},
		{"bad escapes", "the body is not application/x-www-form-urlencoded", 400, request(http.MethodPost, "/token", formType, "code=%zz")},
		{"Authorization", "the request has an Authorization header; clients authenticate with client_assertion", 400, authorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkRefusal(t, h.do(tt.request), tt.status, "invalid_request", tt.description)
		})
	}
}

func TestTokenAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("scope", "openid udap email nonsense")
	got := h.token(h.tokenForm(h.allow(form, h.session).Query().Get("code")))
	checkTokenHeaders(t, got)
	body := got.json(t)
	if body["token_type"] != "Bearer" || body["expires_in"] != 300.0 || body["scope"] != "openid udap email" {
		t.Errorf("got %v", body)
	}
	if got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a page of another origin may read tokens")
	}
}

func TestNoRefreshToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("scope", "openid udap offline_access")
	body := h.token(h.tokenForm(h.allow(form, h.session).Query().Get("code"))).json(t)
	if len(body) != 5 {
		t.Errorf("members %v, want access_token, token_type, expires_in, id_token, scope", body)
	}
	if body["refresh_token"] != nil || body["scope"] != "openid udap" {
		t.Errorf("got %v", body)
	}
}

func TestPKCEIsRequired(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Del("code_challenge")
	form.Del("code_challenge_method")
	query := h.authorize(form, h.session).location(t).Query()
	if query.Get("error") != "invalid_request" || query.Get("error_description") != "code challenge required: the parameter code_challenge is missing" {
		t.Errorf("without a challenge: %v", query)
	}
	code := h.code()
	withoutVerifier := h.tokenForm(code)
	withoutVerifier.Del("code_verifier")
	checkRefusal(t, h.token(withoutVerifier), 400, "invalid_grant", "the parameter code_verifier is missing")
	h.mustExchange(h.tokenForm(code)) // the code was not spent
}

func TestPKCEIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	const shape = "the code_verifier is not 43 to 128 of the characters A-Z a-z 0-9 - . _ ~"
	for _, tt := range []struct{ name, verifier, description string }{
		{"another", strings.Repeat("a", 43), "the client, the redirect_uri or the code_verifier is not that of the authorization request"},
		{"one letter changed", "e" + verifier[1:], "the client, the redirect_uri or the code_verifier is not that of the authorization request"},
		{"the challenge itself", challengeOK, "the client, the redirect_uri or the code_verifier is not that of the authorization request"},
		{"too short", verifier[:42], shape},
		{"too long", strings.Repeat("a", 129), shape},
		{"other characters", verifier[:42] + "+", shape},
		{"not ASCII", verifier[:41] + "é", shape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.tokenForm(code)
			form.Set("code_verifier", tt.verifier)
			checkRefusal(t, h.token(form), 400, "invalid_grant", tt.description)
		})
	}
	h.mustExchange(h.tokenForm(code))
}

func TestCodeIsForItsRedirectURI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const mismatch = "the client, the redirect_uri or the code_verifier is not that of the authorization request"
	code := h.code()
	for _, redirectURI := range []string{"", callback + "/", "https://evil.example"} {
		form := h.tokenForm(code)
		set("redirect_uri", redirectURI)(form)
		checkRefusal(t, h.token(form), 400, "invalid_grant", mismatch)
	}
	h.mustExchange(h.tokenForm(code))
}

// TestRedirectURIMayBeLeftOutWhenOneIsRegistered: UDAP Security IG §7.2.
func TestRedirectURIMayBeLeftOutWhenOneIsRegistered(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Del("redirect_uri")
	location := h.allow(form, h.session)
	if !strings.HasPrefix(location.String(), callback+"?code=") {
		t.Errorf("answer to %s", location)
	}
	tokens := h.tokenForm(location.Query().Get("code"))
	tokens.Del("redirect_uri")
	h.mustExchange(tokens)
}

func TestCodeIsForItsClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	leaf := h.community.Leaf("https://clinic.example")
	other := h.register(h.client.CommunityID, leaf.URI, callback)
	code := h.code()
	form := h.tokenForm(code)
	form.Set("client_assertion", leaf.Assertion(other.ID, h.issuer+"/token"))
	checkRefusal(t, h.token(form), 400, "invalid_grant", "the client, the redirect_uri or the code_verifier is not that of the authorization request")
	h.mustExchange(h.tokenForm(code)) // it stays good for its own
}

func TestCodeThatIsNoCodeIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	forged := idp.NewTokenFor(mustParse(t, code).ID).String() // the right row, another secret
	for name, text := range map[string]string{"not a token": "x", "unknown": idp.NewToken().String(), "another secret": forged} {
		t.Run(name, func(t *testing.T) {
			checkRefusal(t, h.token(h.tokenForm(text)), 400, "invalid_grant", "the code is unknown or no longer valid")
		})
	}
	h.mustExchange(h.tokenForm(code))
}

func mustParse(t *testing.T, text string) idp.Token {
	t.Helper()
	token, err := idp.ParseToken(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestCodeLives60Seconds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	token, past := idp.NewToken(), now().Add(-CodeLifetime)
	err := h.store.IssueCode(t.Context(), idp.Issue{RequestID: req.ID, SessionID: h.session.ID, At: now(), Agreement: h.agreement(req, h.session), Code: idp.Code{
		ID: token.ID, Hash: token.Hash(), ClientID: req.ClientID, RedirectURI: req.RedirectURI, RedirectURISent: true,
		CodeChallenge: req.CodeChallenge, Scopes: req.Scopes, PersonID: h.person.ID, SessionID: h.session.ID,
		Authentication: *h.session.Authentication, CreatedAt: past, ExpiresAt: past.Add(CodeLifetime),
	}})
	if err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(h.tokenForm(token.String())), 400, "invalid_grant", "the code has expired: it is good for 60 seconds")
	if CodeLifetime != time.Minute {
		t.Errorf("CodeLifetime %v", CodeLifetime)
	}
}

func TestCodeOfASessionThatEndedIsWorthless(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	if err := h.store.EndSession(t.Context(), h.session.ID); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, h.token(h.tokenForm(code)), 400, "invalid_grant", "the code is unknown or no longer valid")
}

func TestCodeReplayRevokesWhatItBought(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	accessToken, _ := h.mustExchange(h.tokenForm(code))
	if got := h.userInfo(accessToken); got.status != http.StatusOK {
		t.Fatalf("userinfo before the replay: %d %s", got.status, got.body)
	}
	checkRefusal(t, h.token(h.tokenForm(code)), 400, "invalid_grant", "the code was used before; what it bought is revoked")
	if got := h.userInfo(accessToken); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo after the replay: %d, want 401", got.status)
	}
}

func TestCodeIsSingleUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	forms := make([]url.Values, 16)
	for i := range forms {
		forms[i] = h.tokenForm(code)
	}
	var wg sync.WaitGroup
	answers := make([]answer, len(forms))
	for i, form := range forms {
		wg.Go(func() { answers[i] = h.token(form) })
	}
	wg.Wait()
	good := 0
	for _, a := range answers {
		if a.status == http.StatusOK {
			good++
		} else if code, _ := a.wireError(t); code != "invalid_grant" {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if good != 1 {
		t.Errorf("%d exchanges of one code succeeded, want 1", good)
	}
}

func TestServerThatCannotCheckSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	h.trust.breakDown(errors.New("secret detail of the database"))
	got := h.token(h.tokenForm(code))
	checkRefusal(t, got, 503, udap.TemporarilyUnavailable, "the server cannot check this now, try again later")
	if later := got.header.Get("Retry-After"); later != "30" {
		t.Errorf("got Retry-After %q, want 30", later)
	}
	h.trust.breakDown(nil)
	h.mustExchange(h.tokenForm(code))
}

func TestInternalErrorStaysInside(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.tokenForm(h.code())
	authorization := h.authorizationForm()
	h.store.Close()
	checkRefusal(t, h.token(form), 500, "server_error", "the server met an internal error")
	if got := h.authorize(authorization, h.session); got.status != 500 || h.page().Kind != KindInternal || h.page().Cause == nil {
		t.Errorf("authorize: %d %+v", got.status, h.page())
	}
	got := h.userInfo(idp.NewToken().String())
	if code, description := got.wireError(t); got.status != 500 || code != "server_error" || description != "the server met an internal error" {
		t.Errorf("userinfo: %d %s %q", got.status, code, description)
	}
	h.trust.breakDown(errors.New("secret detail of the database"))
	for _, path := range []string{"/jwks", "/.well-known/openid-configuration"} {
		got := h.do(h.request(http.MethodGet, path, nil))
		if code, description := got.wireError(t); got.status != 500 || code != "server_error" || description != "the server met an internal error" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}
