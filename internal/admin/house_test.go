package admin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pages"
	"udap-idp/internal/policy"
	"udap-idp/internal/settings"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/transfer"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func openStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	return sqltest.Open(t, sqlstore.Open)
}

// keyed is a master key that seals nothing, for rooms that only digest here.
type keyed struct{}

func (keyed) Seal(plaintext []byte, _ string) ([]byte, error) { return plaintext, nil }
func (keyed) Unseal(sealed []byte, _ string) ([]byte, error)  { return sealed, nil }
func (keyed) Digest(data []byte, purpose string) ([]byte, error) {
	mac := hmac.New(sha256.New, []byte("master"))
	fmt.Fprintf(mac, "%s\n%s", purpose, data)
	return mac.Sum(nil), nil
}

// house is the room on a real store, with an administrator of each role, and who is asking.
type house struct {
	*testing.T
	store  *sqlstore.Store
	people *identity.Identity
	admin  *Admin
	roles  map[idp.Role]idp.Person
	desk   *transfer.Desk

	session idp.Session
	stale   bool // the sign-in is too old for what asks for a recent one
	clock   time.Time
}

func newHouse(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := newServer(t, change...)
	for _, role := range idp.AdministratorRoles() {
		h.roles[role] = h.addAdministrator(role)
	}
	h.roles[idp.Patient] = h.addPatient("Ana")
	return h
}

// newServer is a house with nobody in it.
func newServer(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	h := &house{T: t, store: openStore(t), roles: map[idp.Role]idp.Person{}, clock: now}
	h.people = identity.New(identity.Config{Store: h.store, Sealer: keyed{}, Now: func() time.Time { return h.clock }})
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Store: h.store, Pages: texts, People: h.people, Audit: audit.New(audit.Config{Store: h.store, Digest: keyed{}.Digest}), Issuer: "https://idp.example", Standing: standing,
		Desk: desk{h}, Post: newPost(t), Proofing: h.proofing(),
		Keys: &keys.Keys{Store: h.store, Now: func() time.Time { return h.clock }}, Clients: newClientRoom(h),
		Number: func(context.Context) string { return "7F3K-Q2" }, Now: func() time.Time { return h.clock },
		Session: func(http.ResponseWriter, *http.Request) (idp.Session, error) { return h.session, nil },
		Fresh:   h.fresh, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	c.Trust = newTrustDesk(h)
	h.desk = newDesk(t, h)
	c.Transfer = h.desk
	withSettings(t)(&c)
	c.Policies = &policy.Policy{Store: h.store, Facts: policy.Facts{Operator: "Sample Health ID", Issuer: "https://idp.example", SessionIdle: time.Minute, SessionLimit: time.Hour}}
	c.Housekeep, c.TestMessage = h.housekeep, h.testMessage
	c.Looks, c.PracticesGenerated = looks{}, func(context.Context) bool { return true }
	for _, f := range change {
		f(&c)
	}
	h.admin = New(c)
	return h
}

// withSettings gives the room the settings of an environment.
func withSettings(t *testing.T, environ ...string) func(*Config) {
	return func(c *Config) {
		t.Helper()
		base, err := (&config.Settings{}).Resolve(environ)
		if err != nil {
			t.Fatal(err)
		}
		if c.Settings, err = settings.New(t.Context(), base, c.Store, c.Log); err != nil {
			t.Fatal(err)
		}
	}
}

// fresh stands for the login room: it sends a browser away whose sign-in is too old.
func (h *house) fresh(w http.ResponseWriter, r *http.Request, back string) (bool, error) {
	if h.session.SignedIn() && !h.stale {
		return true, nil
	}
	http.Redirect(w, r, "/login?back="+url.QueryEscape(back), http.StatusSeeOther)
	return false, nil
}

func (h *house) addAdministrator(role idp.Role) idp.Person {
	h.Helper()
	p, token, err := h.people.AddAdministrator(h.Context(), idp.Demographics{
		GivenName: "Max", FamilyName: strings.ReplaceAll(string(role), "-", " "), Email: string(role) + "@example.org",
	}, role, idp.Reading{Actor: "test"})
	if err != nil {
		h.Fatal(err)
	}
	h.enrol(token, p.ID)
	return p
}

// enrol gives somebody a passkey.
func (h *house) enrol(token idp.Token, personID string) {
	h.Helper()
	err := h.store.EnrolPasskey(context.Background(), idp.Enrolment{
		InvitationID: token.ID, InvitationHash: token.Hash(), At: h.clock,
		Passkey: idp.Passkey{ID: []byte(token.ID), PersonID: personID, Name: "Phone", Credential: []byte("{}"), CreatedAt: h.clock},
	})
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) addPatient(name string) idp.Person {
	h.Helper()
	added, err := h.people.AddPerson(h.Context(), identity.Addition{
		Role: idp.Patient, Demographics: idp.Demographics{
			GivenName: name, FamilyName: "Rivera", Birthdate: "1980-05-17", Email: strings.ToLower(name) + "@example.org", Phone: "+12065550147",
			Address: idp.Address{Street: "1 Main St", City: "Reno", State: "NV", PostalCode: "89501", Country: "US"},
		},
	}, idp.Reading{Actor: "test"})
	if err != nil {
		h.Fatal(err)
	}
	return added.Person
}

// as signs an administrator in.
func (h *house) as(role idp.Role) *house {
	h.session = signedIn(h.roles[role])
	return h
}

func signedIn(p idp.Person) idp.Session {
	return idp.Session{PersonID: p.ID, Authentication: &idp.Authentication{SID: "s"}}
}

// serve answers a request through the table, as the server does.
func (h *house) serve(method, path string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	return h.answer(method, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

// answer answers a request with a body of any kind.
func (h *house) answer(method, path string, body io.Reader, contentType string) *httptest.ResponseRecorder {
	h.Helper()
	mux := http.NewServeMux()
	for pattern, answer := range h.admin.Routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := answer(w, r); err != nil {
				h.Errorf("%s %s: %v", method, path, err)
				http.Error(w, "failed", http.StatusInternalServerError)
			}
		})
	}
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w
}

func (h *house) get(path string) *httptest.ResponseRecorder {
	h.Helper()
	return h.serve(http.MethodGet, path, nil)
}

func (h *house) post(path string, form url.Values) *httptest.ResponseRecorder {
	h.Helper()
	return h.serve(http.MethodPost, path, form)
}

// follow asks for the page that an answer leads to.
func (h *house) follow(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	h.Helper()
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || to == "" {
		h.Fatalf("status %d to %q, want a redirect\n%s", w.Code, to, w.Body)
	}
	return h.get(to)
}

// actions are what the audit log has of a person, the oldest first.
func (h *house) actions(personID string) []string {
	h.Helper()
	events, err := h.store.AuditEvents(context.Background(), idp.AuditFilter{PersonID: personID})
	if err != nil {
		h.Fatal(err)
	}
	var all []string
	for _, e := range slices.Backward(events) {
		all = append(all, e.Action)
	}
	return all
}

func wantPage(t *testing.T, w *httptest.ResponseRecorder, status int, page string, texts ...string) {
	t.Helper()
	body := w.Body.String()
	if w.Code != status || !strings.Contains(body, `data-page="`+page+`"`) {
		t.Errorf("status %d, want %d and the page %s:\n%s", w.Code, status, page, body)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page %s does not show %q", page, text)
		}
	}
}
