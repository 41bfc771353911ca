package e2e

import (
	"net/http"
	"time"

	"github.com/chromedp/chromedp"

	"udap-idp/internal/pages"
)

// clientsShown are the pages of data holders, of what they attempted, and of what they would get.
func clientsShown() []shown {
	first := func(path string) func(*shownHouse) {
		return func(h *shownHouse) {
			h.t.Helper()
			h.browser.open(h.idp.issuer + path)
			h.arrive("open the first", chromedp.Evaluate[chromedp.Void](`location.href = document.querySelector("tbody a").href`))
		}
	}
	return []shown{
		{name: "admin-clients", page: "admin-clients", route: "GET /admin/clients", as: administrator, path: "/admin/clients"},
		{name: "admin-client", page: "admin-client", route: "GET /admin/clients/{id}", as: administrator, open: first("/admin/clients")},
		{name: "admin-client-delete", page: "admin-client-delete", route: "GET /admin/clients/{id}/delete", as: administrator, open: func(h *shownHouse) {
			h.browser.open(h.idp.issuer + "/admin/clients/" + h.hospital.config.ClientID + "/delete")
		}},
		{name: "admin-attempts", page: "admin-attempts", route: "GET /admin/attempts", as: administrator, path: "/admin/attempts"},
		{name: "admin-attempts-problem", page: "admin-attempts", as: administrator, path: "/admin/attempts?address=here&since=soon"},
		{name: "admin-attempt", page: "admin-attempt", route: "GET /admin/attempts/{id}", as: administrator, open: first("/admin/attempts")},
		{name: "admin-attempt-refused", page: "admin-attempt", open: fromGallery("attempt-refused")},
		{name: "admin-anchor", page: "admin-anchor", route: "GET /admin/attempts/{id}/trust", open: fromGallery("anchor")},
		{name: "admin-anchor-problem", page: "admin-anchor", open: fromGallery("anchor-problem")},
		{name: "admin-claims", page: "admin-claims", route: "GET /admin/people/{id}/claims", as: administrator, open: func(h *shownHouse) {
			h.t.Helper()
			h.browser.open(h.idp.issuer + "/admin/people?name=garcia+maria")
			h.arrive("open the preview", chromedp.Evaluate[chromedp.Void](`location.href = document.querySelector("tbody a").href + "/claims?client=`+h.hospital.config.ClientID+`"`))
		}},
		{name: "admin-claims-choose", page: "admin-claims", as: administrator, open: func(h *shownHouse) {
			h.t.Helper()
			h.browser.open(h.idp.issuer + "/admin/people?name=garcia+maria")
			h.arrive("open the choice", chromedp.Evaluate[chromedp.Void](`location.href = document.querySelector("tbody a").href + "/claims?q=hospital"`))
		}},
	}
}

// clientsGallery are those that somebody else's mistake leads to.
func clientsGallery(p *pages.Pages) map[string]func(w http.ResponseWriter, r *http.Request) error {
	at := time.Date(2026, time.November, 24, 9, 30, 0, 0, time.UTC)
	desk := pages.Desk{SignedInAs: "Max Admin", RoleKey: pages.RoleKey("trust-manager"), Sections: []pages.Section{{URL: "/admin", TextKey: "admin.nav.dashboard"}, {URL: "/admin/attempts", TextKey: "admin.nav.attempts", Current: true}}}
	link := func(subject string, below *pages.ChainLink, marks ...pages.ChainMark) *pages.ChainLink {
		return &pages.ChainLink{Subject: subject, SHA256: "4F0C3FA1B8B4B2E16D1C4F0C3FA1B8B4B2E16D1C4F0C3FA1B8B4B2E16D1C0001", NotBefore: at, NotAfter: at.AddDate(1, 0, 0), Marks: marks, Below: below}
	}
	was := pages.ChainMark{Key: "was-valid", Tone: "good"}
	leaf := link("CN=General Hospital,O=General Hospital,L=Seattle,C=US", nil, was)
	leaf.URIs = []string{"https://general-hospital.example/fhir/r4"}
	anchor := link("CN=Example Health Network Root CA,O=Example Health Network,C=US", link("CN=Example Health Network Issuing CA 2,O=Example Health Network,C=US", leaf, was), was, pages.ChainMark{Key: "no-anchor", Tone: "bad"})
	asked := pages.AdminAnchor{Desk: desk, ID: "x", Issuer: "https://general-hospital.example/fhir/r4", Anchor: *link(anchor.Subject, nil, anchor.Marks...), IsAnchor: true, Communities: []pages.Option{{Value: "1", Name: "Example Health Network"}}}
	wrong := asked
	wrong.Certificate, wrong.Published = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "4F:0C"
	wrong.Errors = pages.FieldErrors{{Field: "community", TextKey: "admin.anchor.wrong.community"}, {Field: "certificate", TextKey: "admin.anchor.wrong.other"}, {Field: "published", TextKey: "admin.anchor.wrong.different"}}
	return map[string]func(w http.ResponseWriter, r *http.Request) error{
		"attempt-refused": func(w http.ResponseWriter, r *http.Request) error {
			return p.AdminAttempt(w, r, pages.AdminAttempt{
				Desk: desk, AttemptRow: pages.AttemptRow{ID: "x", Kind: "registration", Outcome: "refused", At: at, Issuer: "https://general-hospital.example/fhir/r4", IP: "192.0.2.7", Number: "7F3K-Q2", Diagnosis: "untrusted-anchor", Count: 1},
				Status: 400, Code: "unapproved_software_statement", Description: "the certificate x5c[0] does not lead, by certificates that are valid now, to a trust anchor of a community of this server",
				Cause: "no path to an anchor of any of the 2 trust communities known here", Chain: anchor, Untrusted: true, MayTrust: true,
				Letter: "Registration at https://idp.example\n\nWhen:        2026-11-24T09:30:00Z\nFrom:        192.0.2.7\nAnswer:      400 unapproved_software_statement\n\nWhat to do\n  The chain leads to no trust anchor of this server.\n",
				Checks: []pages.AttemptCheck{{Name: "request", Outcome: "passed"}, {Name: "software statement", Outcome: "passed"}, {Name: "signature", Outcome: "passed"}, {Name: "claims", Outcome: "passed"}, {Name: "trust", Outcome: "failed", Detail: "the certificate x5c[0] does not lead to a trust anchor"}},
			})
		},
		"anchor":         func(w http.ResponseWriter, r *http.Request) error { return p.AdminAnchor(w, r, asked) },
		"anchor-problem": func(w http.ResponseWriter, r *http.Request) error { return p.AdminAnchor(w, r, wrong) },
	}
}
