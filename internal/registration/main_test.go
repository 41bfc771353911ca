package registration_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/registration"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

const hospital = "https://hospital.example/fhir"

// trust leads chains to communities with pki, as the server does.
type trust struct{ *pki.Trust }

func (t trust) Identify(ctx context.Context, chain []*x509.Certificate, now time.Time) (string, error) {
	c, err := t.Trust.Identify(ctx, chain, now)
	if errors.Is(err, pki.ErrUntrusted) {
		return "", errors.Join(registration.ErrUntrusted, err)
	}
	return c.ID, err
}

func (t trust) VerifyCertifier(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error {
	err := t.Trust.VerifyCertifier(ctx, communityID, chain, now)
	if errors.Is(err, pki.ErrUntrusted) {
		return errors.Join(registration.ErrUntrusted, err)
	}
	return err
}

// source gives pki the communities of a test.
type source []pki.Community

func (s source) TrustRevision(context.Context) (int64, error)              { return 1, nil }
func (s source) TrustCommunities(context.Context) ([]pki.Community, error) { return s, nil }

// house is a registration endpoint that listens, with all that is behind it.
type house struct {
	URL       string // of the endpoint: what aud must be
	Store     idp.Store
	Attempts  *attempts.Log
	Community *udaptest.Community // known as "first"
	Second    *udaptest.Community // known as "second"
	Log       *bytes.Buffer       // read it when no request is running
}

// newHouse lets a test change the configuration before the endpoint opens.
func newHouse(t testing.TB, change ...func(*registration.Config)) *house {
	t.Helper()
	h := &house{
		Community: udaptest.New(t, udaptest.WithoutServer()),
		Second:    udaptest.New(t, udaptest.WithoutServer()),
		Log:       &bytes.Buffer{},
	}
	store := sqltest.Open(t, sqlstore.Open)
	h.Store = store
	h.Attempts = attempts.New(attempts.Config{Store: store, Log: slog.New(slog.NewJSONHandler(h.Log, nil))})
	t.Cleanup(func() { h.Attempts.Close(context.Background()) })
	for id, c := range map[string]*udaptest.Community{"first": h.Community, "second": h.Second} {
		if err := store.AddCommunity(t.Context(), idp.Community{ID: id, URI: c.URI, Name: id, Anchors: [][]byte{c.Anchor().Raw}, CreatedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	config := registration.Config{
		Endpoints: udap.NewEndpoints(server.URL),
		Store:     store,
		Trust:     trust{pki.NewTrust(source{known("first", h.Community), known("second", h.Second)})},
		Policy:    udap.RegistrationPolicy{Scopes: []string{"openid", "udap", "profile", "email"}},
		Attempts:  h.Attempts,
		Log:       slog.New(slog.NewJSONHandler(h.Log, nil)),
	}
	for _, c := range change {
		c(&config)
	}
	h.URL = config.Endpoints.Registration
	mux.Handle("/register", registration.New(config))
	return h
}

func known(id string, c *udaptest.Community) pki.Community {
	return pki.Community{ID: id, URI: c.URI, Name: id, Anchors: []*x509.Certificate{c.Anchor()}}
}

// reply is what came back.
type reply struct {
	Status int
	Header http.Header
	Body   map[string]any
}

func (r reply) code() string        { s, _ := r.Body["error"].(string); return s }
func (r reply) description() string { s, _ := r.Body["error_description"].(string); return s }

// register sends a statement as relying parties do.
func (h *house) register(t *testing.T, statement string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"software_statement": statement, "certifications": nil, "udap": "1"})
	if err != nil {
		t.Fatal(err)
	}
	return h.post(t, "application/json", string(body))
}

func (h *house) post(t *testing.T, contentType, body string) reply {
	t.Helper()
	response, err := http.Post(h.URL, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{Status: response.StatusCode, Header: response.Header}
	if err := json.Unmarshal(data, &r.Body); err != nil {
		t.Fatalf("got %d %q, want JSON", response.StatusCode, data)
	}
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
	}
	return r
}

// wantRefusal checks code, status and description, and that nobody is registered.
func (h *house) wantRefusal(t *testing.T, r reply, status int, code, text string) {
	t.Helper()
	if r.Status != status || r.code() != code || !strings.Contains(r.description(), text) {
		t.Errorf("got %d %s: %s\nwant %d %s with %q", r.Status, r.code(), r.description(), status, code, text)
	}
	if clients := h.clients(t); len(clients) != 0 {
		t.Errorf("got %d clients after a refusal, want none", len(clients))
	}
}

func (h *house) clients(t *testing.T) []idp.Client {
	t.Helper()
	clients, err := h.Store.Clients(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return clients
}

func set(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func remove(name string) func(map[string]any) {
	return func(m map[string]any) { delete(m, name) }
}
