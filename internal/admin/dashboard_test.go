package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestDashboardSaysWhatNeedsAHand(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	addCommunity(t, h.store)
	h.askForRevocation(h.roles[idp.HelpDesk])
	patient := h.roles[idp.Patient]
	for _, status := range []idp.ProofingStatus{idp.ProofingPendingApproval, idp.ProofingPendingNotification, idp.ProofingDraft} {
		if err := h.store.StartProofing(t.Context(), idp.Proofing{ID: idp.NewID(), PersonID: patient.ID, Status: status}); err != nil {
			t.Fatal(err)
		}
	}
	request := idp.Request{ID: idp.NewID(), PersonID: patient.ID, Kind: idp.RequestNotMe, Text: "not me", At: h.clock}
	if err := h.store.AddRequest(t.Context(), request, idp.Trail{Messages: []idp.Message{
		{ID: idp.NewID(), Channel: idp.ByEmail, To: "a@example.org", Tries: 2, CreatedAt: h.clock},
		{ID: idp.NewID(), Channel: idp.ByEmail, To: "a@example.org", Tries: 9, CreatedAt: h.clock, GaveUpAt: h.clock},
	}}); err != nil {
		t.Fatal(err)
	}
	h.attempt("refused", "invalid_client_metadata")
	h.attempt("registered", "")
	h.refused(idp.AttemptAuthentication)
	w := h.as(idp.Owner).get("/admin")
	wantPage(t, w, http.StatusOK, "admin", "One act waits for a second person", "One identity check waits", "One notification of an identity check",
		"One person asks for something", "One certificate needs a successor", "One revocation list is out of date", "One data holder could not register", "One data holder could not show who it is",
		"One message could not be sent", "One message was given up", `href="/admin/approvals"`, `href="/admin/trust/0`,
		`href="/admin/attempts?kind=authentication&amp;outcome=unsuccessful"`, `href="/admin/messages?state=given-up"`)
	desk := h.as(idp.HelpDesk).get("/admin").Body.String()
	if strings.Contains(desk, `href="/admin/approvals"`) || !strings.Contains(desk, "One act waits for a second person") {
		t.Error("the help desk is led to a page that is not for her")
	}
}

// attempt records a registration of an hour ago.
func (h *house) attempt(outcome, code string) {
	h.Helper()
	h.attempted(idp.AttemptRegistration, outcome, code)
}

// refused records an attempt of an hour ago that did not succeed.
func (h *house) refused(kind idp.AttemptKind) {
	h.Helper()
	h.attempted(kind, "refused", "x")
}

func (h *house) attempted(kind idp.AttemptKind, outcome, code string) {
	h.Helper()
	at := h.clock.Add(-time.Hour)
	err := h.store.RecordAttempts(h.Context(), []idp.Attempt{{
		ID: idp.FirstID(at)[:14] + idp.NewID()[14:], At: at, Kind: kind, Outcome: outcome, Code: code, Count: 1,
	}})
	if err != nil {
		h.Fatal(err)
	}
}

func TestPicturesShowWhatWasCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.record(3, "signin", "")
	h.record(2, "signin.refused", "")
	h.attempt("registered", "")
	h.attempt("refused", "x")
	h.attempt("refused", "x")
	if _, err := h.admin.Audit.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.refused(idp.AttemptAuthentication)
	today := h.clock.Truncate(24 * time.Hour)
	slow := []idp.Latency{{Day: today, Family: idp.LatencyPeople, Step: idp.LatencyStep(3 * time.Millisecond), Count: 90}, {Day: today, Family: idp.LatencyPeople, Step: idp.LatencyStep(time.Second), Count: 10}}
	if err := h.store.AddLatencies(t.Context(), slow); err != nil {
		t.Fatal(err)
	}
	pictures, err := h.admin.pictures(t.Context())
	if err != nil || len(pictures) != 7 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	for i, want := range [][]int{{3, 2}, {1, 2}, {0, 1}} {
		p := pictures[i]
		last := p.Bars[len(p.Bars)-1]
		if len(p.Bars) != pictureDays || last.Day.Format(time.DateOnly) != "2026-11-24" || last.Values[0] != want[0] || last.Values[1] != want[1] {
			t.Errorf("%s ends with %+v, want %v", p.Key, last, want)
		}
	}
	if times := pictures[4].Bars[pictureDays-1].Values; times[0] < 900 || times[0] > 1100 || times[1] != 3 {
		t.Errorf("95 of 100, and half, took %v ms, want about 1000 and 3", times)
	}
	found := map[string]int{}
	for _, b := range pictures[3].Bars {
		found[b.Level] = b.Values[0]
	}
	if found[""] != 1 || len(found) != 8 {
		t.Errorf("accounts by level: %v", found)
	}
	// The figures are kept for a minute, and the page has them as a picture and as a table.
	h.addPatient("Berta")
	body := h.as(idp.Owner).get("/admin").Body.String()
	if !strings.Contains(body, "<svg viewBox=\"0 0 720 160\"") || !strings.Contains(body, "Nov 24, 2026") || strings.Count(body, "<rect class=\"good\"") != 3 {
		t.Errorf("the page is\n%s", body)
	}
	h.clock = h.clock.Add(picturesAge)
	if pictures, err = h.admin.pictures(t.Context()); err != nil || pictures[3].Bars[0].Values[0] != 2 {
		t.Errorf("a minute later: %+v (%v)", pictures[3].Bars, err)
	}
}
