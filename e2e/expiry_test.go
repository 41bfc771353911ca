package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// awaitTheEnd waits until the page says that its time is over.
func (b *browser) awaitTheEnd() {
	b.t.Helper()
	b.do("wait for the end", waitForText(`.deadline[data-state="over"] .deadline-warning:not(:empty)`))
}

// TestTimeRunsOut, on a server that gives little of it: the warning shows, more time keeps what was ticked and leads on with the
// hospital's own request; what is sent after the end shares nothing and leads back to the hospital with the error; and a code that is
// too old says so by itself, is taken no more, and makes room for a new one.
func TestTimeRunsOut(t *testing.T) {
	t.Parallel()
	p := newProvider(t, "--request-lifetime", "15s", "--code-lifetime", "10s")
	hospital := newRelyingParty(t, p, "https://general-hospital.example")
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link)

	b.open(hospital.authorizeURL("first", "n"))
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("consent")
	b.do("the warning", waitForText(`.deadline-warning[role="status"]:not(:empty)`))
	end := evaluate[string](b, `document.querySelector(".deadline time").dateTime`)
	b.acceptPractices()
	b.click("share-email")
	b.click("remember")
	b.follow("extend")
	b.page("consent")
	if later := evaluate[string](b, `document.querySelector(".deadline time").dateTime`); later <= end {
		t.Errorf("with more time it ends at %s, before at %s", later, end)
	}
	if on := evaluate[string](b, `[...document.querySelectorAll("input:checked")].map((i) => i.id).join(" ")`); strings.Contains(on, "share-email") ||
		!strings.Contains(on, "share-phone_number") || !strings.Contains(on, "remember") || !strings.Contains(on, "practices") {
		t.Errorf("with more time these are ticked: %s", on)
	}
	b.click("consent-allow")
	b.page("consent-identifier")
	b.click("identifier-no")
	b.page("received")
	answer := <-hospital.answers
	if answer.Get("state") != "first" {
		t.Errorf("the hospital hears of another request: %v", answer)
	}
	token, err := hospital.exchange(answer.Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if _, claims := hospital.verify(token); claims["email"] != nil || claims["name"] == nil {
		t.Errorf("what she chose before she asked for more time does not count: %v", claims)
	}

	b.open(hospital.authorizeURL("second", "n") + "&prompt=consent")
	b.page("consent")
	b.awaitTheEnd()
	if on := evaluate[string](b, `document.querySelector(".deadline-over:not([hidden]) a").getAttribute("href")`); !strings.HasPrefix(on, "/login?req=") {
		t.Errorf("when it is over the page leads to %q", on)
	}
	b.click("consent-allow") // late
	b.says("problem", "General Hospital needs to start again. Nothing was shared.")
	b.do("go back to the hospital", chromedp.Click(chromedp.CSS(`main a[href^="`+hospital.config.RedirectURL+`"]`), chromedp.NodeVisible))
	b.page("received")
	if answer := <-hospital.answers; answer.Get("state") != "second" || answer.Get("error") == "" || answer.Get("code") != "" {
		t.Errorf("after the end the hospital hears %v", answer)
	}

	b.open(p.issuer + "/account")
	b.page("account")
	b.signOut()
	b.open(p.issuer + "/recover")
	b.page("recover")
	b.types("address", "maria@example.org")
	b.born()
	b.follow("recover-start")
	b.page("code")
	code := p.codeOf("recovery-code", "maria@example.org")
	b.awaitTheEnd()
	b.says("code", "This code is too old")
	b.types("code", code)
	b.follow("code-send")
	b.do("the problem in words", waitForText("main [role=alert]"))
	b.follow("code-again")
	b.says("code", "We sent it once more")
	b.types("code", p.codeOf("recovery-code", "maria@example.org"))
	b.follow("code-send")
	b.page("recover-second")
}
