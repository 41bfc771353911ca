package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"udap-idp/internal/idp"
	"udap-idp/internal/trust"
)

// twoPersons is a house in which changes of administrators and closing need two.
func twoPersons(t *testing.T) *house {
	return newHouse(t, func(c *Config) {
		c.TwoPersonActs = func() []string { return []string{GroupAdministrators, GroupClosing} }
	})
}

func (h *house) waiting() []idp.Approval {
	h.Helper()
	all, err := h.store.Approvals(h.Context(), idp.ApprovalFilter{Waiting: true, Now: h.clock})
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// askForRevocation lets the owner of the house ask to take a role away.
func (h *house) askForRevocation(of idp.Person) idp.Approval {
	h.Helper()
	wantPage(h.T, h.follow(h.as(idp.Owner).post("/admin/administrators/"+of.ID+"/revoke", url.Values{"reason": {"left us"}})), http.StatusOK, "admin-approvals")
	waiting := h.waiting()
	if len(waiting) != 1 {
		h.Fatalf("%d acts wait", len(waiting))
	}
	return waiting[0]
}

func (h *house) isStillThere(p idp.Person) {
	h.Helper()
	if got, err := h.store.Person(h.Context(), p.ID); err != nil || got.Role != p.Role || got.State != idp.PersonActive {
		h.Errorf("%s is %s and %s (%v)", p.Name(), got.Role, got.State, err)
	}
}

func TestNobodyApprovesHisOwnAct(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	desk := h.roles[idp.HelpDesk]
	a := h.askForRevocation(desk)
	h.isStillThere(desk)
	body := h.get("/admin/approvals").Body.String()
	if strings.Contains(body, "/approve") || !strings.Contains(body, "/withdraw") {
		t.Error("the page offers who asked to approve it, or does not offer to withdraw it")
	}
	w := h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil))
	wantPage(t, w, http.StatusOK, "admin-approvals", "You asked for this yourself")
	h.isStillThere(desk)
	if len(h.waiting()) != 1 {
		t.Error("it does not wait any more")
	}
}

func TestActWaitsForASecondAdministrator(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	desk, second := h.roles[idp.HelpDesk], h.addAdministrator(idp.Owner)
	a := h.askForRevocation(desk)
	h.session = signedIn(second)
	wantPage(t, h.get("/admin/approvals"), http.StatusOK, "admin-approvals", "left us", "/approve")
	h.follow(h.post("/admin/approvals/"+a.ID+"/approve", url.Values{"answer": {"I know of it"}}))
	if got, err := h.store.Person(t.Context(), desk.ID); err != nil || got.Role != idp.Patient || got.State != idp.PersonClosed {
		t.Errorf("after the approval: %s and %s (%v)", got.Role, got.State, err)
	}
	if got := h.actions(desk.ID); !slices.Equal(got[1:], []string{"approval.ask", "approval.approve", "admin.revoke", "approval.done"}) {
		t.Errorf("recorded %v", got)
	}
	// It is done in the name of who asked, once.
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: desk.ID, Action: "admin.revoke"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Owner].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil)), http.StatusOK, "admin-approvals", "decided this already")
}

func TestInvitationThatWasApprovedIsTheOneThatWasAskedFor(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	second := h.addAdministrator(idp.Owner)
	h.as(idp.Owner).post("/admin/administrators", url.Values{"given_name": {"Olga"}, "family_name": {"Ito"}, "email": {"olga@example.org"}, "role": {"auditor"}})
	before, err := h.store.Administrators(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a := h.waiting()[0]
	h.session = signedIn(second)
	wantPage(t, h.post("/admin/approvals/"+a.ID+"/approve", url.Values{"role": {"owner"}}), http.StatusOK, "admin-link", "Olga Ito")
	after, err := h.store.Administrators(t.Context())
	if err != nil || len(after) != len(before)+1 || after[len(after)-1].Role != idp.Auditor {
		t.Errorf("%d administrators before, %d after (%v)", len(before), len(after), err)
	}
}

func TestApprovalNeedsTheRightToAskForTheAct(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	desk := h.roles[idp.HelpDesk]
	a := h.askForRevocation(desk)
	// A clerk may approve what clerks may ask for, and no more.
	for _, what := range []string{"/approve", "/refuse", "/withdraw"} {
		if w := h.as(idp.IdentityClerk).post("/admin/approvals/"+a.ID+what, nil); w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", what, w.Code)
		}
	}
	h.isStillThere(desk)
	if strings.Contains(h.get("/admin/approvals").Body.String(), "/approve") {
		t.Error("the page offers it")
	}
}

// TestActOnAnAdministratorIsApprovedByAnOwnerOnly: clerks close accounts, but not those of administrators, with or without another who asks.
func TestActOnAnAdministratorIsApprovedByAnOwnerOnly(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	manager := h.roles[idp.TrustManager]
	h.follow(h.as(idp.Owner).post("/admin/people/"+manager.ID+"/close", url.Values{"reason": {"left us"}}))
	a := h.waiting()[0]
	if strings.Contains(h.as(idp.IdentityClerk).get("/admin/approvals").Body.String(), "/approve") {
		t.Error("the page offers it to a clerk")
	}
	if w := h.post("/admin/approvals/"+a.ID+"/approve", nil); w.Code != http.StatusForbidden {
		t.Errorf("a clerk approves it: status %d, want 403", w.Code)
	}
	h.isStillThere(manager)
	h.session = signedIn(h.addAdministrator(idp.Owner))
	h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil))
	if h.state(manager) != idp.PersonClosed {
		t.Error("an owner's approval did nothing")
	}
}

// TestSecondPersonIsShownWhoMayCertify: an anchor of certifications is one like any other, and is not approved unseen.
func TestSecondPersonIsShownWhoMayCertify(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.trusted("Sample Trust", ca(t, "Root").Certificate)
	h.admin.TwoPersonActs = func() []string { return []string{GroupTrust} }
	certifier := ca(t, "Certifier").Certificate
	form := url.Values{"revision": {"0"}, "name": {"Sample Trust"}, "revocation": {"hard-fail"}, "certifications": {"https://a.example"}, "certifiers": {certPEM(certifier)}}
	wantPage(t, h.follow(h.as(idp.TrustManager).post("/admin/trust/"+c.ID+"/settings", form)), http.StatusOK, "admin-approvals", grouped(trust.Fingerprint(certifier.Raw)))
}

func TestApprovalOfWhoMayNotAskAnyMoreIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	desk, second := h.roles[idp.HelpDesk], h.addAdministrator(idp.Owner)
	a := h.askForRevocation(desk)
	if _, err := h.people.SetRole(t.Context(), h.roles[idp.Owner].ID, idp.Auditor, "moved", idp.Reading{Actor: "test"}); err != nil {
		t.Fatal(err)
	}
	h.session = signedIn(second)
	wantPage(t, h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil)), http.StatusOK, "admin-approvals", "does not allow it")
	h.isStillThere(desk)
	if got, err := h.store.Approval(t.Context(), a.ID); err != nil || got.Failure != "not_allowed" {
		t.Errorf("the approval is %+v (%v)", got, err)
	}
}

func TestRefusedAndWithdrawnActsAreNotDone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		what string
		own  bool
		want idp.ApprovalDecision
	}{{"/refuse", false, idp.Refused}, {"/withdraw", true, idp.Withdrawn}, {"/withdraw", false, ""}} {
		h := twoPersons(t)
		desk, second := h.roles[idp.HelpDesk], h.addAdministrator(idp.Owner)
		a := h.askForRevocation(desk)
		if !test.own {
			h.session = signedIn(second)
		}
		h.follow(h.post("/admin/approvals/"+a.ID+test.what, nil))
		h.isStillThere(desk)
		if got, err := h.store.Approval(t.Context(), a.ID); err != nil || got.Decision != test.want {
			t.Errorf("%s: decided %q (%v), want %q", test.what, got.Decision, err, test.want)
		}
	}
}

func TestApprovalEndsAfterAWeek(t *testing.T) {
	t.Parallel()
	h := twoPersons(t)
	desk, second := h.roles[idp.HelpDesk], h.addAdministrator(idp.Owner)
	a := h.askForRevocation(desk)
	h.clock = h.clock.Add(approvalFor)
	h.session = signedIn(second)
	wantPage(t, h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil)), http.StatusOK, "admin-approvals", "waited too long")
	h.isStillThere(desk)
}
