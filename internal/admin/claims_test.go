package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func TestPreviewOfClaimsIsReachedFromBothSides(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	p := h.roles[idp.Patient]
	for typed, want := range map[string]bool{p.ID: true, " ANA@example.org ": true, "nobody@example.org": false, "Ana": false, "a\x00b": false} {
		w := h.as(idp.IdentityClerk).post("/admin/clients/"+c.ID+"/claims", url.Values{"person": {typed}})
		if !want {
			wantPage(t, w, http.StatusUnprocessableEntity, "admin-client", `role="alert"`)
			continue
		}
		if to := w.Header().Get("Location"); to != "/admin/people/"+p.ID+"/claims?client="+c.ID {
			t.Errorf("%q leads to %q", typed, to)
		}
	}
	wantPage(t, h.get("/admin/people/"+p.ID), http.StatusOK, "admin-person", `href="/admin/people/`+p.ID+`/claims"`)
	wantPage(t, h.get("/admin/people/"+p.ID+"/claims"), http.StatusOK, "admin-claims", "Ana Rivera", "The person shares with nobody yet")
	wantPage(t, h.get("/admin/people/"+p.ID+"/claims?q=general"), http.StatusOK, "admin-claims", `href="/admin/people/`+p.ID+`/claims?client=`+c.ID)
	if w := h.get("/admin/people/" + idp.NewID() + "/claims"); w.Code != http.StatusNotFound {
		t.Errorf("of nobody: status %d", w.Code)
	}
}

func TestPreviewHidesWhatIsSensitiveUntilItIsAskedFor(t *testing.T) {
	t.Parallel()
	var room *clientRoom
	h := newHouse(t, func(c *Config) { room = c.Clients.(*clientRoom) })
	c := h.holder("General Hospital", "https://general.example")
	p := h.roles[idp.Patient]
	path := "/admin/people/" + p.ID + "/claims"
	w := h.as(idp.Auditor).get(path + "?client=" + c.ID + "&profile=oidc&scope=openid&scope=udap&claims=%7B%7D")
	wantPage(t, w, http.StatusOK, "admin-claims", "Ana &lt;Rivera&gt;", "ana@example.org", "••••", "The record has no value for it", `<option value="oidc" selected>`)
	if strings.Contains(w.Body.String(), "0d9f8f1c") {
		t.Error("the identifier is shown")
	}
	if room.asked.Reveal || room.asked.Profile != "oidc" || !slices.Equal(room.asked.Scopes, []string{"openid", "udap"}) || room.asked.Claims != "{}" || room.asked.By.Actor != h.roles[idp.Auditor].ID {
		t.Errorf("asked %+v", room.asked)
	}
	if strings.Contains(w.Body.String(), `id="reveal"`) {
		t.Error("an auditor is offered what is hidden")
	}
	form := url.Values{"client": {c.ID}, "profile": {"oidc"}, "scope": {"openid", "udap"}}
	w = h.as(idp.IdentityClerk).post(path, form)
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-claims", "••••", `aria-invalid="true"`, `id="reveal"`)
	if room.asked.Reveal || strings.Contains(w.Body.String(), "0d9f8f1c") {
		t.Error("it is shown without a reason")
	}
	h.stale = true
	if to := h.post(path, form).Header().Get("Location"); to != "/login?back="+url.QueryEscape(path+"?client="+c.ID) {
		t.Errorf("an old sign-in leads to %q", to)
	}
	h.stale = false
	form.Set("reason", "the hospital asks, ticket 4711")
	w = h.post(path, form)
	wantPage(t, w, http.StatusOK, "admin-claims", "0d9f8f1c", "is in the audit log")
	if !room.asked.Reveal || room.asked.By.ClientID != c.ID || room.asked.By.RequestID != "7F3K-Q2" || room.asked.By.Purpose != "the hospital asks, ticket 4711" {
		t.Errorf("asked %+v", room.asked)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "person.view"})
	if err != nil || len(events) != 3 || events[0].ClientID != c.ID || !strings.Contains(events[0].Detail, "oidc") {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	room.refuse = "such a request would be refused: the parameter claims is no JSON"
	wantPage(t, h.get(path+"?client="+c.ID+"&claims=%7B"), http.StatusUnprocessableEntity, "admin-claims", "the parameter claims is no JSON", `role="alert"`)
}

// TestIdentifiersOfAdministratorsAreRevealedToOwnersOnly: their records are owners' business.
func TestIdentifiersOfAdministratorsAreRevealedToOwnersOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	path := "/admin/people/" + h.roles[idp.HelpDesk].ID + "/claims"
	form := url.Values{"client": {c.ID}, "reason": {"x"}}
	if body := h.as(idp.IdentityClerk).get(path + "?client=" + c.ID).Body.String(); strings.Contains(body, `id="reveal"`) {
		t.Error("a clerk is offered what is hidden")
	}
	if w := h.post(path, form); w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
	wantPage(t, h.as(idp.Owner).post(path, form), http.StatusOK, "admin-claims", "0d9f8f1c")
}
