package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// provider is a running "udap-idp serve" with one trust community, made with the operator's own commands.
type provider struct {
	t         testing.TB
	issuer    string
	dir       string
	settings  []string // the flags that every command on it takes
	process   *process
	community *udaptest.Community
	own       *udaptest.Leaf // our certificate in it

	revocation string // how the community's certificates are checked
}

func newProvider(t testing.TB, settings ...string) *provider {
	t.Helper()
	return newCheckingProvider(t, "no-check", settings...)
}

// newCheckingProvider checks the revocation of its community's certificates as the mode says.
func newCheckingProvider(t testing.TB, revocation string, settings ...string) *provider {
	t.Helper()
	p := startProvider(t, settings...)
	p.revocation = revocation
	p.community = udaptest.New(t, udaptest.WithURI("urn:example:trust-community"))
	p.join(p.community)
	return p
}

// startProvider starts one without a trust community.
func startProvider(t testing.TB, settings ...string) *provider {
	t.Helper()
	port := freePort(t)
	p := &provider{t: t, issuer: fmt.Sprintf("http://localhost:%d", port), dir: t.TempDir()}
	p.settings = []string{"--data-dir", filepath.Join(p.dir, "data"), "--issuer", p.issuer}
	p.settings = append(p.settings, settings...)
	p.process = start(t, append([]string{"serve", "--listen", fmt.Sprintf("127.0.0.1:%d", port)}, p.settings...)...)
	p.waitFor(p.issuer+"/readyz", http.StatusOK)
	return p
}

// join makes the provider a member of a community, with a certificate that the community issues to it.
func (p *provider) join(c *udaptest.Community) {
	p.t.Helper()
	own := c.LeafWith(func(l *authority.Leaf) {
		l.Name, l.Organization, l.URIs = "Example Health ID", "Example Health ID", []string{p.issuer, p.issuer + "/"}
	})
	p.own = own
	args := []string{"community", "add", "--uri", c.URI, "--name", "Example Trust Community", "--revocation", p.revocation, "--healthcare",
		"--anchor", p.file("anchor.crt", certificates(c.Anchor())), "--certificate", p.file("own.crt", certificates(own.Chain...)), "--key", p.file("own.pk8", privateKey(p.t, own))}
	for i, intermediate := range c.Intermediates() {
		args = append(args, "--intermediate", p.file(fmt.Sprintf("intermediate%d.crt", i), certificates(intermediate)))
	}
	var added struct{ ID string }
	run(p.t, &added, append(args, p.settings...)...)
	// A running server notices within a second; the test waits for the thing itself.
	p.waitFor(p.issuer+"/.well-known/udap", http.StatusOK)
}

// invite adds a person who is verified at the level ("" for not at all) and returns her enrolment link.
func (p *provider) invite(level string) (id, link string) {
	p.t.Helper()
	args := []string{"user", "add", "--given-name", "María", "--family-name", "García", "--birthdate", "1948-02-29", "--sex", "female",
		"--email", "maria@example.org", "--phone", "+1 702 555 0123", "--street", "1 Main Street", "--city", "Reno", "--state", "NV",
		"--postal-code", "89501", "--country", "US"}
	var added struct {
		ID       string `json:"id"`
		EnrolURL string `json:"enrol_url"`
	}
	run(p.t, &added, append(args, p.settings...)...)
	if level != "" {
		p.proof(added.ID, level)
	}
	return added.ID, added.EnrolURL
}

// proof walks a person to a level as a clerk would: by a whole event, the word of a second person where one is needed, and the
// notification.
func (p *provider) proof(id, level string) {
	p.t.Helper()
	settings := append([]string{"--help-phone", "+1 702 555 0100"}, p.settings...)
	var event struct{ ID, Status string }
	file := p.file("event.json", []byte(strings.NewReplacer("LEVEL", level, "PERSON", id).Replace(wholeEvent)))
	run(p.t, &event, append([]string{"proofing", "record", file, "--user", id}, settings...)...)
	if event.Status == "pending_approval" {
		run(p.t, &event, append([]string{"proofing", "approve", event.ID, "--by", "Ben Reviewer"}, settings...)...)
	}
	letter := exec.Command(binary(p.t), append([]string{"proofing", "letter", event.ID}, settings...)...)
	letter.Env = cleanEnv()
	if out, err := letter.CombinedOutput(); err != nil {
		p.t.Fatalf("the letter: %v\n%s", err, out)
	}
	run(p.t, &event, append([]string{"proofing", "sent", event.ID}, settings...)...)
	if event.Status != "verified" {
		p.t.Fatalf("the event is %s", event.Status)
	}
}

// wholeEvent bears IDIAL2, and everything below: what it claims is what comes of it.
const wholeEvent = `{"type": "onsite_attended", "claimed": "LEVEL", "performed_by": "Ana Clerk",
	"started_at": "2026-05-04T09:00:00Z", "completed_at": "2026-05-04T09:40:00Z",
	"evidence": [
		{"type": "passport", "country": "US", "number": "P-PERSON", "expires_on": "2090-01-31", "supports": ["name", "birthdate", "sex"],
			"checks": [{"method": "vcrypt", "purpose": "validation", "organization": "Department of State", "result": "passed"}]},
		{"type": "mobile_bill", "issuer": "Sample Mobile", "number": "B-PERSON", "supports": ["name", "phone"],
			"checks": [{"method": "data", "purpose": "validation", "organization": "Sample Mobile", "result": "passed"}]}],
	"comparison": {"method": "in_person", "evidence_id": "e1", "comparator": "Ana Clerk", "result": "passed"},
	"address": {"method": "authoritative_source", "source": "Postal Service"},
	"contacts": [
		{"attribute": "phone", "channel": "sms", "confirmed_at": "2026-05-04T09:20:00Z", "evidence_id": "e2", "exclusive": true},
		{"attribute": "email", "channel": "email", "confirmed_at": "2026-05-04T09:20:00Z", "exclusive": true}],
	"declaration": {"text_version": "2026-11", "signature": "drawn", "acknowledged": true, "attested": ["name", "birthdate", "address"]}}`

// waitFor asks until the URL answers with the status.
func (p *provider) waitFor(url string, status int) {
	p.t.Helper()
	last := ""
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get(url)
		if err != nil {
			last = err.Error()
			continue
		}
		answer.Body.Close()
		if last = answer.Status; answer.StatusCode == status {
			return
		}
	}
	p.t.Fatalf("%s: %s, want %d\n%s", url, last, status, p.process.output())
}

// register sends a software statement of the leaf and returns the client_id.
func (p *provider) register(leaf *udaptest.Leaf, redirectURI, scope string) string {
	p.t.Helper()
	endpoint := p.issuer + "/register"
	statement := leaf.Statement(endpoint, func(claims map[string]any) {
		claims["redirect_uris"], claims["scope"] = []string{redirectURI}, scope
	})
	body, err := json.Marshal(map[string]any{"software_statement": statement, "certifications": nil, "udap": "1"})
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.Post(endpoint, "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var registered struct {
		ClientID    string `json:"client_id"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&registered); err != nil || answer.StatusCode != http.StatusCreated {
		p.t.Fatalf("register: %s %+v %v", answer.Status, registered, err)
	}
	return registered.ClientID
}

func (p *provider) file(name string, content []byte) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func certificates(chain ...*x509.Certificate) []byte {
	var out bytes.Buffer
	for _, c := range chain {
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return out.Bytes()
}

func privateKey(t testing.TB, leaf *udaptest.Leaf) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// tryRegister sends a software statement and returns the status and the error code.
func (p *provider) tryRegister(leaf *udaptest.Leaf) (int, string) {
	p.t.Helper()
	endpoint := p.issuer + "/register"
	body, err := json.Marshal(map[string]any{"software_statement": leaf.Statement(endpoint), "udap": "1"})
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.Post(endpoint, "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var refused struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&refused); err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, refused.Error
}

// Unless its community is not checked, a revoked certificate is refused for good, and one that cannot be checked may try again: the
// client must not give its certificate up because a list could not be fetched.
func TestRevocationIsCheckedUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	p := newCheckingProvider(t, "hard-fail", "--fetch-allow", "127.0.0.1")
	good, revoked := p.community.Leaf("https://good.example"), p.community.Leaf("https://revoked.example")
	p.community.Revoke(revoked.Certificate())
	if status, code := p.tryRegister(good); status != http.StatusCreated {
		t.Errorf("a good certificate: %d %s", status, code)
	}
	if status, code := p.tryRegister(revoked); status != http.StatusBadRequest || code != "unapproved_software_statement" {
		t.Errorf("a revoked certificate: %d %s", status, code)
	}

	unreachable := newCheckingProvider(t, "hard-fail", "--fetch-allow", "127.0.0.1")
	unreachable.community.BreakCRLs()
	if status, code := unreachable.tryRegister(unreachable.community.Leaf("https://good.example")); status != http.StatusServiceUnavailable {
		t.Errorf("a certificate that cannot be checked: %d %s", status, code)
	}

	guarded := newCheckingProvider(t, "hard-fail")
	if status, code := guarded.tryRegister(guarded.community.Leaf("https://good.example")); status != http.StatusServiceUnavailable {
		t.Errorf("a list at an inner address was fetched: %d %s", status, code)
	}

	// The policy is changed while the server runs: it counts within a second.
	p.setRevocation("no-check")
	p.waitForRegistration(revoked, http.StatusCreated)
	p.setRevocation("hard-fail")
	p.waitForRegistration(revoked, http.StatusBadRequest)
}

func (p *provider) setRevocation(mode string) {
	p.t.Helper()
	var set struct{ Settings struct{ Revocation string } }
	run(p.t, &set, append([]string{"community", "set", p.community.URI, "--revocation", mode}, p.settings...)...)
	if set.Settings.Revocation != mode {
		p.t.Fatalf("revocation is %q, want %q", set.Settings.Revocation, mode)
	}
}

// waitForRegistration registers until the status is the one wanted, at most for a second.
func (p *provider) waitForRegistration(leaf *udaptest.Leaf, want int) {
	p.t.Helper()
	for limit := time.Now().Add(time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, code := p.tryRegister(leaf)
		if status == want {
			return
		}
		if time.Now().After(limit) {
			p.t.Fatalf("register: %d %s, want %d within a second", status, code, want)
		}
	}
}
