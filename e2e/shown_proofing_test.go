package e2e

import (
	"github.com/chromedp/chromedp"
)

// openRequest opens what the patient asks for. The first time she asks for it.
func (h *shownHouse) openRequest() {
	h.t.Helper()
	h.browser.open(h.idp.issuer + "/admin/requests")
	h.page("admin-requests")
	if !evaluate[bool](h.browser, `Boolean(document.querySelector("tbody a"))`) {
		lang := evaluate[string](h.browser, "document.documentElement.lang")
		h.enter(patient, lang)
		h.browser.open(h.idp.issuer + "/account/profile/correct?of=birthdate")
		h.page("account-correct")
		h.arrive("ask", chromedp.Evaluate[chromedp.Void](`(() => { const f = document.querySelector("main form"); f.elements.text.value = "It was in 1981."; f.submit() })()`))
		h.enter(administrator, lang)
		h.browser.open(h.idp.issuer + "/admin/requests")
		h.page("admin-requests")
	}
	h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
}

// newProofing goes to the page on which the patient's identity check begins.
func (h *shownHouse) newProofing() {
	h.t.Helper()
	h.browser.open(h.idp.issuer + "/admin/people?name=garcia+maria")
	h.page("admin-people")
	person := evaluate[string](h.browser, `document.querySelector("tbody a").pathname.split("/").pop()`)
	h.browser.open(h.idp.issuer + "/admin/proofing/new?person=" + person)
}

// openProofing opens a page of an event that is being recorded. The first time one is begun.
func (h *shownHouse) openProofing(step string) {
	h.t.Helper()
	h.browser.open(h.idp.issuer + "/admin/proofing?show=draft")
	h.page("admin-proofings")
	if !evaluate[bool](h.browser, `Boolean(document.querySelector("tbody a"))`) {
		h.newProofing()
		h.page("admin-proofing-new")
		h.send("main form", "")
		h.page("admin-proofing")
		h.browser.open(h.idp.issuer + "/admin/proofing?show=draft")
		h.page("admin-proofings")
	}
	event := evaluate[string](h.browser, `document.querySelector("tbody a").href`)
	h.browser.open(event + step)
}
