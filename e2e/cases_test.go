package e2e

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

var update = flag.Bool("update", false, "write what the server says into testdata/descriptions.txt and the blocks of docs/data-holders.md")

// protocolCase is one request to the registration or the token endpoint with the answer that it must get. The words of the
// answer, its error_description, stand in testdata/descriptions.txt under the name of the case.
type protocolCase struct {
	name   string // unique
	rule   string // what asks for this answer: ids of docs/requirements.md, or a paragraph
	status int
	code   string // error; "" for a request that must be taken
	make   func(h *caseHouse) caseRequest
	then   func(h *caseHouse, body map[string]any) error // looks further at the answer; may be nil
}

// caseRequest is what is sent.
type caseRequest struct {
	method, path string
	header       http.Header
	body         string
}

// caseHouse is the server with what the cases need of it. Cases run one after the other.
type caseHouse struct {
	*provider
	t     *testing.T
	store *sqlstore.Store // the server's own database, read beside it
	key   crypto.Signer   // RSA-2048, of every certificate that names no other

	second  *udaptest.Community // we are in it, too
	broken  *udaptest.Community // its revocation lists cannot be had
	silent  *udaptest.Community // its certificates name no revocation list
	strange *udaptest.Community // we are not in it

	applicant *udaptest.Leaf // never registers: the certificate of the cases that are refused
	client    *udaptest.Leaf // is registered
	clientID  string
	session   idp.Session // a person is signed in in it

	revoked, revokedClient *udaptest.Leaf // certificates on the revocation list, for the applicant and the client

	code string // of the client; no refused case may spend it
	made int    // how many certificates fresh has made
	last string // a client_id that a case notes for its look at the answer
}

const (
	clientURI      = "https://client.example/fhir"
	clientCallback = "https://client.example/callback"
)

func newCaseHouse(t *testing.T) *caseHouse {
	h := &caseHouse{t: t, provider: newCheckingProvider(t, "hard-fail", "--fetch-allow", "127.0.0.1"), key: udaptest.Key(t, authority.RSA2048, 0)}
	h.second, h.broken, h.silent, h.strange = udaptest.New(t), udaptest.New(t), udaptest.New(t, udaptest.WithoutServer()), udaptest.New(t)
	for _, c := range []*udaptest.Community{h.second, h.broken, h.silent} {
		h.join(c)
	}
	h.broken.BreakCRLs()
	// Before anything is checked: the server keeps a list that it has fetched.
	h.revoked, h.revokedClient = h.leaf(h.community, "https://applicant.example"), h.leaf(h.community, clientURI)
	h.community.Revoke(h.revoked.Certificate())
	h.community.Revoke(h.revokedClient.Certificate())
	h.applicant, h.client = h.leaf(h.community, "https://applicant.example"), h.leaf(h.community, clientURI)
	h.clientID = h.register(h.client, clientCallback, allScopes)
	var err error
	if h.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(h.dir, "data", "udap-idp.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.store.Close() })
	h.session, _ = signedIn(t, h.store, h.provider)
	h.code = h.newCode()
	h.awaitCommunities()
	return h
}

// awaitCommunities waits until the running server knows the communities that were added: a certificate of the last one
// is refused as a stranger's until then.
func (h *caseHouse) awaitCommunities() {
	h.t.Helper()
	leaf := h.leaf(h.silent, "https://await.example")
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if status, _ := h.tryRegister(leaf); status != http.StatusBadRequest {
			return
		}
	}
	h.t.Fatal("the server does not learn of new communities")
}

// leaf issues a certificate of the community for the one RSA key.
func (h *caseHouse) leaf(c *udaptest.Community, uris ...string) *udaptest.Leaf {
	return c.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = uris, h.key })
}

// fresh is a certificate with a URI that is nowhere registered.
func (h *caseHouse) fresh() *udaptest.Leaf {
	h.made++
	return h.leaf(h.community, fmt.Sprintf("https://case-%d.example", h.made))
}

func (h *caseHouse) registerURL() string { return h.issuer + "/register" }
func (h *caseHouse) tokenURL() string    { return h.issuer + "/token" }

// newCode is a code of the client.
func (h *caseHouse) newCode() string { return h.codeThatLives(time.Minute) }

func (h *caseHouse) codeThatLives(d time.Duration) string {
	code, err := issueCode(context.Background(), h.store, h.session, h.clientID, clientCallback, d)
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// clients is everything that is registered, for comparison.
func (h *caseHouse) clients() string {
	clients, err := h.store.Clients(h.t.Context(), "", 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	data, err := json.Marshal(clients)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

// caseAnswer is what came back.
type caseAnswer struct {
	status int
	header http.Header
	body   map[string]any // nil when it is no JSON object
}

func (a caseAnswer) text(name string) string { s, _ := a.body[name].(string); return s }

func (h *caseHouse) send(r caseRequest) (caseAnswer, error) {
	request, err := http.NewRequest(r.method, h.issuer+r.path, strings.NewReader(r.body))
	if err != nil {
		return caseAnswer{}, err
	}
	request.Header = r.header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return caseAnswer{}, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return caseAnswer{}, err
	}
	a := caseAnswer{status: response.StatusCode, header: response.Header}
	_ = json.Unmarshal(data, &a.body) // nil is looked at by the caller
	return a, nil
}

var (
	timeOfDay = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)
	// What the certificates of a test are called, and where the test stands, differs from run to run.
	madeUpName = regexp.MustCompile(`(Root|Intermediate) [A-Z2-7]{8}`)
	anOffset   = regexp.MustCompile(`input byte \d+`)
	aPort      = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	aSerial    = regexp.MustCompile(`serial number [0-9a-fA-F:]+`)
	uuid       = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// steady replaces what differs from one run to the next.
func (p *provider) steady(text string) string {
	text = strings.ReplaceAll(text, p.issuer, "https://idp.example.org")
	text = strings.ReplaceAll(text, strings.TrimPrefix(p.issuer, "http://"), "idp.example.org")
	text = timeOfDay.ReplaceAllString(text, "2026-01-01T00:00:00Z")
	text = madeUpName.ReplaceAllString(text, "$1 EXAMPLE")
	text = anOffset.ReplaceAllString(text, "input byte 1")
	text = aPort.ReplaceAllString(text, "127.0.0.1:1")
	text = aSerial.ReplaceAllString(text, "serial number 1")
	return uuid.ReplaceAllString(text, "00000000-0000-4000-8000-000000000000")
}

// seen is an answer of the table, for the catalogue.
type seen struct{ endpoint, code, description string }

// run sends the request and returns what is wrong with the answer, one line each.
func (c protocolCase) run(h *caseHouse, want string) (description string, wrong []string, s seen) {
	request := c.make(h) // a positive case may make a registration here that it builds on
	before := h.clients()
	got, err := h.send(request)
	if err != nil {
		return "", []string{err.Error()}, s
	}
	description = h.steady(got.text("error_description"))
	s = seen{request.path, got.text("error"), description}
	if *update {
		want = description
	}
	if got.body == nil {
		wrong = append(wrong, "the answer is no JSON object")
	}
	if got.status != c.status || got.text("error") != c.code || description != want {
		wrong = append(wrong, fmt.Sprintf("got  %d %s %q", got.status, got.text("error"), description), fmt.Sprintf("want %d %s %q", c.status, c.code, want))
	}
	// RFC 6749 §5.1, RFC 7591 §3.2.1; and no charset, because there are clients that compare the whole value.
	for name, value := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"} {
		if got.header.Get(name) != value && got.status != http.StatusMethodNotAllowed {
			wrong = append(wrong, fmt.Sprintf("got  %s %q, want %q", name, got.header.Get(name), value))
		}
	}
	if c.code != "" && h.clients() != before {
		wrong = append(wrong, "a refused request changed what is registered")
	}
	if c.then != nil && len(wrong) == 0 {
		if err := c.then(h, got.body); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return description, wrong, s
}

// TestProtocolTable sends every case to the real server, and tells all that differ together. With -update it writes the
// descriptions that came into testdata/descriptions.txt, for a reader to look through; status and code stay as they are here.
func TestProtocolTable(t *testing.T) {
	h := newCaseHouse(t)
	cases := slices.Concat(bodyCases, headerCases, chainCases, claimCases, parameterCases, trustCases, lifeCases, tokenFormCases, assertionCases, codeCases)
	want := readDescriptions(t)
	said := map[string]string{}
	var all []seen
	var differ strings.Builder
	refused := 0
	for _, c := range cases {
		if _, twice := said[c.name]; twice {
			t.Fatalf("two cases are called %q", c.name)
		}
		description, wrong, s := c.run(h, want[c.name])
		said[c.name] = description
		if c.code != "" {
			refused++
			all = append(all, s)
		}
		if len(wrong) > 0 {
			fmt.Fprintf(&differ, "%s (%s)\n\t%s\n", c.name, c.rule, strings.Join(wrong, "\n\t"))
		}
	}
	if *update {
		writeDescriptions(t, cases, said)
	}
	if differ.Len() > 0 {
		t.Errorf("answers that differ; -update takes over the words, not the status and the code:\n%s", differ.String())
	}
	for name := range want {
		if _, ok := said[name]; !ok && !*update {
			t.Errorf("testdata/descriptions.txt has %q, which is no case", name)
		}
	}
	if refused < 120 || len(cases)-refused < 40 {
		t.Errorf("%d refused and %d taken, want at least 120 and 40", refused, len(cases)-refused)
	}

	// After all of that an honest client is served, and the code that no refused request spent buys its tokens.
	if status, code := h.tryRegister(h.applicant); status != http.StatusCreated {
		t.Errorf("the applicant whom every case refused: %d %s, want 201", status, code)
	}
	last, err := h.send(form(tokenForm(h.code, clientCallback, h.client.Assertion(h.clientID, h.tokenURL()))))
	if err != nil || last.status != http.StatusOK || last.text("id_token") == "" {
		t.Errorf("the code that was never spent: %d %s %v", last.status, last.text("error_description"), err)
	}
	t.Run("catalogue", func(t *testing.T) { checkCatalogue(t, all) })
}

const descriptionsFile = "testdata/descriptions.txt"

// readDescriptions reads the lines "name: description".
func readDescriptions(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(descriptionsFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	descriptions := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if name, description, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": "); ok {
			descriptions[name] = description
		}
	}
	return descriptions
}

func writeDescriptions(t *testing.T, cases []protocolCase, said map[string]string) {
	t.Helper()
	var out bytes.Buffer
	for _, c := range cases {
		if c.code != "" {
			fmt.Fprintf(&out, "%s: %s\n", c.name, said[c.name])
		}
	}
	if err := os.WriteFile(descriptionsFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// registrationBody is a registration request with any body.
func registrationBody(contentType, body string) caseRequest {
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return caseRequest{method: http.MethodPost, path: "/register", header: header, body: body}
}

// registrationOf sends a statement as relying parties do.
func registrationOf(statement string) caseRequest {
	return registrationBody("application/json", `{"software_statement":"`+statement+`","certifications":[],"udap":"1"}`)
}

func form(values url.Values) caseRequest {
	return caseRequest{method: http.MethodPost, path: "/token", body: values.Encode(),
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}
}
