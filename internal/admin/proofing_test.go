package admin

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// proofing is the desk on the real rules; the ceremony of a passkey is login's, and stands in here.
func (h *house) proofing() Proofing {
	return Proofing{
		Desk:         h.people,
		Practices:    func(context.Context) (string, error) { return "practices-1", nil },
		Declarations: h,
		Doubts: func(ctx context.Context, id string) ([]Doubt, error) {
			found, err := h.people.Doubts(ctx, id)
			var out []Doubt
			for _, c := range found {
				out = append(out, Doubt{c.Person, string(c.Score.Verdict)})
			}
			return out, err
		},
		Letter: func(ctx context.Context, id, language string, by idp.Reading) (pages.Letter, error) {
			n, err := h.people.PrepareNotification(ctx, id, idp.NotificationOrder{Channel: idp.ChannelPostal, Locale: language}, by)
			return pages.Letter{Name: n.Name, Link: "https://idp.example/repudiate/" + n.Token, Back: "/admin/proofing/" + id}, err
		},
		TwoPersons: h.people.TwoPersonApproval,
	}
}

// Begin stands for the challenge: a person whose passkey signs is whoever the test says.
func (h *house) Begin(_ context.Context, sessionID, eventID, language, with string) (pages.Signing, error) {
	return pages.Signing{Ceremony: "c", Options: "{}", Text: "I am Ana Rivera.", Locale: "en", With: with, Lifetime: time.Minute}, nil
}

// Sign takes "hers" as the answer of her passkey.
func (h *house) Sign(ctx context.Context, _, eventID string, form url.Values, by idp.Reading) (string, error) {
	if form.Get("credential") != "hers" {
		return pages.ProblemAnother, nil
	}
	p, err := h.store.Proofing(ctx, eventID)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte("I am Ana Rivera."))
	hash := hex.EncodeToString(sum[:])
	challenge := base64.RawURLEncoding.EncodeToString(idp.DeclarationChallenge(nil, p.ID, p.PersonID, "v", hash))
	_, err = h.people.SignDeclaration(ctx, eventID, idp.IdentityDeclaration{
		TextVersion: "v", Text: "I am Ana Rivera.", TextHash: hash, Signature: "passkey", Acknowledged: true, Attested: []idp.AttributeKind{"name", "birthdate", "address"},
		Proof: &idp.DeclarationProof{ClientDataJSON: fmt.Appendf(nil, `{"challenge":%q}`, challenge)},
	}, by)
	return "", err
}

var eventPath = regexp.MustCompile(`^(/admin/proofing/[0-9a-f-]{36})`)

// begin starts an event at the desk, and returns its address.
func (h *house) begin(p idp.Person, level idp.Level) string {
	h.Helper()
	w := h.post("/admin/proofing", url.Values{"person": {p.ID}, "claimed": {string(level)}, "type": {idp.OnsiteAttended}, "location": {"Front desk"}})
	found := eventPath.FindStringSubmatch(w.Header().Get("Location"))
	if found == nil {
		h.Fatalf("status %d to %q\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return found[1]
}

// take takes a step, which has to be taken.
func (h *house) take(path string, form url.Values) {
	h.Helper()
	w := h.post(path, form)
	if w.Code != http.StatusSeeOther {
		h.Fatalf("%s: status %d\n%s", path, w.Code, w.Body)
	}
}

var (
	passportForm = url.Values{"type": {"passport"}, "country": {"US"}, "number": {"C0123 4567"}, "expires": {"2031-01-31"}, "photo": {"yes"}, "supports": {"name", "birthdate"}, "method": {"vpip"}}
	carriedCode  = regexp.MustCompile(`id="carried">(\d+)<`)
)

// recordSteps takes every step but the declaration.
func (h *house) recordSteps(path string, document url.Values) {
	h.Helper()
	h.take(path+"/evidence", document)
	h.take(path+"/comparison", url.Values{"evidence": {"e1"}, "method": {"in_person"}, "result": {"passed"}})
	h.take(path+"/address", url.Values{"method": {"authoritative_source"}, "source": {"Postal Service"}})
	code := carriedCode.FindStringSubmatch(h.post(path+"/contact", url.Values{"act": {"send"}, "attribute": {"phone"}, "channel": {"sms"}}).Body.String())
	if code == nil {
		h.Fatal("no code to carry is shown")
	}
	h.take(path+"/contact", url.Values{"attribute": {"phone"}, "channel": {"sms"}, "code": {code[1]}, "exclusive": {"yes"}})
}

func (h *house) eventAt(path string) idp.Proofing {
	h.Helper()
	p, err := h.store.Proofing(h.Context(), strings.TrimPrefix(path, "/admin/proofing/"))
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// TestDeskWalksAnEventFromTheStartToItsEnd: what is missing is said live, for the aim and for the next level.
func TestDeskWalksAnEventFromTheStartToItsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	h.as(idp.IdentityClerk)
	wantPage(t, h.get("/admin/proofing/new?person="+patient.ID), http.StatusOK, "admin-proofing-new", "Ana Rivera", "no passkey yet")
	path := h.begin(patient, idp.IDIAL1_8)
	wantPage(t, h.get(path), http.StatusOK, "admin-proofing", "Missing for IDIAL1.8", "The signed declaration", "Missing for the next level, IDIAL1", "Next: Documents")
	wantPage(t, h.get(path+"/evidence"), http.StatusOK, "admin-proofing-step", "What does the person show?", "Passport")
	wantPage(t, h.get(path+"/evidence?type=drivers_license"), http.StatusOK, "admin-proofing-step", `id="state"`, `value="NV"`, "1 Main St, Reno, NV 89501")
	h.recordSteps(path, passportForm)
	wantPage(t, h.get(path), http.StatusOK, "admin-proofing", "••••4567", "superior", "Face to face", "Next: Declaration")
	wantPage(t, h.get(path+"/declaration"), http.StatusOK, "admin-proofing-step", "I am Ana Rivera.", "passkey-sign")
	h.clock = h.clock.Add(time.Minute)
	wantPage(t, h.post(path+"/declaration", url.Values{"credential": {"the clerk's"}}), http.StatusUnprocessableEntity, "admin-proofing-step", "belongs to somebody else")
	h.take(path+"/declaration", url.Values{"credential": {"hers"}})
	wantPage(t, h.get(path), http.StatusOK, "admin-proofing", "Nothing is missing for IDIAL1.8", "signed with a passkey")
	wantPage(t, h.follow(h.post(path+"/complete", nil)), http.StatusOK, "admin-proofing", "Waits for the notification", "The check is complete")
	wantPage(t, h.get("/admin/proofing?show=pending_notification"), http.StatusOK, "admin-proofings", "Ana Rivera", "Max identity clerk")

	letter := h.post(path+"/letter", url.Values{"language": {"es"}})
	if csp := letter.Header().Get("Content-Security-Policy"); letter.Code != http.StatusOK || !strings.Contains(csp, "style-src 'sha256-") || !strings.Contains(letter.Body.String(), "https://idp.example/repudiate/") {
		t.Errorf("the letter: status %d, policy %q\n%s", letter.Code, csp, letter.Body)
	}
	event := h.eventAt(path)
	h.take(path+"/sent", url.Values{"notification": {event.Notifications[0].ID}})
	if event = h.eventAt(path); event.Status != idp.ProofingInForce || event.Achieved != idp.IDIAL1_8 || event.PracticesStated != "practices-1" {
		t.Errorf("the event is %s at %s", event.Status, event.Achieved)
	}
	h.take(path+"/returned", url.Values{"notification": {event.Notifications[0].ID}})
	if got := h.eventAt(path).Status; got != idp.ProofingPendingNotification {
		t.Errorf("after the letter came back the event is %s", got)
	}
	page := h.as(idp.Auditor).get(path).Body.String()
	if forms := strings.Count(page, `<form method="post" action="/admin`); forms != strings.Count(page, "/number\"") || strings.Contains(page, "/new?person=") {
		t.Errorf("an auditor, who changes nothing, sees %d forms", forms)
	}
	if got := h.actions(patient.ID); !slices.Contains(got, "proofing.view") || !slices.Contains(got, "proofing.notification.returned") {
		t.Errorf("recorded %v", got)
	}
}

// TestBadInputAtTheDeskComesBackWithWhatWasTyped: nobody types a passport twice.
func TestBadInputAtTheDeskComesBackWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.IdentityClerk)
	patient := h.roles[idp.Patient]
	wantPage(t, h.post("/admin/proofing", url.Values{"person": {patient.ID}, "type": {"x"}, "claimed": {"idial1.8"}, "location": {"Front desk"}}), http.StatusUnprocessableEntity, "admin-proofing-new", `href="#type"`, `value="Front desk"`)
	path := h.begin(patient, idp.IDIAL1_8)
	for name, tc := range map[string]struct {
		step  string
		form  url.Values
		field string
		kept  string
	}{
		"no state":      {"evidence", url.Values{"type": {"real_id"}, "number": {"S-77"}, "supports": {"name"}}, "state", "S-77"},
		"no issuer":     {"evidence", url.Values{"type": {"insurance_card"}, "number": {"S-77"}, "supports": {"name"}}, "issuer", "S-77"},
		"says nothing":  {"evidence", url.Values{"type": {"passport"}, "number": {"S-77"}}, "supports-name", "S-77"},
		"no day":        {"evidence", url.Values{"type": {"passport"}, "number": {"S-77"}, "supports": {"name"}, "expires": {"soon"}}, "expires", "S-77"},
		"not readable":  {"evidence", url.Values{"type": {"passport"}, "number": {"S-\x00"}, "supports": {"name"}}, "number", ""},
		"of no kind":    {"evidence", url.Values{"type": {"\xff"}}, "evidence-type", ""},
		"no photo yet":  {"comparison", url.Values{"evidence": {"e9"}, "method": {"in_person"}, "result": {"passed"}}, "evidence", ""},
		"no source":     {"address", url.Values{"method": {"authoritative_source"}}, "source", ""},
		"no code":       {"contact", url.Values{"attribute": {"phone"}, "channel": {"sms"}}, "code", ""},
		"code not sent": {"contact", url.Values{"attribute": {"email"}, "channel": {"email"}, "code": {"123"}}, "code", ""},
		"wrong channel": {"contact", url.Values{"attribute": {"email"}, "channel": {"sms"}, "act": {"send"}}, "code", ""},
		"no method":     {"check", url.Values{"method": {"fraud-astrology"}, "result": {"passed"}}, "method", ""},
	} {
		w := h.post(path+"/"+tc.step, tc.form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#`+tc.field+`"`) || !strings.Contains(w.Body.String(), tc.kept) {
			t.Errorf("%s: status %d, want the form again and the way to %s\n%s", name, w.Code, tc.field, w.Body)
		}
	}
	wantPage(t, h.post(path+"/complete", nil), http.StatusUnprocessableEntity, "admin-proofing", "Something is still missing for this level")
	wantPage(t, h.post(path+"/reject", nil), http.StatusUnprocessableEntity, "admin-proofing", `href="#reject-reason"`)
	for _, path := range []string{path + "/dance", "/admin/proofing/x%00", "/admin/proofing/%ff/evidence", "/admin/proofing/" + idp.NewID(), "/admin/proofing/new?person=" + idp.NewID()} {
		wantPage(t, h.get(path), http.StatusNotFound, "problem")
	}
	wantPage(t, h.get("/admin/proofing?from=x%27&show=nothing"), http.StatusOK, "admin-proofings")
}

// TestDeskIsNobodysOwn: nobody proofs herself, and records of administrators are for owners.
func TestDeskIsNobodysOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	clerk, auditor := h.roles[idp.IdentityClerk], h.roles[idp.Auditor]
	for _, p := range []idp.Person{clerk, auditor} {
		if w := h.as(idp.IdentityClerk).post("/admin/proofing", url.Values{"person": {p.ID}, "claimed": {"idial1"}, "type": {idp.OnsiteAttended}}); w.Code != http.StatusForbidden {
			t.Errorf("a clerk begins one of %s: status %d", p.Name(), w.Code)
		}
	}
	owner := h.roles[idp.Owner]
	wantPage(t, h.as(idp.Owner).post("/admin/proofing", url.Values{"person": {owner.ID}, "claimed": {"idial1"}, "type": {idp.OnsiteAttended}}), http.StatusUnprocessableEntity, "admin-proofing-new", "Nobody checks or decides about their own identity")
	path := h.begin(auditor, idp.IDIAL1)
	event, err := h.people.Start(t.Context(), idp.ProofingStart{PersonID: owner.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL1, PerformedBy: auditor.ID}, idp.Reading{Actor: auditor.ID})
	if err != nil {
		t.Fatal(err)
	}
	for address, role := range map[string]idp.Role{path: idp.IdentityClerk, "/admin/proofing/" + event.ID: idp.Owner} {
		for _, act := range []string{"evidence", "complete", "reject", "lower", "revoke", "letter", "sent"} {
			if w := h.as(role).post(address+"/"+act, url.Values{"reason": {"x"}}); w.Code != http.StatusForbidden {
				t.Errorf("%s of %s as %s: status %d, want 403", act, address, role, w.Code)
			}
		}
	}
}

// TestAnotherApprovesWhatADeskHasRecorded: with two persons, an event at IDIAL2 waits for one who took no step.
func TestAnotherApprovesWhatADeskHasRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people.TwoPersonApproval, h.admin.Proofing.TwoPersons = true, true
	path := h.as(idp.IdentityClerk).begin(h.roles[idp.Patient], idp.IDIAL2)
	h.recordSteps(path, passportForm)
	h.clock = h.clock.Add(time.Minute)
	h.take(path+"/declaration", url.Values{"credential": {"hers"}})
	h.as(idp.Owner).take(path+"/check", url.Values{"method": {"fraud-mortality"}, "result": {"passed"}})
	h.as(idp.IdentityClerk).take(path+"/complete", nil)
	for _, role := range []idp.Role{idp.IdentityClerk, idp.Owner} {
		wantPage(t, h.as(role).get(path), http.StatusOK, "admin-proofing", "You took part in this check")
		wantPage(t, h.post(path+"/approve", nil), http.StatusUnprocessableEntity, "admin-proofing", "Somebody else has to approve it")
	}
	second := h.addAdministratorNamed("Second", idp.IdentityClerk)
	h.session = signedIn(second)
	wantPage(t, h.get(path), http.StatusOK, "admin-proofing", `id="approve-now"`)
	h.take(path+"/approve", nil)
	if event := h.eventAt(path); event.Status != idp.ProofingPendingNotification || event.ReviewedBy != second.ID {
		t.Errorf("the event is %s, reviewed by %s", event.Status, event.ReviewedBy)
	}
}

func (h *house) addAdministratorNamed(name string, role idp.Role) idp.Person {
	h.Helper()
	p, token, err := h.people.AddAdministrator(h.Context(), idp.Demographics{GivenName: name, FamilyName: "Clerk", Email: strings.ToLower(name) + "@example.org"}, role, idp.Reading{Actor: "test"})
	if err != nil {
		h.Fatal(err)
	}
	h.enrol(token, p.ID)
	return p
}

// TestNumberOfEvidenceIsShownOnceItIsRecorded: and to nobody who only has to help.
func TestNumberOfEvidenceIsShownOnceItIsRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := h.as(idp.IdentityClerk).begin(h.roles[idp.Patient], idp.IDIAL1_8)
	h.take(path+"/evidence", passportForm)
	for _, page := range []string{path, path + "/comparison", "/admin/proofing"} {
		if strings.Contains(h.get(page).Body.String(), "C0123") {
			t.Errorf("%s shows the number", page)
		}
	}
	wantPage(t, h.as(idp.Auditor).post(path+"/number", url.Values{"evidence": {"e1"}}), http.StatusOK, "admin-proofing", "C0123 4567")
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "evidence.read"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.Auditor].ID || strings.Contains(events[0].Detail, "C0123") {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	wantPage(t, h.post(path+"/number", url.Values{"evidence": {"e9\x00"}}), http.StatusNotFound, "problem")
	if w := h.as(idp.HelpDesk).post(path+"/number", url.Values{"evidence": {"e1"}}); w.Code != http.StatusForbidden {
		t.Errorf("the help desk: status %d", w.Code)
	}
}

// TestNumberOfAnAdministratorsEvidenceIsForOwners: a clerk sees the event, and not what could be used in her name.
func TestNumberOfAnAdministratorsEvidenceIsForOwners(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := h.as(idp.Owner).begin(h.roles[idp.TrustManager], idp.IDIAL1_8)
	h.take(path+"/evidence", passportForm)
	w := h.as(idp.IdentityClerk).get(path)
	wantPage(t, w, http.StatusOK, "admin-proofing", "••••4567")
	if strings.Contains(w.Body.String(), "/number") {
		t.Error("the page offers it to a clerk")
	}
	if w := h.post(path+"/number", url.Values{"evidence": {"e1"}}); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "C0123") {
		t.Errorf("a clerk: status %d, want 403", w.Code)
	}
	for _, role := range []idp.Role{idp.Owner, idp.Auditor} {
		wantPage(t, h.as(role).post(path+"/number", url.Values{"evidence": {"e1"}}), http.StatusOK, "admin-proofing", "C0123 4567")
	}
}

// TestPossibleDuplicateIsSaidAtTheDesk: before anybody gets a second Digital Identifier.
func TestPossibleDuplicateIsSaidAtTheDesk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.IdentityClerk)
	first := h.begin(h.roles[idp.Patient], idp.IDIAL1_8)
	h.recordSteps(first, passportForm)
	h.clock = h.clock.Add(time.Minute)
	h.take(first+"/declaration", url.Values{"credential": {"hers"}})
	h.take(first+"/complete", nil)
	h.post(first+"/letter", url.Values{"language": {"en"}})
	h.take(first+"/sent", url.Values{"notification": {h.eventAt(first).Notifications[0].ID}})

	twin := h.addPatient("Ana")
	second := h.begin(twin, idp.IDIAL1_8)
	h.recordSteps(second, url.Values{"type": {"passport"}, "country": {"US"}, "number": {"D999 9999"}, "photo": {"yes"}, "supports": {"name", "birthdate"}, "method": {"vpip"}})
	h.clock = h.clock.Add(time.Minute)
	h.take(second+"/declaration", url.Values{"credential": {"hers"}})
	wantPage(t, h.get(second), http.StatusOK, "admin-proofing", "Somebody else may be the same person", "/admin/people/"+h.roles[idp.Patient].ID)
	wantPage(t, h.post(second+"/complete", nil), http.StatusUnprocessableEntity, "admin-proofing", "already has a Digital Identifier")
	wantPage(t, h.post(second+"/apart", nil), http.StatusUnprocessableEntity, "admin-proofing", `href="#apart-reason"`)
	h.take(second+"/apart", url.Values{"reason": {"twins, both were here"}})
	h.take(second+"/complete", nil)
}

// TestRenewalsAndRepudiationsAreListed, a page at a time.
func TestRenewalsAndRepudiationsAreListed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	for n := range proofingsPerPage + 5 {
		status, ends := idp.ProofingInForce, now.Add(time.Duration(n)*time.Hour)
		if n == 0 {
			status = idp.ProofingRepudiated
		}
		p := idp.Proofing{ID: idp.NewID(), PersonID: patient.ID, Status: status, Achieved: idp.IDIAL1_8, StartedAt: now, ExpiresAt: ends, PerformedBy: fmt.Sprintf("By %d", n)}
		if err := h.store.StartProofing(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	wantPage(t, h.as(idp.Auditor).get("/admin/proofing?show=repudiated"), http.StatusOK, "admin-proofings", "By 0", "Denied by the person")
	next := regexp.MustCompile(`id="next" rel="next" href="([^"]*)"`)
	for _, show := range []string{"due", "verified"} {
		page := h.get("/admin/proofing?show=" + show).Body.String()
		link := next.FindStringSubmatch(page)
		if link == nil || strings.Count(page, "<tr>") != proofingsPerPage+1 {
			t.Fatalf("%s: %d rows, the next page is %v", show, strings.Count(page, "<tr>")-1, link)
		}
		rest := h.get(strings.ReplaceAll(link[1], "&amp;", "&")).Body.String()
		if got := strings.Count(rest, "<tr>") - 1; got != 4 || !strings.Contains(rest, `id="first"`) {
			t.Errorf("%s: the next page has %d rows, want 4", show, got)
		}
	}
}

// TestEveryTypeOfEvidenceHasItsFields: what the rules know can be recorded at the desk.
func TestEveryTypeOfEvidenceHasItsFields(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	path := h.as(idp.IdentityClerk).begin(h.roles[idp.Patient], idp.IDIAL1_8)
	for _, one := range assurance.EvidenceTypes() {
		f, ok := pages.FieldsOfEvidence(one)
		if !ok {
			t.Errorf("%s has no fields", one)
			continue
		}
		if f.Photo != assurance.IsPhotoID(idp.EvidenceType(one)) && one != string(idp.OtherGovernmentID) {
			t.Errorf("%s: with a photo as a rule: %t", one, f.Photo)
		}
		form := url.Values{"type": {one}, "state": {"NV"}, "issuer": {"Somebody"}, "country": {"US"}, "number": {"1"}, "supports": f.Supports, "method": {f.Methods[0]}}
		h.take(path+"/evidence", form)
	}
	if got, want := len(h.eventAt(path).Evidence), len(assurance.EvidenceTypes()); got != want {
		t.Errorf("%d of %d types were recorded", got, want)
	}
}

// TestDashboardLeadsToWhatWaits: to the desk and the requests, for whoever may go there.
func TestDashboardLeadsToWhatWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	patient := h.roles[idp.Patient]
	h.addRequest(patient, "x")
	for _, status := range []idp.ProofingStatus{idp.ProofingPendingApproval, idp.ProofingPendingNotification} {
		if err := h.store.StartProofing(t.Context(), idp.Proofing{ID: idp.NewID(), PersonID: patient.ID, Status: status, StartedAt: now, PerformedBy: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	for role, want := range map[idp.Role]bool{idp.IdentityClerk: true, idp.Auditor: true, idp.HelpDesk: false, idp.TrustManager: false} {
		body := h.as(role).get("/admin").Body.String()
		for _, link := range []string{"/admin/requests", "/admin/proofing?show=pending_approval", "/admin/proofing?show=pending_notification"} {
			if got := strings.Contains(body, `href="`+link+`"`); got != want {
				t.Errorf("the dashboard of %s leads to %s: %t, want %t", role, link, got, want)
			}
		}
	}
}
