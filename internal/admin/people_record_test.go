package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// signedInPerson gives somebody a passkey and so many browsers in which she is signed in, and returns the first of these.
func (h *house) signedInPerson(p idp.Person, browsers int) (session string) {
	h.Helper()
	token := idp.NewToken()
	err := h.store.Invite(h.Context(), idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: p.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}, idp.Trail{})
	if err != nil {
		h.Fatal(err)
	}
	h.enrol(token, p.ID)
	for range browsers {
		cookie := idp.NewToken()
		s := idp.Session{ID: cookie.ID, Hash: cookie.Hash(), Values: []byte("{}"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := h.store.CreateSession(h.Context(), s); err != nil {
			h.Fatal(err)
		}
		err := h.store.SignInSession(h.Context(), idp.SignIn{
			SessionID: s.ID, OldHash: s.Hash, NewHash: idp.NewTokenFor(s.ID).Hash(), PersonID: p.ID, At: now, ExpiresAt: now.Add(idp.SessionLimit),
			Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: now, AMR: []string{"pop"}, PasskeyID: []byte(token.ID)},
			Passkey:        idp.PasskeyUse{PasskeyID: []byte(token.ID), Credential: []byte("{}"), At: now},
		})
		if err != nil {
			h.Fatal(err)
		}
		if session == "" {
			session = s.ID
		}
	}
	return session
}

func TestPersonIsSignedOutFromTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.roles[idp.Patient]
	one := h.signedInPerson(p, 3)
	path := "/admin/people/" + p.ID
	wantPage(t, h.as(idp.HelpDesk).get(path), http.StatusOK, "admin-person", "Firefox")
	if strings.Contains(h.get(path).Body.String(), "/sessions") {
		t.Error("the help desk is offered to sign her out")
	}
	left := func() int {
		t.Helper()
		all, err := h.store.SessionsOf(t.Context(), p.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	other := h.signedInPerson(h.addPatient("Berta"), 1)
	wantPage(t, h.follow(h.as(idp.IdentityClerk).post(path+"/sessions", url.Values{"session": {other}})), http.StatusOK, "admin-person", "Nobody is signed in there any more")
	if left() != 3 {
		t.Fatalf("%d sessions are left after that of somebody else was named", left())
	}
	wantPage(t, h.follow(h.post(path+"/sessions", url.Values{"session": {one}})), http.StatusOK, "admin-person", "has to sign in again")
	if left() != 2 {
		t.Errorf("%d sessions are left, want 2", left())
	}
	wantPage(t, h.follow(h.post(path+"/sessions", url.Values{"session": {"everywhere"}})), http.StatusOK, "admin-person", "has to sign in again")
	wantPage(t, h.follow(h.post(path+"/sessions", url.Values{"session": {"everywhere"}})), http.StatusOK, "admin-person", "Nobody is signed in there any more")
	if left() != 0 {
		t.Errorf("%d sessions are left, want none", left())
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "session.end"})
	if err != nil || len(events) != 2 || events[0].Actor != h.roles[idp.IdentityClerk].ID {
		t.Errorf("recorded %+v (%v)", events, err)
	}
}

// TestIdentifierIsShownForAReasonAndRecorded, to owners and clerks only, after a recent sign-in, and never on the person's page.
func TestIdentifierIsShownForAReasonAndRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const identifier = "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d"
	p, err := h.store.Person(t.Context(), h.roles[idp.Patient].ID)
	if err != nil {
		t.Fatal(err)
	}
	p.Identifier = idp.SealedIdentifier{Sealed: []byte(identifier), Index: []byte("x"), MintedAt: now}
	p.UpdatedAt = now
	if err := h.store.ChangePerson(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	path := "/admin/people/" + p.ID
	for _, role := range []idp.Role{idp.Owner, idp.IdentityClerk, idp.Auditor, idp.HelpDesk} {
		if strings.Contains(h.as(role).get(path).Body.String(), identifier[:8]) {
			t.Errorf("the page shows it to the %s", role)
		}
	}
	read := func() int {
		t.Helper()
		events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: p.ID, Action: "identifier.read"})
		if err != nil {
			t.Fatal(err)
		}
		return len(events)
	}
	wantPage(t, h.follow(h.as(idp.IdentityClerk).post(path+"/identifier", nil)), http.StatusOK, "admin-person", "A reason is missing")
	if read() != 0 {
		t.Fatal("a reading is recorded that there was not")
	}
	h.stale = true
	if w := h.post(path+"/identifier", url.Values{"reason": {"asked for by her"}}); w.Code != http.StatusSeeOther || strings.Contains(w.Body.String(), identifier) {
		t.Errorf("with an old sign-in: status %d", w.Code)
	}
	h.stale = false
	wantPage(t, h.post(path+"/identifier", url.Values{"reason": {"asked for by her"}}), http.StatusOK, "admin-identifier", identifier)
	if read() != 1 {
		t.Errorf("%d readings are recorded, want 1", read())
	}
	for _, role := range []idp.Role{idp.Auditor, idp.HelpDesk} {
		if w := h.as(role).post(path+"/identifier", url.Values{"reason": {"x"}}); w.Code != http.StatusForbidden || read() != 1 {
			t.Errorf("as %s: status %d, want 403", role, w.Code)
		}
	}
}

func TestPersonsPageLeadsToWhatHangsOnHer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, child := h.verified(h.roles[idp.Patient]), h.verified(h.addPatient("Berta"))
	err := h.store.AddRepresentation(t.Context(), idp.Representation{
		ID: idp.NewID(), RepresentativeID: p.ID, PatientID: child.ID, Relationship: "MTH", LegalBasis: "parent", StartsOn: "2020-01-01", VerifiedBy: "x", VerifiedAt: now,
	}, idp.Trail{})
	if err != nil {
		t.Fatal(err)
	}
	request := idp.Request{ID: idp.NewID(), PersonID: p.ID, Kind: idp.RequestCorrection, Subject: "name", Text: "married", At: now}
	if err := h.store.AddRequest(t.Context(), request, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.ConfirmContact(t.Context(), p.ID, idp.Contact{Channel: idp.ByEmail, Address: "ana@example.org", ConfirmedAt: now}, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	path := "/admin/people/" + p.ID
	wantPage(t, h.as(idp.Owner).get(path), http.StatusOK, "admin-person", "May act for", "Berta Rivera", "Mother", "/admin/requests/"+request.ID, "Confirmed by a code",
		`href="/admin/messages?person=`+p.ID, `href="/admin/audit?person=`+p.ID, `href="/admin/duplicates?person=`+p.ID, `href="#history"`, path+"/edit?of=email", "Verified")
	wantPage(t, h.get("/admin/people/"+child.ID), http.StatusOK, "admin-person", "Is represented by", "Ana Rivera")
	wantPage(t, h.get("/admin/messages?person="+p.ID), http.StatusOK, "admin-messages", "Messages to Ana Rivera")
	wantPage(t, h.get(path+"/shares"), http.StatusOK, "admin-shares", "Nowhere yet")
	body := h.as(idp.IdentityClerk).get(path).Body.String()
	if strings.Contains(body, "/admin/audit") || !strings.Contains(body, "/admin/requests/"+request.ID) {
		t.Error("a clerk is led to what is not for her, or not to what is")
	}
	for _, part := range []string{"/edit", "/shares", "#organizations", "#history", "/admin/messages", "May act for"} {
		if strings.Contains(h.as(idp.HelpDesk).get(path).Body.String(), part) {
			t.Errorf("the help desk is shown %s", part)
		}
	}
}
