package admin

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestPeopleAreFoundInAnyOrderAndSpelling(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.addPatient("Berta")
	for query, want := range map[string]bool{
		"name=Ana+Rivera": true, "name=rivera+ana": true, "name=RIBERA+Ana": true, "name=Ana+Rivera&birthdate=1980-05-17": true,
		"name=Rivera&birthdate=1980-05-17": true, "name=ana&birthdate=1980-05-17": true, "name=Rivera&email=ana@example.org": true, "name=Rivera,+Ana": true, "name=Ana+Rivera&state=active&passkey=no": true, "name=Ana+Rivera&state=closed": false,
		"email=ANA@example.org": true, "phone=206+555+0147": true, "name=Ana+Rivera&email=ana@example.org": true,
		"name=Ana+Rivera&birthdate=1980-05-18": false, "name=Ana+Rivera&email=berta@example.org": false, "name=Ana+Okafor": false, "email=x@example.org": false,
	} {
		w := h.as(idp.IdentityClerk).get("/admin/people?" + query)
		wantPage(t, w, http.StatusOK, "admin-people")
		if got := strings.Contains(w.Body.String(), "Ana Rivera</a>"); got != want {
			t.Errorf("%s finds her: %t, want %t", query, got, want)
		}
	}
	for _, query := range []string{"name=Ana", "birthdate=1980-05-17", "birthdate=soon&name=Ana+Rivera", "email=x", "phone=x", "name=A+R", "name=" + strings.Repeat("x", 300)} {
		wantPage(t, h.get("/admin/people?"+query), http.StatusUnprocessableEntity, "admin-people", `role="alert"`)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "people.search"})
	if err != nil || len(events) != 17 || strings.Contains(events[0].Detail, "Rivera") || strings.Contains(events[0].Detail, "example.org") {
		t.Errorf("recorded %d searches, %+v (%v)", len(events), events, err)
	}
}

func TestPersonsPageShowsEverythingAndIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	if err := h.store.StartProofing(t.Context(), idp.Proofing{ID: idp.NewID(), PersonID: patient.ID, Status: idp.ProofingInForce, Achieved: idp.IDIAL1_8, StartedAt: now, PerformedBy: "Maria Cruz"}); err != nil {
		t.Fatal(err)
	}
	w := h.as(idp.Auditor).get("/admin/people/" + patient.ID)
	wantPage(t, w, http.StatusOK, "admin-person", "Ana Rivera", "May 17, 1980", "1 Main St, Reno, NV 89501, US", "&#43;12065550147", "The person’s word", "In force", "Maria Cruz", "Person added")
	if strings.Contains(w.Body.String(), "<form method=\"post\" action=\"/admin") {
		t.Error("an auditor, who changes nothing, sees a form")
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: patient.ID, Action: "person.view"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Auditor].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.get("/admin/people/"+idp.NewID()), http.StatusNotFound, "problem")
}

// TestSearchForSignsThatAreNoNameIsRefusedWithWords: what no key can be made of is a mistake of who typed it, and no fault of ours.
func TestSearchForSignsThatAreNoNameIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.IdentityClerk)
	for _, name := range []string{",", ", ,", "?? !!", "-- --", "'' ''", "\u200b\u200b \u200b\u200b", "é é"} {
		wantPage(t, h.get("/admin/people?name="+url.QueryEscape(name)), http.StatusUnprocessableEntity, "admin-people", `id="name"`)
	}
	for _, name := range []string{"..", ". .", "?? !!"} {
		wantPage(t, h.get("/admin/people?birthdate=1980-05-17&name="+url.QueryEscape(name)), http.StatusUnprocessableEntity, "admin-people", `id="name"`)
	}
}

// TestHelpDeskDoesNotGuessABirthdate: a search says yes or no to each, and a birthdate opens an invitation.
func TestHelpDeskDoesNotGuessABirthdate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	search := func(n int) *httptest.ResponseRecorder {
		return h.get("/admin/people?name=Ana+Rivera&birthdate=" + now.AddDate(-40, 0, -n).Format("2006-01-02"))
	}
	h.as(idp.HelpDesk)
	for n := range guessesAnHour {
		if w := search(n); w.Code != http.StatusOK {
			t.Fatalf("search %d: status %d", n, w.Code)
		}
	}
	w := h.get("/admin/people?name=Ana+Rivera&birthdate=1980-05-17")
	wantPage(t, w, http.StatusUnprocessableEntity, "admin-people", "searched very often")
	if strings.Contains(w.Body.String(), h.roles[idp.Patient].ID) {
		t.Error("it was answered all the same")
	}
	wantPage(t, h.get("/admin/people?name=Ana+Rivera"), http.StatusOK, "admin-people", h.roles[idp.Patient].ID)
	wantPage(t, h.as(idp.IdentityClerk).get("/admin/people?name=Ana+Rivera&birthdate=1980-05-17"), http.StatusOK, "admin-people", h.roles[idp.Patient].ID)
	h.clock = h.clock.Add(time.Hour + time.Minute)
	wantPage(t, h.as(idp.HelpDesk).get("/admin/people?name=Ana+Rivera&birthdate=1980-05-17"), http.StatusOK, "admin-people", h.roles[idp.Patient].ID)
}

func TestHelpDeskSeesNoBirthdateAndNoAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"/admin/people?name=Ana+Rivera", "/admin/people/" + h.roles[idp.Patient].ID} {
		body := h.as(idp.HelpDesk).get(path).Body.String()
		if !strings.Contains(body, "Ana Rivera") {
			t.Errorf("%s does not show her", path)
		}
		for _, private := range []string{"1980", "May 17", "Reno", "Main St", "ana@example.org", "5550147"} {
			if strings.Contains(body, private) {
				t.Errorf("%s shows %q", path, private)
			}
		}
	}
}

func TestIdentifierIsLookedUpWholeAndRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient, err := h.store.Person(t.Context(), h.roles[idp.Patient].ID)
	if err != nil {
		t.Fatal(err)
	}
	const identifier = "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d"
	index, err := keyed{}.Digest([]byte(identifier), "digital-identifier")
	if err != nil {
		t.Fatal(err)
	}
	patient.Identifier = idp.SealedIdentifier{Sealed: []byte("x"), Index: index, MintedAt: now}
	patient.UpdatedAt = now
	if err := h.store.ChangePerson(t.Context(), patient); err != nil {
		t.Fatal(err)
	}
	w := h.as(idp.IdentityClerk).post("/admin/people/identifier", url.Values{"identifier": {" " + strings.ToUpper(identifier)}})
	if to := w.Header().Get("Location"); to != "/admin/people/"+patient.ID {
		t.Errorf("status %d to %q", w.Code, to)
	}
	w = h.post("/admin/people/identifier", url.Values{"identifier": {identifier[:35]}})
	if to := w.Header().Get("Location"); strings.Contains(to, identifier[:8]) {
		t.Errorf("the identifier is in the address %q", to)
	}
	wantPage(t, h.follow(w), http.StatusOK, "admin-people", "Nobody has this Digital Identifier")
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "identifier.find"})
	if err != nil || len(events) != 2 || strings.Contains(events[0].Detail+events[1].Detail, identifier[:8]) {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

func TestAccountIsSuspendedResumedAndClosedWithAReason(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	path := "/admin/people/" + patient.ID
	wantPage(t, h.follow(h.as(idp.IdentityClerk).post(path+"/suspend", nil)), http.StatusOK, "admin-person", "A reason is missing")
	for _, step := range []struct {
		act   string
		state idp.PersonState
		says  string
	}{{"/suspend", idp.PersonSuspended, "The account is suspended"}, {"/suspend", idp.PersonSuspended, ""}, {"/resume", idp.PersonActive, "in use again"},
		{"/resume", idp.PersonActive, "in another state"}, {"/close", idp.PersonClosed, "The account is closed"}, {"/suspend", idp.PersonClosed, "The account is closed"}} {
		wantPage(t, h.follow(h.post(path+step.act, url.Values{"reason": {"ticket 4711"}})), http.StatusOK, "admin-person", step.says)
		if p, err := h.store.Person(t.Context(), patient.ID); err != nil || p.State != step.state {
			t.Errorf("after %s the account is %s (%v), want %s", step.act, p.State, err, step.state)
		}
	}
	if got := h.actions(patient.ID); !slices.Contains(got, "person.suspend") || !slices.Contains(got, "person.resume") || !slices.Contains(got, "person.close") {
		t.Errorf("recorded %v", got)
	}
}

func TestClosingWaitsForASecondAdministratorWhereItIsWanted(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	patient := h.roles[idp.Patient]
	wantPage(t, h.follow(h.as(idp.IdentityClerk).post("/admin/people/"+patient.ID+"/close", url.Values{"reason": {"died"}})), http.StatusOK, "admin-approvals", "Close an account", "Ana Rivera")
	h.isStillThere(patient)
	h.follow(h.as(idp.Owner).post("/admin/approvals/"+h.waiting()[0].ID+"/approve", nil))
	if p, err := h.store.Person(t.Context(), patient.ID); err != nil || p.State != idp.PersonClosed {
		t.Errorf("the account is %s (%v)", p.State, err)
	}
}

// TestRecordsOfAdministratorsAreForOwners: whoever may invite people could otherwise invite himself into an owner's account.
func TestRecordsOfAdministratorsAreForOwners(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, role := range []idp.Role{idp.IdentityClerk, idp.HelpDesk} {
		for _, target := range []idp.Role{idp.Owner, idp.Auditor} {
			p := h.roles[target]
			for _, act := range []string{"invite", "suspend", "resume", "close"} {
				if w := h.as(role).post("/admin/people/"+p.ID+"/"+act, url.Values{"reason": {"x"}}); w.Code != http.StatusForbidden {
					t.Errorf("%s of %s as %s: status %d, want 403", act, target, role, w.Code)
				}
			}
			h.isStillThere(p)
			if body := h.get("/admin/people/" + p.ID).Body.String(); strings.Contains(body, "/admin/people/"+p.ID+"/") {
				t.Errorf("the page of %s offers %s an act", target, role)
			}
		}
	}
}

func TestListOfPeopleIsTurnedAndNarrowedByItsAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const more = 60
	for n := range more {
		h.addPatient(fmt.Sprintf("Lola%c", 'a'+n%26))
	}
	newest := h.as(idp.IdentityClerk).get("/admin/people?role=patient&state=never")
	wantPage(t, newest, http.StatusOK, "admin-people", `value="patient" selected`, `value="never" selected`)
	rows := func(w *httptest.ResponseRecorder) int { return strings.Count(w.Body.String(), `<th scope="row"`) }
	link := func(w *httptest.ResponseRecorder, id string) string {
		m := regexp.MustCompile(`id="` + id + `"[^>]*href="([^"]+)"`).FindStringSubmatch(w.Body.String())
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	if rows(newest) != 50 || link(newest, "previous") != "" {
		t.Fatalf("the first page has %d rows and leads back to %q", rows(newest), link(newest, "previous"))
	}
	older := h.get(link(newest, "next"))
	if rows(older) != more+1-50 || link(older, "next") != "" || !strings.Contains(link(older, "previous"), "role=patient") {
		t.Errorf("the second page has %d rows, and leads on to %q and back to %q", rows(older), link(older, "next"), link(older, "previous"))
	}
	h.addPatient("Zoe") // moves nobody
	if again := h.get(link(older, "previous")); rows(again) != 50 || !strings.Contains(again.Body.String(), "Lolah Rivera") || strings.Contains(again.Body.String(), "Zoe") || link(again, "previous") == "" {
		t.Errorf("turned back there are %d rows", rows(again))
	}
	for query, want := range map[string]int{"role=owner": 1, "level=idial2": 0, "passkey=yes": 5, "state=suspended": 0, "state=x&level=x&role=x&passkey=x&before=x&after=%2500": 50} {
		if got := rows(h.get("/admin/people?" + query)); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
}
