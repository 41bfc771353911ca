package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// tabTo moves the focus with the Tab key alone until it is on the control with the id, and checks that it can be seen there.
func (b *browser) tabTo(id string) {
	b.t.Helper()
	for range 40 {
		b.do("press Tab", chromedp.KeyEvent(kb.Tab))
		if evaluate[string](b, "document.activeElement ? document.activeElement.id : ''") != id {
			continue
		}
		outline := evaluate[string](b, `(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + ' ' + s.outlineWidth })()`)
		if strings.HasPrefix(outline, "none") || strings.HasSuffix(outline, " 0px") {
			b.t.Errorf("the focus on %s cannot be seen: outline %s", id, outline)
		}
		return
	}
	b.t.Fatalf("%s cannot be reached with the Tab key on %s", id, evaluate[string](b, "document.querySelector('main').dataset.page"))
}

func (b *browser) press(key string) {
	b.t.Helper()
	b.do("press a key", chromedp.KeyEvent(key))
}

// TestJourneyByKeyboard: no pointer is needed from the invitation to the hospital's page.
func TestJourneyByKeyboard(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("")
	b := newBrowser(t)
	b.open(link)
	b.page("invite-check")
	for _, part := range []string{"month", "day", "year"} {
		b.tabTo(part)
		b.do("type the "+part, chromedp.KeyEvent(map[string]string{"month": "F", "day": "29", "year": "1948"}[part]))
	}
	b.press(kb.Enter)
	b.page("invitation")
	b.tabTo("declaration")
	b.press(" ")
	b.tabTo("passkey-create")
	b.press(kb.Enter)
	b.page("enrolled")

	b.open(rp.authorizeURL("s", "n"))
	b.page("sign-in")
	b.tabTo("passkey-sign-in")
	b.press(kb.Enter)
	b.page("consent")
	b.tabTo("share-email") // off, by the keyboard
	b.press(" ")
	b.tabTo("practices")
	b.press(" ")
	b.tabTo("consent-allow")
	b.press(kb.Enter)
	b.page("received")
	if answer := <-rp.answers; answer.Get("code") == "" {
		t.Errorf("authorization response: %v", answer)
	}
}

// TestPagesWithoutScriptSayWhatIsMissing: the pages are whole without script, and say that the passkey needs it.
func TestPagesWithoutScriptSayWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, link := p.invite("")
	b := newBrowser(t)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.invited(link)
	b.do("the notice", waitForText("noscript *, .noscript"))
	b.open(p.issuer + "/login")
	b.do("the notice", waitForText("noscript *, .noscript"))
}

// TestSpanishAllTheWay: the language of the browser is the language of the pages.
func TestSpanishAllTheWay(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link + "?lang=es")
	b.open(rp.authorizeURL("s", "n"))
	b.page("sign-in")
	if text := b.text("main"); !strings.Contains(text, "llave de acceso") {
		t.Errorf("the sign-in page is not Spanish:\n%s", text)
	}
	b.click("passkey-sign-in")
	b.page("consent")
	if lang := evaluate[string](b, "document.documentElement.lang"); lang != "es" {
		t.Errorf("lang is %q", lang)
	}
}

// TestAutofillSignsIn: who turns to the field gets the browser's own offer of her passkeys; opening the page alone signs
// nobody in. The virtual authenticator takes the offer at once.
func TestAutofillSignsIn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	b.open(p.issuer + "/login")
	b.page("sign-in")
	b.do("the field shows", waitForText("#username"))
	b.do("turn to the field", chromedp.Focus(chromedp.CSS("#username")))
	b.page("account")
}
