package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"udap-idp/internal/udap/udaptest"
)

// walkADataHolder: a data holder that fails to register is let in by trusting its anchor, and later suspended and resumed, all of it
// in the owner's browser.
func walkADataHolder(t *testing.T, p *provider, owner *browser) {
	t.Helper()
	p.revocation = "no-check"
	p.join(udaptest.New(t))
	others := udaptest.New(t)
	leaf := others.Leaf("https://new-hospital.example")
	if status, _ := p.tryRegister(leaf); status != http.StatusBadRequest {
		t.Fatalf("a stranger's registration: status %d", status)
	}
	owner.reloadUntil(p.issuer+"/admin", `a[href^="/admin/attempts?"]`)
	owner.do("to the attempts that failed", chromedp.Click(chromedp.CSS(`a[href^="/admin/attempts?"]`)))
	owner.page("admin-attempts")
	owner.do("open the attempt", chromedp.Click(chromedp.CSS("tbody a")))
	owner.page("admin-attempt")
	if text := owner.text("main"); !strings.Contains(text, "Its anchor is not trusted here") || !strings.Contains(text, "Was not sent") {
		t.Errorf("the attempt says\n%s", text)
	}
	owner.shot("admin-attempt")
	owner.click("trust")
	owner.page("admin-anchor")
	owner.do("choose the community", chromedp.Evaluate[chromedp.Void](`(() => { const s = document.getElementById("community"); s.value = [...s.options].find(o => o.text === "Example Trust Community").value })()`))
	owner.fill("certificate", string(certificates(others.Anchor())))
	owner.fill("published", fmt.Sprintf("%x", sha256.Sum256(others.Anchor().Raw)))
	owner.click("confirm")
	owner.page("admin-attempt")
	if text := owner.text("main"); !strings.Contains(text, "The anchor is trusted now") {
		t.Errorf("after trusting the anchor:\n%s", text)
	}

	p.waitForRegistration(leaf, http.StatusCreated)
	owner.open(p.issuer + "/admin/clients?q=" + url.QueryEscape("new-hospital"))
	owner.page("admin-clients")
	owner.do("open the data holder", chromedp.Click(chromedp.CSS("tbody a")))
	owner.page("admin-client")
	owner.shot("admin-client")
	authorize := p.issuer + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {owner.text("main .id")}, "redirect_uri": {"https://hospital.example/callback"}, "scope": {"openid udap"}, "state": {"s"},
		"code_challenge": {strings.Repeat("c", 43)}, "code_challenge_method": {"S256"},
	}.Encode()
	patient := newBrowser(t)
	patient.open(authorize)
	patient.page("sign-in")

	owner.fill("reason", "ticket 4711")
	owner.click("suspend")
	owner.do("suspended", waitForText("#resume"))
	patient.open(authorize)
	patient.page("problem")
	owner.click("resume")
	owner.do("resumed", waitForText("#suspend"))
	patient.open(authorize)
	patient.page("sign-in")
}

// reloadUntil loads a page until it has something: attempts are written within a second.
func (b *browser) reloadUntil(url, selector string) {
	b.t.Helper()
	for limit := time.Now().Add(5 * time.Second); ; {
		b.open(url)
		if evaluate[bool](b, fmt.Sprintf("document.querySelector(%q) !== null", selector)) {
			return
		}
		if time.Now().After(limit) {
			b.t.Fatalf("%s has no %s", url, selector)
		}
	}
}
