package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// logged is everything that this package and the library write to the log during the tests.
var logged lockedBuffer

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
	os.Exit(m.Run())
}

const (
	verifier    = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 Appendix B
	challengeOK = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	callback    = "https://hospital.example/callback"
	hospitalURI = "https://hospital.example/fhir"
	fullScope   = "openid udap profile email phone address hl7_identifier identity_assurance"
)

// house is a provider over HTTP with a real store, one trust community, a data holder that registered from it and a
// patient who is signed in in a browser.
type house struct {
	t         *testing.T
	store     *sqlstore.Store
	trust     *communities
	attempts  *attempts.Log
	provider  *Provider
	issuer    string
	community *udaptest.Community
	leaf      *udaptest.Leaf // of the data holder
	client    idp.Client
	person    idp.Person
	session   idp.Session
	untrusted map[string]bool // communities that are not of healthcare organisations

	mu      sync.Mutex
	problem Problem // the last one
}

var testAuthentication = []string{"http://udap.org/code/auth/aal2", "pop", "user", "mfa"}

func newHouse(t *testing.T) *house {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)

	server := httptest.NewUnstartedServer(nil)
	h := &house{t: t, store: store, issuer: "http://" + server.Listener.Addr().String(), trust: &communities{}}
	h.attempts = attempts.New(attempts.Config{Store: store})
	t.Cleanup(func() { h.attempts.Close(context.Background()) })
	h.provider = New(Config{
		Identifier: func(_ context.Context, p idp.Person, _ idp.Reading) (string, error) {
			return string(p.Identifier.Sealed), nil
		},
		Healthcare: func(_ context.Context, id string) (bool, error) { return !h.untrusted[id], nil },
		Endpoints:  udap.NewEndpoints(h.issuer),
		Store:      store,
		Trust:      h.trust,
		Untrusted:  func(err error) bool { return errors.Is(err, errUntrusted) },
		Browser:    browser{store},
		Attempts:   h.attempts,
		Problem:    h.showProblem,
	})
	server.Config.Handler = h.provider.Handler()
	server.Start()
	t.Cleanup(server.Close)

	h.community = udaptest.New(t, udaptest.WithoutServer())
	communityID := h.addCommunity(h.community)
	h.leaf = h.community.Leaf(hospitalURI)
	h.client = h.register(communityID, hospitalURI, callback)
	h.person = h.addPerson("jane@example.org", idp.IDIAL1_8)
	h.session = h.signIn(h.person)
	return h
}

func (h *house) showProblem(w http.ResponseWriter, r *http.Request, p Problem) {
	h.mu.Lock()
	h.problem = p
	h.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	fmt.Fprintf(w, "<main data-page=%q>%s</main>", p.Kind, p.Detail)
}

// page is the problem that a person saw last.
func (h *house) page() Problem {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.problem
}

// addCommunity trusts a community and gives us a certificate in it.
func (h *house) addCommunity(c *udaptest.Community) (id string) {
	h.t.Helper()
	id = h.storeCommunity(c)
	h.trust.add(trusted{id: id, anchor: c.Anchor(), signer: c.Leaf(h.issuer).Signer()})
	return id
}

func (h *house) storeCommunity(c *udaptest.Community) (id string) {
	h.t.Helper()
	community := idp.Community{ID: idp.NewID(), URI: c.URI, Name: "Community", Anchors: [][]byte{c.Anchor().Raw}, CreatedAt: now()}
	if err := h.store.AddCommunity(h.t.Context(), community); err != nil {
		h.t.Fatalf("add community: %v", err)
	}
	return community.ID
}

func (h *house) register(communityID, uri string, redirectURIs ...string) idp.Client {
	h.t.Helper()
	stored, _, err := h.store.RegisterClient(h.t.Context(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: communityID, URI: uri, Name: "General Hospital", RedirectURIs: redirectURIs,
		Contacts: []string{"mailto:operator@hospital.example"}, LogoURI: "https://hospital.example/logo.png",
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"},
		TokenEndpointAuthMethod: "private_key_jwt", Scope: fullScope, SoftwareStatement: "a.b.c",
		Certificate: []byte{1}, CreatedAt: now(), UpdatedAt: now(),
	})
	if err != nil {
		h.t.Fatalf("register client: %v", err)
	}
	return stored
}

// addPerson makes a person with a passkey.
func (h *house) addPerson(email string, level idp.Level) idp.Person {
	h.t.Helper()
	at := now()
	p := idp.Person{
		ID: idp.NewID(), UserHandle: []byte(idp.NewUUIDv4()), Role: idp.Patient,
		Demographics: idp.Demographics{
			GivenName: "Jane", MiddleName: "Quimby", FamilyName: "Doe", Birthdate: "1979-01-01", Sex: "female",
			Email: email, Phone: "+15557771234",
			Address: idp.Address{Street: "1234 Main St", City: "Los Angeles", State: "CA", PostalCode: "90210", Country: "US"},
		},
		Level: level, VerifiedAt: at, CreatedAt: at,
	}
	if level.AtLeast(idp.IDIAL1_8) {
		p.Identifier = idp.SealedIdentifier{Sealed: []byte(idp.NewUUIDv4()), Index: []byte(idp.NewUUIDv4())}
	}
	link := idp.NewToken()
	invitation := idp.Invitation{ID: link.ID, Hash: link.Hash(), PersonID: p.ID, CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	if err := h.store.CreatePerson(h.t.Context(), p, invitation); err != nil {
		h.t.Fatalf("create person: %v", err)
	}
	err := h.store.EnrolPasskey(h.t.Context(), idp.Enrolment{
		InvitationID: link.ID, InvitationHash: link.Hash(), At: at,
		Passkey:     idp.Passkey{ID: []byte("key of " + p.ID), PersonID: p.ID, Name: "Phone", Credential: []byte("{}"), CreatedAt: at},
		Declaration: idp.Declaration{TextVersion: "2026-11", Locale: "en", IP: "127.0.0.1", SignedAt: at},
	})
	if err != nil {
		h.t.Fatalf("enrol passkey: %v", err)
	}
	return p
}

// newBrowser makes a session in which nobody is signed in.
func (h *house) newBrowser() (idp.Session, idp.Token) {
	h.t.Helper()
	cookie := idp.NewToken()
	s := idp.Session{ID: cookie.ID, Hash: cookie.Hash(), CreatedAt: now(), SeenAt: now(), ExpiresAt: now().Add(idp.SessionLimit)}
	if err := h.store.CreateSession(h.t.Context(), s); err != nil {
		h.t.Fatalf("create session: %v", err)
	}
	return s, cookie
}

func (h *house) signIn(p idp.Person) idp.Session {
	h.t.Helper()
	s, cookie := h.newBrowser()
	at := now()
	err := h.store.SignInSession(h.t.Context(), idp.SignIn{
		SessionID: s.ID, OldHash: cookie.Hash(), NewHash: idp.NewTokenFor(s.ID).Hash(), PersonID: p.ID,
		Authentication: idp.Authentication{SID: idp.NewUUIDv4(), Time: at, AMR: testAuthentication, PasskeyID: []byte("key of " + p.ID)},
		ExpiresAt:      at.Add(idp.SessionLimit), Passkey: idp.PasskeyUse{PasskeyID: []byte("key of " + p.ID), Credential: []byte("{}"), At: at}, At: at,
	})
	if err != nil {
		h.t.Fatalf("sign in: %v", err)
	}
	if s, err = h.store.Session(h.t.Context(), s.ID, at); err != nil {
		h.t.Fatalf("session: %v", err)
	}
	return s
}

// browser finds a session by its id in a cookie; who may use which session is for login to test.
type browser struct{ store *sqlstore.Store }

func (b browser) Session(w http.ResponseWriter, r *http.Request) (idp.Session, error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return idp.Session{}, errors.New("the test sent no session")
	}
	return b.store.Session(r.Context(), cookie.Value, now())
}

// communities is Trust on crypto/x509.
type communities struct {
	mu   sync.Mutex
	all  []trusted
	down error // what every method returns, when set
}

type trusted struct {
	id     string
	anchor *x509.Certificate
	signer *udap.Signer // nil: we have no certificate there
}

var errUntrusted = errors.New("untrusted")

func (c *communities) add(t trusted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, t)
}

func (c *communities) breakDown(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = err
}

func (c *communities) VerifyIn(_ context.Context, id string, chain []*x509.Certificate, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down != nil {
		return c.down
	}
	for _, t := range c.all {
		if t.id != id {
			continue
		}
		roots, between := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(t.anchor)
		for _, certificate := range chain[1:] {
			between.AddCert(certificate)
		}
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err != nil {
			return fmt.Errorf("%w: %w", errUntrusted, err)
		}
		return nil
	}
	return fmt.Errorf("%w: no such community", errUntrusted)
}

func (c *communities) Signer(_ context.Context, id string) (*udap.Signer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.all {
		if t.id == id && t.signer != nil {
			return t.signer, c.down
		}
	}
	return nil, idp.ErrNotFound
}

func (c *communities) Signers(context.Context) ([]*udap.Signer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []*udap.Signer
	for _, t := range c.all {
		if t.signer != nil {
			out = append(out, t.signer)
		}
	}
	return out, c.down
}

// answer is an HTTP answer, read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) location(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		t.Fatalf("Location: %v", err)
	}
	return u
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("the body %q is not JSON: %v", a.body, err)
	}
	return out
}

// wireError is the error and the description of a JSON answer.
func (a answer) wireError(t *testing.T) (code, description string) {
	t.Helper()
	body := a.json(t)
	code, _ = body["error"].(string)
	description, _ = body["error_description"].(string)
	return code, description
}

var plainClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (h *house) do(r *http.Request) answer {
	h.t.Helper()
	response, err := plainClient.Do(r)
	if err != nil {
		h.t.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatalf("read answer: %v", err)
	}
	return answer{response.StatusCode, response.Header, body}
}

func (h *house) request(method, path string, body io.Reader) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.issuer+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// authorizationForm is a request in which everything is right.
func (h *house) authorizationForm() url.Values {
	return url.Values{
		"response_type":         {"code"},
		"client_id":             {h.client.ID},
		"redirect_uri":          {callback},
		"scope":                 {"openid udap"},
		"state":                 {"af0ifjsldkj"},
		"nonce":                 {"n-0S6_WzA2Mj"},
		"code_challenge":        {challengeOK},
		"code_challenge_method": {"S256"},
	}
}

// authorize sends the form from the browser of a session.
func (h *house) authorize(form url.Values, s idp.Session) answer {
	h.t.Helper()
	r := h.request(http.MethodGet, "/authorize?"+form.Encode(), nil)
	r.AddCookie(&http.Cookie{Name: "session", Value: s.ID})
	return h.do(r)
}

// stored returns the request that an authorization answer led to.
func (h *house) stored(a answer, s idp.Session) idp.AuthRequest {
	h.t.Helper()
	location := a.location(h.t)
	if a.status != http.StatusFound || location.Path != "/login" {
		h.t.Fatalf("status %d to %q, want 302 to /login; body %s", a.status, location, a.body)
	}
	req, err := h.store.AuthRequest(h.t.Context(), location.Query().Get("req"), s.ID, now())
	if err != nil {
		h.t.Fatalf("authorization request: %v", err)
	}
	return req
}

// allow walks from the form to the address with the code.
func (h *house) allow(form url.Values, s idp.Session) *url.URL {
	h.t.Helper()
	location, err := h.agree(h.stored(h.authorize(form, s), s), s)
	if err != nil {
		h.t.Fatalf("allow: %v", err)
	}
	u, err := url.Parse(location)
	if err != nil {
		h.t.Fatal(err)
	}
	return u
}

func (h *house) code() string {
	h.t.Helper()
	return h.allow(h.authorizationForm(), h.session).Query().Get("code")
}

// tokenForm is a token request in which everything is right.
func (h *house) tokenForm(code string) url.Values {
	h.t.Helper()
	return url.Values{
		"grant_type":            {"authorization_code"},
		"code":                  {code},
		"redirect_uri":          {callback},
		"code_verifier":         {verifier},
		"client_assertion_type": {udap.AssertionType},
		"client_assertion":      {h.leaf.Assertion(h.client.ID, h.issuer+"/token")},
		"udap":                  {"1"},
	}
}

func (h *house) token(form url.Values) answer {
	h.t.Helper()
	r := h.request(http.MethodPost, "/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	return h.do(r)
}

// tokens exchanges a good code.
func (h *house) tokens() (accessToken, idToken string) {
	h.t.Helper()
	return h.mustExchange(h.tokenForm(h.code()))
}

func (h *house) mustExchange(form url.Values) (accessToken, idToken string) {
	h.t.Helper()
	a := h.token(form)
	if a.status != http.StatusOK {
		h.t.Fatalf("token: %d %s", a.status, a.body)
	}
	body := a.json(h.t)
	return body["access_token"].(string), body["id_token"].(string)
}

func (h *house) userInfo(accessToken string) answer {
	h.t.Helper()
	r := h.request(http.MethodGet, "/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+accessToken)
	return h.do(r)
}

// read returns the header and the payload of a JWT.
func read(t *testing.T, jwt string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatalf("a JWT of %d parts", len(parts))
	}
	for i, into := range []*map[string]any{&header, &payload} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

func halfHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
