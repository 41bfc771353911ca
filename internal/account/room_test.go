package account

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/vault"
)

func openStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	return sqltest.Open(t, sqlstore.Open)
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
		Idle: idp.IdleLimit, ClosingWait: func() time.Duration { return 14 * 24 * time.Hour }, Mail: writer{},
		Store: store, Pages: texts, RequestID: func(context.Context) string { return "7F3K-Q2" },
		Session: func(http.ResponseWriter, *http.Request) (idp.Session, error) { return s, nil },
		Fresh: func(w http.ResponseWriter, r *http.Request, back string) (bool, error) {
			if s.SignedIn() && time.Since(s.Authentication.Time) < 5*time.Minute {
				return true, nil
			}
			http.Redirect(w, r, "/login?back="+back, http.StatusSeeOther)
			return false, nil
		},
		Patient: func(p idp.Person, identifier string) any {
			return map[string]string{"name": p.Name(), "identifier": identifier}
		},
		Identifier: func(_ context.Context, p idp.Person, _ idp.Reading) (string, error) {
			return string(p.Identifier.Sealed), nil
		},
	}
	ids := newIdentity(t, store)
	c.Declarations = signings{ids}
	c.Change = func(ctx context.Context, in Change, by idp.Reading) ([]idp.AttributeKind, error) {
		act := identity.Changed
		if in.Correct {
			act = identity.Corrected
		}
		result, err := ids.ChangeAttributes(ctx, identity.Change{
			Target: identity.Target{PersonID: in.PersonID, Revision: in.Revision}, Act: act, Values: in.Values, Reason: in.Reason, Tell: in.Tell,
		}, by)
		return result.Unverified, err
	}
	for _, f := range change {
		f(&c)
	}
	return &room{New(c), store}
}

// newIdentity is the room with the rules about persons, on the same store.
func newIdentity(t *testing.T, store *sqlstore.Store) *identity.Identity {
	t.Helper()
	v, err := vault.Open(vault.Options{Text: "q83vEjRWeJq83vASNFZ4mrzd7wEjRWeJmrzd7wEjRWc=", NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return identity.New(identity.Config{Store: store, Sealer: v})
}

// writer stands for package mail: one message for an e-mail address.
type writer struct{}

func (w writer) About(p idp.Person, n idp.Notice) ([]idp.Message, error) {
	m, err := w.To(p, idp.ByEmail, p.Email, n)
	return []idp.Message{m}, err
}

func (writer) To(p idp.Person, channel idp.Channel, address string, n idp.Notice) (idp.Message, error) {
	return idp.Message{ID: idp.NewID(), PersonID: p.ID, Channel: channel, To: address, Kind: n.Kind, Language: "en", Sealed: []byte("{}")}, nil
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

// post sends a form to a page of the room.
func post(t *testing.T, page func(http.ResponseWriter, *http.Request) error, target string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if err := page(w, r); err != nil {
		t.Fatalf("POST %s: %v", target, err)
	}
	return w
}

// leadsTo checks a redirect.
func leadsTo(t *testing.T, w *httptest.ResponseRecorder, want string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
		t.Errorf("status %d to %q, want 303 to %q", w.Code, w.Header().Get("Location"), want)
	}
}

// says checks what stands on a page.
func says(t *testing.T, w *httptest.ResponseRecorder, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("status %d, the page does not say %q", w.Code, want)
		}
	}
}

// audited are a person's events of an action, the newest first.
func (rm *room) audited(t *testing.T, personID, action string) []idp.AuditEvent {
	t.Helper()
	events, err := rm.store.AuditEvents(t.Context(), idp.AuditFilter{PersonID: personID, Action: action})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// browse signs a person in in a new browser.
func browse(t *testing.T, store *sqlstore.Store, p idp.Person, agent string) idp.Session {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	token := idp.NewToken()
	s := idp.Session{
		ID: token.ID, Hash: token.Hash(), UserAgent: agent, PersonID: p.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
		Authentication: &idp.Authentication{SID: idp.NewUUIDv4(), Time: now, AMR: []string{"pop"}, PasskeyID: []byte(p.GivenName)},
	}
	if err := store.CreateSession(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}
