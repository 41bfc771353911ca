package login

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// told collects the notices that a room would send.
type told struct{ notices []idp.Notice }

func (s *told) about(p idp.Person, n idp.Notice) ([]idp.Message, error) {
	s.notices = append(s.notices, n)
	return []idp.Message{{ID: idp.NewID(), PersonID: p.ID, Channel: idp.ByEmail, To: p.Email, Kind: n.Kind, CreatedAt: testStart}}, nil
}

// forget begins anew, after what a test is not about.
func (s *told) forget() { s.notices = nil }

func (s *told) kinds() []idp.NoticeKind {
	var kinds []idp.NoticeKind
	for _, n := range s.notices {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

// events are those of an action about a person, the newest first.
func (rm *room) events(t *testing.T, p patient, action string) []idp.AuditEvent {
	t.Helper()
	events, err := rm.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: action})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestSignInIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	b.post("/login", p.device.answer(t, b.get("/login?req="+req))).leadsTo(t, "/consent?req="+req)
	events := rm.events(t, p, "signin")
	if len(events) != 1 {
		t.Fatalf("%d events, want 1", len(events))
	}
	e := events[0]
	var d struct {
		Passkey    string
		NewBrowser bool `json:"new_browser"`
	}
	decode(t, e.Detail, &d)
	if e.Actor != p.ID || e.ClientID != rm.client.ID || e.IP != "192.0.2.1" || d.Passkey != fingerprint(p.device.credential.ID) || !d.NewBrowser {
		t.Errorf("event %+v", e)
	}
	if strings.Contains(e.Detail, "Ana") || strings.Contains(e.Detail, encoded(p.device.credential.ID)) {
		t.Errorf("the event says too much: %s", e.Detail)
	}
}

func TestRefusedSignInOfAKnownPersonIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(d *device)
		reason string // "" for no line
	}{
		{"user not verified", func(d *device) { d.auth.Options.UserNotVerified = true }, `"problem":"unverified"`},
		{"another key", func(d *device) { d.credential.Key = newDevice(idp.Person{}).credential.Key }, `"problem":"failed"`},
		{"a passkey that was removed", func(d *device) { d.credential.ID = []byte("removed credential") }, `"reason":"unknown credential"`},
		{"nobody's", func(d *device) { d.auth.Options.UserHandle = []byte("somebody who is gone") }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t)
			test.change(p.device)
			b := newBrowser(t, rm)
			b.post("/login", p.device.answer(t, b.get("/login"))).wants(t, http.StatusUnprocessableEntity, "sign-in")
			all, err := rm.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "signin.refused"})
			if err != nil {
				t.Fatal(err)
			}
			if test.reason == "" {
				if len(all) != 0 {
					t.Errorf("a stranger wrote into the audit log: %+v", all)
				}
				return
			}
			if len(all) != 1 || all[0].PersonID != p.ID || all[0].Actor == p.ID || !strings.Contains(all[0].Detail, test.reason) {
				t.Errorf("events %+v, want one about her with %s", all, test.reason)
			}
		})
	}
}

func TestStrangerCannotFillTheAuditLog(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	p.device.auth.Options.UserNotVerified = true
	for range maxRefusals + 5 {
		b.post("/login", p.device.answer(t, b.get("/login"))).wants(t, http.StatusUnprocessableEntity, "sign-in")
	}
	if got := len(rm.events(t, p, "signin.refused")); got != maxRefusals {
		t.Errorf("%d lines, want %d", got, maxRefusals)
	}
	// What is reported by the browser names nobody.
	for range 5 {
		b.post("/login", url.Values{"problem": {"cancelled"}})
	}
	if got := len(rm.events(t, p, "signin.refused")); got != maxRefusals {
		t.Errorf("%d lines after a browser's own reports", got)
	}
	rm.wait(refusalWindow + time.Second)
	b.post("/login", p.device.answer(t, b.get("/login")))
	if got := len(rm.events(t, p, "signin.refused")); got != maxRefusals+1 {
		t.Errorf("%d lines an hour later, want %d", got, maxRefusals+1)
	}
}

func TestPersonIsToldOfASignInOnANewDevice(t *testing.T) {
	t.Parallel()
	sent := &told{}
	rm := newRoom(t, func(c *Config) { c.Notices = sent.about })
	p := rm.enrolled(t)
	sent.forget()
	hers, strange := newBrowser(t, rm), newBrowser(t, rm)
	steps := []struct {
		name string
		do   func()
		told int
	}{
		{"the first sign-in, of whose passkey she was told", func() { rm.signIn(t, hers, p) }, 0},
		{"again in her browser", func() { hers.post("/logout", nil); rm.signIn(t, hers, p) }, 0},
		{"in another browser", func() { rm.signIn(t, strange, p) }, 1},
		{"there again", func() { strange.post("/logout", nil); rm.signIn(t, strange, p) }, 1},
	}
	for _, step := range steps {
		step.do()
		if got := sent.kinds(); len(got) != step.told || step.told > 0 && got[0] != idp.NoticeNewSignIn {
			t.Errorf("%s: told %q, want %d notices", step.name, got, step.told)
		}
	}
}

func TestBackupFlagsAndCounterAreAudited(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	highest := uint32(0)
	for _, step := range []struct {
		name              string
		eligible, backed  bool
		counter           uint32
		changed, counters int // events so far
	}{
		{"as it was made", true, true, 5, 0, 0},
		{"not backed up any more", true, false, 6, 1, 0},
		{"not to be backed up", false, false, 7, 2, 0},
		{"to be backed up again", true, true, 8, 3, 0},
		{"a counter that goes back", true, true, 2, 3, 1},
		{"and on from there", true, true, 3, 3, 2},
		{"and beyond", true, true, 9, 3, 2},
	} {
		p.device.auth.Options.BackupEligible, p.device.auth.Options.BackupState = step.eligible, step.backed
		p.device.credential.Counter = step.counter
		rm.signIn(t, newBrowser(t, rm), p)
		if got := len(rm.events(t, p, "passkey.backup-changed")); got != step.changed {
			t.Errorf("%s: %d events of the backup, want %d", step.name, got, step.changed)
		}
		if got := len(rm.events(t, p, "passkey.counter")); got != step.counters {
			t.Errorf("%s: %d events of the counter, want %d", step.name, got, step.counters)
		}
		// The highest counter stays, so that a copy is seen at each of its uses.
		if got := rm.passkey(t, p); got.BackupEligible != step.eligible || got.BackupState != step.backed || got.SignCount != max(step.counter, highest) {
			t.Errorf("%s: stored eligible %t, backed up %t, counter %d", step.name, got.BackupEligible, got.BackupState, got.SignCount)
		}
		highest = max(step.counter, highest)
	}
}

// TestAMRTellsTheTruth: over the flags of the answer, whatever was recorded before.
func TestAMRTellsTheTruth(t *testing.T) {
	t.Parallel()
	const aal2 = "http://udap.org/code/auth/aal2"
	tests := []struct {
		name                         string
		unverified, eligible, backed bool
		want                         []string // nil: refused
	}{
		{"verified, synced", false, true, true, []string{aal2, "pop", "swk", "user", "mfa"}},
		{"verified, may be synced", false, true, false, []string{aal2, "pop", "swk", "user", "mfa"}},
		{"verified, on one device", false, false, false, []string{aal2, "pop", "user", "mfa"}},
		{"synced and not eligible: impossible", false, false, true, nil},
		{"not verified, synced", true, true, true, nil},
		{"not verified, on one device", true, false, false, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t)
			p.device.auth.Options.UserNotVerified = test.unverified
			p.device.auth.Options.BackupEligible, p.device.auth.Options.BackupState = test.eligible, test.backed
			b := newBrowser(t, rm)
			got := b.post("/login", p.device.answer(t, b.get("/login")))
			if test.want == nil {
				got.wants(t, http.StatusUnprocessableEntity, "sign-in")
				return
			}
			if amr := rm.authentication(t, b).AMR; !slices.Equal(amr, test.want) {
				t.Errorf("amr %q, want %q", amr, test.want)
			}
		})
	}
}
