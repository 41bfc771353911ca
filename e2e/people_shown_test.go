package e2e

import (
	"strings"

	"github.com/chromedp/chromedp"
)

// peopleShown are the pages about people at the administrators' desk.
func peopleShown() []shown {
	return []shown{
		{name: "admin-people-filtered", page: "admin-people", words: true, as: administrator, path: "/admin/people?state=never&role=patient"},
		{name: "admin-people-nobody", page: "admin-people", words: true, as: administrator, path: "/admin/people?name=nobody+here"},
		{name: "admin-new-person", page: "admin-new-person", route: "GET /admin/people/new", as: administrator, path: "/admin/people/new?name=Ana+Rivera"},
		{name: "admin-new-person-problem", page: "admin-new-person", words: true, as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/people/new")
			h.send("main form", "")
		}},
		{name: "admin-new-person-known", page: "admin-new-person", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/people/new?name=Maria+Garcia&birthdate=1948-02-29&email=maria@example.org&phone=5")
			h.fill("phone", "+1 555 555 0100")
			h.follow("create")
		}},
		{name: "admin-edit", page: "admin-edit", route: "GET /admin/people/{id}/edit", as: administrator, open: func(h *shownHouse) { h.openPerson("/edit?of=address") }},
		{name: "admin-edit-problem", page: "admin-edit", words: true, as: administrator, open: func(h *shownHouse) {
			h.openPerson("/edit?of=phone")
			h.send("main form", "phone")
		}},
		{name: "admin-person-signed-in", page: "admin-person", words: true, as: administrator, open: func(h *shownHouse) { h.openPerson("") }},
		{name: "admin-shares", page: "admin-shares", route: "GET /admin/people/{id}/shares", as: administrator, open: func(h *shownHouse) { h.openPerson("/shares") }},
		{name: "admin-identifier", page: "admin-identifier", as: administrator, open: func(h *shownHouse) {
			h.openPerson("")
			h.page("admin-person")
			h.do("open it", chromedp.Click(chromedp.CSS("details.narrow > summary"), chromedp.NodeVisible))
			h.fill("reveal-reason", "asked for by the person")
			h.follow("reveal")
		}},
		{name: "admin-messages-of-one", page: "admin-messages", words: true, as: administrator, open: func(h *shownHouse) {
			h.openPerson("")
			h.follow("messages")
		}},
		{name: "admin-invite", page: "admin-invite", route: "GET /admin/people/{id}/invite", as: administrator, open: func(h *shownHouse) { h.openPerson("/invite") }},
		{name: "admin-invite-problem", page: "admin-invite", words: true, as: administrator, open: func(h *shownHouse) {
			h.openPerson("/invite")
			h.send("main form", "")
		}},
		{name: "admin-invited", page: "admin-invited", words: true, as: administrator, open: func(h *shownHouse) { h.inviteBack("code") }},
		{name: "admin-invited-letter", page: "admin-invited", letter: true, as: administrator, open: func(h *shownHouse) { h.inviteBack("letter") }},
	}
}

// openPerson goes to a page of the person who was added last, who has a passkey.
func (h *shownHouse) openPerson(page string) {
	h.t.Helper()
	h.browser.open(h.idp.issuer + "/admin/people?name=garcia+maria&passkey=yes")
	h.arrive("open the first", chromedp.Click(chromedp.CSS("tbody a")))
	if page != "" {
		at := evaluate[string](h.browser, `location.href`)
		h.browser.open(strings.SplitN(at, "?", 2)[0] + page)
	}
}

// inviteBack invites that person back into her account.
func (h *shownHouse) inviteBack(way string) {
	h.t.Helper()
	h.openPerson("/invite")
	h.page("admin-invite")
	h.fill("reason", "passport compared with her face")
	h.click("way-" + way)
	h.follow("invite")
}
