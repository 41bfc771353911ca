package login

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// addPasskey adds one more passkey in the browser, where the patient is signed in, and returns the device that holds it.
func (rm *room) addPasskey(t *testing.T, b *webBrowser, p patient) *device {
	t.Helper()
	d := newDevice(p.Person)
	page := b.get("/account/passkeys/add")
	page.wants(t, http.StatusOK, "account-passkey-add")
	b.post("/account/passkeys/add", d.enrol(t, page)).leadsTo(t, passkeyURL(idp.Passkey{ID: d.credential.ID})+"/name")
	return d
}

// elsewhere makes the form that of a passkey on another device.
func elsewhere(form url.Values) url.Values {
	form.Set("credential", strings.Replace(form.Get("credential"), "{", `{"authenticatorAttachment":"cross-platform",`, 1))
	return form
}

func TestPasskeyIsAddedNamedAndRemoved(t *testing.T) {
	t.Parallel()
	sent := &told{}
	rm := newRoom(t, func(c *Config) { c.Notices = sent.about })
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	spare := rm.addPasskey(t, b, p)
	path := passkeyURL(idp.Passkey{ID: spare.credential.ID})

	page := b.get(path + "/name")
	page.wants(t, http.StatusOK, "account-passkey-name")
	if !strings.Contains(page.body, "Your new passkey is ready") || !strings.Contains(page.body, `value="Google Password Manager"`) {
		t.Error("the page after it was made does not offer the provider's name for a change")
	}
	b.post(path+"/name", url.Values{"name": {"  Work \u202ecomputer\t\n"}}).leadsTo(t, "/account/passkeys")
	list := b.get("/account/passkeys")
	if !strings.Contains(list.body, "Work computer") {
		t.Error("the list does not show the new name")
	}
	// It signs in.
	other := newBrowser(t, rm)
	other.post("/login", spare.answer(t, other.get("/login"))).leadsTo(t, "/account")

	b.get(path+"/remove").wants(t, http.StatusOK, "account-passkey-remove")
	b.post(path+"/remove", url.Values{}).leadsTo(t, "/account/passkeys")
	list = b.get("/account/passkeys")
	if !strings.Contains(list.body, "“Work computer” was removed") || strings.Contains(list.body, path) {
		t.Error("the list does not say that it was removed")
	}
	if again := b.get("/account/passkeys"); strings.Contains(again.body, "was removed") {
		t.Error("the list says so again")
	}
	if got := other.get("/account/passkeys"); got.status == http.StatusOK {
		t.Error("a browser that signed in with it is still signed in")
	}
	other.post("/login", spare.answer(t, other.get("/login"))).wants(t, http.StatusUnprocessableEntity, "sign-in")
	for action, want := range map[string]int{"passkey.add": 2 /* with the first one */, "passkey.rename": 1, "passkey.remove": 1} {
		if got := rm.events(t, p, action); len(got) != want || got[0].Actor != p.ID {
			t.Errorf("%s: %+v, want %d by her", action, got, want)
		}
	}
	if got := sent.kinds(); !slices.Contains(got, idp.NoticePasskeyAdded) || !slices.Contains(got, idp.NoticePasskeyRemoved) {
		t.Errorf("she was told %q", got)
	}
}

func TestLastPasskeyIsNotRemoved(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	path := passkeyURL(idp.Passkey{ID: p.device.credential.ID}) + "/remove"
	page := b.get(path)
	if strings.Contains(page.body, `method="post" action="`+path) || !strings.Contains(page.body, "This is your only way to sign in") {
		t.Error("the page offers to remove the last passkey")
	}
	b.post(path, url.Values{}).leadsTo(t, path)
	rm.passkey(t, p)
	// A recovery code is another way in.
	if err := rm.store.ReplaceRecoveryCodes(t.Context(), p.ID, [][]byte{[]byte("hash")}, rm.now(), idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	if page := b.get(path); !strings.Contains(page.body, "with a recovery code only") {
		t.Error("the page does not say that it is the last passkey")
	}
	b.post(path, url.Values{}).leadsTo(t, "/account/passkeys")
	if got := b.get("/account/passkeys"); got.status != http.StatusOK {
		t.Errorf("the list without passkeys: status %d", got.status)
	}
}

func TestPasskeyPagesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	ana := rm.enrolled(t)
	bea := rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	b := newBrowser(t, rm)
	rm.signIn(t, b, bea)
	path := passkeyURL(idp.Passkey{ID: ana.device.credential.ID})
	for _, page := range []string{"/name", "/remove"} {
		b.get(path+page).wants(t, http.StatusNotFound, "problem")
		b.post(path+page, url.Values{"name": {"Mine"}}).wants(t, http.StatusNotFound, "problem")
		newBrowser(t, rm).get(path+page).leadsTo(t, "/login?again=1")
	}
	if got := rm.passkey(t, ana); got.Name != "Google Password Manager" {
		t.Errorf("her passkey is called %q now", got.Name)
	}
	list := b.get("/account/passkeys")
	if strings.Contains(list.body, encoded(ana.device.credential.ID)) || !strings.Contains(list.body, encoded(bea.device.credential.ID)) {
		t.Error("the list tells the browser of other passkeys than hers")
	}
}

func TestNewPasskeyIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		device func(d *device)
		form   func(f url.Values)
		words  string
	}{
		{"the same once more", nil, nil, "already has a passkey for you"},
		{"user not verified", func(d *device) { d.auth.Options.UserNotVerified = true }, nil, "did not check that it was you"},
		{"another origin", func(d *device) { d.rp.Origin = "https://evil.example" }, nil, "could not be created"},
		{"cancelled in the browser", nil, func(f url.Values) { f.Set("problem", "cancelled") }, "did not get a passkey"},
		{"found there already", nil, func(f url.Values) { f.Set("problem", "duplicate") }, "already has a passkey for you"},
		{"no script", nil, func(f url.Values) { f.Del("credential") }, "cannot create a passkey here"},
		{"ceremony of no page", nil, func(f url.Values) { f.Set("ceremony", idp.NewID()) }, "took a while"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t)
			p := rm.enrolled(t)
			b := newBrowser(t, rm)
			rm.signIn(t, b, p)
			d := newDevice(p.Person)
			if test.device == nil && test.form == nil {
				d = p.device
			}
			if test.device != nil {
				test.device(d)
			}
			form := d.enrol(t, b.get("/account/passkeys/add"))
			if test.form != nil {
				test.form(form)
			}
			got := b.post("/account/passkeys/add", form)
			got.wants(t, http.StatusUnprocessableEntity, "account-passkey-add")
			if !strings.Contains(got.body, test.words) {
				t.Errorf("the page does not say %q", test.words)
			}
			rm.passkey(t, p)
		})
	}
}

func TestCeremonyToAddBelongsToWhomItWasMadeFor(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	ana := rm.enrolled(t)
	bea := rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	_, link := rm.invite(t, func(p *idp.Person) { p.GivenName = "Eva" })
	b := newBrowser(t, rm)
	rm.signIn(t, b, ana)
	form := newDevice(bea.Person).enrol(t, b.get("/account/passkeys/add"))
	b.post("/login", bea.device.answer(t, b.get("/login?again=1&other=1"))).leadsTo(t, "/account")
	b.post("/account/passkeys/add", form).wants(t, http.StatusUnprocessableEntity, "account-passkey-add")
	if !strings.Contains(rm.log.String(), "ceremony of another person") {
		t.Error("it was refused for another reason only")
	}
	// Nor does an invitation's ceremony add one.
	form = newDevice(bea.Person).enrol(t, b.get(link))
	b.post("/account/passkeys/add", form).wants(t, http.StatusUnprocessableEntity, "account-passkey-add")
	rm.passkey(t, ana)
	rm.passkey(t, bea)
}

func TestCreationOptionsKeepTheRules(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	var o struct {
		User                   struct{ ID, Name string }
		Attestation            string
		ExcludeCredentials     []struct{ ID string }
		AuthenticatorSelection struct {
			ResidentKey, UserVerification string
			RequireResidentKey            bool
		}
		Extensions map[string]any
		Hints      []string
		Timeout    int
	}
	decode(t, b.get("/account/passkeys/add?with=another").options(), &o)
	s := o.AuthenticatorSelection
	if s.ResidentKey != "required" || !s.RequireResidentKey || s.UserVerification != "required" || o.Attestation != "none" ||
		o.User.ID != encoded(p.UserHandle) || len(p.UserHandle) > 64 || o.Extensions["credProps"] != true || o.Timeout < 300_000 {
		t.Errorf("options %+v", o)
	}
	if len(o.ExcludeCredentials) != 1 || o.ExcludeCredentials[0].ID != encoded(p.device.credential.ID) {
		t.Errorf("excluded %+v, want her passkey", o.ExcludeCredentials)
	}
	if !slices.Equal(o.Hints, []string{"hybrid", "security-key"}) {
		t.Errorf("hints %q", o.Hints)
	}
}

func TestHintsFollowWhatThePersonChose(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	for with, want := range map[string][]string{"": nil, "phone": {"hybrid"}, "security-key": {"security-key"}, "nonsense": nil} {
		var o struct{ Hints []string }
		decode(t, newBrowser(t, rm).get("/login?with="+with).options(), &o)
		if !slices.Equal(o.Hints, want) {
			t.Errorf("with=%s: hints %q, want %q", with, o.Hints, want)
		}
	}
}

func TestPasskeyOfThisDeviceIsOfferedOnceAndNeverOnTheWay(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	offered := func(b *webBrowser) bool {
		t.Helper()
		return strings.Contains(b.get("/account/passkeys").body, `id="passkey-offer"`)
	}
	own := newBrowser(t, rm)
	rm.signIn(t, own, p)
	if offered(own) {
		t.Error("it is offered although the passkey is on this device")
	}

	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	b.post("/login", elsewhere(p.device.answer(t, b.get("/login?req="+req)))).leadsTo(t, "/consent?req="+req)
	if page := b.get("/consent?req=" + req); strings.Contains(page.body, "/account/passkeys") {
		t.Error("it is offered on the way to the data holder")
	}
	if !offered(b) {
		t.Fatal("it is not offered in the account")
	}
	b.post("/account/passkeys/later", url.Values{}).leadsTo(t, "/account/passkeys")
	if offered(b) {
		t.Error("it is offered again after a no")
	}
	b.post("/logout", nil)
	b.post("/login", elsewhere(p.device.answer(t, b.get("/login")))).leadsTo(t, "/account")
	if offered(b) {
		t.Error("it is offered again at the next sign-in")
	}

	other := newBrowser(t, rm)
	// Who signs in for her own account only is led there.
	other.post("/login", elsewhere(p.device.answer(t, other.get("/login")))).leadsTo(t, "/account/passkeys")
	if !offered(other) {
		t.Error("a no counts for another browser")
	}
	rm.addPasskey(t, other, p)
	if offered(other) {
		t.Error("it is offered after it was made")
	}
}

func TestUnknownPasskeyIsSignalledOnlyWhenItIsNobodys(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	ana, bea := rm.enrolled(t), rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	signal := func(change func(d *device)) string {
		t.Helper()
		d := *ana.device
		change(&d)
		b := newBrowser(t, rm)
		got := b.post("/login", d.answer(t, b.get("/login")))
		got.wants(t, http.StatusUnprocessableEntity, "sign-in")
		return first(got.body, `id="passkey-unknown">([^<]*)<`)
	}
	gone := []byte("a passkey that was removed")
	var s struct{ CredentialID, RPID string }
	decode(t, signal(func(d *device) { d.credential.ID = gone }), &s)
	if s.CredentialID != encoded(gone) || s.RPID != "idp.example" {
		t.Errorf("signal %+v", s)
	}
	for name, change := range map[string]func(d *device){
		"somebody else's passkey": func(d *device) { d.credential.ID = bea.device.credential.ID },
		"a person who is gone":    func(d *device) { d.auth.Options.UserHandle = []byte("somebody who is gone") },
		"not verified":            func(d *device) { d.auth.Options.UserNotVerified = true },
	} {
		if got := signal(change); got != "" {
			t.Errorf("%s: the browser is told to forget %s", name, got)
		}
	}
}

func TestPasskeysAreBounded(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	record := rm.passkey(t, p).Credential
	for range idp.MaxPasskeys - 1 {
		d := newDevice(p.Person)
		k := idp.Passkey{ID: d.credential.ID, PersonID: p.ID, Credential: record, CreatedAt: rm.now()}
		if err := rm.store.AddPasskey(t.Context(), idp.NewPasskey{Passkey: k}, idp.Trail{}); err != nil {
			t.Fatal(err)
		}
	}
	b.get("/account/passkeys/add").leadsTo(t, "/account/passkeys")
	if got := b.get("/account/passkeys"); !strings.Contains(got.body, "as many passkeys as there can be") {
		t.Error("the list does not say why there is no more")
	}
}

func TestNameOfAPasskeyIsChecked(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	path := passkeyURL(idp.Passkey{ID: p.device.credential.ID}) + "/name"
	for _, name := range []string{"", " \u200b\x00 ", strings.Repeat("x", idp.MaxPasskeyName+1)} {
		b.post(path, url.Values{"name": {name}}).wants(t, http.StatusUnprocessableEntity, "account-passkey-name")
	}
	b.post(path, url.Values{"name": {strings.Repeat("ñ", idp.MaxPasskeyName)}}).leadsTo(t, "/account/passkeys")
}

func TestPersonIsToldOfANewNameLaterOn(t *testing.T) {
	t.Parallel()
	sent := &told{}
	rm := newRoom(t, func(c *Config) { c.Notices = sent.about })
	p := rm.enrolled(t)
	sent.forget()
	rm.wait(time.Hour)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	b.post(passkeyURL(idp.Passkey{ID: p.device.credential.ID})+"/name", url.Values{"name": {"My phone"}}).leadsTo(t, "/account/passkeys")
	if got := sent.kinds(); !slices.Equal(got, []idp.NoticeKind{idp.NoticePasskeyRenamed}) {
		t.Errorf("told %q", got)
	}
}

func TestPasskeyEndpoints(t *testing.T) {
	t.Parallel()
	got := newBrowser(t, newRoom(t)).get("/.well-known/passkey-endpoints")
	var e map[string]string
	if err := json.Unmarshal([]byte(got.body), &e); err != nil {
		t.Fatal(err)
	}
	if got.status != http.StatusOK || got.header.Get("Content-Type") != "application/json" || len(e) != 2 ||
		e["enroll"] != testIssuer+"/account/passkeys/add" || e["manage"] != testIssuer+"/account/passkeys" {
		t.Errorf("status %d, %v", got.status, e)
	}
}

func TestOtherWaysLeadOnWithTheRequest(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	req := rm.authorize(t, b)
	page := b.get("/login/other?req=" + req)
	page.wants(t, http.StatusOK, "login-other")
	for _, want := range []string{"/login?req=" + req, "/login?req=" + req + "&amp;with=phone", "/login?req=" + req + "&amp;with=security-key", "/recover?req=" + req} {
		if !strings.Contains(page.body, `href="`+want+`"`) {
			t.Errorf("no link to %s", want)
		}
	}
	// Who is to show again that it is she comes back to that, and not to her account.
	if again := b.get("/login/other?again=1"); !strings.Contains(again.body, `href="/login?again=1&amp;with=phone"`) {
		t.Error("the way over the phone forgets what she signs in for")
	}
	if got := b.get("/login/other?req=https://evil.example"); strings.Contains(got.body, "evil") {
		t.Error("the page repeats what is no request")
	}
}
