package account

import (
	"strings"
	"testing"

	"udap-idp/internal/idp"
)

const (
	onIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	onWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
)

func TestNobodyEndsTheSessionOfAnotherPerson(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	here, there, theirs := browse(t, store, ana, onIPhone), browse(t, store, ana, onWindows), browse(t, store, bea, onWindows)
	rm := newRoom(t, store, here)

	w := get(t, rm.Sessions, "/account/sessions")
	says(t, w, "Safari, iPhone", "Firefox, Windows", "This one", there.ID)
	if strings.Contains(w.Body.String(), theirs.ID) || strings.Count(w.Body.String(), "Firefox, Windows") != 1 {
		t.Error("the page shows the session of another person")
	}
	for _, id := range []string{theirs.ID, "\xff", "", idp.NewID()} {
		leadsTo(t, post(t, rm.EndSession, "/account/sessions", "session", id), "/account/sessions?done=gone")
	}
	leadsTo(t, post(t, rm.EndSession, "/account/sessions", "session", there.ID), "/account/sessions?done=ended")
	for id, alive := range map[string]bool{theirs.ID: true, here.ID: true, there.ID: false} {
		if _, err := store.Session(t.Context(), id, now()); (err == nil) != alive {
			t.Errorf("session %s: %v, want it alive: %t", id, err, alive)
		}
	}
	ended := rm.audited(t, ana.ID, "session.end")
	if len(ended) != 1 || ended[0].Actor != ana.ID || ended[0].Detail != `{"agent":"Firefox, Windows"}` || ended[0].RequestID != "7F3K-Q2" || ended[0].IP != "192.0.2.1" {
		t.Errorf("the audit log has %+v", ended)
	}
}

func TestAllOtherSessionsEndAndThisOneStays(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	here, theirs := browse(t, store, ana, onIPhone), browse(t, store, bea, onWindows)
	browse(t, store, ana, onWindows)
	browse(t, store, ana, "")
	rm := newRoom(t, store, here)
	says(t, get(t, rm.Sessions, "/account/sessions"), "A browser we do not know", `id="end-others"`)
	leadsTo(t, post(t, rm.EndSession, "/account/sessions", "session", "others"), "/account/sessions?done=ended-others")
	left, err := store.SessionsOf(t.Context(), ana.ID, now())
	if err != nil || len(left) != 1 || left[0].ID != here.ID {
		t.Errorf("left are %+v (%v)", left, err)
	}
	if _, err := store.Session(t.Context(), theirs.ID, now()); err != nil {
		t.Errorf("the session of another person: %v", err)
	}
	w := get(t, rm.Sessions, "/account/sessions?done=ended-others")
	says(t, w, "You are signed in nowhere else.", "signed out everywhere but here")
	if strings.Contains(w.Body.String(), `id="end-others"`) {
		t.Error("the page offers to end what is not there")
	}
	if n := len(rm.audited(t, ana.ID, "session.end-others")); n != 1 {
		t.Errorf("%d lines in the audit log, want 1", n)
	}
	// With none left there is nothing to record.
	post(t, rm.EndSession, "/account/sessions", "session", "others")
	if n := len(rm.audited(t, ana.ID, "session.end-others")); n != 1 {
		t.Errorf("%d lines in the audit log, want 1", n)
	}
	if w := get(t, rm.Sessions, "/account/sessions?done=%3Cscript%3E"); strings.Contains(w.Body.String(), `role="status"`) {
		t.Error("a word that anybody may write into the address became a message")
	}
}
