package account

import (
	"errors"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestClosingNeedsAFreshSignInAndATick(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	s := browse(t, store, ana, onIPhone)
	stale := s
	stale.Authentication = &idp.Authentication{SID: "s", Time: now().Add(-6 * time.Minute)}
	rm := newRoom(t, store, stale)
	leadsTo(t, post(t, rm.Close, "/account/close", "understood", "yes"), "/login?back=/account/close")

	rm = newRoom(t, store, s)
	w := post(t, rm.Close, "/account/close")
	if w.Code != 422 {
		t.Errorf("without the tick: status %d", w.Code)
	}
	says(t, w, `href="#understood"`, `id="understood-error"`)
	if _, err := store.Closing(t.Context(), ana.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("without the tick: %v", err)
	}
}

func TestAClosingWaitsAndCanBeTakenBack(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	says(t, get(t, rm.ClosePage, "/account/close"), "14 more days", `class="danger"`)

	leadsTo(t, post(t, rm.Close, "/account/close", "understood", "yes"), "/account/close")
	leadsTo(t, post(t, rm.Close, "/account/close", "understood", "yes"), "/account/close") // pressed twice
	closing, err := store.Closing(t.Context(), ana.ID)
	if err != nil || closing.DueAt.Sub(closing.AskedAt) != rm.ClosingWait() {
		t.Fatalf("the closing is %+v (%v)", closing, err)
	}
	says(t, get(t, rm.ClosePage, "/account/close"), `id="keep"`, "Your account will be closed on")
	if p, err := store.Person(t.Context(), ana.ID); err != nil || p.State != idp.PersonActive {
		t.Errorf("she is %s (%v), and the period has only begun", p.State, err)
	}
	leadsTo(t, post(t, rm.KeepAccount, "/account/close/keep"), "/account/close?done=kept")
	says(t, get(t, rm.ClosePage, "/account/close?done=kept"), "Your account stays open", `id="close-account"`)
	for action, want := range map[string]int{"account.close": 1, "account.keep": 1} {
		if n := len(rm.audited(t, ana.ID, action)); n != want {
			t.Errorf("%s stands %d times in the audit log, want %d", action, n, want)
		}
	}
}

func TestWhoRunsTheServiceDoesNotCloseTheAccountHere(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	ana, err := store.Person(t.Context(), ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	ana.Role, ana.UpdatedAt = idp.HelpDesk, now()
	if err := store.ChangePerson(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	w := post(t, rm.Close, "/account/close", "understood", "yes")
	says(t, w, "Ask another administrator")
	if _, err := store.Closing(t.Context(), ana.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
