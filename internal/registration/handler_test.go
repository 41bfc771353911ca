package registration_test

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/registration"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestNewRegistrationIsCreated(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Community.Leaf(hospital)
	statement := l.Statement(h.URL)
	r := h.register(t, statement)
	if r.Status != http.StatusCreated {
		t.Fatalf("got %d %v, want 201", r.Status, r.Body)
	}
	clients := h.clients(t)
	if len(clients) != 1 {
		t.Fatalf("got %d clients, want 1", len(clients))
	}
	// Exactly these members: no null, no secret, nothing about the statement itself.
	want := map[string]any{
		"client_id":                  clients[0].ID,
		"software_statement":         statement,
		"client_name":                "General Hospital",
		"redirect_uris":              []any{"https://hospital.example/callback"},
		"contacts":                   []any{"mailto:operator@hospital.example"},
		"logo_uri":                   "https://hospital.example/logo.png",
		"grant_types":                []any{"authorization_code"},
		"response_types":             []any{"code"},
		"token_endpoint_auth_method": "private_key_jwt",
		"scope":                      "udap openid email profile",
	}
	if !reflect.DeepEqual(r.Body, want) {
		t.Errorf("got  %v\nwant %v", r.Body, want)
	}
	c := clients[0]
	if c.CommunityID != "first" || c.URI != hospital || c.Organization != "General Hospital" ||
		c.SoftwareStatement != statement || !bytes.Equal(c.Certificate, l.Certificate().Raw) {
		t.Errorf("got %+v stored", c)
	}
}

// Relying parties register before every login.
func TestRepeatedRegistrationKeepsTheClientID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Community.Leaf(hospital)
	first := h.register(t, l.Statement(h.URL))
	second := h.register(t, l.Statement(h.URL))
	if second.Status != http.StatusOK || second.Body["client_id"] != first.Body["client_id"] {
		t.Errorf("got %d with %v, want 200 with %v", second.Status, second.Body["client_id"], first.Body["client_id"])
	}
}

func TestModificationReplacesAllParameters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.register(t, h.Community.Leaf(hospital).Statement(h.URL, set("redirect_uris", []string{"https://a.example/1", "https://a.example/2"})))
	// With a renewed certificate of another key: the registration is the URI's, not the key's.
	renewed := h.Community.Leaf(hospital)
	r := h.register(t, renewed.Statement(h.URL,
		set("client_name", "New Name"), set("scope", "openid udap"), set("redirect_uris", []string{"https://b.example/"})))
	if r.Status != http.StatusOK || r.Body["client_id"] != first.Body["client_id"] {
		t.Fatalf("got %d %v, want 200 and the client_id of before", r.Status, r.Body)
	}
	clients := h.clients(t)
	if len(clients) != 1 {
		t.Fatalf("got %d clients, want 1", len(clients))
	}
	c := clients[0]
	if c.Name != "New Name" || c.Scope != "openid udap" || !reflect.DeepEqual(c.RedirectURIs, []string{"https://b.example/"}) ||
		!bytes.Equal(c.Certificate, renewed.Certificate().Raw) {
		t.Errorf("got %+v, want everything replaced", c)
	}
}

func TestSameURIInTwoCommunitiesIsTwoClients(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.register(t, h.Community.Leaf(hospital).Statement(h.URL))
	second := h.register(t, h.Second.Leaf(hospital).Statement(h.URL, set("client_name", "Another")))
	if first.Status != 201 || second.Status != 201 || first.Body["client_id"] == second.Body["client_id"] {
		t.Fatalf("got %d and %d, want 201 twice with two ids", first.Status, second.Status)
	}
	cancelled := h.register(t, h.Second.Leaf(hospital).Statement(h.URL, set("grant_types", []string{})))
	if cancelled.Status != 200 || cancelled.Body["client_id"] != second.Body["client_id"] {
		t.Errorf("got %d %v, want the second cancelled", cancelled.Status, cancelled.Body)
	}
	clients := h.clients(t)
	if len(clients) != 1 || clients[0].CommunityID != "first" || clients[0].Name != "General Hospital" {
		t.Errorf("got %+v, want the first community's client untouched", clients)
	}
}

func TestCancellation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Community.Leaf(hospital)
	cancel := set("grant_types", []string{})
	h.wantRefusal(t, h.register(t, l.Statement(h.URL, cancel)), 400, "invalid_client_metadata", "no registration to cancel")

	first := h.register(t, l.Statement(h.URL))
	statement := l.Statement(h.URL, cancel, remove("redirect_uris"))
	r := h.register(t, statement)
	want := map[string]any{"client_id": first.Body["client_id"], "software_statement": statement, "grant_types": []any{}}
	if r.Status != http.StatusOK || !reflect.DeepEqual(r.Body, want) {
		t.Errorf("got %d %v, want 200 %v", r.Status, r.Body, want)
	}
	h.wantRefusal(t, h.register(t, l.Statement(h.URL, cancel)), 400, "invalid_client_metadata", "no registration to cancel")

	again := h.register(t, l.Statement(h.URL))
	if again.Status != http.StatusCreated || again.Body["client_id"] == first.Body["client_id"] {
		t.Errorf("got %d %v, want a new client", again.Status, again.Body["client_id"])
	}
}

func TestHundredRegistrationsAtOnceMakeOneClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l := h.Community.LeafWith(func(l *authority.Leaf) { l.URIs, l.KeyType = []string{hospital}, authority.P256 })
	statements := make([]string, 100)
	for i := range statements {
		statements[i] = l.Statement(h.URL)
	}
	replies := make([]reply, len(statements))
	var all sync.WaitGroup
	for i, statement := range statements {
		all.Go(func() { replies[i] = h.register(t, statement) })
	}
	all.Wait()
	created := 0
	for _, r := range replies {
		if r.Status == http.StatusCreated {
			created++
		} else if r.Status != http.StatusOK {
			t.Errorf("got %d %v", r.Status, r.Body)
		}
		if r.Body["client_id"] != replies[0].Body["client_id"] {
			t.Errorf("got client_id %v and %v", r.Body["client_id"], replies[0].Body["client_id"])
		}
	}
	if created != 1 {
		t.Errorf("got %d answers of 201, want 1", created)
	}
}

func TestReplayedStatementIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	statement := h.Community.Leaf(hospital).Statement(h.URL)
	if r := h.register(t, statement); r.Status != http.StatusCreated {
		t.Fatalf("got %d %v", r.Status, r.Body)
	}
	if r := h.register(t, statement); r.Status != 400 || r.code() != "invalid_software_statement" || !strings.Contains(r.description(), "jti was used before") {
		t.Errorf("got %d %v, want a refusal for the jti", r.Status, r.Body)
	}
}

// UDAP Security IG §7.1.4: the same jti SHALL be allowed once the earlier statement has expired.
func TestJTIMayBeUsedAgainAfterItExpired(t *testing.T) {
	t.Parallel()
	start := time.Now().Truncate(time.Second)
	now := start
	h := newHouse(t, func(c *registration.Config) { c.Now = func() time.Time { return now } })
	l := h.Community.Leaf(hospital)
	at := func(from time.Time) string {
		return l.Statement(h.URL, set("jti", "1"), set("iat", from.Unix()), set("exp", from.Add(5*time.Minute).Unix()))
	}
	if r := h.register(t, at(start)); r.Status != 201 {
		t.Fatalf("got %d %v", r.Status, r.Body)
	}
	now = start.Add(5*time.Minute - time.Second)
	if r := h.register(t, at(now)); r.code() != "invalid_software_statement" {
		t.Errorf("a second before exp: got %d %v, want a refusal", r.Status, r.Body)
	}
	now = start.Add(5 * time.Minute)
	if r := h.register(t, at(now)); r.Status != 200 {
		t.Errorf("at exp: got %d %v, want 200", r.Status, r.Body)
	}
}

// A stranger must not be able to use up the jti of a member.
func TestStrangerBurnsNoJTI(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := udaptest.New(t, udaptest.WithoutServer()).Leaf(hospital)
	jti := set("jti", "the-same")
	h.wantRefusal(t, h.register(t, stranger.Statement(h.URL, jti)), 400, "unapproved_software_statement", "does not lead")
	h.wantRefusal(t, h.register(t, h.Second.Leaf(hospital).Statement(h.URL, jti, remove("contacts"))), 400, "invalid_client_metadata", "contacts is missing")
	h.wantRefusal(t, h.register(t, h.Community.Leaf("https://other.example").Statement(h.URL, jti, remove("contacts"))), 400, "invalid_client_metadata", "contacts is missing")
	if r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL, jti)); r.Status != 201 {
		t.Errorf("got %d %v, want the member registered", r.Status, r.Body)
	}
}

func TestScopesAreGrantedAsASubset(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL, set("scope", "fhirUser udap openid email profile"),
		set("grant_types", []string{"authorization_code", "refresh_token"}), set("contacts", []string{"test.user@testco.com"})))
	if r.Status != 201 || r.Body["scope"] != "udap openid email profile" {
		t.Errorf("got %d with scope %v", r.Status, r.Body["scope"])
	}
	if !reflect.DeepEqual(r.Body["grant_types"], []any{"authorization_code"}) || !reflect.DeepEqual(r.Body["contacts"], []any{"mailto:test.user@testco.com"}) {
		t.Errorf("got %v and %v", r.Body["grant_types"], r.Body["contacts"])
	}
}

func TestLeafAloneIsNotEnoughWithoutItsIntermediate(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.Community.Leaf(hospital).StatementMessage(h.URL)
	m.Header["x5c"] = m.Header["x5c"].([]string)[:1]
	h.wantRefusal(t, h.register(t, m.Sign()), 400, "unapproved_software_statement", "does not lead")
}

// The name is shown on the consent page, and stored where a NUL is refused.
func TestOrganizationOfTheCertificateIsKeptReadable(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for sent, want := range map[string]string{
		"General\x00 Hos\x1bpi\u202etal\n\u2028": "General Hospital",
		"Clínica Niño 医院":                        "Clínica Niño 医院",
		"\u200b":                                 "",
		" \x00 ":                                 "",
		strings.Repeat("é", 300):                 strings.Repeat("é", 200),
	} {
		l := h.Community.LeafWith(func(l *authority.Leaf) { l.Organization, l.URIs = sent, []string{hospital} })
		if r := h.register(t, l.Statement(h.URL)); r.Status >= 300 {
			t.Errorf("%q: got %d %v", sent, r.Status, r.Body)
			continue
		}
		if got := h.clients(t)[0].Organization; got != want {
			t.Errorf("%q: got %q stored, want %q", sent, got, want)
		}
	}
}
