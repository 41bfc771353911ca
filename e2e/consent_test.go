package e2e

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/oauth2"
)

// allow says yes to everything that the consent page asks, on as many pages as that takes.
func (b *browser) allow() {
	b.t.Helper()
	b.page("consent")
	b.acceptPractices()
	next := evaluate[string](b, `document.querySelector("form.decide").dataset.next || ""`)
	b.click("consent-allow")
	if next != "" {
		b.page(next)
		b.click("identifier-yes")
	}
}

// acceptPractices ticks the box, if there is one.
func (b *browser) acceptPractices() {
	b.t.Helper()
	if evaluate[bool](b, `document.getElementById("practices") !== null`) {
		b.click("practices")
	}
}

var (
	formInput = regexp.MustCompile(`<input[^>]*>`)
	inputPart = regexp.MustCompile(`(type|name|value)="([^"]*)"`)
)

// consentForm is a yes to everything on a page that asks for consent.
func consentForm(page []byte) url.Values {
	form := url.Values{"decision": {"allow"}}
	if regexp.MustCompile(`data-page="consent-identifier"`).Match(page) {
		form.Set("decision", "with-identifier")
	}
	for _, input := range formInput.FindAll(page, -1) {
		part := map[string]string{}
		for _, m := range inputPart.FindAllSubmatch(input, -1) {
			part[string(m[1])] = string(m[2])
		}
		if slices.Contains([]string{"request", "share", "practices"}, part["name"]) {
			form.Add(part["name"], part["value"])
		}
	}
	return form
}

// TestWhatIsSwitchedOffDoesNotArrive: the hospital receives exactly what was on, in the ID Token and at UserInfo; a remembered
// answer is not asked for again; whoever stops sharing is asked again, and the access token is dead.
func TestWhatIsSwitchedOffDoesNotArrive(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("idial1.8")
	b := newBrowser(t)
	b.enrol(link)

	b.open(rp.authorizeURL("s", "n"))
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("consent")
	b.shot("consent-switches")
	b.acceptPractices()
	b.click("share-phone_number")
	b.click("share-address")
	b.click("remember")
	b.click("consent-allow")
	b.page("consent-identifier")
	b.shot("consent-identifier")
	b.click("identifier-no")
	b.page("received")
	token, err := rp.exchange((<-rp.answers).Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	_, claims := rp.verify(token)
	info := rp.userInfo(token)
	for _, name := range []string{"name", "birthdate", "email", "gender"} {
		if claims[name] == nil || info[name] == nil {
			t.Errorf("%s was on: ID Token %v, UserInfo %v", name, claims[name], info[name])
		}
	}
	for _, name := range []string{"phone_number", "phone_number_verified", "address", "hl7_identifier", "hl7_person_identifier"} {
		if claims[name] != nil || info[name] != nil {
			t.Errorf("%s was off: ID Token %v, UserInfo %v", name, claims[name], info[name])
		}
	}

	// Remembered: no page in between, and no more than she agreed to.
	for _, prompt := range []string{"", "&prompt=none"} {
		b.open(rp.authorizeURL("s", "n") + prompt)
		b.page("received")
		if token, err = rp.exchange((<-rp.answers).Get("code")); err != nil {
			t.Fatal(err)
		}
		if _, claims = rp.verify(token); claims["name"] == nil || claims["phone_number"] != nil || claims["hl7_identifier"] != nil {
			t.Errorf("%q: claims %v", prompt, claims)
		}
	}

	// Signed out she signs in, and the browser may go on from the form to the hospital's origin.
	b.open(p.issuer + "/account")
	b.page("account")
	b.do("sign out", chromedp.Click(chromedp.CSS(`form[action="/logout"] button`), chromedp.NodeVisible))
	b.page("signed-out")
	b.open(rp.authorizeURL("s", "n"))
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("received")
	if answer := <-rp.answers; answer.Get("code") == "" {
		t.Errorf("after another sign-in: %v", answer)
	}

	b.open(p.issuer + "/account/sharing")
	b.page("account-sharing")
	b.shot("account-sharing")
	if entries := evaluate[int](b, `document.querySelectorAll(".items > li").length`); entries != 3 {
		t.Errorf("%d times on record, want 3", entries)
	}
	b.open(p.issuer + "/account/organisations")
	b.page("account-organizations")
	b.shot("account-organizations")
	b.do("open the organization", chromedp.Click(chromedp.CSS(".items .item"), chromedp.NodeVisible))
	b.page("account-organization")
	b.shot("account-organization")
	b.click("stop")
	b.page("account-stop")
	b.shot("account-stop")
	b.click("confirm")
	b.page("account-organizations")
	if _, err := rp.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token)); err == nil {
		t.Error("the access token outlived the end of sharing")
	}
	b.open(rp.authorizeURL("s", "n") + "&prompt=none")
	b.page("received")
	if answer := <-rp.answers; answer.Get("error") != "consent_required" {
		t.Errorf("after the end of sharing, prompt=none: %v", answer)
	}
	b.open(rp.authorizeURL("s", "n"))
	b.page("consent")
	changesWhatRuns(t, p, rp, b)
}

// TestTimeIsCountedInWords: a warning two minutes before the end that a screen reader speaks, more time without losing what was
// ticked, and a way on when it is over.
func TestTimeIsCountedInWords(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	rp := newRelyingParty(t, p, "https://independent.example")
	_, link := p.invite("")
	b := newBrowser(t)
	b.enrol(link)
	b.open(rp.authorizeURL("s", "n"))
	b.page("sign-in")
	b.do("the end of the request", waitForText("form.deadline time"))
	b.click("extend")
	b.page("sign-in")
	b.click("passkey-sign-in")
	b.page("consent")
	b.acceptPractices()
	b.click("share-email")
	b.click("remember")
	b.do("a minute is left", chromedp.Evaluate[chromedp.Void](`void (document.querySelector(".deadline").dataset.left = "60")`))
	b.do("the warning", waitForText(`.deadline-warning[role="status"]:not(:empty)`))
	b.click("extend")
	b.do("the page again", waitForText(".deadline:not([data-state])"))
	if ticked := evaluate[string](b, `[...document.querySelectorAll("input:checked")].map((i) => i.id).join(" ")`); strings.Contains(ticked, "email") ||
		!strings.Contains(ticked, "remember") || !strings.Contains(ticked, "practices") || !strings.Contains(ticked, "share-phone_number") {
		t.Errorf("after more time these are ticked: %s", ticked)
	}
	b.do("no time is left", chromedp.Evaluate[chromedp.Void](`void (document.querySelector(".deadline").dataset.left = "-1")`))
	b.do("the way on", waitForText(".deadline-over:not([hidden]) a"))
}
