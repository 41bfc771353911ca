package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"udap-idp/internal/pages"
	"udap-idp/web"
)

// shown is a page as the tests of every page open it: a line of shownPages. A new page is one line there.
type shown struct {
	name   string  // unique: of the subtest and of the picture
	page   string  // data-page of its main element
	route  string  // the patterns of internal/server/routes.go that lead to it, "" for a problem
	as     visitor // in whose browser
	path   string  // where it is, unless open says how to get there
	open   func(h *shownHouse)
	letter bool // to somebody in her language, whatever the reader's is
	words  bool // it differs from another line by its words only, and is looked at in one width
}

// visitor is who looks at a page.
type visitor string

const (
	nobody        visitor = ""
	patient       visitor = "patient"
	administrator visitor = "administrator"
)

// shownHouse is the running product with somebody in it, and the one Chromium that walks through all pages.
type shownHouse struct {
	*browser
	idp      *provider
	hospital *relyingParty
	gallery  string // serves the pages that a running product shows only when something is broken
	cookies  map[visitor][]*network.CookieParam
	links    map[string]string // invitations by the state they are in
}

func newShownHouse(t *testing.T) *shownHouse {
	t.Helper()
	p := newProvider(t, "--operator-name", "Sample Health ID", "--help-email", "help@sample.example", "--help-phone", "+1 206 555 0123")
	h := &shownHouse{
		browser: newBrowserFor(t, 5*walkLimit), idp: p, hospital: newRelyingParty(t, p, "https://general-hospital.example"), gallery: newGallery(t),
		cookies: map[visitor][]*network.CookieParam{}, links: map[string]string{},
	}
	_, h.links["open"] = p.invite("")
	_, link := p.invite("idial1.8")
	h.moveIn(patient, link, "/account")
	h.links["used"] = link
	var added struct {
		EnrolURL string `json:"enrol_url"`
	}
	run(t, &added, append([]string{"user", "add", "--given-name", "Max", "--family-name", "Admin", "--birthdate", "1948-02-29", "--email", "max@example.org", "--administrator"}, p.settings...)...)
	h.moveIn(administrator, added.EnrolURL, "/admin")
	return h
}

// moveIn enrols and signs in, and keeps the browser's cookies for the visitor.
func (h *shownHouse) moveIn(who visitor, link, home string) {
	h.t.Helper()
	h.enter(nobody, "en")
	h.enrol(link)
	h.open(h.idp.issuer + home)
	h.page("sign-in")
	h.click("passkey-sign-in")
	h.page(strings.Trim(home, "/"))
	found, err := chromedp.Call(h.ctx, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range found.Cookies {
		if c.Name != "lang" {
			h.cookies[who] = append(h.cookies[who], &network.CookieParam{
				Name: c.Name, Value: c.Value, Domain: c.Domain, Path: c.Path, HTTPOnly: c.HTTPOnly, SameSite: c.SameSite,
			})
		}
	}
	// The next one has an authenticator of her own.
	h.authenticatorGone()
	h.authenticator()
}

// enter makes the browser that of a visitor who reads a language.
func (h *shownHouse) enter(who visitor, lang string) {
	h.t.Helper()
	if _, err := chromedp.Call(h.ctx, storage.ClearCookies, storage.ClearCookiesParams{}); err != nil {
		h.t.Fatal(err)
	}
	cookies := append([]*network.CookieParam{{Name: "lang", Value: lang, Domain: "localhost", Path: "/"}}, h.cookies[who]...)
	if _, err := chromedp.Call(h.ctx, storage.SetCookies, storage.SetCookiesParams{Cookies: cookies}); err != nil {
		h.t.Fatal(err)
	}
}

// show opens a page of the catalogue.
func (h *shownHouse) show(s shown, lang string) {
	h.t.Helper()
	h.enter(s.as, lang)
	if s.open != nil {
		s.open(h)
	} else {
		h.browser.open(h.idp.issuer + s.path)
	}
	h.page(s.page)
}

// authorize sends the browser as the hospital does.
func (h *shownHouse) authorize() { h.t.Helper(); h.browser.open(h.hospital.authorizeURL("s", "n")) }

// connected shares with the hospital, and goes to its page in the account.
func (h *shownHouse) connected() {
	h.t.Helper()
	h.authorize()
	h.allow()
	h.page("received")
	<-h.hospital.answers
	h.browser.open(h.idp.issuer + "/account/organisations")
	h.page("account-organizations")
	h.do("open the organization", chromedp.Click(chromedp.CSS(".items .item"), chromedp.NodeVisible))
}

// disown goes to the page of the latest thing in the account that may not have been she.
func (h *shownHouse) disown() {
	h.t.Helper()
	h.browser.open(h.idp.issuer + "/account/activity")
	h.page("account-activity")
	h.arrive("disown", chromedp.Evaluate[chromedp.Void](`location.href = document.querySelector("main .item-actions a").href`))
}

// report sends the form of a passkey with a problem, as its script does.
func (h *shownHouse) report(problem string) {
	h.t.Helper()
	h.do("report "+problem, chromedp.Evaluate[chromedp.Void](`(() => { const f = document.getElementById("passkey-form"); f.elements.problem.value = "`+problem+`"; f.submit() })()`))
	h.do("the problem in words", waitForText("[role=alert]"))
}

// send sends a form as it is, past what the browser itself would ask for. With a name the first of its fields of that name is emptied
// before.
func (h *shownHouse) send(form, emptied string) {
	h.t.Helper()
	script := fmt.Sprintf(`(() => { const f = document.querySelector(%q), e = f.elements[%q]; if (e) e.value = ""; f.submit() })()`, form, emptied)
	h.arrive("send "+form, chromedp.Evaluate[chromedp.Void](script))
}

// shownPages is every page of the product. TestEveryRouteIsShown fails when one is missing.
func shownPages() []shown {
	list := []shown{
		{name: "home", page: "home", route: "GET /{$}", path: "/"},
		{name: "home-signed-in", page: "home", route: "GET /{$}", as: patient, path: "/"},
		{name: "invitation", page: "invitation", route: "GET /invite/{token}", open: func(h *shownHouse) { h.invited(h.links["open"]) }},
		{name: "invitation-problem", page: "invitation", open: func(h *shownHouse) { h.invited(h.links["open"]); h.report("cancelled") }},
		{name: "invitation-used", page: "problem", open: func(h *shownHouse) { h.browser.open(h.links["used"]) }},
		{name: "invitation-unknown", page: "problem", path: "/invite/nobody-knows-it"},
		{name: "enrolled", page: "enrolled", as: patient, open: func(h *shownHouse) { h.browser.open(h.links["used"]) }},
		{name: "sign-in", page: "sign-in", route: "GET /login", path: "/login"},
		{name: "sign-in-hospital", page: "sign-in", open: (*shownHouse).authorize},
		{name: "sign-in-problem", page: "sign-in", open: func(h *shownHouse) { h.authorize(); h.report("cancelled") }},
		{name: "sign-in-remembered", page: "sign-in", open: fromGallery("sign-in-remembered")},
		{name: "sign-in-phone", page: "sign-in", path: "/login?with=phone"},
		{name: "sign-in-again", page: "sign-in", as: patient, path: "/login?again=1"},
		{name: "login-other", page: "login-other", route: "GET /login/other", path: "/login/other"},
		{name: "consent", page: "consent", route: "GET /consent", as: patient, open: (*shownHouse).authorize},
		{name: "consent-identifier", page: "consent-identifier", as: patient, open: func(h *shownHouse) {
			h.authorize()
			h.page("consent")
			h.acceptPractices()
			h.click("consent-allow")
		}},
		{name: "account", page: "account", route: "GET /account", as: patient, path: "/account"},
		{name: "account-profile", page: "account-profile", route: "GET /account/profile", as: patient, path: "/account/profile"},
		{name: "account-identifier", page: "account-identifier", route: "GET /account/profile/identifier", as: patient, path: "/account/profile/identifier"},
		{name: "account-identifier-shown", page: "account-identifier", as: patient, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/account/profile/identifier")
			h.send("main form", "")
		}},
		{name: "account-change-address", page: "account-change", route: "GET /account/profile/change", as: patient, path: "/account/profile/change?of=address"},
		{name: "account-change-problem", page: "account-change", as: patient, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/account/profile/change?of=address")
			h.send("main form", "city")
		}},
		{name: "account-correct", page: "account-correct", route: "GET /account/profile/correct", as: patient, path: "/account/profile/correct?of=birthdate"},
		{name: "account-organizations", page: "account-organizations", route: "GET /account/organisations", as: patient, path: "/account/organisations"},
		{name: "account-sharing", page: "account-sharing", route: "GET /account/sharing", as: patient, path: "/account/sharing"},
		{name: "account-organization", page: "account-organization", route: "GET /account/organisations/{consent}", as: patient, open: (*shownHouse).connected},
		{name: "account-stop", page: "account-stop", route: "GET /account/organisations/{consent}/stop", as: patient, open: func(h *shownHouse) {
			h.connected()
			h.page("account-organization")
			h.click("stop")
		}},
		{name: "account-sessions", page: "account-sessions", route: "GET /account/sessions", as: patient, path: "/account/sessions"},
		{name: "account-activity", page: "account-activity", route: "GET /account/activity", as: patient, path: "/account/activity"},
		{name: "account-not-me", page: "account-not-me", route: "GET /account/activity/{event}", as: patient, open: (*shownHouse).disown},
		{name: "account-not-me-done", page: "account-not-me", as: patient, open: func(h *shownHouse) {
			h.disown()
			h.page("account-not-me")
			h.send("main form", "")
		}},
		{name: "account-download", page: "account-download", route: "GET /account/download", as: patient, path: "/account/download"},
		{name: "account-export", page: "account-export", as: patient, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/account/download")
			h.page("account-download")
			h.click("download-page")
		}},
		{name: "account-close-problem", page: "account-close", as: patient, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/account/close")
			h.send("main form", "")
		}},
		{name: "account-preferences", page: "account-preferences", route: "GET /account/preferences", as: patient, path: "/account/preferences"},
		{name: "account-close", page: "account-close", route: "GET /account/close", as: patient, path: "/account/close"},
		{name: "account-passkeys", page: "account-passkeys", route: "GET /account/passkeys", as: patient, path: "/account/passkeys"},
		{name: "account-passkeys-offer", page: "account-passkeys", open: fromGallery("passkeys-offer")},
		{name: "account-passkey-add", page: "account-passkey-add", route: "GET /account/passkeys/add", open: fromGallery("passkey-add")},
		{name: "account-passkey-add-problem", page: "account-passkey-add", open: fromGallery("passkey-add-problem")},
		{name: "account-passkey-name", page: "account-passkey-name", route: "GET /account/passkeys/{passkey}/name", open: fromGallery("passkey-name")},
		{name: "account-passkey-name-problem", page: "account-passkey-name", open: fromGallery("passkey-name-problem")},
		{name: "account-passkey-remove", page: "account-passkey-remove", route: "GET /account/passkeys/{passkey}/remove", open: fromGallery("passkey-remove")},
		{name: "account-passkey-last", page: "account-passkey-remove", open: fromGallery("passkey-last")},
		{name: "admin", page: "admin", route: "GET /admin", as: administrator, path: "/admin"},
		{name: "admin-trust", page: "admin-trust", route: "GET /admin/trust", as: administrator, path: "/admin/trust"},
		{name: "admin-settings", page: "admin-settings", route: "GET /admin/settings", as: administrator, path: "/admin/settings"},
		{name: "admin-retention", page: "admin-retention", route: "GET /admin/retention", as: administrator, path: "/admin/retention"},
		{name: "admin-message-test", page: "admin-message-test", route: "GET /admin/messages/test", as: administrator, path: "/admin/messages/test"},
		{name: "admin-policies", page: "admin-policies", route: "GET /admin/policies", as: administrator, path: "/admin/policies"},
		{name: "admin-policy", page: "admin-policy", route: "GET /admin/policies/{id} GET /admin/policies/{id}/preview", as: administrator, path: "/admin/policies/practices"},
		{name: "admin-policy-changes", page: "admin-policy-changes", route: "GET /admin/policies/{id}/changes", as: administrator, path: "/admin/policies/practices/changes"},
		{name: "admin-branding", page: "admin-branding", route: "GET /admin/branding GET /admin/branding/preview/{id}", as: administrator, path: "/admin/branding"},
		{name: "admin-keys", page: "admin-keys", route: "GET /admin/keys", as: administrator, path: "/admin/keys"},
		{name: "admin-key", page: "admin-key", route: "GET /admin/keys/{id}", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/keys")
			h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
		}},
		{name: "admin-administrators", page: "admin-administrators", route: "GET /admin/administrators", as: administrator, path: "/admin/administrators"},
		{name: "admin-administrator", page: "admin-administrator", route: "GET /admin/administrators/{id}", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/administrators")
			h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
		}},
		{name: "admin-approvals", page: "admin-approvals", route: "GET /admin/approvals", as: administrator, path: "/admin/approvals"},
		{name: "admin-people", page: "admin-people", route: "GET /admin/people", as: administrator, path: "/admin/people?name=garcia+maria"},
		{name: "admin-people-problem", page: "admin-people", as: administrator, path: "/admin/people?name=garcia"},
		{name: "admin-person", page: "admin-person", route: "GET /admin/people/{id}", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/people?name=garcia+maria")
			h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
		}},
		{name: "admin-proofings", page: "admin-proofings", route: "GET /admin/proofing", as: administrator, path: "/admin/proofing"},
		{name: "admin-proofing-new", page: "admin-proofing-new", route: "GET /admin/proofing/new", as: administrator, open: (*shownHouse).newProofing},
		{name: "admin-proofing", page: "admin-proofing", route: "GET /admin/proofing/{id}", as: administrator, open: func(h *shownHouse) { h.openProofing("") }},
		{name: "admin-proofing-evidence", page: "admin-proofing-step", route: "GET /admin/proofing/{id}/{step}", as: administrator, open: func(h *shownHouse) { h.openProofing("/evidence?type=drivers_license") }},
		{name: "admin-proofing-evidence-problem", page: "admin-proofing-step", as: administrator, open: func(h *shownHouse) {
			h.openProofing("/evidence?type=drivers_license")
			h.send("main form", "state")
		}},
		{name: "admin-proofing-contact", page: "admin-proofing-step", as: administrator, open: func(h *shownHouse) { h.openProofing("/contact") }},
		{name: "admin-proofing-declaration", letter: true, page: "admin-proofing-step", as: administrator, open: func(h *shownHouse) { h.openProofing("/declaration") }},
		{name: "account-declaration", page: "account-declaration", route: "GET /account/declaration", as: patient, path: "/account/declaration"},
		{name: "account-declaration-waits", letter: true, page: "account-declaration", open: fromGallery("account-declaration")},
		{name: "admin-requests", page: "admin-requests", route: "GET /admin/requests", as: administrator, path: "/admin/requests"},
		{name: "admin-request", page: "admin-request", route: "GET /admin/requests/{id}", as: administrator, open: (*shownHouse).openRequest},
		{name: "admin-messages", page: "admin-messages", route: "GET /admin/messages", as: administrator, path: "/admin/messages"},
		{name: "admin-message", page: "admin-message", route: "GET /admin/messages/{id}", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/messages")
			h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
		}},
		{name: "admin-audit", page: "admin-audit", route: "GET /admin/audit", as: administrator, path: "/admin/audit"},
		{name: "admin-audit-event", page: "admin-audit-event", route: "GET /admin/audit/{id}", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/audit")
			h.do("open the first", chromedp.Click(chromedp.CSS("tbody a")))
		}},
		{name: "admin-check", page: "admin-check", route: "GET /admin/audit/check", as: administrator, path: "/admin/audit/check"},
		{name: "admin-link", page: "admin-link", open: fromGallery("admin-link")},
		{name: "setup", page: "setup", open: fromGallery("setup")},
		{name: "policy", page: "policy", route: "GET /policy/{kind} GET /policy/{kind}/{version}", path: "/policy/practices"},
		{name: "terms", page: "policy", path: "/policy/terms"},
		{name: "signed-out", page: "signed-out", open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/")
			h.do("sign out", chromedp.Evaluate[chromedp.Void](`(() => { const f = document.createElement("form"); f.method = "post"; f.action = "/logout"; document.body.append(f); f.submit() })()`))
		}},
		{name: "repudiate", page: "repudiate", route: "GET /repudiate/{token}", open: fromGallery("repudiate")},
		{name: "repudiated", page: "repudiated", open: fromGallery("repudiated")},
		{name: "not-found", page: "problem", path: "/nothing/is/here"},
		{name: "forbidden", page: "problem", as: patient, path: "/admin"},
		{name: "client-unknown", page: "problem", path: "/authorize?client_id=nobody"},
		{name: "request-elsewhere", page: "problem", path: "/login?req=of-another-browser"},
	}
	list = append(list, peopleShown()...)
	list = append(list, trustShown()...)
	list = append(list, recoveryShown()...)
	list = append(list, clientsShown()...)
	list = append(list, mergingShown()...)
	for _, kind := range pages.Kinds() {
		list = append(list, shown{name: "problem-" + kind, page: "problem", open: fromGallery("problem/" + kind), words: true})
	}
	return list
}

func fromGallery(name string) func(*shownHouse) {
	return func(h *shownHouse) { h.t.Helper(); h.browser.open(h.gallery + "/" + name) }
}

// newGallery serves pages that the running product shows only after something broke or took long: the same templates and headers,
// without what leads to them.
func newGallery(t *testing.T) string {
	t.Helper()
	p, err := pages.New(pages.Brand{Name: "Sample Health ID", HelpEmail: "help@sample.example", HelpPhone: "+1 206 555 0123"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+web.Prefix, web.Handler())
	show := func(name string, render func(w http.ResponseWriter, r *http.Request) error) {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			if err := render(w, r); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	for _, kind := range pages.Kinds() {
		show("problem/"+kind, func(w http.ResponseWriter, r *http.Request) error {
			return p.Problem(w, r, pages.Problem{Kind: kind, Number: "7F3K-Q2", Back: "https://hospital.example/", BackName: "General Hospital"})
		})
	}
	show("repudiate", func(w http.ResponseWriter, r *http.Request) error {
		return p.Repudiate(w, r, pages.Repudiate{Action: "/repudiate/x", ProofedAt: time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC)})
	})
	show("repudiated", p.Repudiated)
	for name, render := range passkeyGallery(p) {
		show(name, render)
	}
	for name, render := range clientsGallery(p) {
		show(name, render)
	}
	for name, render := range mergingGallery(p) {
		show(name, render)
	}
	for name, render := range trustGallery(p) {
		show(name, render)
	}
	for name, render := range recoveryGallery(p) {
		show(name, render)
	}
	show("activity", activityOfTwoDays(p))
	show("account-declaration", func(w http.ResponseWriter, r *http.Request) error {
		return p.AccountDeclaration(w, r, pages.AccountDeclaration{AskedAt: time.Date(2026, time.May, 4, 9, 0, 0, 0, time.UTC), Signing: &pages.Signing{
			Options: "{}", Locale: "en", Text: "María García · 12 Chestnut Street, Boston, MA 02108", // whose words are the catalogue's
		}})
	})
	show("setup", func(w http.ResponseWriter, r *http.Request) error {
		return p.AdminSetup(w, r, pages.AdminSetup{Action: "/setup/x"})
	})
	show("admin-link", func(w http.ResponseWriter, r *http.Request) error {
		return p.AdminLink(w, r, pages.AdminLink{
			Desk: pages.Desk{SignedInAs: "Max Admin", RoleKey: pages.RoleKey("owner"), Sections: []pages.Section{{URL: "/admin", TextKey: "admin.nav.dashboard", Current: true}}},
			Name: "Olga Ito", URL: "https://id.sample.example/invite/" + strings.Repeat("x", 64), ExpiresAt: time.Date(2026, time.May, 4, 0, 0, 0, 0, time.UTC), Back: "/admin/administrators",
		})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + at.Port() // the cookies are localhost's
}

// TestEveryRouteIsShown: a route that shows a page, and a template, is in a line of the catalogue, so that nobody forgets to look at it.
func TestEveryRouteIsShown(t *testing.T) {
	t.Parallel()
	routes, templates, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range shownPages() {
		if names[s.name] {
			t.Errorf("two lines are called %s", s.name)
		}
		names[s.name], templates[s.page] = true, true
		for route := range strings.SplitSeq(strings.ReplaceAll(s.route, " GET ", "\nGET "), "\n") {
			routes[route] = true
		}
	}
	for _, route := range pageRoutes(t) {
		if !routes[route] && notShown[route] == "" {
			t.Errorf("the route %s is in no line of shownPages", route)
		}
	}
	for _, name := range pages.Names() {
		if !templates[name] {
			t.Errorf("the page %s is in no line of shownPages", name)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(notShown)) {
		if !slices.Contains(pageRoutes(t), route) {
			t.Errorf("%s is excused and does not exist", route)
		}
	}
}
