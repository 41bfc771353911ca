package e2e

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
	idpprovider "udap-idp/internal/provider"
	"udap-idp/internal/registration"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// lobby is a store with a patient who is signed in, for any number of doors.
type lobby struct {
	store   *sqlstore.Store
	session idp.Session
}

func newLobby(t testing.TB) *lobby {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	now, link := time.Now(), idp.NewToken()
	person := idp.Person{ID: idp.NewID(), UserHandle: []byte(idp.NewUUIDv4()), Role: idp.Patient, CreatedAt: now,
		Demographics: idp.Demographics{GivenName: "Jane", FamilyName: "Doe", Birthdate: "1979-01-01", Email: "jane@example.org"}}
	invitation := idp.Invitation{ID: link.ID, Hash: link.Hash(), PersonID: person.ID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := store.CreatePerson(t.Context(), person, invitation); err != nil {
		t.Fatal(err)
	}
	session, _ := browserOf(t, store, person.ID, "/invite/"+link.String())
	return &lobby{store: store, session: session}
}

// doors are the two endpoints that ask for a client's certificate, registration and token, with everything behind them as the
// server has it: trust, revocation and guarded fetches. Only the command around them is missing, so that each test
// chooses its own policy and limits.
type doors struct {
	*lobby
	t         testing.TB
	issuer    string
	community *udaptest.Community
	id        string // of the community
	checker   *revocation.Checker
}

// doorOptions are what an operator sets. The zero value is the strictest policy.
type doorOptions struct {
	policy    revocation.Policy
	interval  time.Duration
	timeout   time.Duration // of one fetch
	community []udaptest.Option
}

func newDoors(t testing.TB, l *lobby, o doorOptions) *doors {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	d := &doors{lobby: l, t: t, issuer: "http://" + server.Listener.Addr().String(), id: idp.NewID(), community: udaptest.New(t, o.community...)}
	row := idp.Community{ID: d.id, URI: d.community.URI, Name: d.community.URI, Anchors: [][]byte{d.community.Anchor().Raw}, CreatedAt: time.Now()}
	if err := l.store.AddCommunity(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	evidence, issuers := newFetcher(t, o.timeout), newFetcher(t, o.timeout)
	checker, err := revocation.New(revocation.Options{Fetcher: evidence, Interval: o.interval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(checker.Close)
	d.checker = checker
	trust := pki.NewTrust(oneCommunity{
		ID: d.id, URI: d.community.URI, Name: "Example Trust", Anchors: []*x509.Certificate{d.community.Anchor()}, Revocation: o.policy,
		Signers: []*udap.Signer{d.community.Leaf(d.issuer).Signer()},
	}, pki.Options{Revocation: checker, Issuers: issuers})

	log := attempts.New(attempts.Config{Store: l.store, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { log.Close(context.Background()) })
	endpoints := udap.NewEndpoints(d.issuer)
	mux := http.NewServeMux()
	mux.Handle("/register", registration.New(registration.Config{
		Endpoints: endpoints, Store: l.store, Trust: registrationTrust{trust}, Policy: udap.RegistrationPolicy{Scopes: idpprovider.Scopes()}, Attempts: log,
	}))
	mux.Handle("/token", idpprovider.New(idpprovider.Config{
		Endpoints: endpoints, Store: l.store, Trust: providerTrust{trust}, Untrusted: func(err error) bool { return errors.Is(err, pki.ErrUntrusted) },
		Identifier: func(context.Context, idp.Person, idp.Reading) (string, error) { return "", nil }, Attempts: log,
		Healthcare: func(context.Context, string) (bool, error) { return false, nil },
	}).Handler())
	server.Config.Handler = mux
	server.Start()
	t.Cleanup(server.Close)
	return d
}

func newFetcher(t testing.TB, timeout time.Duration) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.1"}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// oneCommunity is a Source of pki.
type oneCommunity pki.Community

func (c oneCommunity) TrustRevision(context.Context) (int64, error) { return 1, nil }
func (c oneCommunity) TrustCommunities(context.Context) ([]pki.Community, error) {
	return []pki.Community{pki.Community(c)}, nil
}

type registrationTrust struct{ *pki.Trust }

func (t registrationTrust) Identify(ctx context.Context, chain []*x509.Certificate, now time.Time) (string, error) {
	c, err := t.Trust.Identify(ctx, chain, now)
	if errors.Is(err, pki.ErrUntrusted) {
		return "", fmt.Errorf("%w: %w", registration.ErrUntrusted, err)
	}
	return c.ID, err
}

type providerTrust struct{ *pki.Trust }

func (t providerTrust) Signer(ctx context.Context, id string) (*udap.Signer, error) {
	c, err := t.Community(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.Signer(time.Now())
}

func (t providerTrust) Signers(ctx context.Context) ([]*udap.Signer, error) {
	return t.Trust.Signers(ctx, time.Now())
}

// doorReply is what an endpoint says.
type doorReply struct {
	status      int
	code        string // error
	description string // error_description
	retryAfter  string
	clientID    string
	accessToken string
}

func (r doorReply) String() string {
	return fmt.Sprintf("%d %s %q, Retry-After %q", r.status, r.code, r.description, r.retryAfter)
}

// post sends a body and reads the answer, which must come while t's context and a generous half minute last.
func post(t testing.TB, address, contentType, body string) doorReply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		ClientID    string `json:"client_id"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&said); err != nil {
		t.Fatalf("%s: %s %q", address, answer.Status, data)
	}
	return doorReply{answer.StatusCode, said.Error, said.Description, answer.Header.Get("Retry-After"), said.ClientID, said.AccessToken}
}

// postStatement sends a software statement of the leaf to an issuer's registration endpoint.
func postStatement(t testing.TB, issuer string, leaf *udaptest.Leaf) doorReply {
	t.Helper()
	statement := leaf.Statement(issuer+"/register", func(claims map[string]any) {
		claims["redirect_uris"] = []string{"https://bench.example/callback"} // that of tokenForm
	})
	body, err := json.Marshal(map[string]any{"software_statement": statement, "udap": "1"})
	if err != nil {
		t.Fatal(err)
	}
	return post(t, issuer+"/register", "application/json", string(body))
}

func postToken(t testing.TB, issuer string, form url.Values) doorReply {
	t.Helper()
	return post(t, issuer+"/token", "application/x-www-form-urlencoded", form.Encode())
}

// unknownCode is a token request of the client in which only the code is wrong: it shows what the endpoint thinks of the
// certificate, and costs nothing.
func unknownCode(leaf *udaptest.Leaf, clientID, issuer string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {idp.NewToken().String()}, "code_verifier": {strings.Repeat("v", 43)},
		"client_assertion_type": {udap.AssertionType}, "client_assertion": {leaf.Assertion(clientID, issuer+"/token")}, "udap": {"1"},
	}
}

func (d *doors) register(leaf *udaptest.Leaf) doorReply {
	d.t.Helper()
	return postStatement(d.t, d.issuer, leaf)
}

// token redeems a good code for the client with the leaf's URI, which is registered if it is not.
func (d *doors) token(leaf *udaptest.Leaf) doorReply {
	d.t.Helper()
	form, err := goodForm(d.store, d.session, leaf, d.client(leaf), d.issuer)
	if err != nil {
		d.t.Fatal(err)
	}
	return postToken(d.t, d.issuer, form)
}

// client is the client_id of the leaf's URI. Whoever is refused at registration now may have registered before.
func (d *doors) client(leaf *udaptest.Leaf) string {
	d.t.Helper()
	now := time.Now()
	stored, _, err := d.store.RegisterClient(d.t.Context(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: d.id, URI: leaf.URI, Name: "General Hospital", RedirectURIs: []string{"https://bench.example/callback"},
		Contacts: []string{"mailto:operator@hospital.example"}, LogoURI: "https://hospital.example/logo.png",
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt",
		Scope: allScopes, SoftwareStatement: "a.b.c", Certificate: leaf.Certificate().Raw, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return stored.ID
}

// door is one of the two.
type door struct {
	name    string
	knock   func(*doors, *udaptest.Leaf) doorReply
	good    int // status of an answer that lets in
	refused int
	code    string // of a refusal
	refusal string // how the description of a refusal begins
	cannot  string // how that of a 503 begins
}

var bothDoors = []door{
	{
		name: "registration", knock: (*doors).register, good: http.StatusCreated,
		refused: http.StatusBadRequest, code: "unapproved_software_statement",
		refusal: "the certificate x5c[0] does not lead, by certificates that are valid now, to a trust anchor of a community of this server: ",
		cannot:  "whether the certificate x5c[0] is trusted cannot be determined at the moment: ",
	},
	{
		// RFC 6749 §5.2: 401 is for clients that used the Authorization header, which UDAP forbids; the others get 400.
		name: "token", knock: (*doors).token, good: http.StatusOK,
		refused: http.StatusBadRequest, code: "invalid_client",
		refusal: "client assertion: the certificate x5c[0] is not trusted in the trust community that the client registered from: ",
		cannot:  "client assertion: whether the certificate x5c[0] is trusted cannot be determined at the moment: ",
	},
}

// wantGood: the certificate is accepted.
func (d door) wantGood(t testing.TB, got doorReply) {
	t.Helper()
	if got.status != d.good || got.code != "" || got.clientID+got.accessToken == "" {
		t.Errorf("got %v, want %d", got, d.good)
	}
}

// wantRefused: for good, with the words of the trust behind it. A doorReply has no Retry-After.
func (d door) wantRefused(t testing.TB, got doorReply, words string) {
	t.Helper()
	if got.status != d.refused || got.code != d.code || !strings.HasPrefix(got.description, d.refusal+words) || got.retryAfter != "" {
		t.Errorf("got %v, want %d %s and %q", got, d.refused, d.code, d.refusal+words)
	}
}

// wantRevoked: refused because this certificate is revoked.
func (d door) wantRevoked(t testing.TB, got doorReply, certificate *x509.Certificate) {
	t.Helper()
	d.wantRefused(t, got, fmt.Sprintf("'%s' with the serial number %s was revoked on ", certificate.Subject, revocation.Serial(certificate.SerialNumber)))
}

// wantUnchecked: 503, because the revocation of this certificate cannot be checked; the problem tells why.
func (d door) wantUnchecked(t testing.TB, got doorReply, certificate *x509.Certificate, problem, retryAfter string) {
	t.Helper()
	begin := fmt.Sprintf("%sthe revocation of '%s' cannot be checked: ", d.cannot, certificate.Subject)
	end := "; please try again later"
	if retryAfter == "" {
		end = "; trying again with this certificate does not help"
	}
	rest, ok := strings.CutPrefix(got.description, begin)
	if !ok || !strings.Contains(rest, problem) || !strings.HasSuffix(rest, end) ||
		got.status != http.StatusServiceUnavailable || got.code != "temporarily_unavailable" || got.retryAfter != retryAfter {
		t.Errorf("got %v, want 503 with %q ... %q ... %q and Retry-After %q", got, begin, problem, end, retryAfter)
	}
}
