package login

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

func TestInvitationMakesAPasskeyAndSignsNobodyIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	person, link := rm.invite(t)
	b, d := newBrowser(t, rm), newDevice(person)

	page := b.get(link)
	page.wants(t, http.StatusOK, "invitation")
	b.post(link, d.enrol(t, page)).leadsTo(t, link)
	done := b.get(link)
	done.wants(t, http.StatusOK, "enrolled")
	if !strings.Contains(done.body, "Google Password Manager") {
		t.Error("the page does not name the passkey")
	}
	b.get(link).wants(t, http.StatusOK, "enrolled") // a reload does no harm
	b.get("/login").wants(t, http.StatusOK, "sign-in")

	passkeys, err := rm.store.Passkeys(context.Background(), person.ID)
	if err != nil || len(passkeys) != 1 {
		t.Fatalf("passkeys: %d, %v; want 1", len(passkeys), err)
	}
	p := passkeys[0]
	if string(p.ID) != string(d.credential.ID) || p.Name != "Google Password Manager" || !p.BackupEligible || !p.BackupState ||
		p.AAGUID != "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4" || !p.LastUsedAt.IsZero() || !p.CreatedAt.Equal(testStart) {
		t.Errorf("stored passkey %+v", p)
	}
	rm.signIn(t, b, patient{person, d})
}

func TestCreationOptionsAskForWhatWeNeed(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	owner := rm.enrolled(t)
	inv, link := rm.newInvitation(owner.ID)
	if err := rm.store.Invite(context.Background(), inv, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	text := newBrowser(t, rm).get(link).options()
	var o struct {
		RP                 struct{ ID, Name string }
		User               struct{ ID, Name, DisplayName string }
		Challenge          string
		PubKeyCredParams   []struct{ Alg int }
		Timeout            int
		Attestation        string
		ExcludeCredentials []struct{ ID string }
		Extensions         struct{ CredProps bool }

		AuthenticatorSelection struct {
			ResidentKey, UserVerification string
			RequireResidentKey            bool
		}
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("options: %v\n%s", err, text)
	}
	s := o.AuthenticatorSelection
	if s.ResidentKey != "required" || !s.RequireResidentKey || s.UserVerification != "required" {
		t.Errorf("authenticatorSelection %+v: want discoverable and user verification required", s)
	}
	if o.RP.ID != "idp.example" || o.Attestation != "none" || !o.Extensions.CredProps || o.Timeout < 300_000 {
		t.Errorf("rp.id %q, attestation %q, credProps %t, timeout %d ms", o.RP.ID, o.Attestation, o.Extensions.CredProps, o.Timeout)
	}
	if want := base64.RawURLEncoding.EncodeToString(owner.UserHandle); o.User.ID != want || o.User.DisplayName != "Ana Rivera" {
		t.Errorf("user %+v, want id %s", o.User, want)
	}
	if want := base64.RawURLEncoding.EncodeToString(owner.device.credential.ID); len(o.ExcludeCredentials) != 1 || o.ExcludeCredentials[0].ID != want {
		t.Errorf("excludeCredentials %+v, want %s", o.ExcludeCredentials, want)
	}
	if len(o.PubKeyCredParams) != 3 || len(o.Challenge) < 22 {
		t.Errorf("%d algorithms, challenge %q", len(o.PubKeyCredParams), o.Challenge)
	}
}

func TestInvitationStates(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	person, link := rm.invite(t)
	token, err := idp.ParseToken(strings.TrimPrefix(link, "/invite/"))
	if err != nil {
		t.Fatal(err)
	}
	used := rm.usedInvitation(t)
	replaced := rm.replacedInvitation(t)
	old, oldLink := rm.invite(t, func(p *idp.Person) {
		p.Identifier = idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}
	})
	_ = old
	tests := []struct {
		name   string
		link   string
		after  time.Duration
		status int
		want   string
	}{
		{"open", link, 0, http.StatusOK, "invitation"},
		{"another secret", "/invite/" + idp.NewTokenFor(token.ID).String(), 0, http.StatusNotFound, "problem"},
		{"never was", "/invite/" + idp.NewToken().String(), 0, http.StatusNotFound, "problem"},
		{"cut off", link[:len(link)-1], 0, http.StatusNotFound, "problem"},
		{"used in another browser", used, 0, http.StatusGone, "problem"},
		{"replaced by a newer one", replaced, 0, http.StatusGone, "problem"},
		{"expired", oldLink, 72 * time.Hour, http.StatusGone, "problem"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rm.wait(test.after)
			newBrowser(t, rm).get(test.link).wants(t, test.status, test.want)
			b := newBrowser(t, rm)
			got := b.post(test.link, url.Values{"declaration": {pages.DeclarationVersion}})
			if test.status == http.StatusOK {
				got.wants(t, http.StatusUnprocessableEntity, "invitation")
				return
			}
			if got.status == http.StatusSeeOther {
				got = b.get(got.location)
			}
			got.wants(t, test.status, test.want)
		})
	}
	if passkeys, _ := rm.store.Passkeys(context.Background(), person.ID); len(passkeys) != 0 {
		t.Errorf("%d passkeys, want none", len(passkeys))
	}
}

func (rm *room) usedInvitation(t *testing.T) string {
	t.Helper()
	person, link := rm.invite(t)
	b := newBrowser(t, rm)
	b.post(link, newDevice(person).enrol(t, b.get(link))).leadsTo(t, link)
	return link
}

func (rm *room) replacedInvitation(t *testing.T) string {
	t.Helper()
	person, link := rm.invite(t)
	newer, _ := rm.newInvitation(person.ID)
	if err := rm.store.Invite(context.Background(), newer, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	return link
}

func TestInvitationIsSingleUse(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	person, link := rm.invite(t)
	first, second := newBrowser(t, rm), newBrowser(t, rm)
	one, two := newDevice(person), newDevice(person)
	formOne, formTwo := one.enrol(t, first.get(link)), two.enrol(t, second.get(link))
	first.post(link, formOne).leadsTo(t, link)
	second.post(link, formTwo).leadsTo(t, link)
	second.get(link).wants(t, http.StatusGone, "problem")
	passkeys, err := rm.store.Passkeys(context.Background(), person.ID)
	if err != nil || len(passkeys) != 1 {
		t.Fatalf("passkeys: %d, %v; want 1", len(passkeys), err)
	}
}

func TestEnrolmentIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		device  func(d *device)
		form    func(f url.Values)
		after   time.Duration
		problem string // a word of the page's alert, "" for any
	}{
		{name: "declaration missing", form: func(f url.Values) { f.Del("declaration") }},
		{name: "declaration of another wording", form: func(f url.Values) { f.Set("declaration", "2020-01") }},
		{name: "user not verified", device: func(d *device) { d.auth.Options.UserNotVerified = true }},
		{name: "user not present", device: func(d *device) { d.auth.Options.UserNotPresent = true }},
		{name: "another origin", device: func(d *device) { d.rp.Origin = "https://idp.example.evil.example" }},
		{name: "another scheme", device: func(d *device) { d.rp.Origin = "http://idp.example" }},
		{name: "another RP ID", device: func(d *device) { d.rp.ID = "evil.example" }},
		{name: "backed up and not eligible", device: func(d *device) { d.auth.Options.BackupEligible = false }},
		{name: "no ceremony", form: func(f url.Values) { f.Del("ceremony") }},
		{name: "ceremony that never was", form: func(f url.Values) { f.Set("ceremony", idp.NewID()) }},
		{name: "ceremony not an id", form: func(f url.Values) { f.Set("ceremony", "\x00\xff") }},
		{name: "ceremony expired", after: 11 * time.Minute},
		{name: "no credential", form: func(f url.Values) { f.Del("credential") }},
		{name: "credential not JSON", form: func(f url.Values) { f.Set("credential", "{") }},
		{name: "credential null", form: func(f url.Values) { f.Set("credential", "null") }},
		{name: "cancelled in the browser", form: func(f url.Values) { f.Set("problem", "cancelled") }},
		{name: "a problem we do not know", form: func(f url.Values) { f.Set("problem", "\xff<script>") }},
		{name: "not discoverable", form: func(f url.Values) {
			f.Set("credential", strings.TrimSuffix(f.Get("credential"), "}")+`,"clientExtensionResults":{"credProps":{"rk":false}}}`)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			person, link := rm.invite(t)
			b, d := newBrowser(t, rm), newDevice(person)
			if test.device != nil {
				test.device(d)
			}
			form := d.enrol(t, b.get(link))
			if test.form != nil {
				test.form(form)
			}
			rm.wait(test.after)
			got := b.post(link, form)
			got.wants(t, http.StatusUnprocessableEntity, "invitation")
			if got.input("ceremony") == "" || got.input("ceremony") == form.Get("ceremony") {
				t.Error("the page has no new ceremony")
			}
			if strings.Contains(got.body, "<script>\"") || !strings.Contains(got.body, `role="alert"`) {
				t.Error("the page does not say what happened")
			}
			if passkeys, _ := rm.store.Passkeys(context.Background(), person.ID); len(passkeys) != 0 {
				t.Error("a passkey was stored")
			}
		})
	}
}

func TestUnsolicitedExtensionOutputsLockNobodyOut(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	person, link := rm.invite(t)
	b, d := newBrowser(t, rm), newDevice(person)
	extend := func(form url.Values) url.Values {
		form.Set("credential", strings.TrimSuffix(form.Get("credential"), "}")+
			`,"clientExtensionResults":{"prf":{"enabled":true},"vendor":{"x":1}}}`)
		return form
	}
	b.post(link, extend(d.enrol(t, b.get(link)))).leadsTo(t, link)
	b.post("/login", extend(d.answer(t, b.get("/login")))).leadsTo(t, "/account")
}

func TestEnrolmentCeremonyIsBound(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	person, link := rm.invite(t)
	other, otherLink := rm.invite(t)
	b, d := newBrowser(t, rm), newDevice(person)

	t.Run("to the browser", func(t *testing.T) {
		form := d.enrol(t, b.get(link))
		newBrowser(t, rm).post(link, form).wants(t, http.StatusUnprocessableEntity, "invitation")
	})
	t.Run("to the invitation", func(t *testing.T) {
		form := newDevice(other).enrol(t, b.get(link))
		b.post(otherLink, form).wants(t, http.StatusUnprocessableEntity, "invitation")
	})
	t.Run("to the invitation, of the same person too", func(t *testing.T) {
		same, oldLink := rm.invite(t)
		form := newDevice(same).enrol(t, b.get(oldLink))
		newer, newLink := rm.newInvitation(same.ID)
		if err := rm.store.Invite(context.Background(), newer, idp.Trail{}); err != nil {
			t.Fatal(err)
		}
		b.post(newLink, form).wants(t, http.StatusUnprocessableEntity, "invitation")
	})
	t.Run("to its purpose", func(t *testing.T) {
		form := d.enrol(t, b.get(link))
		form.Set("ceremony", b.get("/login").input("ceremony"))
		b.post(link, form).wants(t, http.StatusUnprocessableEntity, "invitation")
	})
	t.Run("once", func(t *testing.T) {
		form := d.enrol(t, b.get(link))
		undeclared := url.Values{"ceremony": form["ceremony"], "credential": {"{}"}, "declaration": form["declaration"]}
		b.post(link, undeclared).wants(t, http.StatusUnprocessableEntity, "invitation")
		b.post(link, form).wants(t, http.StatusUnprocessableEntity, "invitation")
	})
	for _, p := range []idp.Person{person, other} {
		if passkeys, _ := rm.store.Passkeys(context.Background(), p.ID); len(passkeys) != 0 {
			t.Error("a passkey was stored")
		}
	}
}

func TestCredentialIDBelongsToOnePerson(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	owner := rm.enrolled(t)
	other, link := rm.invite(t)
	b, d := newBrowser(t, rm), newDevice(other)
	d.credential.ID = owner.device.credential.ID
	b.post(link, d.enrol(t, b.get(link))).wants(t, http.StatusUnprocessableEntity, "invitation")
	rm.signIn(t, newBrowser(t, rm), owner)
}

func TestPasskeyNameIsKnownProvidersOnly(t *testing.T) {
	t.Parallel()
	for aaguid, p := range providers {
		if len(aaguid) != 36 || aaguid != strings.ToLower(aaguid) || p.name == "" {
			t.Errorf("provider %q: %q", aaguid, p.name)
		}
	}
	if got := aaguidText(syncedAAGUID[:]); providers[got].name != "Google Password Manager" {
		t.Errorf("aaguidText = %q", got)
	}
	if got := aaguidText(nil); got != zeroAAGUID || providers[got].name != "" {
		t.Errorf("aaguidText(nil) = %q", got)
	}
}

// TestAdministratorDeclaresWhatConcernsHer: nobody vouches for her identity towards hospitals, so that she gives no word for a birth date and a home
// that nobody asked her for. One who is a patient as well declares as a patient.
func TestAdministratorDeclaresWhatConcernsHer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, birthdate, version, says string
	}{
		{"administrator", "", pages.AdministratorDeclarationVersion, "help run"},
		{"patient as well", "1980-05-17", pages.DeclarationVersion, "home address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			person, link := rm.invite(t, func(p *idp.Person) {
				p.Role, p.Level, p.VerifiedAt, p.Identifier, p.Birthdate = idp.Auditor, idp.Unverified, time.Time{}, idp.SealedIdentifier{}, test.birthdate
			})
			b, d := newBrowser(t, rm), newDevice(person)
			page := b.get(link)
			page.wants(t, http.StatusOK, "invitation")
			if !strings.Contains(page.body, test.says) || !strings.Contains(page.body, `value="`+test.version+`"`) {
				t.Errorf("the page does not say %q under %s:\n%s", test.says, test.version, page.body)
			}
			form := d.enrol(t, page)
			for _, other := range []string{pages.DeclarationVersion, pages.AdministratorDeclarationVersion} {
				if other == test.version {
					continue
				}
				form.Set("declaration", other)
				refused := b.post(link, form)
				refused.wants(t, http.StatusUnprocessableEntity, "invitation")
				if strings.Contains(refused.body, `value="`+test.version+`" required checked`) {
					t.Error("the box is ticked under words that nobody agreed to")
				}
				form = d.enrol(t, refused)
			}
			form.Set("declaration", test.version)
			b.post(link, form).leadsTo(t, link)
			b.get(link).wants(t, http.StatusOK, "enrolled")
		})
	}
}
