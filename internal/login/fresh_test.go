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

func TestFreshNeedsARecentSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	b.get("/fresh?back=/account").leadsTo(t, "/login?again=1") // nobody is signed in
	rm.signIn(t, b, p)
	rm.wait(FreshLimit)
	if got := b.get("/fresh?back=/account"); got.body != "fresh" {
		t.Errorf("after %s: status %d to %q, want it fresh", FreshLimit, got.status, got.location)
	}
	rm.wait(time.Second)
	b.get("/fresh?back=/account").leadsTo(t, "/login?again=1")
	// Using the session makes no sign-in fresher.
	b.get("/account/passkeys").wants(t, http.StatusOK, "account-passkeys")
	b.get("/fresh?back=/account").leadsTo(t, "/login?again=1")
}

func TestReturnsToOwnPagesOnly(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	for _, test := range []struct{ back, want string }{
		{"/account", "/account"},
		{"/account/passkeys/add?with=phone", "/account/passkeys/add?with=phone"},
		{"/account?done=1", "/account?done=1"},
		{"/admin/people", "/admin/people"},
		{"https://evil.example/account", "/account"},
		{"//evil.example/account", "/account"},
		{`\\evil.example`, "/account"},
		{"/accountant", "/account"},
		{"/login?again=1", "/account"},
		{"/consent", "/account"},
		{"", "/account"},
		{"/account?" + strings.Repeat("x", maxReturn), "/account"}, // a stranger's to keep
	} {
		t.Run(test.back, func(t *testing.T) {
			b := newBrowser(t, rm)
			rm.signIn(t, b, p)
			rm.wait(FreshLimit + time.Second)
			b.get("/fresh?"+url.Values{"back": {test.back}}.Encode()).leadsTo(t, "/login?again=1")
			b.post("/login", p.device.answer(t, b.get("/login?again=1"))).leadsTo(t, test.want)
			// Once: the next sign-in leads to her own page.
			b.post("/login", p.device.answer(t, b.get("/login?again=1"))).leadsTo(t, "/account")
		})
	}
}

func TestPostIsNotReplayedAfterTheSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	spare := rm.addPasskey(t, b, p)
	rm.wait(FreshLimit + time.Second)
	path := passkeyURL(idp.Passkey{ID: spare.credential.ID})
	for _, test := range []struct {
		path, back string
		form       url.Values
	}{
		{path + "/remove", path + "/remove", url.Values{}},
		{path + "/name", path + "/name?name=My+phone", url.Values{"name": {"My phone"}}},
		{"/account/passkeys/add", "/account/passkeys/add", url.Values{"credential": {"{}"}}},
	} {
		rm.wait(FreshLimit + time.Second)
		b.post(test.path, test.form).leadsTo(t, "/login?again=1")
		b.post("/login", p.device.answer(t, b.get("/login?again=1"))).leadsTo(t, test.back)
		if got := b.get(test.back); got.status != http.StatusOK {
			t.Errorf("%s: status %d", test.back, got.status)
		}
	}
	all, err := rm.store.Passkeys(t.Context(), p.ID)
	if err != nil || len(all) != 2 || all[1].Name != "Google Password Manager" {
		t.Errorf("passkeys %+v, %v; want both as they were", all, err)
	}
	// What was typed is not lost.
	if got := b.get(path + "/name?name=My+phone"); got.input("name") == "Google Password Manager" || !strings.Contains(got.body, `value="My phone"`) {
		t.Error("the page does not show the name that was typed before the sign-in")
	}
}

// allowed are the credentials that a sign-in page asks for.
func allowed(t *testing.T, page answer) []string {
	t.Helper()
	var o struct{ AllowCredentials []struct{ ID string } }
	decode(t, page.options(), &o)
	var ids []string
	for _, c := range o.AllowCredentials {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestReauthenticationAsksForHerOwnPasskeysAndSaysWhy(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	page := b.get("/login?again=1")
	page.wants(t, http.StatusOK, "sign-in")
	if got := allowed(t, page); !slices.Equal(got, []string{encoded(p.device.credential.ID)}) {
		t.Errorf("the page asks for %q, want her passkey", got)
	}
	if !strings.Contains(page.body, "To change this, show again that it is you") {
		t.Error("the page does not say why it asks")
	}
	// Nobody is named to somebody who is not signed in.
	if got := allowed(t, newBrowser(t, rm).get("/login?again=1")); got != nil {
		t.Errorf("a stranger learns %q", got)
	}
}

func TestOnlyTheSamePersonFinishesAChange(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	ana := rm.enrolled(t)
	bea := rm.enrolled(t, func(p *idp.Person) { p.GivenName = "Bea" })
	b := newBrowser(t, rm)
	rm.signIn(t, b, ana)
	rm.wait(FreshLimit + time.Second)
	b.get("/account/passkeys/add").leadsTo(t, "/login?again=1")

	// On the page that asks for Ana's, Bea's passkey is no answer.
	got := b.post("/login", bea.device.answer(t, b.get("/login?again=1")))
	got.wants(t, http.StatusUnprocessableEntity, "sign-in")
	if !strings.Contains(got.body, "belongs to another account") {
		t.Error("the page does not say that it is another's passkey")
	}
	if rm.authentication(t, b).Time.Equal(rm.now()) {
		t.Error("somebody was signed in")
	}

	// On the page for anybody she is signed in as herself, and Ana's change is over.
	b.post("/login", bea.device.answer(t, b.get("/login?again=1&other=1"))).leadsTo(t, "/account")
	if body := b.get("/").body; !strings.Contains(body, "Bea Rivera") {
		t.Error("Bea is not signed in")
	}
	b.post("/login", bea.device.answer(t, b.get("/login?again=1"))).leadsTo(t, "/account")
}
