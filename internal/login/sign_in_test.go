package login

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestSignInLeadsToTheOwnPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		role idp.Role
		want string
	}{
		{idp.Patient, "/account"},
		{idp.Owner, "/admin"},
	}
	for _, test := range tests {
		t.Run(string(test.role), func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t, func(p *idp.Person) { p.Role = test.role })
			b := newBrowser(t, rm)
			b.post("/login", p.device.answer(t, b.get("/login"))).leadsTo(t, test.want)
			b.get("/login").leadsTo(t, test.want)
			if got := b.get("/"); !strings.Contains(got.body, "Ana Rivera") {
				t.Error("the front door does not know who is signed in")
			}
		})
	}
}

// TestPagesSpeakHerLanguageAfterSignIn where nobody has chosen another in this browser.
func TestPagesSpeakHerLanguageAfterSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t, func(p *idp.Person) { p.Language = "es-MX" })
	b := newBrowser(t, rm)
	page := b.get("/login")
	if !strings.Contains(page.body, `lang="en"`) {
		t.Errorf("a stranger's page is not English:\n%.200s", page.body)
	}
	b.post("/login", p.device.answer(t, page)).leadsTo(t, "/account")
	if got := b.get("/"); !strings.Contains(got.body, `<html lang="es"`) {
		t.Errorf("her page is not Spanish:\n%.200s", got.body)
	}
	if got := b.get("/?lang=en"); !strings.Contains(got.body, `<html lang="en"`) {
		t.Errorf("her own choice does not come first:\n%.200s", got.body)
	}
}

func TestRequestOptionsNameNobody(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	rm.enrolled(t)
	text := newBrowser(t, rm).get("/login").options()
	var o struct {
		RPID             string
		Timeout          int
		UserVerification string
		AllowCredentials []any
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("options: %v\n%s", err, text)
	}
	if o.RPID != "idp.example" || o.UserVerification != "required" || len(o.AllowCredentials) != 0 || o.Timeout < 300_000 {
		t.Errorf("options %+v: want our RP ID, user verification, nobody named and 5 minutes", o)
	}
}

func TestAuthTimeAndAMRAreThoseOfTheAssertion(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		synced bool
		want   []string
	}{
		{"synced", true, []string{"http://udap.org/code/auth/aal2", "pop", "swk", "user", "mfa"}},
		{"bound to the device", false, []string{"http://udap.org/code/auth/aal2", "pop", "user", "mfa"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			person, link := rm.invite(t)
			b, d := newBrowser(t, rm), newDevice(person)
			d.auth.Options.BackupEligible, d.auth.Options.BackupState = test.synced, test.synced
			b.post(link, d.enrol(t, b.get(link))).leadsTo(t, link)
			rm.wait(5 * time.Minute)
			page := b.get("/login")
			rm.wait(time.Minute)
			b.post("/login", d.answer(t, page)).leadsTo(t, "/account")

			a := rm.authentication(t, b)
			if !a.Time.Equal(rm.now()) {
				t.Errorf("auth_time %s, want the moment of the assertion %s", a.Time, rm.now())
			}
			if !slices.Equal(a.AMR, test.want) {
				t.Errorf("amr %q, want %q", a.AMR, test.want)
			}
			if string(a.PasskeyID) != string(d.credential.ID) {
				t.Error("the authentication names another passkey")
			}
		})
	}
}

// authentication is that of the browser's session in the store.
func (rm *room) authentication(t *testing.T, b *webBrowser) idp.Authentication {
	t.Helper()
	s, err := rm.store.Session(context.Background(), b.get("/session").body, rm.now())
	if err != nil || !s.SignedIn() {
		t.Fatalf("session: signed in %t, %v", s.SignedIn(), err)
	}
	return *s.Authentication
}

func TestSIDIsNewAtEachSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	one := rm.authentication(t, b).SID
	rm.wait(time.Minute)
	req := rm.authorize(t, b, func(r *idp.AuthRequest) { r.Prompt = []string{"login"} })
	b.post("/login", p.device.answer(t, b.get("/login?req="+req))).leadsTo(t, "/consent?req="+req)
	if two := rm.authentication(t, b).SID; two == one {
		t.Error("the second sign-in has the sid of the first")
	}
}

func TestSignInIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		device func(d *device)
		form   func(f url.Values)
		after  time.Duration
		reason string // in the log
	}{
		{name: "user not verified", device: func(d *device) { d.auth.Options.UserNotVerified = true }, reason: "problem=unverified"},
		{name: "user not present", device: func(d *device) { d.auth.Options.UserNotPresent = true }, reason: "problem=failed"},
		{name: "another origin", device: func(d *device) { d.rp.Origin = "https://idp-example.evil.example" }, reason: "problem=failed"},
		{name: "another RP ID", device: func(d *device) { d.rp.ID = "evil.example" }, reason: "problem=failed"},
		{name: "another key", device: func(d *device) { d.credential.Key = newDevice(idp.Person{}).credential.Key }, reason: "problem=failed"},
		{name: "unknown credential", device: func(d *device) { d.credential.ID = []byte("another credential") }, reason: "problem=unknown"},
		{name: "unknown person", device: func(d *device) { d.auth.Options.UserHandle = []byte("somebody who is gone") }, reason: "problem=unknown"},
		{name: "user handle too long", device: func(d *device) { d.auth.Options.UserHandle = make([]byte, 4000) }, reason: "problem=unknown"},
		{name: "no user handle", device: func(d *device) { d.auth.Options.UserHandle = nil }, reason: "problem=failed"},
		{name: "no ceremony", form: func(f url.Values) { f.Del("ceremony") }, reason: "problem=expired"},
		{name: "ceremony that never was", form: func(f url.Values) { f.Set("ceremony", idp.NewID()) }, reason: "problem=expired"},
		{name: "ceremony not an id", form: func(f url.Values) { f.Set("ceremony", "\x00\xff' OR 1=1") }, reason: "problem=expired"},
		{name: "ceremony expired", after: 11 * time.Minute, reason: "problem=expired"},
		{name: "no credential", form: func(f url.Values) { f.Del("credential") }, reason: "problem=unsupported"},
		{name: "credential not JSON", form: func(f url.Values) { f.Set("credential", "]") }, reason: "problem=failed"},
		{name: "cancelled in the browser", form: func(f url.Values) { f.Set("problem", "cancelled") }, reason: "problem=cancelled"},
		{name: "a problem we do not know", form: func(f url.Values) { f.Set("problem", "\nforged=line") }, reason: "problem=failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t)
			b := newBrowser(t, rm)
			req := rm.authorize(t, b)
			if test.device != nil {
				test.device(p.device)
			}
			form := p.device.answer(t, b.get("/login?req="+req))
			if test.form != nil {
				test.form(form)
			}
			rm.wait(test.after)
			got := b.post("/login", form)
			got.wants(t, http.StatusUnprocessableEntity, "sign-in")
			if got.input("ceremony") == "" || got.input("ceremony") == form.Get("ceremony") || got.input("request") != req {
				t.Error("the page has no new ceremony for the same request")
			}
			if !strings.Contains(got.body, `role="alert"`) {
				t.Error("the page does not say what happened")
			}
			if !strings.Contains(rm.log.String(), test.reason) {
				t.Errorf("log without %q:\n%s", test.reason, rm.log)
			}
			s, err := rm.store.Session(context.Background(), b.get("/session").body, rm.now())
			if err != nil || s.SignedIn() {
				t.Errorf("signed in: %t, %v", s.SignedIn(), err)
			}
		})
	}
}

func TestR6_UnverifiedUserCannotSignInEvenIfThePageAskedForLess(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	p.device.auth.Options.UserNotVerified = true
	form := p.device.answer(t, b.get("/login"))
	form.Set("userVerification", "discouraged")
	b.post("/login", form).wants(t, http.StatusUnprocessableEntity, "sign-in")
	p.device.auth.Options.UserNotVerified = false
	rm.signIn(t, b, p)
}

func TestSignInCeremonyIsSingleUse(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	form := p.device.answer(t, b.get("/login"))
	b.post("/login", form).leadsTo(t, "/account")
	b.post("/login", form).wants(t, http.StatusUnprocessableEntity, "sign-in")
}

func TestSignInCeremonyOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b, thief := newBrowser(t, rm), newBrowser(t, rm)
	thief.get("/login")
	form := p.device.answer(t, b.get("/login"))
	thief.post("/login", form).wants(t, http.StatusUnprocessableEntity, "sign-in")
	// The thief's try did not use it up.
	b.post("/login", form).leadsTo(t, "/account")
}

func TestEnrolmentCeremonySignsNobodyIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	_, link := rm.invite(t)
	b := newBrowser(t, rm)
	form := p.device.answer(t, b.get("/login"))
	form.Set("ceremony", b.get(link).input("ceremony"))
	b.post("/login", form).wants(t, http.StatusUnprocessableEntity, "sign-in")
}

func TestPasskeyRecordFollowsEachSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	p.device.credential.Counter, p.device.auth.Options.BackupState = 7, false
	rm.wait(time.Hour)
	rm.signIn(t, newBrowser(t, rm), p)
	got := rm.passkey(t, p)
	if got.SignCount != 7 || got.BackupState || !got.BackupEligible || !got.LastUsedAt.Equal(rm.now()) {
		t.Errorf("passkey after sign-in: %+v", got)
	}
	if strings.Contains(rm.log.String(), "level=WARN") {
		t.Errorf("an ordinary sign-in is a warning:\n%s", rm.log)
	}
}

func (rm *room) passkey(t *testing.T, p patient) idp.Passkey {
	t.Helper()
	passkeys, err := rm.store.Passkeys(context.Background(), p.ID)
	if err != nil || len(passkeys) != 1 {
		t.Fatalf("passkeys: %d, %v; want 1", len(passkeys), err)
	}
	return passkeys[0]
}

func TestBackupEligibilityThatChangesLocksNobodyOut(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	p.device.auth.Options.BackupEligible, p.device.auth.Options.BackupState = false, false
	rm.signIn(t, newBrowser(t, rm), p)
	if got := rm.passkey(t, p); got.BackupEligible || got.BackupState {
		t.Errorf("stored flags: eligible %t, state %t; want what the device said last", got.BackupEligible, got.BackupState)
	}
	warning := "the backup eligibility of a passkey changed"
	if got := strings.Count(rm.log.String(), warning); got != 1 {
		t.Errorf("%d warnings, want 1:\n%s", got, rm.log)
	}
	rm.signIn(t, newBrowser(t, rm), p)
	if got := strings.Count(rm.log.String(), warning); got != 1 {
		t.Errorf("%d warnings after a sign-in without a change, want 1", got)
	}
}

func TestBackupEligibilityIsNotTakenFromAnUnsignedAnswer(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	p.device.auth.Options.BackupEligible, p.device.auth.Options.BackupState = false, false
	p.device.credential.Key = newDevice(p.Person).credential.Key
	b := newBrowser(t, rm)
	b.post("/login", p.device.answer(t, b.get("/login"))).wants(t, http.StatusUnprocessableEntity, "sign-in")
	if got := rm.passkey(t, p); !got.BackupEligible {
		t.Error("a forged answer changed the record")
	}
}

func TestCounterThatGoesBackLocksNobodyOut(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	warning := "the signature counter of a passkey did not go up"
	for _, step := range []struct {
		counter  uint32
		warnings int
	}{{5, 0}, {3, 1}, {9, 1}} {
		p.device.credential.Counter = step.counter
		rm.signIn(t, newBrowser(t, rm), p)
		if got := strings.Count(rm.log.String(), warning); got != step.warnings {
			t.Errorf("counter %d: %d warnings so far, want %d", step.counter, got, step.warnings)
		}
	}
	if got := rm.passkey(t, p).SignCount; got != 9 {
		t.Errorf("stored counter %d, want 9", got)
	}
}

func TestLogHoldsNoSecretAndNobody(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	form := p.device.answer(t, b.get("/login?req="+req))
	b.post("/login", form)
	b.get("/consent?req=" + req)
	b.post("/consent", allowForm(req))
	b.post("/login", url.Values{"credential": {"personal text"}, "problem": {"personal text"}})
	log := rm.log.String()
	for _, secret := range []string{
		"Ana", "Rivera", "example.org", string(p.Identifier.Sealed), p.ID, b.cookies["__Host-session"], form.Get("ceremony"), "personal text",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

func TestFormIsBounded(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	_, link := rm.invite(t)
	big := url.Values{"credential": {strings.Repeat("x", maxForm)}}
	for _, path := range []string{"/login", "/consent", link} {
		newBrowser(t, rm).post(path, big).wants(t, http.StatusRequestEntityTooLarge, "problem")
	}
	newBrowser(t, rm).post("/consent", url.Values{}).wants(t, http.StatusBadRequest, "problem")
}
