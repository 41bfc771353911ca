package clients

import (
	"errors"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newRoom(t *testing.T) (*Clients, *sqlstore.Store, idp.Client) {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	client, _, err := store.RegisterClient(t.Context(), idp.Client{ID: idp.NewUUIDv4(), CommunityID: "c", URI: "https://hospital.example", Organization: "General", CreatedAt: now, UpdatedAt: now})
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Store: store, Now: func() time.Time { return now }}), store, client
}

func TestDecisionsAboutADataHolderAreRecordedWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	c, store, client := newRoom(t)
	by := idp.Reading{Actor: "somebody", RequestID: "7F3K-Q2", IP: "192.0.2.1"}
	steps := []struct {
		act    func() error
		action string
		detail string
	}{
		{func() error { _, err := c.Suspend(t.Context(), client.ID, "ticket 1", by); return err }, "client.suspend", `{"before":{"state":"registered"},"after":{"state":"suspended","reason":"ticket 1"}}`},
		{func() error { _, err := c.Suspend(t.Context(), client.ID, "ticket 2", by); return err }, "client.suspend", `{"before":{"state":"suspended","reason":"ticket 1"},"after":{"state":"suspended","reason":"ticket 2"}}`},
		{func() error { _, err := c.Resume(t.Context(), client.ID, by); return err }, "client.resume", `{"before":{"state":"suspended","reason":"ticket 2"},"after":{"state":"registered"}}`},
		{func() error {
			_, err := c.Set(t.Context(), client.ID, func(s *idp.ClientSettings) { s.Payload, s.NoPKCE = "oidc", new(true) }, by)
			return err
		}, "client.change", `{"before":{"payload":"udap","audience":"","no_pkce":"inherit","loopback_redirect":"inherit"},"after":{"payload":"oidc","audience":"","no_pkce":"allow","loopback_redirect":"inherit"}}`},
		{func() error { _, err := c.Delete(t.Context(), client.ID, by); return err }, "client.delete", `{"before":{"state":"registered"},"after":{"state":"deleted"},"organization":"General","uri":"https://hospital.example","connections":0}`},
	}
	for i, step := range steps {
		if err := step.act(); err != nil {
			t.Fatalf("%s: %v", step.action, err)
		}
		events, err := store.ClientChanges(t.Context(), client.ID, 20)
		if err != nil || len(events) != i+1 {
			t.Fatalf("%s: %d events (%v), want %d", step.action, len(events), err, i+1)
		}
		e := events[0]
		if e.Action != step.action || e.Detail != step.detail || e.Actor != "somebody" || e.RequestID != "7F3K-Q2" || e.IP != "192.0.2.1" {
			t.Errorf("recorded %+v, want %s with %s", e, step.action, step.detail)
		}
	}
}

func TestRefusedDecisionsChangeNothingAndLeaveNoLine(t *testing.T) {
	t.Parallel()
	c, store, client := newRoom(t)
	set := func(edit func(*idp.ClientSettings)) error {
		_, err := c.Set(t.Context(), client.ID, edit, idp.Reading{})
		return err
	}
	suspend := func(id, reason string) error {
		_, err := c.Suspend(t.Context(), id, reason, idp.Reading{})
		return err
	}
	_, notSuspended := c.Resume(t.Context(), client.ID, idp.Reading{})
	_, gone := c.Delete(t.Context(), idp.NewUUIDv4(), idp.Reading{})
	for name, test := range map[string]struct {
		err  error
		code string
	}{
		"no reason":             {suspend(client.ID, " "), "reason"},
		"a reason in two lines": {suspend(client.ID, "a\nb"), "reason"},
		"a long reason":         {suspend(client.ID, strings.Repeat("a", MaxReason+1)), "reason"},
		"a broken reason":       {suspend(client.ID, "a\xff"), "reason"},
		"not suspended":         {notSuspended, "client_not_suspended"},
		"gone":                  {gone, "client_gone"},
		"nobody":                {suspend("x", "why"), "client_gone"},
		"unknown profile":       {set(func(s *idp.ClientSettings) { s.Payload = "saml" }), "client_profile"},
		"relative audience":     {set(func(s *idp.ClientSettings) { s.Audience = "app" }), "client_audience"},
		"audience with a space": {set(func(s *idp.ClientSettings) { s.Audience = "https://a b" }), "client_audience"},
	} {
		var refusal *Refusal
		if !errors.As(test.err, &refusal) || refusal.Code != test.code {
			t.Errorf("%s: %v, want %s", name, test.err, test.code)
		}
	}
	if err := set(func(*idp.ClientSettings) {}); err != nil {
		t.Error(err)
	}
	if events, err := store.ClientChanges(t.Context(), client.ID, 20); err != nil || len(events) != 0 {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	if same, err := store.Client(t.Context(), client.ID); err != nil || same.Settings != (idp.ClientSettings{}) {
		t.Errorf("left %+v (%v)", same, err)
	}
}
