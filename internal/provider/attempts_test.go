package provider

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap/udaptest"
)

// recorded closes the log and returns what it wrote, the newest first.
func (h *house) recorded() []idp.Attempt {
	h.t.Helper()
	h.attempts.Close(context.Background())
	rows, err := h.store.Attempts(h.t.Context(), idp.AttemptFilter{})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// spending counts the jti that are recorded.
type spending struct {
	Store
	jti atomic.Int32
}

func (s *spending) UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error {
	s.jti.Add(1)
	return s.Store.UseJTI(ctx, issuer, jti, expiresAt, now)
}

// Every outcome is recorded with the step that it came from, and no attempt that is not proved touches a jti.
func TestEveryClientAuthenticationIsRecorded(t *testing.T) {
	t.Parallel()
	stranger := udaptest.New(t, udaptest.WithoutServer())
	assertion := func(make func(h *house) string) func(*house, url.Values) {
		return func(h *house, form url.Values) { form.Set("client_assertion", make(h)) }
	}
	for name, test := range map[string]struct {
		change  func(h *house, form url.Values)
		outcome string
		check   string
		known   bool // the client is
		proved  bool
	}{
		"authenticated": {outcome: "authenticated", check: "code passed", known: true, proved: true},
		"request":       {change: func(_ *house, form url.Values) { form.Del("udap") }, outcome: "refused", check: "request failed"},
		"repeated":      {change: func(_ *house, form url.Values) { form.Add("udap", "1") }, outcome: "refused", check: "request failed"},
		"no JWT": {
			change:  assertion(func(*house) string { return "hello" }),
			outcome: "refused", check: "client assertion failed",
		},
		"signature": {
			change:  assertion(func(h *house) string { return h.leaf.Assertion(h.client.ID, h.issuer+"/token") + "AAAA" }),
			outcome: "refused", check: "signature failed",
		},
		"claims": {
			change:  assertion(func(h *house) string { return h.leaf.Assertion(h.client.ID, "https://other.example/token") }),
			outcome: "refused", check: "claims failed",
		},
		"another client_id": {change: func(_ *house, form url.Values) { form.Set("client_id", "x") }, outcome: "refused", check: "claims failed"},
		"not registered": {
			change:  assertion(func(h *house) string { return h.leaf.Assertion("somebody", h.issuer+"/token") }),
			outcome: "refused", check: "registered failed",
		},
		"another URI": {
			change: assertion(func(h *house) string {
				return h.community.Leaf("https://x.example").Assertion(h.client.ID, h.issuer+"/token")
			}),
			outcome: "refused", check: "certificate failed", known: true,
		},
		"trust": {
			change:  assertion(func(h *house) string { return stranger.Leaf(hospitalURI).Assertion(h.client.ID, h.issuer+"/token") }),
			outcome: "refused", check: "trust failed", known: true,
		},
		"trust unknown": {
			change:  func(h *house, _ url.Values) { h.trust.breakDown(errors.New("database is down")) },
			outcome: "failed", check: "trust failed", known: true,
		},
		"replay": {
			change:  func(h *house, form url.Values) { h.mustExchange(form) },
			outcome: "refused", check: "replay failed", known: true, proved: true,
		},
		"code": {
			change:  func(_ *house, form url.Values) { form.Set("code", "x") },
			outcome: "refused", check: "code failed", known: true, proved: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			store := &spending{Store: h.store}
			h.provider.Store = store
			form := h.tokenForm(h.code())
			if test.change != nil {
				test.change(h, form)
			}
			got := h.token(form)
			code, description := "", ""
			if got.status != 200 {
				code, description = got.wireError(t)
			}
			a := h.recorded()[0]
			last := a.Checks[len(a.Checks)-1]
			if a.Kind != idp.AttemptAuthentication || a.Outcome != test.outcome || last.Name+" "+last.Outcome != test.check ||
				a.Proved != test.proved || (a.CommunityID == h.client.CommunityID) != test.proved || a.RemoteIP != "127.0.0.1" {
				t.Errorf("got %+v", a)
			}
			if a.Status != got.status || a.Code != code || a.Description != description {
				t.Errorf("got %d %s %q recorded, and answered %d %s %q", a.Status, a.Code, a.Description, got.status, code, description)
			}
			if (a.ClientID == h.client.ID) != test.known {
				t.Errorf("got the client %q", a.ClientID)
			}
			if spent := store.jti.Load() > 0; spent != test.proved {
				t.Errorf("a jti was recorded: %v, the attempt is proved: %v", spent, test.proved)
			}
		})
	}
}

// Nothing of a request that buys something is in a record.
func TestNothingSecretIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.tokenForm(h.code())
	accessToken, idToken := h.mustExchange(form)
	h.token(form)                  // refused
	h.token(h.tokenForm(h.code())) // answered
	form.Set("code", form.Get("client_assertion"))
	h.token(form)
	rows, err := json.Marshal(h.recorded())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(form.Get("client_assertion"), ".")
	for name, secret := range map[string]string{
		"assertion's header": parts[0], "assertion's claims": parts[1], "assertion's signature": parts[2], "verifier": verifier,
		"access token": accessToken, "ID Token": strings.Split(idToken, ".")[1], "e-mail": "jane@example.org", "session": h.session.ID,
	} {
		if strings.Contains(string(rows), secret) {
			t.Errorf("the %s is in the record", name)
		}
	}
}

// A call of UserInfo is no attempt, and neither is a request that is no token request at all.
func TestOnlyTokenRequestsAreAttempts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	accessToken, _ := h.tokens()
	h.userInfo(accessToken)
	h.userInfo("x")
	if got := h.do(h.request("GET", "/token", nil)); got.status != 405 {
		t.Errorf("got %d, want 405", got.status)
	}
	if rows := h.recorded(); len(rows) != 1 {
		t.Errorf("got %d attempts, want the one token request: %+v", len(rows), rows)
	}
}
