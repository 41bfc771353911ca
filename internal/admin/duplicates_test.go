package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

// suspect adds two records of one person, and has them compared.
func (h *house) suspect() (one, other idp.Person) {
	h.Helper()
	one, other = h.addPatient("Berta"), h.addPatient("Berta")
	h.examine()
	return one, other
}

func (h *house) examine() {
	h.Helper()
	for {
		n, err := h.people.Examine(h.Context(), 10)
		if err != nil {
			h.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (h *house) state(p idp.Person) idp.PersonState {
	h.Helper()
	got, err := h.store.Person(h.Context(), p.ID)
	if err != nil {
		h.Fatal(err)
	}
	return got.State
}

func mergeOf(survivor idp.Person) url.Values {
	return url.Values{"survivor": {survivor.ID}, "reason": {"one passport, seen today"}}
}

func TestDuplicatesAreListedComparedAndMerged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := h.suspect()
	path := "/admin/duplicates/" + one.ID + "/" + other.ID
	body := h.as(idp.IdentityClerk).get("/admin/duplicates").Body.String()
	if !strings.Contains(body, path) && !strings.Contains(body, "/admin/duplicates/"+other.ID+"/"+one.ID) {
		t.Fatalf("the pair is not in the list:\n%s", body)
	}
	if strings.Contains(body, h.roles[idp.Patient].ID) {
		t.Error("the list has somebody who looks like nobody")
	}
	wantPage(t, h.get(path), http.StatusOK, "admin-comparison", "Birth date: the same", "berta@example.org", `value="`+one.ID+`"`, "Neither record has a Digital Identifier")
	wantPage(t, h.follow(h.post(path+"/merge", mergeOf(other))), http.StatusOK, "admin-comparison", "are one now")
	if got := h.state(one); got != idp.PersonMerged {
		t.Errorf("the record is %s, want merged", got)
	}
	if got := h.actions(other.ID); !slices.Equal(got, []string{"person.add", "person.view", "person.merge", "person.view"}) {
		t.Errorf("recorded of the survivor: %v", got)
	}
	if body := h.get("/admin/duplicates").Body.String(); strings.Contains(body, one.ID) {
		t.Error("the tombstone is still in the list")
	}
	wantPage(t, h.follow(h.post(path+"/merge", mergeOf(other))), http.StatusOK, "admin-comparison", "was not done", "/admin/people/"+other.ID)
}

func TestComparisonIsRecordedOfBothRecords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := h.suspect()
	h.as(idp.Auditor).get("/admin/duplicates/" + one.ID + "/" + other.ID)
	for _, p := range []idp.Person{one, other} {
		events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "person.view"})
		if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Auditor].ID || !strings.Contains(events[0].Detail, "compared_with") {
			t.Errorf("recorded %+v (%v)", events, err)
		}
	}
}

func TestNotADuplicateNeedsAReasonAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := h.suspect()
	path := "/admin/duplicates/" + one.ID + "/" + other.ID
	wantPage(t, h.as(idp.IdentityClerk).post(path+"/apart", nil), http.StatusUnprocessableEntity, "admin-comparison", `href="#apart_reason"`)
	h.follow(h.post(path+"/apart", url.Values{"apart_reason": {"twins, both were here"}}))
	if body := h.get("/admin/duplicates").Body.String(); strings.Contains(body, one.ID) {
		t.Error("the pair is still on the list")
	}
	wantPage(t, h.get("/admin/duplicates?show=apart"), http.StatusOK, "admin-duplicates", "twins, both were here", "Max identity clerk")
	body := h.get(path).Body.String()
	if strings.Contains(body, path+"/merge") || !strings.Contains(body, path+"/reopen") {
		t.Error("two people can be merged, or the decision cannot be taken back")
	}
	wantPage(t, h.follow(h.post(path+"/reopen", nil)), http.StatusOK, "admin-comparison", "on the list again")
	wantPage(t, h.follow(h.post(path+"/reopen", nil)), http.StatusOK, "admin-comparison", "was not done")
	for _, p := range []idp.Person{one, other} {
		if got := h.actions(p.ID); !slices.Contains(got, "duplicate.apart") || !slices.Contains(got, "duplicate.reopen") {
			t.Errorf("recorded %v", got)
		}
	}
}

func TestMergeWaitsForASecondAdministrator(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.TwoPersonActs = func() []string { return []string{GroupMerging} } })
	h.people.TwoPersonApproval = true // as the command has it by default: then the rules themselves ask for the second person
	one, other := h.suspect()
	path := "/admin/duplicates/" + one.ID + "/" + other.ID
	wantPage(t, h.follow(h.as(idp.IdentityClerk).post(path+"/merge", mergeOf(one))), http.StatusOK, "admin-approvals", "waits for a second person")
	if got := h.state(other); got != idp.PersonActive {
		t.Fatalf("without the second administrator it is %s", got)
	}
	a := h.waiting()[0]
	wantPage(t, h.as(idp.Owner).get("/admin/approvals"), http.StatusOK, "admin-approvals", "Make one record of two", path, "one passport")
	h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil))
	if got := h.state(other); got != idp.PersonMerged {
		t.Errorf("approved, it is %s", got)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: one.ID, Action: "person.merge"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.IdentityClerk].ID || !strings.Contains(events[0].Detail, `"approved_by":"`+h.roles[idp.Owner].ID) {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

// TestNobodyDecidesAboutHerOwnRecord: nobody merges, or approves the merge of, a record of her own.
func TestNobodyDecidesAboutHerOwnRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.TwoPersonActs = func() []string { return []string{GroupMerging} } })
	owner, patient := h.roles[idp.Owner], h.addPatient("Berta")
	path := "/admin/duplicates/" + owner.ID + "/" + patient.ID
	body := h.as(idp.Owner).get(path).Body.String()
	if strings.Contains(body, path+"/merge") || strings.Contains(body, path+"/apart") {
		t.Error("the page offers it")
	}
	for _, what := range []string{"/merge", "/apart", "/reopen"} {
		wantPage(t, h.follow(h.post(path+what, mergeOf(owner))), http.StatusOK, "admin-comparison", "your own record")
	}
	second := h.addAdministrator(idp.Owner)
	h.session = signedIn(second)
	h.follow(h.post(path+"/merge", mergeOf(owner)))
	a := h.waiting()[0]
	wantPage(t, h.follow(h.as(idp.Owner).post("/admin/approvals/"+a.ID+"/approve", nil)), http.StatusOK, "admin-approvals", "your own record")
	if got := h.state(patient); got != idp.PersonActive || len(h.waiting()) != 1 {
		t.Errorf("the record is %s, and %d acts wait, want the one", got, len(h.waiting()))
	}
}

func TestRecordsOfAdministratorsAreMergedByOwnersOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	desk, patient := h.roles[idp.HelpDesk], h.addPatient("Berta")
	path := "/admin/duplicates/" + desk.ID + "/" + patient.ID
	for _, what := range []string{"/merge", "/apart", "/reopen"} {
		if w := h.as(idp.IdentityClerk).post(path+what, mergeOf(desk)); w.Code != http.StatusForbidden {
			t.Errorf("%s as a clerk: status %d, want 403", what, w.Code)
		}
	}
	if body := h.get(path).Body.String(); strings.Contains(body, path+"/merge") {
		t.Error("the page offers it to a clerk")
	}
	// An administrator's record never ends by a merge, whoever asks.
	wantPage(t, h.as(idp.Owner).post(path+"/merge", mergeOf(patient)), http.StatusUnprocessableEntity, "admin-comparison", "one passport, seen today", "Not this one")
	h.follow(h.post(path+"/merge", mergeOf(desk)))
	if got := h.state(patient); got != idp.PersonMerged {
		t.Errorf("an owner's merge left it %s", got)
	}
}

func TestMergeAsksForARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, other := h.suspect()
	path := "/admin/duplicates/" + one.ID + "/" + other.ID
	h.as(idp.Owner).stale = true
	if to := h.post(path+"/merge", mergeOf(one)).Header().Get("Location"); to != "/login?back="+url.QueryEscape(path) {
		t.Errorf("sent to %q", to)
	}
	if got := h.state(other); got != idp.PersonActive {
		t.Errorf("the record is %s", got)
	}
}

func TestMalformedPairsAreNotFound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, _ := h.suspect()
	for _, path := range []string{"/admin/duplicates/x/y", "/admin/duplicates/" + one.ID + "/" + one.ID, "/admin/duplicates/" + one.ID + "/%00", "/admin/duplicates/" + one.ID + "/%ff%fe", "/admin/duplicates/" + one.ID + "/" + idp.NewID()} {
		if w := h.as(idp.Owner).get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, w.Code)
		}
	}
	for _, query := range []string{"after=x", "after=99999999999.1." + one.ID + "." + one.ID, "show=x"} {
		wantPage(t, h.get("/admin/duplicates?"+query), http.StatusOK, "admin-duplicates")
	}
	for _, query := range []string{"after=9.9.%00.%ff", "show=%00", "person=%ff"} {
		if w := h.get("/admin/duplicates?" + query); w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", query, w.Code)
		}
	}
	wantPage(t, h.get("/admin/duplicates?person=z&other=x"), http.StatusUnprocessableEntity, "admin-duplicates", `href="#person"`)
	if to := h.get("/admin/duplicates?person=" + one.ID + "&other=" + h.roles[idp.Patient].ID).Header().Get("Location"); to != "/admin/duplicates/"+one.ID+"/"+h.roles[idp.Patient].ID {
		t.Errorf("two ids lead to %q", to)
	}
}

func TestPagesOfPairsStayAsOthersComeAndGo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 9 { // 36 pairs
		h.addPatient("Berta")
	}
	h.examine()
	first := h.as(idp.IdentityClerk).get("/admin/duplicates").Body.String()
	_, next, found := strings.Cut(first, `id="next" rel="next" href="`)
	if !found {
		t.Fatal("there is no second page")
	}
	next, _, _ = strings.Cut(next, `"`)
	second := h.get(strings.ReplaceAll(next, "&amp;", "&")).Body.String()
	count := func(body string) int { return strings.Count(body, `href="/admin/duplicates/`) }
	if count(first) != pairsPerPage || count(second) != 36-pairsPerPage {
		t.Errorf("%d and %d pairs, want %d and %d", count(first), count(second), pairsPerPage, 36-pairsPerPage)
	}
}
