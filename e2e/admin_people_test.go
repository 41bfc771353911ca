package e2e

import (
	"regexp"
	"strings"

	"github.com/chromedp/chromedp"
)

var typedCode = regexp.MustCompile(`^[0-9A-Z]{5}-[0-9A-Z]{5}$`)

// looksAfterPeople walks what an administrator does for somebody new: she is on record already, as it seems, and is added all the same; she is
// invited by a code, her address changes, she is found by a name that is spelt otherwise, and the invitation is ended.
func (b *browser) looksAfterPeople(p *provider) {
	b.t.Helper()
	b.open(p.issuer + "/admin/people?name=Garsia+Marya&birthdate=1948-02-29") // who is there, spelt otherwise
	b.page("admin-people")
	b.follow("add")
	b.page("admin-new-person")
	b.types("given_name", "Maria", "family_name", "Garcia", "birthdate", "1948-02-29", "email", "other@example.org")
	b.follow("create")
	b.says("admin-new-person", "Is it one of these people?")
	b.shot("admin-new-person")
	b.follow("create")
	b.says("admin-person", "The person was added")

	b.follow("invite")
	b.page("admin-invite")
	b.click("way-code")
	b.shot("admin-invite")
	b.follow("invite")
	b.page("admin-invited")
	if code := b.text("#code"); !typedCode.MatchString(code) {
		b.t.Errorf("the code reads %q", code)
	}
	b.follow("back")
	b.page("admin-person")

	b.arrive("change the e-mail address", chromedp.Click(chromedp.CSS(`a[href$="/edit?of=email"]`), chromedp.NodeVisible))
	b.page("admin-edit")
	b.types("email", "maria.garcia@example.org", "reason", "told at the desk")
	b.shot("admin-edit")
	b.follow("save")
	b.says("admin-person", "The record was changed")
	if text := b.text("main"); !strings.Contains(text, "maria.garcia@example.org") {
		b.t.Errorf("the page does not show the new address:\n%s", text)
	}

	b.open(p.issuer + "/admin/people")
	b.page("admin-people")
	b.types("name", "Garsia Mariya", "email", "maria.garcia@example.org")
	b.follow("search")
	b.says("admin-people", "1 person")
	b.arrive("open the person", chromedp.Click(chromedp.CSS("tbody a"), chromedp.NodeVisible))
	b.page("admin-person")
	b.follow("revoke")
	b.says("admin-invite", "The invitation is revoked")
}

// arrive does something that leads to another page, and waits for that page.
func (b *browser) arrive(what string, step chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, step); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}
