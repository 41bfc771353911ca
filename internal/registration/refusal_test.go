package registration_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/registration"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

const (
	badStatement = "invalid_software_statement"
	unapproved   = "unapproved_software_statement"
	badMetadata  = "invalid_client_metadata"
	badRedirect  = "invalid_redirect_uri"
)

func TestRequestIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	statement := h.Community.Leaf(hospital).Statement(h.URL)
	body := func(members string) string { return `{"software_statement":"` + statement + `"` + members + `}` }
	const json = "application/json"

	tests := []struct {
		name, contentType, body string
		status                  int
		code, want              string
	}{
		{"no Content-Type", "", body(`,"udap":"1"`), 415, badMetadata, "not application/json"},
		{"a form", "application/x-www-form-urlencoded", "udap=1", 415, badMetadata, "not application/json"},
		{"text", "text/plain", body(`,"udap":"1"`), 415, badMetadata, "not application/json"},
		{"a broken Content-Type", "application/json; =", body(`,"udap":"1"`), 415, badMetadata, "not application/json"},
		{"an empty body", json, "", 400, badMetadata, "not a JSON object"},
		{"no JSON", json, "udap=1", 400, badMetadata, "not a JSON object"},
		{"an array", json, "[]", 400, badMetadata, "not a JSON object"},
		{"null", json, "null", 400, badMetadata, "not a JSON object"},
		{"JSON cut short", json, `{"udap":"1"`, 400, badMetadata, "not a JSON object"},
		{"JSON that goes on", json, body(`,"udap":"1"`) + "{}", 400, badMetadata, "not a JSON object"},
		{"too large", json, body(`,"udap":"1","x":"` + strings.Repeat("x", 64<<10) + `"`), 400, badMetadata, "larger than 65536"},
		{"no udap", json, body(""), 400, badMetadata, "udap is missing"},
		{"udap a number", json, body(`,"udap":1`), 400, badMetadata, "udap is not the string '1'"},
		{"udap 2", json, body(`,"udap":"2"`), 400, badMetadata, "udap is not the string '1'"},
		{"udap null", json, body(`,"udap":null`), 400, badMetadata, "udap is not the string '1'"},
		{"UDAP in upper case", json, body(`,"UDAP":"1"`), 400, badMetadata, "udap is missing"},
		{"no statement", json, `{"udap":"1"}`, 400, badStatement, "software_statement is missing"},
		{"an empty statement", json, `{"udap":"1","software_statement":""}`, 400, badStatement, "software_statement is missing"},
		{"a statement that is an object", json, `{"udap":"1","software_statement":{}}`, 400, badStatement, "not a string"},
		{"a statement that is no JWT", json, `{"udap":"1","software_statement":"x"}`, 400, badStatement, "3 parts"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h.wantRefusal(t, h.post(t, test.contentType, test.body), test.status, test.code, test.want)
		})
	}
}

func TestRequestOfOtherPartiesIsTaken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ contentType, members string }{
		"certifications null":      {"application/json", `"certifications":null,`},
		"certifications absent":    {"application/json", ``},
		"certifications empty":     {"application/json", `"certifications":[],`},
		"certifications unknown":   {"application/json", `"certifications":["a.b.c",1],`},
		"certifications a number":  {"application/json", `"certifications":1,`},
		"certifications an object": {"application/json", `"certifications":{},`},
		"certifications a string":  {"application/json", `"certifications":"[]",`},
		"charset":                  {"application/json; charset=utf-8", ``},
		"upper case":               {"Application/JSON;charset=UTF-8", ``},
		// UDAP Dynamic Client Registration §3: ignored, for they are not signed.
		"parameters beside the statement": {"application/json", `"client_name":"Evil","redirect_uris":["https://evil.example"],"grant_types":[],"scope":7,`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			statement := h.Community.Leaf(hospital).Statement(h.URL)
			r := h.post(t, test.contentType, `{`+test.members+`"software_statement":"`+statement+`","udap":"1"}`)
			if r.Status != http.StatusCreated || r.Body["client_name"] != "General Hospital" {
				t.Errorf("got %d %v, want 201", r.Status, r.Body)
			}
			if _, ok := r.Body["certifications"]; ok {
				t.Error("the answer has certifications, of which none was accepted")
			}
		})
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	response, err := http.Get(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "POST" || response.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d, Allow %q", response.StatusCode, response.Header.Get("Allow"))
	}
}

// The details of each claim and parameter are tested in udap; here is that each kind arrives with its code.
func TestStatementIsChecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	l, other := h.Community.Leaf(hospital), h.Community.Leaf("https://other.example")
	now := time.Now()
	claim := func(change func(map[string]any)) func(*udaptest.Message) {
		return func(m *udaptest.Message) { change(m.Claims) }
	}
	header := func(change func(map[string]any)) func(*udaptest.Message) {
		return func(m *udaptest.Message) { change(m.Header) }
	}
	tests := []struct {
		name   string
		change func(m *udaptest.Message)
		code   string
		want   string
	}{
		{"alg none", header(set("alg", "none")), badStatement, "alg is 'none'"},
		{"alg HS256", header(set("alg", "HS256")), badStatement, "alg is 'HS256'"},
		{"x5c missing", header(remove("x5c")), badStatement, "x5c is missing"},
		{"x5c unreadable", header(set("x5c", []string{"AAAA"})), badStatement, "cannot be read"},
		{"crit", header(set("crit", []string{"x"})), badStatement, "crit"},
		{"signed with another key", func(m *udaptest.Message) { m.Key = other.Key }, badStatement, "signature"},
		{"of another member's certificate", header(set("x5c", udaptest.X5C(other.Chain))), badStatement, "signature"},
		{"iss no URI", claim(func(c map[string]any) { c["iss"], c["sub"] = "invalid_iss", "invalid_iss" }), badStatement, "iss is 'invalid_iss'"},
		{"iss another", claim(set("iss", "https://other.example")), badStatement, "iss is"},
		{"iss missing", claim(remove("iss")), badStatement, "iss is missing"},
		{"sub missing", claim(remove("sub")), badStatement, "sub is missing"},
		{"sub another", claim(set("sub", "x")), badStatement, "sub is"},
		{"aud missing", claim(remove("aud")), badStatement, "aud is missing"},
		{"aud the issuer", claim(set("aud", strings.TrimSuffix(h.URL, "/register"))), badStatement, "expected " + h.URL},
		{"exp missing", claim(remove("exp")), badStatement, "exp is missing"},
		{"exp a string", claim(set("exp", "1")), badStatement, "exp is a string"},
		{"expired", claim(func(c map[string]any) { c["iat"], c["exp"] = now.Unix()-400, now.Unix()-100 }), badStatement, "has passed"},
		{"iat missing", claim(remove("iat")), badStatement, "iat is missing"},
		{"iat ahead", claim(func(c map[string]any) { c["iat"], c["exp"] = now.Unix()+120, now.Unix()+300 }), badStatement, "in the future"},
		{"too long", claim(set("exp", now.Unix()+3600)), badStatement, "the limit is 300"},
		{"jti missing", claim(remove("jti")), badStatement, "jti is missing"},
		{"client_name missing", claim(remove("client_name")), badMetadata, "client_name is missing"},
		{"redirect_uris missing", claim(remove("redirect_uris")), badMetadata, "redirect_uris is missing"},
		{"redirect URI http", claim(set("redirect_uris", []string{"http://localhost:4567/cb"})), badRedirect, "is not https"},
		{"contacts missing", claim(remove("contacts")), badMetadata, "contacts is missing"},
		{"logo_uri missing", claim(remove("logo_uri")), badMetadata, "logo_uri is missing"},
		{"grant_types missing", claim(remove("grant_types")), badMetadata, "grant_types is missing"},
		{"client_credentials", claim(set("grant_types", []string{"client_credentials"})), badMetadata, "client_credentials"},
		{"response_types missing", claim(remove("response_types")), badMetadata, "response_types is missing"},
		{"auth method missing", claim(remove("token_endpoint_auth_method")), badMetadata, "token_endpoint_auth_method is missing"},
		{"scope without udap", claim(set("scope", "openid profile")), badMetadata, "expected openid and udap"},
		{"scope wildcard", claim(set("scope", "openid udap system/*.*")), badMetadata, "wildcard"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := l.StatementMessage(h.URL)
			test.change(m)
			h.wantRefusal(t, h.register(t, m.Sign()), 400, test.code, test.want)
		})
	}
}

func TestUntrustedCertificateIsUnapproved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stranger := udaptest.New(t, udaptest.WithoutServer())
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	named := func(change func(*authority.Leaf)) *udaptest.Leaf {
		return h.Community.LeafWith(func(l *authority.Leaf) { l.URIs = []string{hospital}; change(l) })
	}
	mixed := stranger.Leaf(hospital)
	mixed.Chain = append(mixed.Chain, h.Community.Leaf(hospital).Chain...)
	mixed.Chain = append(mixed.Chain, h.Community.Anchor())

	for name, l := range map[string]*udaptest.Leaf{
		"of a stranger":              stranger.Leaf(hospital),
		"of a stranger, ours behind": mixed,
		"expired":                    named(func(l *authority.Leaf) { l.NotBefore, l.NotAfter = past.Add(-time.Hour), past }),
		"not yet valid":              named(func(l *authority.Leaf) { l.NotBefore, l.NotAfter = future, future.Add(time.Hour) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h.wantRefusal(t, h.register(t, l.Statement(h.URL)), 400, unapproved, "does not lead")
			// Trust is told before parameters are: a stranger learns nothing of the policy.
			h.wantRefusal(t, h.register(t, l.Statement(h.URL, remove("scope"))), 400, unapproved, "does not lead")
			// And the claims before trust.
			h.wantRefusal(t, h.register(t, l.Statement(h.URL, set("aud", "x"))), 400, badStatement, "aud is 'x'")
		})
	}
}

// failingTrust and failingStore stand for a database that does not answer.
type failingTrust struct{}

func (failingTrust) Identify(context.Context, []*x509.Certificate, time.Time) (string, error) {
	return "", errors.New("secret detail of the database")
}

func (failingTrust) VerifyCertifier(context.Context, string, []*x509.Certificate, time.Time) error {
	return errors.New("secret detail of the database")
}

type failingStore struct{ registration.Store }

func (failingStore) RegisterClient(context.Context, idp.Client) (idp.Client, bool, error) {
	return idp.Client{}, false, errors.New("secret detail of the database")
}

func TestFailureOfOursIsNotARefusal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*registration.Config)
		status int
		code   string
	}{
		{"trust", func(c *registration.Config) { c.Trust = failingTrust{} }, 503, "temporarily_unavailable"},
		{"store", func(c *registration.Config) { c.Store = failingStore{c.Store} }, 500, "server_error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, test.change)
			r := h.register(t, h.Community.Leaf(hospital).Statement(h.URL))
			h.wantRefusal(t, r, test.status, test.code, "please try again later")
			if later := r.Header.Get("Retry-After"); (later == "30") != (test.status == 503) {
				t.Errorf("got Retry-After %q with %d", later, r.Status)
			}
			if strings.Contains(r.description(), "secret detail") {
				t.Errorf("got %q, which tells our internals", r.description())
			}
			if !strings.Contains(h.Log.String(), "secret detail") {
				t.Error("the log does not tell the cause")
			}
		})
	}
}

func TestLogHoldsTheOutcomeAndNoMore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.register(t, h.Community.Leaf(hospital).Statement(h.URL))
	long := "a\n" + strings.Repeat("b", 500)
	h.register(t, h.Community.Leaf(hospital).Statement(h.URL, set("iss", long)))

	var lines []map[string]any
	for line := range strings.Lines(h.Log.String()) {
		var attributes map[string]any
		if err := json.Unmarshal([]byte(line), &attributes); err != nil {
			t.Fatal(err)
		}
		if attributes["attempt"] == "" || attributes["attempt"] == nil {
			t.Error("the line does not name the attempt")
		}
		delete(attributes, "attempt")
		delete(attributes, "time")
		lines = append(lines, attributes)
	}
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2", len(lines))
	}
	for i, want := range []map[string]any{
		{"level": "INFO", "msg": "registration", "code": "registered", "community": "first", "iss": hospital, "request": ""},
		{"level": "INFO", "msg": "registration", "code": badStatement, "community": "", "iss": ("a?" + long[2:])[:200], "request": ""},
	} {
		if len(lines[i]) != len(want) {
			t.Errorf("got %v, want only %v", lines[i], want)
		}
		for name, value := range want {
			if lines[i][name] != value {
				t.Errorf("got %s %v, want %v", name, lines[i][name], value)
			}
		}
	}
}
