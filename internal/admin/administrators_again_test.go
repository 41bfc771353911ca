package admin

import (
	"net/http"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// TestNobodyIsInvitedBackIntoAnAdministratorsAccount: it opens the accounts of others.
func TestNobodyIsInvitedBackIntoAnAdministratorsAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	desk := h.roles[idp.HelpDesk]
	w := h.follow(h.as(idp.Owner).post("/admin/administrators/"+desk.ID+"/invite", nil))
	wantPage(t, w, http.StatusOK, "admin-administrator", "has a passkey already")
	p, _, err := h.people.AddAdministrator(t.Context(), idp.Demographics{GivenName: "Olga", FamilyName: "Ito", Email: "o@example.org"}, idp.Auditor, idp.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	wantPage(t, h.post("/admin/administrators/"+p.ID+"/invite", nil), http.StatusOK, "admin-link", "Olga Ito")
	if body := h.get("/admin/administrators/" + desk.ID).Body.String(); strings.Contains(body, desk.ID+"/invite") {
		t.Error("the page offers it")
	}
}
