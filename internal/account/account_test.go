package account

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// sections are the pages of every section.
func sections(a *Account) map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"/account":               a.Overview,
		"/account/profile":       a.Profile,
		"/account/sessions":      a.Sessions,
		"/account/organisations": a.Organizations,
		"/account/sharing":       a.Sharing,
		"/account/activity":      a.Activity,
		"/account/download":      a.DownloadPage,
		"/account/preferences":   a.Preferences,
		"/account/close":         a.ClosePage,
	}
}

func TestAccountShowsTheOwnValuesOnly(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	rm := newRoom(t, store, signedIn(ana))
	for path, page := range sections(rm.Account) {
		body := get(t, page, path+"?person="+bea.ID+"&id="+bea.ID).Body.String()
		for _, other := range []string{"Bea", string(ana.Identifier.Sealed), string(bea.Identifier.Sealed)} {
			if strings.Contains(body, other) {
				t.Errorf("%s shows %q", path, other)
			}
		}
	}
	for path, wants := range map[string][]string{
		"/account":         {`data-page="account"`, "Ana Rivera", "You have one passkey."},
		"/account/profile": {`data-page="account-profile"`, "Ana@example.org", "Springfield, IL 62701", "Apt 2"},
	} {
		body := get(t, sections(rm.Account)[path], path).Body.String()
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not show %q", path, want)
			}
		}
	}
}

func TestALevelWhoseTimeIsOverIsNotShown(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	for _, test := range []struct {
		expires time.Time
		want    string
	}{
		{time.Now().Add(time.Hour), "with a photo document and one more proof"},
		{time.Now().Add(-time.Hour), "has not been checked"},
	} {
		p, err := store.Person(t.Context(), ana.ID)
		if err != nil {
			t.Fatal(err)
		}
		p.ExpiresAt, p.UpdatedAt = test.expires, time.Now()
		if err := store.ChangePerson(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		rm := newRoom(t, store, signedIn(ana))
		for path, page := range map[string]func(http.ResponseWriter, *http.Request) error{"/account": rm.Overview, "/account/profile": rm.Profile} {
			if !strings.Contains(get(t, page, path).Body.String(), test.want) {
				t.Errorf("%s does not say %q", path, test.want)
			}
		}
	}
}

func TestAStrangerIsSentToSignInAndComesBack(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, openStore(t), idp.Session{})
	for path, page := range sections(rm.Account) {
		w := get(t, page, path)
		if want := "/login?back=" + path; w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("%s: status %d to %q, want 303 to %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestFailuresAreErrors(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	broken := errors.New("broken")
	failing := newRoom(t, store, idp.Session{}, func(c *Config) {
		c.Session = func(http.ResponseWriter, *http.Request) (idp.Session, error) { return idp.Session{}, broken }
	})
	gone := newRoom(t, store, signedIn(idp.Person{ID: idp.NewID()}))
	for path := range sections(failing.Account) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if err := sections(failing.Account)[path](httptest.NewRecorder(), r); !errors.Is(err, broken) {
			t.Errorf("%s: session: got %v", path, err)
		}
		if err := sections(gone.Account)[path](httptest.NewRecorder(), r); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("%s: person who is gone: got %v", path, err)
		}
	}
}
