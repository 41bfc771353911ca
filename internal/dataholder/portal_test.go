package dataholder

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"udap-idp/internal/udap/udaptest"
)

// portal is a hospital, the identity provider it meets, and a browser.
type portal struct {
	t        *testing.T
	hospital *Hospital
	provider *provider
	base     string
	browser  *http.Client
}

var jane = Record{
	ID: "MRN-1001", GivenName: "Jane", FamilyName: "Doe", Birthdate: "1979-01-01",
	Address: Address{Street: "1234 Main St.", City: "Los Angeles", State: "CA", PostalCode: "90210"},
	Phone:   "(555) 777-1234", Email: "Jane@example.org",
}

var john = Record{ID: "MRN-1002", GivenName: "John", FamilyName: "Doe", Birthdate: "1977-05-05", Phone: "(555) 777-1234"}

func newPortal(t *testing.T, change ...func(*Config)) *portal {
	t.Helper()
	community := udaptest.New(t)
	p := &portal{t: t, provider: newProvider(t, community), browser: newBrowser(t)}

	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	p.base = server.URL
	config := Config{
		BaseURL: server.URL, Name: "General Hospital", Signer: community.Leaf(server.URL).Signer(),
		Anchors: []*x509.Certificate{community.Anchor()}, Contacts: []string{"mailto:it@hospital.example"},
		Records: []Record{jane, john}, IdentityProvider: p.provider.base, Logger: slog.New(slog.DiscardHandler),
	}
	for _, c := range change {
		c(&config)
	}
	var err error
	if p.hospital, err = New(config); err != nil {
		t.Fatalf("New: %v", err)
	}
	handler = p.hospital.Handler()
	return p
}

func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport}
}

// get follows redirects, as a browser does, and returns the last answer with its body.
func (p *portal) get(address string) (*http.Response, string) {
	p.t.Helper()
	response, err := p.browser.Get(address)
	if err != nil {
		p.t.Fatalf("GET: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatalf("read: %v", err)
	}
	return response, string(body)
}

// step makes one request and does not follow.
func (p *portal) step(address string) *http.Response {
	p.t.Helper()
	once := *p.browser
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := once.Get(address)
	if err != nil {
		p.t.Fatalf("GET: %v", err)
	}
	_ = response.Body.Close()
	return response
}

func (p *portal) connectURL() string {
	return p.base + "/connect?idp=" + url.QueryEscape(p.provider.base)
}

type outcome struct {
	Steps []struct {
		Name   StepName
		Done   bool
		Checks []Check
		Chain  []Link
	}
	IDToken struct {
		Header, Claims map[string]any
	} `json:"id_token"`
	UserInfo map[string]any
	Match    *Match
	Error    *errorDocument
}

// signIn walks through the whole sign-in and returns what /result.json says.
func (p *portal) signIn() outcome {
	p.t.Helper()
	p.get(p.connectURL())
	return p.outcome()
}

func (p *portal) outcome() outcome {
	p.t.Helper()
	_, body := p.get(p.base + "/result.json")
	var o outcome
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		p.t.Fatalf("result.json: %v: %s", err, body)
	}
	return o
}
