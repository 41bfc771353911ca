package admin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
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

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

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

func addPerson(t *testing.T, store *sqlstore.Store, name string, role idp.Role) idp.Person {
	t.Helper()
	p := idp.Person{
		ID: idp.NewID(), Role: role, Level: idp.IDIAL1_8, VerifiedAt: now, Identifier: idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}, CreatedAt: now,
		Demographics: idp.Demographics{GivenName: name, FamilyName: "Rivera", Birthdate: "1980-05-17", Email: name + "@example.org"},
	}
	p.UserHandle = []byte(p.ID)[4:]
	token := idp.NewToken()
	inv := idp.Invitation{ID: token.ID, Hash: token.Hash(), PersonID: p.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := store.CreatePerson(context.Background(), p, inv); err != nil {
		t.Fatalf("create person: %v", err)
	}
	return p
}

// issue makes a certificate named name, signed by parent (itself, when nil).
func issue(t *testing.T, name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(365 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func addCommunity(t *testing.T, store *sqlstore.Store) {
	t.Helper()
	anchor, anchorKey := issue(t, "Sample Anchor", nil, nil)
	leaf, _ := issue(t, "idp.example", anchor, anchorKey)
	theirs, _ := issue(t, "hospital.example", anchor, anchorKey)
	community := idp.Community{
		ID: idp.NewID(), URI: "https://trust.example/community", Name: "Sample Trust", Anchors: [][]byte{anchor.Raw}, CreatedAt: now,
		Certificates: []idp.CommunityCertificate{{
			ID: idp.NewID(), KeyID: "kid", Chain: [][]byte{leaf.Raw}, SealedKey: []byte("sealed private key"), CreatedAt: now,
		}},
	}
	if err := store.AddCommunity(context.Background(), community); err != nil {
		t.Fatalf("add community: %v", err)
	}
	_, _, err := store.RegisterClient(context.Background(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: community.ID, URI: "https://hospital.example/fhir", Name: "hospital-client",
		Organization: "General Hospital", Certificate: theirs.Raw, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		t.Fatalf("register client: %v", err)
	}
}

// standing is what the running server would know of addCommunity's community.
func standing(context.Context, string, time.Time) (Standing, error) {
	return Standing{
		Revocation: "soft-fail", States: map[string]string{"kid": "active"},
		Sources: []Source{{Kind: "crl", URL: "http://crl.example/list.crl", Problem: "no such host"}},
		Ending:  []Ending{{Kind: "anchor", Subject: "CN=Sample Anchor", NotAfter: now.Add(9 * 24 * time.Hour)}},
	}, nil
}

func get(t *testing.T, store Store, s idp.Session, failure error) (*httptest.ResponseRecorder, error) {
	t.Helper()
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	a := New(Config{
		Store: store, Pages: texts, Issuer: "https://idp.example", Now: func() time.Time { return now }, Standing: standing,
		Session: func(http.ResponseWriter, *http.Request) (idp.Session, error) { return s, failure },
	})
	w := httptest.NewRecorder()
	return w, a.Page(w, httptest.NewRequest(http.MethodGet, "/admin", nil))
}

func signedIn(p idp.Person) idp.Session {
	return idp.Session{PersonID: p.ID, Authentication: &idp.Authentication{SID: "s"}}
}

func TestAdminIsForAdministratorsOnly(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	patient := addPerson(t, store, "Ana", idp.Patient)
	administrator := addPerson(t, store, "Adam", idp.Owner)
	other := addPerson(t, store, "Olga", "gardener")
	tests := []struct {
		name     string
		session  idp.Session
		status   int
		location string
		page     string
	}{
		{"a stranger", idp.Session{}, http.StatusSeeOther, "/login", ""},
		{"a patient", signedIn(patient), http.StatusForbidden, "", `data-page="problem"`},
		{"another role", signedIn(other), http.StatusForbidden, "", `data-page="problem"`},
		{"an administrator", signedIn(administrator), http.StatusOK, "", `data-page="admin"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, err := get(t, store, test.session, nil)
			if err != nil || w.Code != test.status || w.Header().Get("Location") != test.location || !strings.Contains(w.Body.String(), test.page) {
				t.Errorf("status %d to %q, %v; want %d to %q", w.Code, w.Header().Get("Location"), err, test.status, test.location)
			}
			if w.Code != http.StatusOK && strings.Contains(w.Body.String(), "Rivera") {
				t.Error("the page names people")
			}
		})
	}
}

func TestOverviewShowsPeopleClientsAndCommunities(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	administrator := addPerson(t, store, "Adam", idp.Owner)
	patient := addPerson(t, store, "Ana", idp.Patient)
	addCommunity(t, store)
	w, err := get(t, store, signedIn(administrator), nil)
	if err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	for _, want := range []string{
		"Ana Rivera", "Adam Rivera", "hospital-client", "General Hospital", "https://hospital.example/fhir", "Sample Trust",
		"https://trust.example/community", "Sample Anchor", "idp.example", "2027",
		"In use", "Checked, with a grace period", "http://crl.example/list.crl", "Never fetched", "no such host",
		"Trust anchor of Sample Trust", "Expires in 9 days",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the overview does not show %q", want)
		}
	}
	for _, private := range []string{string(patient.Identifier.Sealed), "1980", "Ana@example.org", "sealed"} {
		if strings.Contains(body, private) {
			t.Errorf("the overview shows %q", private)
		}
	}
}

func TestOverviewShowsASuspendedClientToo(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	administrator := addPerson(t, store, "Adam", idp.Owner)
	addCommunity(t, store)
	clients, err := store.Clients(context.Background(), "", 1)
	if err != nil || len(clients) != 1 {
		t.Fatalf("%d clients, %v", len(clients), err)
	}
	if _, err := store.SuspendClient(context.Background(), clients[0].ID, "asked by telephone", now); err != nil {
		t.Fatal(err)
	}
	w, err := get(t, store, signedIn(administrator), nil)
	if err != nil || w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "General Hospital") {
		t.Errorf("status %d, %v; want the overview with the suspended client", w.Code, err)
	}
}

func TestListsAreCutAtAHundred(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	administrator := addPerson(t, store, "Adam", idp.Owner)
	for i := range listLimit {
		addPerson(t, store, fmt.Sprintf("Patient%03d", i), idp.Patient)
	}
	rows, more, err := New(Config{Store: store}).people(context.Background())
	if err != nil || len(rows) != listLimit || !more {
		t.Errorf("%d rows, more %t, %v; want %d and more", len(rows), more, err, listLimit)
	}
	if rows[0].Name != administrator.Name() {
		t.Errorf("first row %q, want the oldest", rows[0].Name)
	}
}

func TestChainReadsFromAnchorToLeaf(t *testing.T) {
	t.Parallel()
	anchor, anchorKey := issue(t, "anchor", nil, nil)
	middle, middleKey := issue(t, "middle", anchor, anchorKey)
	leaf, _ := issue(t, "leaf", middle, middleKey)
	stranger, _ := issue(t, "stranger", nil, nil)
	tests := []struct {
		name    string
		chain   [][]byte
		anchors [][]byte
		want    string
	}{
		{"without the anchor", [][]byte{leaf.Raw, middle.Raw}, [][]byte{stranger.Raw, anchor.Raw}, "anchor middle leaf"},
		{"with the anchor", [][]byte{leaf.Raw, middle.Raw, anchor.Raw}, [][]byte{anchor.Raw}, "anchor middle leaf"},
		{"no anchor of ours", [][]byte{leaf.Raw, middle.Raw}, [][]byte{stranger.Raw}, "middle leaf"},
		{"an anchor that cannot be read", [][]byte{leaf.Raw, middle.Raw}, [][]byte{{1}, anchor.Raw}, "anchor middle leaf"},
		{"nothing", nil, [][]byte{anchor.Raw}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var names []string
			for _, c := range chainRow(test.chain, test.anchors) {
				names = append(names, c.Subject)
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := describe([]byte("no certificate")); !got.NotAfter.IsZero() {
		t.Errorf("a certificate that cannot be read: %+v, want no dates", got)
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

func TestSourcesThatAreNotWellComeFirst(t *testing.T) {
	t.Parallel()
	var sources []Source
	for i := range sourceLimit {
		sources = append(sources, Source{URL: fmt.Sprint(i), Fresh: true})
	}
	sources = append(sources, Source{URL: "failing", Fresh: true, Problem: "x"}, Source{URL: "never"}, Source{URL: "stale", Problem: "x"})
	rows, more := sourceRows(sources)
	if len(rows) != sourceLimit || more != 3 {
		t.Fatalf("%d rows and %d more", len(rows), more)
	}
	for i, want := range []string{"stale", "never", "failing", "0"} {
		if rows[i].URL != want {
			t.Errorf("row %d is %s, want %s", i, rows[i].URL, want)
		}
	}
	if rows, more := sourceRows(nil); rows != nil || more != 0 {
		t.Errorf("of nothing: %v and %d more", rows, more)
	}
}

func TestStandingThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	addCommunity(t, store)
	broken := errors.New("broken")
	a := New(Config{Store: store, Standing: func(context.Context, string, time.Time) (Standing, error) { return Standing{}, broken }})
	if _, err := a.overview(context.Background()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
