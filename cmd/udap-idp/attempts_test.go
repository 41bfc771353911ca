package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/udap/udaptest"
)

// The words of a verdict of pki are those that the diagnosis goes by.
func TestRevokedCertificateIsDiagnosed(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t)
	leaf := c.Leaf("https://hospital.example")
	c.Revoke(leaf.Certificate())
	verdict := &revocation.Revoked{Certificate: leaf.Certificate(), At: time.Now()}
	a := idp.Attempt{
		Code: "unapproved_software_statement", Status: 400, Count: 1, Cause: (&pki.Untrusted{Reason: verdict.Error()}).Error(),
		Checks: []idp.AttemptCheck{{Name: attempts.Trust, Outcome: idp.CheckFailed}},
	}
	if got := attempts.Diagnose(a); got != attempts.RevokedChain {
		t.Errorf("got %q of the cause %q", got, a.Cause)
	}
	if !strings.Contains(attemptAdvice(a), "revoked") {
		t.Errorf("got the advice %q", attemptAdvice(a))
	}
}

func TestEveryDiagnosisHasAdvice(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	step := func(name string, status int, description string) idp.Attempt {
		return idp.Attempt{Code: "x", Status: status, Count: 1, Description: description, Checks: []idp.AttemptCheck{{Name: name, Outcome: idp.CheckFailed}}}
	}
	many := step(attempts.Trust, 400, "")
	many.Count = 2
	revoked := step(attempts.Trust, 400, "")
	revoked.Cause = "was revoked on 2026"
	old := step(attempts.Trust, 400, "")
	old.At, old.Chain = time.Now(), []idp.AttemptCertificate{{Subject: "CN=a", NotAfter: time.Now().Add(-time.Hour)}}
	for _, a := range []idp.Attempt{
		{Count: 1}, step(attempts.Trust, 400, ""), old, revoked, step(attempts.Trust, 503, ""), step(attempts.Certificate, 400, ""),
		step(attempts.Replay, 400, ""), step(attempts.Claims, 400, "has passed"), step(attempts.Signature, 400, ""),
		step(attempts.Claims, 400, "the claim aud is"), step(attempts.Registered, 400, ""), step(attempts.Suspension, 400, ""), step(attempts.Code, 400, ""),
		step(attempts.Parameters, 400, ""), step(attempts.Storage, 500, ""), many,
	} {
		text, diagnosis := attemptAdvice(a), string(attempts.Diagnose(a))
		if text == "" {
			t.Errorf("no advice on %q", diagnosis)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%q and %q have the same advice", diagnosis, other)
		}
		seen[text] = diagnosis
	}
}

func TestHousekeepingTrimsEvenWhenPurgeFails(t *testing.T) {
	t.Parallel()
	failing := purger(func() (int64, error) { return 0, errors.New("locked") })
	trimmed := purger(func() (int64, error) { return 7, nil })
	n, err := housekeeping{failing.Purge, trimmed.Purge}.Purge(t.Context(), time.Now())
	if n != 7 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
}

type purger func() (int64, error)

func (p purger) Purge(context.Context, time.Time) (int64, error) { return p() }

// When serve has returned, everything is written and nothing more is taken: the database closes next.
func TestServeEndsTheLogOfAttempts(t *testing.T) {
	t.Parallel()
	settings := config.Settings{DataDir: new(t.TempDir()), Listen: new("127.0.0.1:0"), Issuer: new("http://localhost:8080")}
	cfg, err := settings.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSite(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	listener, err := listen(cfg.Listen, "--listen")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.serve(ctx, listener); err != nil {
		t.Fatal(err)
	}
	s.attempts.Begin(idp.AttemptRegistration, httptest.NewRequest("POST", "/register", nil)).Abandon()
	if got := s.attempts.Dropped(); got != 1 {
		t.Errorf("got %d dropped, want 1: the log is still open", got)
	}
}
