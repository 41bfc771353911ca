package account

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/sqlstore"
)

func openStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "idp.db"))
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return store
}

func addPerson(t *testing.T, store *sqlstore.Store, givenName string) idp.Person {
	t.Helper()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p := idp.Person{
		ID: idp.NewID(), Role: idp.Patient, Level: idp.IDIAL1_8, VerifiedAt: now, Identifier: idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}, CreatedAt: now,
		Demographics: idp.Demographics{
			GivenName: givenName, FamilyName: "Rivera", Birthdate: "1980-05-17", Sex: "female", Email: givenName + "@example.org",
			Address: idp.Address{Street: "1 Main St\nApt 2", City: "Springfield", State: "IL", PostalCode: "62701", Country: "US"},
		},
	}
	p.UserHandle = []byte(p.ID)[4:]
	token := idp.NewToken()
	inv := idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: p.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := store.CreatePerson(context.Background(), p, inv); err != nil {
		t.Fatalf("create person: %v", err)
	}
	err := store.EnrolPasskey(context.Background(), idp.Enrolment{
		InvitationID: inv.ID, InvitationHash: inv.Hash, At: now, Declaration: idp.Declaration{TextVersion: "2026-11", SignedAt: now},
		Passkey: idp.Passkey{
			ID: []byte(givenName), PersonID: p.ID, Name: "Passkey of " + givenName, BackupState: true, Credential: []byte("{}"), CreatedAt: now,
		},
	})
	if err != nil {
		t.Fatalf("enrol: %v", err)
	}
	return p
}

// room is an Account on a real store.
type room struct {
	*Account
	store *sqlstore.Store
}

// newRoom makes a room for a browser whose session is s.
func newRoom(t *testing.T, store *sqlstore.Store, s idp.Session, change ...func(*Config)) *room {
	t.Helper()
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Store: store, Pages: texts, RequestID: func(context.Context) string { return "7F3K-Q2" },
		Session: func(http.ResponseWriter, *http.Request) (idp.Session, error) { return s, nil },
		Fresh: func(w http.ResponseWriter, r *http.Request, back string) (bool, error) {
			if s.SignedIn() && time.Since(s.Authentication.Time) < 5*time.Minute {
				return true, nil
			}
			http.Redirect(w, r, "/login?back="+back, http.StatusSeeOther)
			return false, nil
		},
		Identifier: func(_ context.Context, p idp.Person, _ idp.Reading) (string, error) {
			return string(p.Identifier.Sealed), nil
		},
	}
	for _, f := range change {
		f(&c)
	}
	return &room{New(c), store}
}

// get asks for a page of the room.
func get(t *testing.T, page func(http.ResponseWriter, *http.Request) error, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	if err := page(w, httptest.NewRequest(http.MethodGet, target, nil)); err != nil {
		t.Fatalf("GET %s: %v", target, err)
	}
	return w
}

func signedIn(p idp.Person) idp.Session {
	return idp.Session{ID: idp.NewID(), PersonID: p.ID, Authentication: &idp.Authentication{SID: "s", Time: time.Now()}}
}

// sections are the pages of every section.
func sections(a *Account) map[string]func(http.ResponseWriter, *http.Request) error {
	return map[string]func(http.ResponseWriter, *http.Request) error{
		"/account":         a.Overview,
		"/account/profile": a.Profile,
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
		"/account":         {`data-page="account"`, "Ana Rivera", "Passkey of Ana"},
		"/account/profile": {`data-page="account-profile"`, "Ana@example.org", "Springfield, IL 62701", "Apt 2", string(ana.Identifier.Sealed)[32:]},
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

func TestAddressIsWrittenAsOnAnEnvelope(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		address idp.Address
		want    string
	}{
		{"whole", idp.Address{Street: "1 Main St", City: "Springfield", State: "IL", PostalCode: "62701", Country: "US"}, "1 Main St\nSpringfield, IL 62701\nUS"},
		{"no street", idp.Address{City: "Springfield", PostalCode: "62701"}, "Springfield 62701"},
		{"nothing", idp.Address{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := lines(test.address); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
