package provider

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// allowing lets the operator allow the client something, and change her mind.
func (h *house) allowing(allowed *idp.Compatibility) {
	h.provider.Config.Compatibility = func(_ context.Context, c idp.Client) (idp.Compatibility, error) {
		if c.ID != h.client.ID {
			return idp.Compatibility{}, nil
		}
		return *allowed, nil
	}
}

// uses counts how often the log says that the house's client used a switch.
func (h *house) uses(name string) (n int) {
	for line := range strings.Lines(logged.String()) {
		if strings.Contains(line, `switch="`+name+`"`) && strings.Contains(line, "client="+h.client.ID) {
			n++
		}
	}
	return n
}

func withoutPKCE(form url.Values) url.Values {
	form.Del("code_challenge")
	form.Del("code_challenge_method")
	return form
}

func withoutVerifier(form url.Values) url.Values {
	form.Del("code_verifier")
	return form
}

func TestPKCEMayBeLeftOutOnlyWhereTheOperatorAllowsIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.allowing(&idp.Compatibility{NoPKCE: true})
	code := h.allow(withoutPKCE(h.authorizationForm()), h.session).Query().Get("code")
	if _, idToken := h.mustExchange(withoutVerifier(h.tokenForm(code))); idToken == "" {
		t.Error("no ID Token")
	}
	if got := h.uses("no PKCE"); got != 2 {
		t.Errorf("the use of the switch is logged %d times, want once at each endpoint", got)
	}
	other := h.register(h.client.CommunityID, "https://clinic.example", callback)
	form := withoutPKCE(h.authorizationForm())
	form.Set("client_id", other.ID)
	if query := h.authorize(form, h.session).location(t).Query(); query.Get("error") != "invalid_request" {
		t.Errorf("another client: got %v, want invalid_request", query)
	}
}

// Whoever takes the challenge out of a request, to use a stolen code without its verifier, gains nothing (RFC 9700 §4.8.2).
func TestPKCEThatIsUsedIsCheckedWhereItMayBeLeftOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.allowing(&idp.Compatibility{NoPKCE: true})
	for _, tt := range []struct {
		name   string
		change func(url.Values)
	}{
		{"plain", set("code_challenge_method", "plain")},
		{"a challenge without a method", set("code_challenge_method", "")},
		{"a method without a challenge", set("code_challenge", "")},
		{"no SHA-256", set("code_challenge", "short")},
	} {
		form := h.authorizationForm()
		tt.change(form)
		if query := h.authorize(form, h.session).location(t).Query(); query.Get("error") != "invalid_request" {
			t.Errorf("%s: got %v, want invalid_request", tt.name, query)
		}
	}
	checkRefusal(t, h.token(withoutVerifier(h.tokenForm(h.code()))), 400, "invalid_grant", "the parameter code_verifier is missing")
	wrong := h.tokenForm(h.code())
	wrong.Set("code_verifier", strings.Repeat("x", 43))
	if code, _ := h.token(wrong).wireError(t); code != "invalid_grant" {
		t.Errorf("a wrong verifier: got %q, want invalid_grant", code)
	}
	unchallenged := h.allow(withoutPKCE(h.authorizationForm()), h.session).Query().Get("code")
	if code, _ := h.token(h.tokenForm(unchallenged)).wireError(t); code != "invalid_grant" {
		t.Errorf("a verifier for a code without a challenge: got %q, want invalid_grant", code)
	}
}

func TestSwitchThatIsTurnedOffHoldsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	allowed := idp.Compatibility{NoPKCE: true}
	h.allowing(&allowed)
	code := h.allow(withoutPKCE(h.authorizationForm()), h.session).Query().Get("code")
	allowed = idp.Compatibility{}
	checkRefusal(t, h.token(withoutVerifier(h.tokenForm(code))), 400, "invalid_grant", "the parameter code_verifier is missing")
	if query := h.authorize(withoutPKCE(h.authorizationForm()), h.session).location(t).Query(); query.Get("error") != "invalid_request" {
		t.Errorf("got %v, want invalid_request", query)
	}
	// The code is still its client's, and a replay still revokes: neither depends on the switch.
	allowed = idp.Compatibility{NoPKCE: true}
	access, _ := h.mustExchange(withoutVerifier(h.tokenForm(code)))
	allowed = idp.Compatibility{}
	if code, text := h.token(withoutVerifier(h.tokenForm(code))).wireError(t); code != "invalid_grant" || !strings.Contains(text, "used before") {
		t.Errorf("a replay: got %s %q", code, text)
	}
	if got := h.userInfo(access); got.status != http.StatusUnauthorized {
		t.Errorf("the replay left the access token: %d", got.status)
	}
}

func TestLoopbackRedirectNeedsItsSwitchAlsoAfterRegistration(t *testing.T) {
	t.Parallel()
	const loopback = "http://localhost:4567/cb"
	h := newHouse(t)
	h.client = h.register(h.client.CommunityID, hospitalURI, callback, loopback)
	h.provider.Endpoints.Issuer = "https://idp.example.org" // as of a server that is not on trial
	allowed := idp.Compatibility{LoopbackRedirect: true}
	h.allowing(&allowed)
	form := h.authorizationForm()
	form.Set("redirect_uri", loopback)
	if req := h.stored(h.authorize(form, h.session), h.session); req.RedirectURI != loopback {
		t.Errorf("got %q", req.RedirectURI)
	}
	if got := h.uses("loopback redirect"); got != 1 {
		t.Errorf("the use of the switch is logged %d times, want once", got)
	}
	allowed = idp.Compatibility{}
	got := h.authorize(form, h.session)
	if got.status != http.StatusBadRequest || got.header.Get("Location") != "" || h.page().Kind != KindRedirectURI {
		t.Errorf("switched off: got %d to %q, want a page", got.status, got.header.Get("Location"))
	}
	h.stored(h.authorize(h.authorizationForm(), h.session), h.session) // the https one stays
}

func TestSwitchesThatCannotBeReadAreNotOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code := h.code()
	h.provider.Config.Compatibility = func(context.Context, idp.Client) (idp.Compatibility, error) {
		return idp.Compatibility{NoPKCE: true}, errors.New("the database is away")
	}
	if got := h.authorize(withoutPKCE(h.authorizationForm()), h.session); got.status != http.StatusInternalServerError {
		t.Errorf("authorize: got %d, want 500", got.status)
	}
	if got := h.token(withoutVerifier(h.tokenForm(code))); got.status != http.StatusInternalServerError {
		t.Errorf("token: got %d, want 500", got.status)
	}
	h.mustExchange(h.tokenForm(code)) // who needs no switch is not held up
}

// UDAP Security IG §7.3 (7), (8): a part of what was asked for is granted, and said.
func TestScopesThatAreGrantedAreSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("scope", "fhirUser udap offline_access openid email")
	code := h.allow(form, h.session).Query().Get("code")
	if got := h.token(h.tokenForm(code)).json(t)["scope"]; got != "udap openid email" {
		t.Errorf("got the scope %v, want what was granted", got)
	}
}

// UDAP Security IG §7.3 (5), (9).
func TestWildcardThatIsNotSupportedIsInvalidScope(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, scope := range []string{"openid udap patient/*.rs", "openid udap *"} {
		form := h.authorizationForm()
		form.Set("scope", scope)
		query := h.authorize(form, h.session).location(t).Query()
		if query.Get("error") != "invalid_scope" || !strings.Contains(query.Get("error_description"), "wildcard") {
			t.Errorf("%s: got %v, want invalid_scope", scope, query)
		}
	}
	none := h.authorizationForm()
	none.Set("scope", "fhirUser launch")
	if query := h.authorize(none, h.session).location(t).Query(); query.Get("error") != "invalid_scope" {
		t.Errorf("none that is supported: got %v, want invalid_scope", query)
	}
}
