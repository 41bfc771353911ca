package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

func (h *house) addRequest(p idp.Person, text string) idp.Request {
	h.Helper()
	q := idp.Request{ID: idp.NewID(), PersonID: p.ID, Kind: idp.RequestCorrection, Subject: "name", Text: text, At: now}
	if err := h.store.AddRequest(h.Context(), q, idp.Trail{}); err != nil {
		h.Fatal(err)
	}
	return q
}

func TestRequestIsAnsweredInWordsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	q := h.addRequest(patient, "It is spelt <García>.")
	wantPage(t, h.as(idp.IdentityClerk).get("/admin/requests"), http.StatusOK, "admin-requests", "Correction: Name", "Ana Rivera")
	path := "/admin/requests/" + q.ID
	wantPage(t, h.get(path), http.StatusOK, "admin-request", "It is spelt &lt;García&gt;.", "Answer and close")
	for _, typed := range []string{" ", strings.Repeat("ñ", 501), "x\u202ey"} {
		wantPage(t, h.post(path+"/answer", url.Values{"answer": {typed}}), http.StatusUnprocessableEntity, "admin-request", `href="#answer"`)
	}
	wantPage(t, h.follow(h.post(path+"/answer", url.Values{"answer": {"It is corrected.\r\nSee your page."}})), http.StatusOK, "admin-requests", "The request is answered", "No request is open")
	wantPage(t, h.get("/admin/requests?show=answered"), http.StatusOK, "admin-requests", "Correction: Name", "Max identity clerk")
	wantPage(t, h.follow(h.post(path+"/answer", url.Values{"answer": {"again"}})), http.StatusOK, "admin-request", "Somebody answered this request before", "It is corrected.\nSee your page.")
	if got := h.actions(patient.ID); !slices.Contains(got, "request.view") || !slices.Contains(got, "request.answer") {
		t.Errorf("recorded %v", got)
	}
}

// TestNobodyAnswersHerOwnRequest: and those of administrators are answered by owners.
func TestNobodyAnswersHerOwnRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clerk := h.roles[idp.IdentityClerk]
	q := h.addRequest(clerk, "me")
	path := "/admin/requests/" + q.ID
	if w := h.as(idp.IdentityClerk).post(path+"/answer", url.Values{"answer": {"yes"}}); w.Code != http.StatusForbidden {
		t.Errorf("status %d, want 403", w.Code)
	}
	owner := h.roles[idp.Owner]
	own := h.addRequest(owner, "me")
	wantPage(t, h.as(idp.Owner).get("/admin/requests/"+own.ID), http.StatusOK, "admin-request", "your own request")
	wantPage(t, h.follow(h.post("/admin/requests/"+own.ID+"/answer", url.Values{"answer": {"yes"}})), http.StatusOK, "admin-request", "Nobody answers their own request")
	for _, id := range []string{q.ID, own.ID} {
		if r, err := h.store.Request(t.Context(), id); err != nil || !r.AnsweredAt.IsZero() {
			t.Errorf("it was answered: %+v (%v)", r, err)
		}
	}
}

func TestMalformedAddressesOfTheDeskAreNotLookedUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/admin/requests/x%00", "/admin/requests/%ff%fe", "/admin/requests/" + strings.Repeat("a", 5000), "/admin/requests/" + idp.NewID()} {
		wantPage(t, h.as(idp.Owner).get(path), http.StatusNotFound, "problem")
	}
	wantPage(t, h.get("/admin/requests?from=%00&show=%ff"), http.StatusBadRequest, "problem")
}
