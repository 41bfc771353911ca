package admin

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestPersonIsInvitedInEveryWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withPost(newPost(t, idp.ByEmail)))
	patient := h.roles[idp.Patient]
	path := "/admin/people/" + patient.ID + "/invite"
	wantPage(t, h.as(idp.IdentityClerk).get(path), http.StatusOK, "admin-invite", "ana@example.org", "&#43;12065550147", "Nobody invited this person yet")
	secret := map[string]string{}
	for _, c := range []struct {
		way         string
		shows, says string
		hides       []string
	}{
		{"link", `id="link">([^<]+)<`, "https://idp.example/invite/", []string{`id="code"`}},
		{"code", `id="code">([^<]+)<`, "idp.example/invite", []string{"/invite/" + patient.ID[:8], `id="link"`}},
		{"letter", `class="link code">([^<]+)<`, `class="sheet" lang="es"`, []string{`id="link"`}},
		{"email", "", "on its way to ana@example.org", []string{`id="link"`, `id="code"`}},
		{"sms", "", "waits under Messages", []string{`id="link"`, `id="code"`}},
	} {
		w := h.post(path, url.Values{"way": {c.way}})
		wantPage(t, w, http.StatusOK, "admin-invited", "Ana Rivera", c.says)
		for _, hidden := range c.hides {
			if strings.Contains(w.Body.String(), hidden) {
				t.Errorf("by %s the page shows %q", c.way, hidden)
			}
		}
		if c.shows == "" {
			continue
		}
		found := regexp.MustCompile(c.shows).FindStringSubmatch(w.Body.String())
		if found == nil || secret[found[1]] != "" {
			t.Errorf("by %s the page shows %q", c.way, found)
			continue
		}
		secret[found[1]] = c.way
	}
	all, err := h.store.Invitations(t.Context(), patient.ID)
	open := slices.DeleteFunc(slices.Clone(all), func(inv idp.Invitation) bool { return inv.StatusAt(h.clock) != idp.InvitationOpen })
	if err != nil || len(all) != 5 || len(open) != 1 || !all[0].AsksBirthdate || all[0].CreatedBy != h.roles[idp.IdentityClerk].ID {
		t.Errorf("%d invitations, %d open, the last %+v (%v)", len(all), len(open), all[0], err)
	}
	if got := h.actions(patient.ID); strings.Count(strings.Join(got, " "), "invitation.make") != 5 {
		t.Errorf("recorded %v", got)
	}
	wantPage(t, h.post(path, url.Values{"way": {"pigeon"}}), http.StatusUnprocessableEntity, "admin-invite", "Choose how it gets to the person")

	// The list says what became of each, and the open one can be ended.
	wantPage(t, h.get(path), http.StatusOK, "admin-invite", "Open", "Revoked", "Max identity clerk", `id="revoke"`)
	wantPage(t, h.follow(h.post(path+"/revoke", nil)), http.StatusOK, "admin-invite", "The invitation is revoked", "by Max identity clerk")
	wantPage(t, h.follow(h.post(path+"/revoke", nil)), http.StatusOK, "admin-invite", "There was no open invitation")
	if got := h.actions(patient.ID); !slices.Contains(got, "invitation.revoke") {
		t.Errorf("recorded %v", got)
	}
}

// TestInvitationBackNeedsANewCheck: who has a passkey gets another one only after it was checked again who she is, and that is kept.
func TestInvitationBackNeedsANewCheck(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	plain := idp.NewToken()
	err := h.store.Invite(t.Context(), idp.Invitation{ID: plain.ID, Hash: plain.Hash(), PersonID: patient.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}, idp.Trail{})
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(plain, patient.ID)
	path := "/admin/people/" + patient.ID + "/invite"
	wantPage(t, h.as(idp.HelpDesk).post(path, url.Values{"way": {"code"}}), http.StatusUnprocessableEntity, "admin-invite", "Say how you checked again who the person is", `value="code" checked`)
	wantPage(t, h.post(path, url.Values{"way": {"code"}, "reason": {strings.Repeat("x", 600)}}), http.StatusUnprocessableEntity, "admin-invite", "too long")
	wantPage(t, h.post(path, url.Values{"way": {"code"}, "reason": {"passport seen"}}), http.StatusOK, "admin-invited", "Ana Rivera")
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: patient.ID, Action: "invitation.make"})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, "passport seen") {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

// TestHelpDeskInvitesWithoutSeeingAnAddress: what she sends goes to where she does not see.
func TestHelpDeskInvitesWithoutSeeingAnAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := "/admin/people/" + h.roles[idp.Patient].ID + "/invite"
	h.as(idp.HelpDesk)
	pages := []string{h.get(path).Body.String()}
	for _, way := range []string{"letter", "email", "sms"} {
		pages = append(pages, h.post(path, url.Values{"way": {way}}).Body.String())
	}
	for n, body := range pages {
		for _, private := range []string{"ana@example.org", "5550147", "1 Main St", "1980"} {
			if strings.Contains(body, private) {
				t.Errorf("page %d shows %q", n, private)
			}
		}
	}
	if p := h.roles[idp.Auditor]; h.get("/admin/people/"+p.ID+"/invite").Code != http.StatusForbidden {
		t.Error("the help desk is led to the invitation of an administrator")
	}
}
