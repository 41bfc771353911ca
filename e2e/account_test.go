package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// signInAnew forgets everything that the browser knows, and signs in with the passkey that is there: as on another device.
func (b *browser) signInAnew(p *provider) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, storage.ClearCookies, storage.ClearCookiesParams{}); err != nil {
		b.t.Fatal(err)
	}
	b.open(p.issuer + "/account")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("account")
}

// reads checks that the page has words in its main part.
func (b *browser) reads(wants ...string) {
	b.t.Helper()
	text := b.text("main")
	for _, want := range wants {
		if !strings.Contains(text, want) {
			b.t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

// TestAccountWalk is a person in her account: she sees a sign-in that was not she, changes her home address with the keyboard alone, takes a
// copy, reads in Spanish, and nearly closes her account.
func TestAccountWalk(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link)
	b.signInAnew(p)
	b.reads("You have one passkey.", "You are signed in here only.")
	b.signInAnew(p)
	b.signInAnew(p)
	b.reads("You are signed in in 3 places.", "A new device signed in")

	// Not she: the others are signed out, the desk knows.
	b.click("need-sign-in")
	b.page("account-not-me")
	b.click("not-me")
	b.do("it is done", waitForText("#main .notice[role=status]"))
	b.reads("You are signed out everywhere but here.")
	b.open(p.issuer + "/account/sessions")
	b.page("account-sessions")
	b.reads("This one", "You are signed in nowhere else.")
	b.open(p.issuer + "/account/activity")
	b.page("account-activity")
	b.reads("You signed out everywhere else", "You asked us for something", "Your account was made")

	// Her home, by the keyboard alone. What is wrong comes back with what she typed.
	b.open(p.issuer + "/account/profile/change?of=address")
	b.page("account-change")
	b.tabTo("postal_code")
	b.do("type", chromedp.SetValue(chromedp.CSS("#postal_code"), "8950"), chromedp.KeyEvent(kb.Enter))
	b.do("what is wrong", waitForText("#main .notice.bad"))
	if focus := evaluate[string](b, "document.activeElement.getAttribute('role') || ''"); focus != "alert" {
		t.Errorf("the focus is on %q, not on what is wrong", focus)
	}
	if kept := evaluate[string](b, "document.getElementById('postal_code').value"); kept != "8950" {
		t.Errorf("the form lost what was typed: %q", kept)
	}
	b.tabTo("postal_code")
	b.do("type", chromedp.SetValue(chromedp.CSS("#postal_code"), "89502"))
	b.tabTo("understood")
	b.press(" ")
	b.tabTo("save")
	b.press(kb.Enter)
	b.page("account-profile")
	b.reads("Your details are changed.", "NV 89502", "Your word", "NV 89501")

	// The number that is hers alone.
	b.open(p.issuer + "/account/profile/identifier")
	b.page("account-identifier")
	b.click("reveal")
	b.do("the number", waitForText("#identifier"))
	if number := b.text("#identifier"); len(number) != 36 {
		t.Errorf("the identifier is %q", number)
	}

	// A copy, to read and for a computer.
	b.open(p.issuer + "/account/download")
	b.page("account-download")
	b.click("download-page")
	b.page("account-export")
	b.reads("What we know about you", "María García", "A detail was changed: Home address")
	for form, member := range map[string]string{"json": "values", "fhir": "resourceType"} {
		file := b.download(p, form)
		var got map[string]json.RawMessage
		if err := json.Unmarshal(file, &got); err != nil || got[member] == nil {
			t.Errorf("%s: %v\n%.300s", form, err, file)
		}
	}

	// Closing needs a tick, waits, and is taken back.
	b.open(p.issuer + "/account/close")
	b.page("account-close")
	b.click("close-account")
	b.do("what is wrong", waitForText("#understood-error"))
	b.click("understood")
	b.click("close-account")
	b.do("it waits", waitForText("#keep"))
	b.open(p.issuer + "/account")
	b.page("account")
	b.reads("Your account will be closed on")
	b.click("need-closing")
	b.page("account-close")
	b.click("keep")
	b.do("it stays", waitForText("#close-account"))

	// In Spanish and in the dark.
	b.open(p.issuer + "/account/preferences")
	b.page("account-preferences")
	b.click("language-es")
	b.click("theme-dark")
	b.click("save")
	b.do("it is kept", waitForText("#main .notice[role=status]"))
	if lang := evaluate[string](b, "document.documentElement.lang + ' ' + document.documentElement.dataset.theme"); lang != "es dark" {
		t.Errorf("the page is %q, want es dark", lang)
	}
	b.narrowEverywhere(p)
}

// download fetches the file that the button of a form leads to, with the browser's cookies: what a headless browser does with a file is
// not what is looked at here.
func (b *browser) download(p *provider, form string) []byte {
	b.t.Helper()
	found, err := chromedp.Call(b.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.ctx, http.MethodPost, p.issuer+"/account/download", strings.NewReader("form="+form))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range found.Cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	file, err := io.ReadAll(answer.Body)
	if err != nil || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment;") {
		b.t.Errorf("%s: %s %v (%v)", form, answer.Status, answer.Header, err)
	}
	return file
}

// narrowEverywhere looks at every section at 320 px (WCAG 2.2, 1.4.10: without scrolling to the side).
func (b *browser) narrowEverywhere(p *provider) {
	b.t.Helper()
	params := emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 640, DeviceScaleFactor: 1, Mobile: true}
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, params); err != nil {
		b.t.Fatal(err)
	}
	for _, path := range []string{"", "/profile", "/profile/change?of=address", "/profile/correct?of=name", "/sessions", "/activity", "/preferences", "/download", "/close"} {
		b.open(p.issuer + "/account" + path)
		if width := evaluate[int](b, "document.documentElement.scrollWidth"); width > 320 {
			b.t.Errorf("/account%s is %d px wide at 320 px", path, width)
		}
		b.shot("account" + strings.NewReplacer("/", "-", "?of=", "-").Replace(path))
	}
}
