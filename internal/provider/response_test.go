package provider

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func TestIssInEveryAuthorizationResponse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	locations := map[string]string{"a code": h.allow(h.authorizationForm(), h.session).String()}
	for _, tt := range authorizeRefusals {
		form := h.authorizationForm()
		tt.change(form)
		locations[tt.name] = h.authorize(form, h.session).header.Get("Location")
	}
	noState := h.authorizationForm()
	noState.Del("state")
	locations["no state"] = h.authorize(noState, h.session).header.Get("Location")

	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	tooLong, err := h.provider.Expired(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	locations["took too long"] = tooLong
	refused, err := h.provider.Refuse(t.Context(), req, h.session, "access_denied", "the person said no", idp.Trail{})
	if err != nil {
		t.Fatal(err)
	}
	locations["refused"] = refused

	for name, location := range locations {
		u, err := url.Parse(location)
		if err != nil || !strings.HasPrefix(location, callback+"?") {
			t.Errorf("%s: %q is not an answer", name, location)
			continue
		}
		if iss := u.Query()["iss"]; len(iss) != 1 || iss[0] != h.issuer {
			t.Errorf("%s: iss %q, want %q", name, iss, h.issuer)
		}
	}
}

func TestStateIsEchoedByteForByte(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	random := make([]byte, 8<<10)
	rand.Read(random)
	for _, tt := range []struct{ name, state string }{
		{"simple", "xyz"},
		{"spaces and pluses", " a+b c%20d "},
		{"looks like parameters", "a=b&code=c&iss=d#e?f"},
		{"quotes and controls", "\"'<>\\\x00\x01\t\r\n"},
		{"not UTF-8", "\xff\xfe\x80"},
		{"other scripts", "état-状態-🏥"},
		{"8 kB base64", base64.StdEncoding.EncodeToString(random)},
		{"8 kB of any bytes", string(random)},
		{"32 kB", strings.Repeat("s", 32<<10)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			form.Set("state", tt.state)
			if got := h.allow(form, h.session).Query().Get("state"); got != tt.state {
				t.Errorf("with a code: state of %d bytes, want the one of %d bytes that came", len(got), len(tt.state))
			}
			form.Del("nonce")
			form.Set("scope", "openid")
			query := h.authorize(form, h.session).location(t).Query()
			if query.Get("error") != "invalid_scope" || query.Get("state") != tt.state {
				t.Errorf("with an error %q: state of %d bytes, want the one of %d bytes that came", query.Get("error"), len(query.Get("state")), len(tt.state))
			}
		})
	}
}

func TestStateThatIsTooLongIsRefusedAndEchoed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("state", strings.Repeat("s", 32<<10+1))
	query := h.authorize(form, h.session).location(t).Query()
	if query.Get("error_description") != "the state is longer than 32768 bytes" || query.Get("state") != form.Get("state") {
		t.Errorf("got %.200v", query)
	}
}

func TestQueryOfTheRedirectURIIsRetained(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ address, want string }{
		{"https://h.example/cb", "https://h.example/cb?a=b"},
		{"https://h.example/cb?", "https://h.example/cb?a=b"},
		{"https://h.example/cb?x=%7e+1&y", "https://h.example/cb?x=%7e+1&y&a=b"},
		{"https://h.example/cb?x=1&", "https://h.example/cb?x=1&a=b"},
		{"https://h.example", "https://h.example?a=b"},
		{"https://h.example/cb#part", "https://h.example/cb?a=b#part"},
	} {
		if got := withQuery(tt.address, "a=b"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.address, got, tt.want)
		}
	}
}

func TestAnswerIsGivenOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	if _, err := h.agree(req, h.session); err != nil {
		t.Fatal(err)
	}
	if _, err := h.agree(req, h.session); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("second Allow: %v, want ErrUsed", err)
	}
	if _, err := h.provider.Refuse(t.Context(), req, h.session, "access_denied", "no", idp.Trail{}); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("Refuse after Allow: %v, want ErrUsed", err)
	}
}

func TestRefusalSaysNoMoreThanRFC6749Allows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	location, err := h.provider.Refuse(t.Context(), req, h.session, "access_denied", "she said \"no\"\\\n\u00e9", idp.Trail{})
	if err != nil {
		t.Fatal(err)
	}
	want := callback + "?error=access_denied&error_description=she%20said%20%27no%27%3F%3F%3F&state=af0ifjsldkj&iss=" + url.QueryEscape(h.issuer)
	if location != want {
		t.Errorf("got  %s\nwant %s", location, want)
	}
}

func TestRequestThatTookTooLongIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	want := callback + "?error=access_denied&error_description=the%20request%20took%20too%20long&state=af0ifjsldkj&iss=" + url.QueryEscape(h.issuer)
	if got, err := h.provider.Expired(t.Context(), req); err != nil || got != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

// TestNothingSecretIsLogged walks good and bad ways and looks for what must not be in the log.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("state", "secret-state-of-the-client")
	form.Set("login_hint", "hint-about-jane")
	location := h.allow(form, h.session)
	code := location.Query().Get("code")
	tokens := h.tokenForm(code)
	accessToken, idToken := h.mustExchange(tokens)
	h.token(tokens) // the assertion again
	h.token(h.tokenForm(code))
	h.userInfo(accessToken)
	h.userInfo(accessToken + "x")
	form.Set("scope", "openid")
	h.authorize(form, h.session)
	h.do(h.request(http.MethodGet, "/authorize?"+form.Encode(), nil)) // internal error
	h.trust.breakDown(errors.New("database is down"))
	h.token(h.tokenForm(code))

	log := logged.String()
	for _, want := range []string{"registered route", "request error", "the jti was used before", "database is down"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q: the test looks in the wrong place", want)
		}
	}
	for name, secret := range map[string]string{
		"state": "secret-state-of-the-client", "hint": "hint-about-jane", "code": code, "access token": accessToken,
		"ID Token": strings.Split(idToken, ".")[1], "assertion": tokens.Get("client_assertion")[:40], "verifier": verifier,
		"e-mail": "jane@example.org", "name": "Quimby", "identifier": string(h.person.Identifier.Sealed), "session": h.session.ID,
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the %s is in the log", name)
		}
	}
}
