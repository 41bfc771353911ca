package registration_test

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/registration"
	"udap-idp/internal/udap/udaptest"
)

// recorded closes the log and returns what it wrote, the newest first.
func (h *house) recorded(t *testing.T) []idp.Attempt {
	t.Helper()
	h.Attempts.Close(context.Background())
	rows, err := h.Store.Attempts(t.Context(), idp.AttemptFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// lastCheck is the name and outcome of the last check.
func lastCheck(a idp.Attempt) string {
	if len(a.Checks) == 0 {
		return ""
	}
	last := a.Checks[len(a.Checks)-1]
	return last.Name + " " + last.Outcome
}

// spending counts the jti that are recorded.
type spending struct {
	registration.Store
	jti *atomic.Int32
}

func (s spending) UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error {
	s.jti.Add(1)
	return s.Store.UseJTI(ctx, issuer, jti, expiresAt, now)
}

// Every outcome is recorded with the step that it came from, and no attempt that is not proved touches a jti.
func TestEveryRegistrationIsRecorded(t *testing.T) {
	t.Parallel()
	type send = func(t *testing.T, h *house) reply
	statement := func(change ...func(map[string]any)) send {
		return func(t *testing.T, h *house) reply {
			return h.register(t, h.Community.Leaf(hospital).Statement(h.URL, change...))
		}
	}
	twice := func(second func(map[string]any)) send {
		return func(t *testing.T, h *house) reply {
			statement()(t, h)
			return statement(second)(t, h)
		}
	}
	message := func(change func(*udaptest.Message)) send {
		return func(t *testing.T, h *house) reply {
			m := h.Community.Leaf(hospital).StatementMessage(h.URL)
			change(m)
			return h.register(t, m.Sign())
		}
	}
	breakTrust := func(c *registration.Config) { c.Trust = failingTrust{} }
	breakStore := func(c *registration.Config) { c.Store = failingStore{c.Store} }
	for name, test := range map[string]struct {
		send    send
		change  func(*registration.Config)
		outcome string
		status  int
		check   string
		issuer  string
		proved  bool
	}{
		"registered": {send: statement(), outcome: "registered", status: 201, check: "storage passed", issuer: hospital, proved: true},
		"modified":   {send: twice(set("client_name", "New")), outcome: "modified", status: 200, check: "storage passed", issuer: hospital, proved: true},
		"cancelled":  {send: twice(set("grant_types", []string{})), outcome: "cancelled", status: 200, check: "storage passed", issuer: hospital, proved: true},
		"not a request": {
			send: func(t *testing.T, h *house) reply { return h.post(t, "application/json", "{}") }, outcome: "refused", status: 400, check: "request failed",
		},
		"not a statement": {
			send:    func(t *testing.T, h *house) reply { return h.register(t, "a.eyJpc3MiOiJodHRwczovL3guZXhhbXBsZSJ9.c") },
			outcome: "refused", status: 400, check: "software statement failed", issuer: "https://x.example",
		},
		"algorithm": {
			send:    message(func(m *udaptest.Message) { m.Header["alg"] = "none" }),
			outcome: "refused", status: 400, check: "software statement failed", issuer: hospital,
		},
		"signature": {
			send: func(t *testing.T, h *house) reply {
				return h.register(t, h.Community.Leaf(hospital).Statement(h.URL)+"AAAA")
			},
			outcome: "refused", status: 400, check: "signature failed", issuer: hospital,
		},
		"payload": {send: statement(set("aud", 7)), outcome: "refused", status: 400, check: "claims failed", issuer: hospital},
		"claims":  {send: statement(set("aud", "x")), outcome: "refused", status: 400, check: "claims failed", issuer: hospital},
		"trust": {
			send: func(t *testing.T, h *house) reply {
				return h.register(t, udaptest.New(t, udaptest.WithoutServer()).Leaf(hospital).Statement(h.URL))
			},
			outcome: "refused", status: 400, check: "trust failed", issuer: hospital,
		},
		"trust unknown": {send: statement(), change: breakTrust, outcome: "failed", status: 503, check: "trust failed", issuer: hospital},
		"replay": {
			send: func(t *testing.T, h *house) reply {
				s := h.Community.Leaf(hospital).Statement(h.URL)
				h.register(t, s)
				return h.register(t, s)
			},
			outcome: "refused", status: 400, check: "replay failed", issuer: hospital, proved: true,
		},
		"parameters": {send: statement(remove("client_name")), outcome: "refused", status: 400, check: "parameters failed", issuer: hospital, proved: true},
		"nothing to cancel": {
			send: statement(set("grant_types", []string{})), outcome: "refused", status: 400, check: "storage failed", issuer: hospital, proved: true,
		},
		"the store": {send: statement(), change: breakStore, outcome: "failed", status: 500, check: "storage failed", issuer: hospital, proved: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var jti atomic.Int32
			h := newHouse(t, func(c *registration.Config) {
				c.Store = spending{c.Store, &jti}
				if test.change != nil {
					test.change(c)
				}
			})
			got := test.send(t, h)
			a := h.recorded(t)[0]
			if a.Kind != idp.AttemptRegistration || a.Outcome != test.outcome || a.Status != test.status || a.Status != got.Status ||
				lastCheck(a) != test.check || a.Issuer != test.issuer || a.Proved != test.proved || a.RemoteIP != "127.0.0.1" {
				t.Errorf("got %+v", a)
			}
			if a.Code != got.code() || a.Description != got.description() {
				t.Errorf("got %s: %s recorded, and answered %s: %s", a.Code, a.Description, got.code(), got.description())
			}
			if (a.CommunityID == "first") != test.proved {
				t.Errorf("got the community %q", a.CommunityID)
			}
			if succeeded := a.Code == ""; succeeded != (a.ClientID != "") {
				t.Errorf("got the client %q", a.ClientID)
			}
			if spent := jti.Load() > 0; spent != test.proved {
				t.Errorf("a jti was recorded: %v, the attempt is proved: %v", spent, test.proved)
			}
			for _, check := range a.Checks[:len(a.Checks)-1] {
				if check.Outcome != idp.CheckPassed {
					t.Errorf("got %v", a.Checks)
				}
			}
		})
	}
}

// The cause is in the record alone.
func TestCauseIsForTheRecordOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *registration.Config) { c.Trust = failingTrust{} })
	statement := h.Community.Leaf(hospital).Statement(h.URL)
	r := h.register(t, statement)
	a := h.recorded(t)[0]
	if !strings.Contains(a.Cause, "secret detail") || strings.Contains(r.description(), "secret detail") {
		t.Errorf("got the cause %q and the answer %q", a.Cause, r.description())
	}
	if len(a.Chain) == 0 || a.Chain[0].URIs[0] != hospital {
		t.Errorf("got the chain %+v", a.Chain)
	}
}

// panicking is a trust with a mistake.
type panicking struct{}

func (panicking) VerifyCertifier(context.Context, string, []*x509.Certificate, time.Time) error {
	panic("not asked")
}

func (panicking) Identify(context.Context, []*x509.Certificate, time.Time) (string, error) {
	panic(http.ErrAbortHandler) // which net/http does not log
}

func TestPanicIsRecordedAsAFailure(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *registration.Config) { c.Trust = panicking{} })
	body := `{"udap":"1","software_statement":"` + h.Community.Leaf(hospital).Statement(h.URL) + `"}`
	if response, err := http.Post(h.URL, "application/json", strings.NewReader(body)); err == nil {
		_ = response.Body.Close()
		t.Errorf("got %s, want a cut connection", response.Status)
	}
	if a := h.recorded(t)[0]; a.Outcome != attempts.Failed || lastCheck(a) != "trust failed" {
		t.Errorf("got %+v", a)
	}
}

// The endpoint answers when the log cannot be written.
func TestAttemptIsAnsweredWithoutTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *registration.Config) {
		c.Attempts = attempts.New(attempts.Config{Store: noLog{}, Log: slog.New(slog.DiscardHandler)})
		t.Cleanup(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			c.Attempts.Close(ctx)
		})
	})
	if r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL)); r.Status != http.StatusCreated {
		t.Errorf("got %d %v", r.Status, r.Body)
	}
}

type noLog struct{ attempts.Store }

func (noLog) RecordAttempts(context.Context, []idp.Attempt) error { return errors.New("no table") }
