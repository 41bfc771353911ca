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

func get(t *testing.T, store Store, s idp.Session, failure error) (*httptest.ResponseRecorder, error) {
	t.Helper()
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	a := New(Config{Identifier: func(_ context.Context, p idp.Person, _ idp.Reading) (string, error) {
		return string(p.Identifier.Sealed), nil
	}, Store: store, Pages: texts, Session: func(http.ResponseWriter, *http.Request) (idp.Session, error) {
		return s, failure
	}})
	w := httptest.NewRecorder()
	return w, a.Page(w, httptest.NewRequest(http.MethodGet, "/account?person=x", nil))
}

func signedIn(p idp.Person) idp.Session {
	return idp.Session{PersonID: p.ID, Authentication: &idp.Authentication{SID: "s"}}
}

func TestAccountShowsTheOwnValuesOnly(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	w, err := get(t, store, signedIn(ana), nil)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v", w.Code, err)
	}
	body := w.Body.String()
	for _, want := range []string{`data-page="account"`, "Ana Rivera", "Ana@example.org", "Passkey of Ana", "Springfield, IL 62701", "Apt 2"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, other := range []string{"Bea", string(ana.Identifier.Sealed), string(bea.Identifier.Sealed)} {
		if strings.Contains(body, other) {
			t.Errorf("the page shows %q", other)
		}
	}
	if !strings.Contains(body, string(ana.Identifier.Sealed)[32:]) {
		t.Error("the page does not show the end of the identifier")
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
		w, err := get(t, store, signedIn(ana), nil)
		if err != nil || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("the page does not say %q (%v)", test.want, err)
		}
	}
}

func TestStrangerIsSentToSignIn(t *testing.T) {
	t.Parallel()
	w, err := get(t, openStore(t), idp.Session{}, nil)
	if err != nil || w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
		t.Errorf("status %d to %q, %v; want 303 to /login", w.Code, w.Header().Get("Location"), err)
	}
}

func TestFailuresAreErrors(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	broken := errors.New("broken")
	if _, err := get(t, store, idp.Session{}, broken); !errors.Is(err, broken) {
		t.Errorf("session: got %v", err)
	}
	if _, err := get(t, store, signedIn(idp.Person{ID: idp.NewID()}), nil); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("person who is gone: got %v", err)
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
