package registration_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"udap-idp/internal/registration"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// maxAllocated is what one request may take, in bytes: its body of 64 KiB is held in some forms (JSON, base64, DER), and the
// store has its buffers.
const maxAllocated = 4 << 20

// desk is the real handler, with the real trust and store behind it, for bodies of a fuzzer.
type desk struct {
	http.Handler
	url  string
	leaf *udaptest.Leaf // of a member of the community, with a key whose signatures cost little
}

func newDesk(f *testing.F) desk {
	f.Helper()
	var config registration.Config
	h := newHouse(f, func(c *registration.Config) {
		c.Log = slog.New(slog.DiscardHandler)
		config = *c
	})
	leaf := h.Community.LeafWith(func(l *authority.Leaf) { l.URIs, l.KeyType = []string{hospital}, authority.P256 })
	return desk{registration.New(config), h.URL, leaf}
}

// post must not panic, nor allocate without bound, nor blame us (5xx), whatever the body.
func (d desk) post(t *testing.T, body []byte) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, d.url, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	udaptest.BoundAllocation(t, maxAllocated, func() { d.ServeHTTP(w, r) })
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("got %d %q, want JSON", w.Code, w.Body)
	}
	switch w.Code {
	case http.StatusCreated, http.StatusOK:
		if answer["client_id"] == nil {
			t.Errorf("got %d without a client_id: %v", w.Code, answer)
		}
	case http.StatusBadRequest:
		if code, _ := answer["error"].(string); code == "" || strings.ContainsAny(answer["error_description"].(string), "\"\\\r\n") {
			t.Errorf("got %v", answer)
		}
	default:
		t.Errorf("got %d %v", w.Code, answer)
	}
	return w.Code
}

// FuzzRegistrationBody is everything that a stranger can send.
func FuzzRegistrationBody(f *testing.F) {
	d := newDesk(f)
	body := func(statement string) []byte {
		b, err := json.Marshal(map[string]any{"software_statement": statement, "certifications": nil, "udap": "1"})
		if err != nil {
			f.Fatal(err)
		}
		return b
	}
	f.Add(body(d.leaf.Statement(d.url)))
	f.Add(body(udaptest.New(f, udaptest.WithoutServer()).Leaf(hospital).Statement(d.url)))
	f.Add(body("a.b.c"))
	f.Add([]byte(`{"udap":"1","software_statement":null,"certifications":{}}`))
	f.Add([]byte(`[`))
	if real := healthGorilla(f); real != "" {
		f.Add(body(real))
	}
	f.Fuzz(func(t *testing.T, b []byte) { d.post(t, b) })
}

// FuzzRegistrationParameters is what a member of the community can say in a statement that is otherwise good: all the way to
// the store.
func FuzzRegistrationParameters(f *testing.F) {
	d := newDesk(f)
	add := func(change ...func(map[string]any)) {
		m := d.leaf.StatementMessage(d.url)
		for _, c := range change {
			c(m.Claims)
		}
		payload, err := json.Marshal(m.Claims)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	add()
	add(set("grant_types", []string{}))
	add(set("client_name", "\u202eevil\x00"), set("scope", "*"))
	add(set("redirect_uris", []string{"https://[::1%25a]/", "https://a.example/#"}), remove("logo_uri"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var claims map[string]any
		if json.Unmarshal(payload, &claims) != nil || claims == nil {
			return
		}
		m := d.leaf.StatementMessage(d.url)
		good := maps.Clone(m.Claims)
		m.Claims = claims
		for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "jti"} {
			m.Claims[name] = good[name]
		}
		body, err := json.Marshal(map[string]any{"software_statement": udaptest.Compact(t, m.Header, m.Claims, m.Key), "udap": "1"})
		if err != nil {
			t.Fatal(err)
		}
		d.post(t, body)
	})
}

// healthGorilla is a statement that was really sent, "" where the vectors are not here.
func healthGorilla(f *testing.F) string {
	f.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "vectors", "statements", "health-gorilla-2023.jwt"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		return ""
	}
	if err != nil {
		f.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
