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
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
)

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

func TestTrustShowsClientsAndCommunities(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addCommunity(t, h.store)
	w := h.as(idp.TrustManager).get("/admin/trust")
	wantPage(t, w, http.StatusOK, "admin-trust",
		"hospital-client", "General Hospital", "https://hospital.example/fhir", "Sample Trust", "https://trust.example/community", "Sample Anchor",
		"idp.example", "2027", "In use", "Checked, with a grace period", "http://crl.example/list.crl", "Never fetched", "no such host",
		"Trust anchor of Sample Trust", "Expires in 9 days")
	if strings.Contains(w.Body.String(), "sealed") {
		t.Error("the page shows a key")
	}
}

func TestTrustShowsASuspendedClientToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addCommunity(t, h.store)
	clients, err := h.store.Clients(t.Context(), "", 1)
	if err != nil || len(clients) != 1 {
		t.Fatalf("%d clients, %v", len(clients), err)
	}
	if _, err := h.store.SuspendClient(t.Context(), clients[0].ID, "asked by telephone", now, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	wantPage(t, h.as(idp.Owner).get("/admin/trust"), http.StatusOK, "admin-trust", "General Hospital")
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
	broken := errors.New("broken")
	h := newHouse(t, func(c *Config) {
		c.Session = func(http.ResponseWriter, *http.Request) (idp.Session, error) { return idp.Session{}, broken }
	})
	answer := h.admin.Routes()["GET /admin"]
	r := httptest.NewRequest(http.MethodGet, "/admin", nil)
	if err := answer(httptest.NewRecorder(), r); !errors.Is(err, broken) {
		t.Errorf("session: got %v", err)
	}
	h.admin.Session = func(http.ResponseWriter, *http.Request) (idp.Session, error) {
		return signedIn(idp.Person{ID: idp.NewID()}), nil
	}
	if err := answer(httptest.NewRecorder(), r); !errors.Is(err, idp.ErrNotFound) {
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
