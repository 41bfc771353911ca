package account

import (
	"strings"
	"testing"
)

func TestPreferencesAreKept(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	rm := newRoom(t, store, browse(t, store, ana, onIPhone))
	w := post(t, rm.SavePreferences, "/account/preferences", "language", "es", "theme", "dark")
	leadsTo(t, w, "/account/preferences?done=saved&lang=es")
	if cookie := w.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "theme=dark;") {
		t.Errorf("cookie %q", cookie)
	}
	p, err := store.Person(t.Context(), ana.ID)
	if err != nil || p.Language != "es" {
		t.Errorf("her language is %q (%v)", p.Language, err)
	}
	w = post(t, rm.SavePreferences, "/account/preferences", "language", "xx\xff", "theme", "pink")
	leadsTo(t, w, "/account/preferences?done=saved")
	if p, err := store.Person(t.Context(), ana.ID); err != nil || p.Language != "es" {
		t.Errorf("her language is %q (%v)", p.Language, err)
	}
	if cookie := w.Header().Get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=0") {
		t.Errorf("cookie %q", cookie)
	}
}
