package admin

import (
	"net/http"
	"net/url"
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
		"name=Rivera&birthdate=1980-05-17": true, "email=ANA@example.org": true, "phone=206+555+0147": true, "name=Ana+Rivera&email=ana@example.org": true,
		"name=Ana+Rivera&birthdate=1980-05-18": false, "name=Ana+Rivera&email=berta@example.org": false, "name=Ana+Okafor": false, "email=x@example.org": false,
	} {
		w := h.as(idp.IdentityClerk).get("/admin/people?" + query)
		wantPage(t, w, http.StatusOK, "admin-people")
		if got := strings.Contains(w.Body.String(), "Ana Rivera</a>"); got != want {
			t.Errorf("%s finds her: %t, want %t", query, got, want)
		}
	}
	for _, query := range []string{"name=Ana", "birthdate=1980-05-17", "birthdate=soon&name=Ana+Rivera", "email=x", "phone=x"} {
		wantPage(t, h.get("/admin/people?"+query), http.StatusUnprocessableEntity, "admin-people", `role="alert"`)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "people.search"})
	if err != nil || len(events) != 12 || strings.Contains(events[0].Detail, "Rivera") || strings.Contains(events[0].Detail, "example.org") {
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
	wantPage(t, w, http.StatusOK, "admin-person", "Ana Rivera", "1980-05-17", "1 Main St, Reno, NV 89501, US", "&#43;12065550147", "Her word", "In force", "Maria Cruz", "Person added")
	if strings.Contains(w.Body.String(), "<form method=\"post\" action=\"/admin") {
		t.Error("an auditor, who changes nothing, sees a form")
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: patient.ID, Action: "person.view"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Auditor].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.get("/admin/people/"+idp.NewID()), http.StatusNotFound, "problem")
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

func TestPersonIsInvitedWithALink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	path := "/admin/people/" + patient.ID
	w := h.as(idp.HelpDesk).post(path+"/invite", nil)
	wantPage(t, w, http.StatusOK, "admin-link", "Ana Rivera", "https://idp.example/invite/")
	token, err := idp.ParseToken(linkOnPage.FindStringSubmatch(w.Body.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	inv, err := h.store.Invitation(t.Context(), token.ID)
	if err != nil || !inv.AsksBirthdate || inv.CreatedBy != h.roles[idp.HelpDesk].ID {
		t.Errorf("the invitation is %+v (%v)", inv, err)
	}
	plain := idp.NewToken()
	err = h.store.Invite(t.Context(), idp.Invitation{ID: plain.ID, Hash: plain.Hash(), PersonID: patient.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}, idp.Trail{})
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(plain, patient.ID)
	// Back into an account: only after it was checked again who she is, which is kept.
	if body := h.follow(h.post(path+"/invite", nil)).Body.String(); !strings.Contains(body, `role="alert"`) {
		t.Error("she was invited back without a check")
	}
	wantPage(t, h.post(path+"/invite", url.Values{"reason": {"passport seen"}}), http.StatusOK, "admin-link", "Ana Rivera")
}
