package login

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func encoded(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// remembered signs the patient in with the box ticked, and out again.
func (rm *room) remembered(t *testing.T, b *webBrowser, p patient) {
	t.Helper()
	form := p.device.answer(t, b.get("/login"))
	form.Set("remember", "yes")
	b.post("/login", form).leadsTo(t, "/account")
	b.post("/logout", nil).wants(t, http.StatusOK, "signed-out")
}

func TestRememberedAccountShowsInitialsOnly(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.remembered(t, b, p)
	page := b.get("/login")
	if !strings.Contains(page.body, "Continue as A. R.") || len(allowed(t, page)) != 1 {
		t.Errorf("the page does not offer to continue:\n%s", page.body)
	}
	for _, private := range []string{"Ana", "Rivera", "ana@example.org", p.ID} {
		if strings.Contains(page.body, private) || strings.Contains(b.cookies[hostKnownCookie], private) {
			t.Errorf("%q is told to whoever sits there next", private)
		}
	}
	p.device.answer(t, page)
	b.post("/login", p.device.answer(t, page)).leadsTo(t, "/account")

	// Somebody else is not held up by it, and is not told whom the page thinks of.
	stranger := rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	b.post("/logout", nil)
	b.post("/login", stranger.device.answer(t, b.get("/login"))).wants(t, http.StatusUnprocessableEntity, "sign-in")
	other := b.get("/login?other=1")
	if strings.Contains(other.body, "A. R.") || allowed(t, other) != nil {
		t.Error("the page for another account still thinks of the first")
	}
	b.post("/login", stranger.device.answer(t, other)).leadsTo(t, "/account")
	b.post("/logout", nil)
	if page := b.get("/login"); !strings.Contains(page.body, "A. R.") {
		t.Error("who did not ask to be remembered took the place of who did")
	}
}

func TestNobodyIsRememberedWithoutAskingForIt(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	b.post("/logout", nil)
	if page := b.get("/login"); strings.Contains(page.body, "A. R.") || allowed(t, page) != nil {
		t.Error("the page offers an account that nobody asked it to remember")
	}
}

func TestForgottenAccountIsForgotten(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.remembered(t, b, p)
	req := rm.authorize(t, b)
	b.post("/login/forget", url.Values{"request": {req}}).leadsTo(t, "/login?req="+req)
	b.post("/login/forget", url.Values{"request": {"//evil.example"}}).leadsTo(t, "/login")
	if page := b.get("/login?req=" + req); strings.Contains(page.body, "A. R.") || allowed(t, page) != nil {
		t.Error("the page still offers her account")
	}
	token, err := idp.ParseToken(b.cookies[hostKnownCookie])
	if err != nil {
		t.Fatal(err)
	}
	if known, err := rm.store.KnownBrowser(t.Context(), token.ID, rm.now()); err != nil || known.Knows(p.ID) {
		t.Errorf("the browser knows her still (%v)", err)
	}
}

func TestKnownBrowserNeedsItsSecretAndSignsNobodyIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.remembered(t, b, p)
	token, err := idp.ParseToken(b.cookies[hostKnownCookie])
	if err != nil {
		t.Fatal(err)
	}
	b.get("/account/passkeys").leadsTo(t, "/login?again=1")
	thief := newBrowser(t, rm)
	thief.cookies[hostKnownCookie] = idp.NewTokenFor(token.ID).String()
	if page := thief.get("/login"); strings.Contains(page.body, "A. R.") {
		t.Error("an id without its secret shows whose browser it is")
	}
	rm.wait(idp.KnownBrowserLimit + time.Second)
	if page := b.get("/login"); strings.Contains(page.body, "A. R.") {
		t.Error("a browser is known for ever")
	}
}

func TestSuspendedPersonIsNotOfferedAndReadsWhy(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.remembered(t, b, p)
	stored, err := rm.store.Person(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	stored.State, stored.UpdatedAt = idp.PersonSuspended, rm.now()
	if err := rm.store.ChangePerson(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	page := b.get("/login")
	if strings.Contains(page.body, "A. R.") {
		t.Error("an account that is not in use is offered")
	}
	got := b.post("/login", p.device.answer(t, page))
	got.wants(t, http.StatusUnprocessableEntity, "sign-in")
	if !strings.Contains(got.body, "not in use now") {
		t.Error("the page does not say why")
	}
	// Without the key nobody learns that.
	p.device.credential.Key = newDevice(p.Person).credential.Key
	if got := b.post("/login", p.device.answer(t, b.get("/login"))); strings.Contains(got.body, "not in use now") {
		t.Error("a stranger learns the state of an account")
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]idp.Demographics{
		"A. R.": {GivenName: "Ana", FamilyName: "Rivera"},
		"Ñ. Ö.": {GivenName: "Ñusta", FamilyName: "Öz"},
		"C.":    {FamilyName: "Cher"},
		"李. 明.": {GivenName: "李", FamilyName: "明"},
		"":      {},
	} {
		if got := initials(idp.Person{Demographics: d}); got != want {
			t.Errorf("initials = %q, want %q", got, want)
		}
	}
}
