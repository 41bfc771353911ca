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
