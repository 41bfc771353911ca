package e2e

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
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
}
