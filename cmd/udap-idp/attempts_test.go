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
	if !strings.Contains(attempts.Advise(a).Operator, "revoked") {
		t.Errorf("got the advice %q", attempts.Advise(a).Operator)
	}
}

func TestHousekeepingTrimsEvenWhenPurgeFails(t *testing.T) {
	t.Parallel()
	failing := purger(func() (int64, error) { return 0, errors.New("locked") })
	trimmed := purger(func() (int64, error) { return 7, nil })
	n, err := housekeeping{rules: []houseRule{{"failing", failing.Purge}, {"trimmed", trimmed.Purge}}}.Purge(t.Context(), time.Now())
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
