package admin

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

var linkOnPage = regexp.MustCompile(`/(?:invite|setup)/([A-Za-z0-9_-]{64})`)

func TestOwnerInvitesAnAdministrator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := h.as(idp.Owner).post("/admin/administrators", url.Values{"given_name": {"Olga"}, "family_name": {"Ito"}, "email": {"olga@example.org"}, "role": {"auditor"}})
	wantPage(t, w, http.StatusOK, "admin-link", "Olga Ito", "https://idp.example/invite/")
	token, err := idp.ParseToken(linkOnPage.FindStringSubmatch(w.Body.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	inv, err := h.store.Invitation(t.Context(), token.ID)
	if err != nil || !token.Matches(inv.Hash) || inv.CreatedBy != h.roles[idp.Owner].ID {
		t.Fatalf("the invitation is %+v (%v)", inv, err)
	}
	p, err := h.store.Person(t.Context(), inv.PersonID)
	if err != nil || p.Role != idp.Auditor || p.Level != idp.Unverified || !p.Identifier.IsZero() {
		t.Errorf("invited %+v (%v)", p, err)
	}
	if got := h.actions(p.ID); !slices.Equal(got, []string{"admin.invite"}) {
		t.Errorf("recorded %v", got)
	}
	wantPage(t, h.get("/admin/administrators"), http.StatusOK, "admin-administrators", "Olga Ito", "None yet")

	for _, wrong := range []url.Values{
		{"family_name": {"Ito"}, "email": {"x@example.org"}, "role": {"auditor"}},
		{"given_name": {"O"}, "family_name": {"Ito"}, "email": {"x"}, "role": {"auditor"}},
		{"given_name": {"O"}, "family_name": {"Ito"}, "email": {"x@example.org"}, "role": {"patient"}},
	} {
		wantPage(t, h.post("/admin/administrators", wrong), http.StatusUnprocessableEntity, "admin-administrators", `role="alert"`)
	}
}

func TestLastOwnerCannotBeRemoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner := h.roles[idp.Owner]
	path := "/admin/administrators/" + owner.ID
	for _, change := range []struct {
		what string
		form url.Values
	}{{"/role", url.Values{"role": {"auditor"}, "reason": {"x"}}}, {"/revoke", url.Values{"reason": {"x"}}}} {
		w := h.follow(h.as(idp.Owner).post(path+change.what, change.form))
		if !strings.Contains(w.Body.String(), "last owner") {
			t.Errorf("%s: the page does not say why:\n%s", change.what, w.Body)
		}
	}
	for _, end := range []func() (idp.Person, error){
		func() (idp.Person, error) { return h.people.Suspend(t.Context(), owner.ID, "x", idp.Reading{}) },
		func() (idp.Person, error) { return h.people.Close(t.Context(), owner.ID, "x", idp.Reading{}) },
	} {
		if _, err := end(); err == nil {
			t.Error("the last owner was removed another way")
		}
	}
	second := h.addAdministrator(idp.Owner)
	wantPage(t, h.follow(h.post("/admin/administrators/"+second.ID+"/revoke", url.Values{"reason": {"left"}})), http.StatusOK, "admin-administrators")
	if p, err := h.store.Person(t.Context(), second.ID); err != nil || p.Role != idp.Patient || p.State != idp.PersonClosed {
		t.Errorf("of two, one is %s and %s (%v)", p.Role, p.State, err)
	}
}

func TestChangeOfARoleNeedsAReasonAndIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	desk := h.roles[idp.HelpDesk]
	path := "/admin/administrators/" + desk.ID
	for _, reason := range []string{"", " ", strings.Repeat("x", 501), "a\u202eb"} {
		wantPage(t, h.as(idp.Owner).post(path+"/role", url.Values{"role": {"auditor"}, "reason": {reason}}), http.StatusUnprocessableEntity, "admin-administrator")
	}
	h.follow(h.post(path+"/role", url.Values{"role": {"auditor"}, "reason": {"new work"}}))
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: desk.ID, Action: "admin.role"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Owner].ID ||
		events[0].Detail != `{"before":"help-desk","after":"auditor","reason":"new work"}` {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}
