package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// expected is the table of permissions once more, written by hand: a change of who may do what is made in two places, on purpose.
var expected = map[string]string{
	"GET /admin":                                       "owner identity-clerk trust-manager auditor help-desk",
	"GET /admin/trust":                                 "owner trust-manager auditor",
	"GET /admin/trust/new":                             "owner trust-manager",
	"POST /admin/trust/new":                            "owner trust-manager",
	"POST /admin/trust":                                "owner trust-manager",
	"GET /admin/trust/{id}":                            "owner trust-manager auditor",
	"POST /admin/trust/{id}/check":                     "owner trust-manager",
	"GET /admin/trust/{id}/authority":                  "owner trust-manager",
	"POST /admin/trust/{id}/authority":                 "owner trust-manager",
	"POST /admin/trust/{id}/authority/store":           "owner trust-manager",
	"GET /admin/trust/{id}/authority/{sha256}":         "owner trust-manager",
	"POST /admin/trust/{id}/authority/{sha256}":        "owner trust-manager",
	"GET /admin/trust/{id}/settings":                   "owner trust-manager",
	"POST /admin/trust/{id}/settings":                  "owner trust-manager",
	"GET /admin/trust/{id}/state":                      "owner trust-manager",
	"POST /admin/trust/{id}/suspend":                   "owner trust-manager",
	"POST /admin/trust/{id}/resume":                    "owner trust-manager",
	"POST /admin/trust/{id}/delete":                    "owner trust-manager",
	"GET /admin/trust/{id}/request":                    "owner trust-manager",
	"POST /admin/trust/{id}/request":                   "owner trust-manager",
	"GET /admin/trust/{id}/request/{request}":          "owner trust-manager auditor",
	"GET /admin/trust/{id}/request/{request}/csr":      "owner trust-manager auditor",
	"POST /admin/trust/{id}/request/{request}/accept":  "owner trust-manager",
	"POST /admin/trust/{id}/request/{request}/discard": "owner trust-manager",

	"GET /admin/clients":                "owner identity-clerk trust-manager auditor",
	"GET /admin/clients/{id}":           "owner identity-clerk trust-manager auditor",
	"POST /admin/clients/{id}/suspend":  "owner trust-manager",
	"POST /admin/clients/{id}/resume":   "owner trust-manager",
	"POST /admin/clients/{id}/settings": "owner trust-manager",
	"GET /admin/clients/{id}/delete":    "owner trust-manager",
	"POST /admin/clients/{id}/delete":   "owner trust-manager",
	"POST /admin/clients/{id}/claims":   "owner identity-clerk auditor",
	"GET /admin/people/{id}/claims":     "owner identity-clerk auditor",
	"POST /admin/people/{id}/claims":    "owner identity-clerk",
	"GET /admin/attempts":               "owner trust-manager auditor",
	"GET /admin/attempts/{id}":          "owner trust-manager auditor",
	"POST /admin/attempts/{id}/allow":   "owner trust-manager",
	"GET /admin/attempts/{id}/trust":    "owner trust-manager",
	"POST /admin/attempts/{id}/trust":   "owner trust-manager",

	"GET /admin/settings":             "owner auditor",
	"POST /admin/settings":            "owner",
	"POST /admin/settings/{id}/clear": "owner",

	"GET /admin/branding":               "owner auditor",
	"POST /admin/branding":              "owner",
	"GET /admin/branding/look/{id}":     "owner auditor",
	"GET /admin/policies":               "owner auditor",
	"GET /admin/policies/{id}":          "owner auditor",
	"POST /admin/policies/{id}":         "owner",
	"POST /admin/policies/{id}/publish": "owner",
	"GET /admin/policies/{id}/preview":  "owner auditor",
	"GET /admin/policies/{id}/changes":  "owner auditor",
	"GET /admin/retention":              "owner auditor",
	"POST /admin/retention":             "owner",
	"POST /admin/retention/run":         "owner",
	"GET /admin/messages/test":          "owner",
	"POST /admin/messages/test":         "owner",
	"GET /admin/branding/preview/{id}":  "owner auditor",

	"GET /admin/keys":                   "owner trust-manager auditor",
	"GET /admin/keys/{id}":              "owner trust-manager auditor",
	"POST /admin/keys/{id}/change-over": "owner trust-manager",
	"POST /admin/keys/{id}/withdraw":    "owner trust-manager",

	"GET /admin/people":                     "owner identity-clerk auditor help-desk",
	"POST /admin/people/identifier":         "owner identity-clerk auditor",
	"GET /admin/people/{id}":                "owner identity-clerk auditor help-desk",
	"GET /admin/people/new":                 "owner identity-clerk",
	"POST /admin/people/new":                "owner identity-clerk",
	"GET /admin/people/{id}/edit":           "owner identity-clerk",
	"POST /admin/people/{id}/edit":          "owner identity-clerk",
	"GET /admin/people/{id}/shares":         "owner identity-clerk auditor",
	"POST /admin/people/{id}/sessions":      "owner identity-clerk",
	"GET /admin/people/{id}/identifier":     "owner identity-clerk",
	"POST /admin/people/{id}/identifier":    "owner identity-clerk",
	"GET /admin/people/{id}/invite":         "owner identity-clerk help-desk",
	"POST /admin/people/{id}/invite":        "owner identity-clerk help-desk",
	"POST /admin/people/{id}/invite/revoke": "owner identity-clerk help-desk",
	"POST /admin/people/{id}/suspend":       "owner identity-clerk",
	"POST /admin/people/{id}/resume":        "owner identity-clerk",
	"POST /admin/people/{id}/close":         "owner identity-clerk",

	"GET /admin/proofing":                "owner identity-clerk auditor",
	"GET /admin/proofing/new":            "owner identity-clerk",
	"POST /admin/proofing":               "owner identity-clerk",
	"GET /admin/proofing/{id}":           "owner identity-clerk auditor",
	"GET /admin/proofing/{id}/{step}":    "owner identity-clerk",
	"POST /admin/proofing/{id}/{step}":   "owner identity-clerk",
	"POST /admin/proofing/{id}/complete": "owner identity-clerk",
	"POST /admin/proofing/{id}/approve":  "owner identity-clerk",
	"POST /admin/proofing/{id}/reject":   "owner identity-clerk",
	"POST /admin/proofing/{id}/lower":    "owner identity-clerk",
	"POST /admin/proofing/{id}/revoke":   "owner identity-clerk",
	"POST /admin/proofing/{id}/apart":    "owner identity-clerk",
	"POST /admin/proofing/{id}/letter":   "owner identity-clerk",
	"POST /admin/proofing/{id}/message":  "owner identity-clerk",
	"POST /admin/proofing/{id}/sent":     "owner identity-clerk",
	"POST /admin/proofing/{id}/returned": "owner identity-clerk",
	"POST /admin/proofing/{id}/number":   "owner identity-clerk auditor",

	"GET /admin/requests":              "owner identity-clerk auditor",
	"GET /admin/requests/{id}":         "owner identity-clerk auditor",
	"POST /admin/requests/{id}/answer": "owner identity-clerk",

	"GET /admin/duplicates":                 "owner identity-clerk auditor",
	"GET /admin/duplicates/{a}/{b}":         "owner identity-clerk auditor",
	"POST /admin/duplicates/{a}/{b}/merge":  "owner identity-clerk",
	"POST /admin/duplicates/{a}/{b}/apart":  "owner identity-clerk",
	"POST /admin/duplicates/{a}/{b}/reopen": "owner identity-clerk",

	"GET /admin/import":               "owner identity-clerk auditor",
	"POST /admin/import":              "owner identity-clerk",
	"GET /admin/import/{id}":          "owner identity-clerk auditor",
	"POST /admin/import/{id}/start":   "owner identity-clerk",
	"POST /admin/import/{id}/stop":    "owner identity-clerk",
	"POST /admin/import/{id}/discard": "owner identity-clerk",
	"GET /admin/import/{id}/report":   "owner identity-clerk auditor",
	"POST /admin/import/{id}/links":   "owner identity-clerk",
	"GET /admin/export":               "owner",
	"POST /admin/export":              "owner",

	"GET /admin/messages":             "owner identity-clerk auditor",
	"GET /admin/messages/{id}":        "owner identity-clerk auditor",
	"POST /admin/messages/{id}/read":  "owner",
	"POST /admin/messages/{id}/retry": "owner identity-clerk",

	"GET /admin/administrators":              "owner auditor",
	"POST /admin/administrators":             "owner",
	"GET /admin/administrators/{id}":         "owner auditor",
	"POST /admin/administrators/{id}/invite": "owner",
	"POST /admin/administrators/{id}/role":   "owner",
	"POST /admin/administrators/{id}/revoke": "owner",

	"GET /admin/audit":        "owner auditor",
	"GET /admin/audit/{id}":   "owner auditor",
	"GET /admin/audit/export": "owner auditor",
	"GET /admin/audit/check":  "owner auditor",
	"POST /admin/audit/check": "owner auditor",

	"GET /admin/approvals":                "owner identity-clerk trust-manager auditor",
	"POST /admin/approvals/{id}/approve":  "owner identity-clerk trust-manager",
	"POST /admin/approvals/{id}/refuse":   "owner identity-clerk trust-manager",
	"POST /admin/approvals/{id}/withdraw": "owner identity-clerk trust-manager",
}

// TestEveryAdminRouteAsEveryRole walks every address as every role, as a patient and as a stranger.
func TestEveryAdminRouteAsEveryRole(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	routes := h.admin.Routes()
	for pattern := range expected {
		if routes[pattern] == nil {
			t.Errorf("%s is expected and does not answer", pattern)
		}
	}
	for pattern := range routes {
		if strings.HasSuffix(pattern, " /setup/{token}") {
			continue // for whoever has the link: TestServerIsClaimedWithItsLinkOnce
		}
		allowed, known := expected[pattern]
		if !known {
			t.Errorf("%s answers and nobody said for whom", pattern)
		}
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{id}", "none", "{a}", "none", "{b}", "other").Replace(path)
		for role := range h.roles {
			w := h.as(role).serve(method, path, url.Values{})
			got, want := w.Code != http.StatusForbidden, slices.Contains(strings.Fields(allowed), string(role))
			if got != want {
				t.Errorf("%s as %s: status %d, want allowed %t", pattern, role, w.Code, want)
			}
			if !want && strings.Contains(w.Body.String(), "Rivera") {
				t.Errorf("%s as %s names people", pattern, role)
			}
		}
		h.session = idp.Session{}
		if w := h.serve(method, path, url.Values{}); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/login") {
			t.Errorf("%s as a stranger: status %d to %q, want the sign-in", pattern, w.Code, w.Header().Get("Location"))
		}
	}
}

func TestPagesHideWhatTheRoleMayNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for role, links := range map[idp.Role]string{
		idp.Owner:         "/admin /admin/people /admin/duplicates /admin/import /admin/proofing /admin/requests /admin/trust /admin/messages /admin/approvals /admin/administrators /admin/audit",
		idp.IdentityClerk: "/admin /admin/people /admin/duplicates /admin/import /admin/proofing /admin/requests /admin/messages /admin/approvals",
		idp.TrustManager:  "/admin /admin/trust /admin/approvals",
		idp.Auditor:       "/admin /admin/people /admin/duplicates /admin/import /admin/proofing /admin/requests /admin/trust /admin/messages /admin/approvals /admin/administrators /admin/audit",
		idp.HelpDesk:      "/admin /admin/people",
	} {
		body := h.as(role).get("/admin").Body.String()
		for _, path := range strings.Fields("/admin/people /admin/duplicates /admin/import /admin/proofing /admin/requests /admin/trust /admin/messages /admin/approvals /admin/administrators /admin/audit") {
			if got, want := strings.Contains(body, `href="`+path+`"`), slices.Contains(strings.Fields(links), path); got != want {
				t.Errorf("%s sees %s: %t, want %t", role, path, got, want)
			}
		}
	}
	body := h.as(idp.Auditor).get("/admin/administrators/" + h.roles[idp.HelpDesk].ID).Body.String()
	if strings.Contains(body, "<form method=\"post\" action=\"/admin") {
		t.Error("an auditor, who changes nothing, sees a form")
	}
}

func TestForbiddenIsSaidInWordsAndRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clerk := h.roles[idp.IdentityClerk]
	w := h.as(idp.IdentityClerk).get("/admin/administrators")
	wantPage(t, w, http.StatusForbidden, "problem", "Your role is: Identity clerk")
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Actor: clerk.ID, Action: "admin.forbidden"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, "GET /admin/administrators") || events[0].RequestID != "7F3K-Q2" {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.as(idp.Patient).get("/admin"), http.StatusForbidden, "problem", "for administrators only")
}

func TestRoleThatIsTakenAwayCountsFromTheNextRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if w := h.as(idp.Auditor).get("/admin/trust"); w.Code != http.StatusOK {
		t.Fatalf("status %d", w.Code)
	}
	if _, err := h.people.SetRole(t.Context(), h.roles[idp.Auditor].ID, idp.HelpDesk, "moved", idp.Reading{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	if w := h.as(idp.Auditor).get("/admin/trust"); w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
}

// asksAgain are the addresses that want a sign-in of the last minutes, repeated by hand: the table must not forget one quietly. The forms
// about trust that keep what was filled in ask themselves, when they have read it: drafts_test.go.
const asksAgain = `
GET /admin/trust/new
GET /admin/trust/{id}/authority
POST /admin/trust/{id}/authority/{sha256}
GET /admin/trust/{id}/settings
POST /admin/trust/{id}/suspend
POST /admin/trust/{id}/resume
POST /admin/trust/{id}/delete
POST /admin/trust/{id}/request
POST /admin/trust/{id}/request/{request}/accept
POST /admin/trust/{id}/request/{request}/discard
POST /admin/settings
POST /admin/settings/{id}/clear
POST /admin/branding
POST /admin/retention
POST /admin/retention/run
POST /admin/messages/test
POST /admin/policies/{id}/publish
POST /admin/keys/{id}/change-over
POST /admin/keys/{id}/withdraw
POST /admin/clients/{id}/suspend
POST /admin/clients/{id}/resume
POST /admin/clients/{id}/settings
POST /admin/clients/{id}/delete
POST /admin/people/{id}/claims
POST /admin/attempts/{id}/allow
POST /admin/attempts/{id}/trust
POST /admin/people/identifier
GET /admin/people/{id}/edit
POST /admin/people/{id}/edit
POST /admin/people/{id}/identifier
POST /admin/people/{id}/invite
POST /admin/people/{id}/suspend
POST /admin/people/{id}/resume
POST /admin/people/{id}/close
POST /admin/duplicates/{a}/{b}/merge
POST /admin/import/{id}/start
POST /admin/import/{id}/links
POST /admin/export
POST /admin/administrators
POST /admin/administrators/{id}/invite
POST /admin/administrators/{id}/role
POST /admin/administrators/{id}/revoke
POST /admin/proofing/{id}/complete
POST /admin/proofing/{id}/approve
POST /admin/proofing/{id}/reject
POST /admin/proofing/{id}/lower
POST /admin/proofing/{id}/revoke
POST /admin/proofing/{id}/apart
POST /admin/proofing/{id}/number
POST /admin/messages/{id}/read
POST /admin/approvals/{id}/approve
POST /admin/approvals/{id}/refuse
POST /admin/approvals/{id}/withdraw
GET /admin/audit/export
`

// TestEveryDangerousAddressAsksForARecentSignIn: those of the list do, with an old sign-in and whatever is sent, and no other does.
func TestEveryDangerousAddressAsksForARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.Owner).stale = true
	for pattern := range expected {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{id}", "none", "{a}", "none", "{b}", "other").Replace(path)
		to := h.serve(method, path, url.Values{}).Header().Get("Location")
		got, want := strings.HasPrefix(to, "/login?back="), slices.Contains(strings.Split(asksAgain, "\n"), pattern)
		if got != want {
			t.Errorf("%s leads to %q, want the sign-in %t", pattern, to, want)
		}
	}
}

func TestDangerousActsAskForARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.Owner).stale = true
	id := h.roles[idp.HelpDesk].ID
	for path, back := range map[string]string{
		"/admin/administrators":                   "/admin/administrators",
		"/admin/administrators/" + id + "/invite": "/admin/administrators/" + id,
		"/admin/administrators/" + id + "/role":   "/admin/administrators/" + id,
		"/admin/administrators/" + id + "/revoke": "/admin/administrators/" + id,
		"/admin/approvals/x/approve":              "/admin/approvals",
		"/admin/messages/x/read":                  "/admin/messages/x",
		"/admin/proofing/x/complete":              "/admin/proofing/x",
		"/admin/proofing/x/approve":               "/admin/proofing/x",
		"/admin/proofing/x/reject":                "/admin/proofing/x",
		"/admin/proofing/x/lower":                 "/admin/proofing/x",
		"/admin/proofing/x/revoke":                "/admin/proofing/x",
		"/admin/proofing/x/apart":                 "/admin/proofing/x",
		"/admin/proofing/x/number":                "/admin/proofing/x",
	} {
		w := h.post(path, url.Values{"reason": {"x"}, "role": {"auditor"}})
		if to := w.Header().Get("Location"); to != "/login?back="+url.QueryEscape(back) {
			t.Errorf("%s: status %d to %q, want the sign-in and back to %s", path, w.Code, to, back)
		}
	}
	if p, err := h.store.Person(t.Context(), id); err != nil || p.Role != idp.HelpDesk || p.State != idp.PersonActive {
		t.Errorf("something was done: %+v (%v)", p, err)
	}
}
