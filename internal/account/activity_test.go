package account

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
)

// happened stores events about a person, the last one last.
func happened(t *testing.T, store *sqlstore.Store, personID string, events ...idp.AuditEvent) []idp.AuditEvent {
	t.Helper()
	for i := range events {
		events[i].ID, events[i].At, events[i].PersonID = idp.NewID(), now(), personID
	}
	if err := store.Audit(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
	return events
}

// notMe posts the form of an event's page.
func (rm *room) notMe(t *testing.T, id string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/account/activity/x", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetPathValue("event", id)
	w := httptest.NewRecorder()
	if err := rm.NotMe(w, r); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestTheHistoryIsHersAndInWords(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	happened(t, store, bea.ID, idp.AuditEvent{Action: "person.suspend", Actor: "clerk"})
	happened(t, store, ana.ID,
		idp.AuditEvent{Action: "signin", Actor: ana.ID, Detail: `{"device":"iphone","new_browser":true}`},
		idp.AuditEvent{Action: "signin.refused", Actor: "somebody at the sign-in page"},
		idp.AuditEvent{Action: "recovery.start", Actor: "somebody without a passkey"},
		idp.AuditEvent{Action: "identifier.read", Actor: ana.ID, ClientID: idp.NewUUIDv4(), Detail: "consent"},
		idp.AuditEvent{Action: "identifier.read", Actor: "client:x", ClientID: idp.NewUUIDv4(), Detail: "release"},
		idp.AuditEvent{Action: "identifier.read", Actor: "Max the clerk"},
		idp.AuditEvent{Action: "person.change", Actor: ana.ID, Detail: `{"kind":"email","before":{"text":"old@example.org"}}`},
		idp.AuditEvent{Action: "proofing.comparison", Actor: "Max the clerk", Detail: "not json {"},
		idp.AuditEvent{Action: "of.tomorrow", Actor: "Max the clerk"},
	)
	w := get(t, rm.Activity, "/account/activity")
	says(t, w, "You signed in", "iPhone", "had not seen before", "A sign-in was refused", "Somebody who did not show", "Our staff looked at your digital identifier",
		"You looked at your digital identifier", "Your digital identifier went to",
		"A detail was changed: E-mail address", "Our staff worked on the check", "Something was done in your account", "This was not me")
	if n := strings.Count(w.Body.String(), "Somebody who did not show"); n != 2 {
		t.Errorf("%d entries are a stranger's, want 2", n)
	}
	for _, secret := range []string{"locked", "Max the clerk", "old@example.org"} {
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("the history says %q", secret)
		}
	}
	if n := strings.Count(w.Body.String(), "This was not me"); n != 5 {
		t.Errorf("%d entries can be disowned, want the 5 that were not ours", n)
	}
}

func TestTheHistoryIsPaged(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	var events []idp.AuditEvent
	for range activityPage + 5 {
		events = append(events, idp.AuditEvent{Action: "signin", Actor: ana.ID})
	}
	events = happened(t, store, ana.ID, events...)
	w := get(t, rm.Activity, "/account/activity")
	before := events[5].ID
	says(t, w, `rel="next" id="earlier" href="?before=`+before+`"`)
	if n := strings.Count(w.Body.String(), "You signed in"); n != activityPage {
		t.Errorf("the first page has %d lines, want %d", n, activityPage)
	}
	w = get(t, rm.Activity, "/account/activity?before="+before)
	if n := strings.Count(w.Body.String(), "You signed in"); n != 5 {
		t.Errorf("the second page has %d lines, want 5", n)
	}
	says(t, w, "Back to the newest")
	get(t, rm.Activity, "/account/activity?before=%ff") // nothing that the database would refuse
}

func TestThisWasNotMeEndsTellsAndRecords(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	here, there := browse(t, store, ana, onIPhone), browse(t, store, ana, onWindows)
	// The fingerprint of the passkey that addPerson gives her.
	event := happened(t, store, ana.ID, idp.AuditEvent{Action: "signin", Actor: ana.ID, IP: "203.0.113.9", Detail: `{"passkey":"` + fingerprintOf("Ana") + `"}`})[0]
	theirs := happened(t, store, bea.ID, idp.AuditEvent{Action: "signin", Actor: bea.ID})[0]

	leadsTo(t, newRoom(t, store, staleSignIn(here)).notMe(t, event.ID), "/login?back=/account/activity/"+event.ID)
	rm := newRoom(t, store, here)
	byClerk := happened(t, store, ana.ID, idp.AuditEvent{Action: "person.change", Actor: "Max the clerk", IP: "10.0.0.7"})[0]
	for _, id := range []string{theirs.ID, byClerk.ID, idp.NewID(), "\xff", ""} {
		r := httptest.NewRequest(http.MethodGet, "/account/activity/x", nil)
		r.SetPathValue("event", id)
		w := httptest.NewRecorder()
		if err := rm.NotMePage(w, r); err != nil {
			t.Fatal(err)
		}
		leadsTo(t, w, "/account/activity")
		leadsTo(t, rm.notMe(t, id), "/account/activity")
	}
	if left, err := store.SessionsOf(t.Context(), ana.ID, now()); err != nil || len(left) != 2 {
		t.Fatalf("%d sessions (%v): what was not hers ended something", len(left), err)
	}
	w := rm.notMe(t, event.ID, "text", "I was asleep.")
	says(t, w, "Thank you for telling us", "signed out everywhere but here", "Passkey of Ana", "/account/passkeys", "203.0.113.9")
	if _, err := store.Session(t.Context(), there.ID, now()); err == nil {
		t.Error("the other session goes on")
	}
	if _, err := store.Session(t.Context(), here.ID, now()); err != nil {
		t.Errorf("this session: %v", err)
	}
	open, err := store.Requests(t.Context(), idp.RequestFilter{Open: true})
	if err != nil || len(open) != 1 || open[0].Kind != idp.RequestNotMe || open[0].Subject != event.ID || open[0].Text != "I was asleep." || open[0].PersonID != ana.ID {
		t.Errorf("the desk reads %+v (%v)", open, err)
	}
	for _, action := range []string{"session.end-others", "request.add"} {
		if n := len(rm.audited(t, ana.ID, action)); n != 1 {
			t.Errorf("%s stands %d times in the audit log, want once", action, n)
		}
	}
	for range idp.OpenRequests + 1 { // with too many open ones it still ends what it can
		says(t, rm.notMe(t, event.ID), "You were signed in nowhere else.")
	}
	if w := rm.notMe(t, event.ID, "text", strings.Repeat("x", idp.MaxRequestText+1)); w.Code != 422 {
		t.Errorf("too long: status %d", w.Code)
	}
}

func fingerprintOf(passkey string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(passkey)))[:12]
}

func TestWhatMattersTodayStandsInTheOverview(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	here := browse(t, store, ana, onIPhone)
	rm := newRoom(t, store, here)
	says(t, get(t, rm.Overview, "/account"), "You have one passkey.", "Add a second one")
	own := idp.AuditEvent{ID: idp.NewID(), At: here.Authentication.Time.Add(time.Millisecond), Action: "signin", Actor: ana.ID, PersonID: ana.ID, Detail: `{"device":"iphone","new_browser":true}`}
	if err := store.Audit(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	if w := get(t, rm.Overview, "/account"); strings.Contains(w.Body.String(), "A new device signed in") {
		t.Error("she is warned of herself")
	}
	before := idp.AuditEvent{ID: idp.NewID(), At: now().Add(-time.Hour), Action: "signin", Actor: ana.ID, PersonID: ana.ID, Detail: `{"device":"windows","new_browser":true}`}
	if err := store.Audit(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := store.AskToClose(t.Context(), idp.Closing{PersonID: ana.ID, AskedAt: now(), DueAt: now().Add(time.Hour)}, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	says(t, get(t, rm.Overview, "/account"), "Your account will be closed on", "/account/close", "A new device signed in", "/account/activity/")
}
