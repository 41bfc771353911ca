package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/udap"
)

// registrar takes every statement of a trusted certificate, as it should, and lets a test spoil its answers.
type registrar struct {
	server *wrongServer
	spoil  func(n int, status *int, answer map[string]any) // n counts the answers from 0
	lax    bool                                            // takes statements that are wrong as well

	mu      sync.Mutex
	n       int
	clients map[string]string // iss -> client_id
}

func (s *registrar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Statement string `json:"software_statement"`
		UDAP      string `json:"udap"`
	}
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&request) != nil || request.UDAP != "1" {
		answerError(w, udap.InvalidClientMetadata)
		return
	}
	statement, err := udap.ParseSoftwareStatement(request.Statement)
	if err == nil && !s.lax {
		err = statement.Validate(s.server.url+"/register", time.Now())
	}
	if err != nil {
		answerError(w, udap.InvalidSoftwareStatement)
		return
	}
	if statement.Chain[0].CheckSignatureFrom(s.server.community.Issuer.Certificate) != nil {
		answerError(w, udap.UnapprovedSoftwareStatement)
		return
	}
	registration, err := statement.Registration(udap.RegistrationPolicy{Scopes: []string{"openid", "udap"}})
	if err != nil {
		answerError(w, udap.InvalidClientMetadata)
		return
	}
	status, answer := s.keep(statement, registration, request.Statement)
	w.Header().Set("Cache-Control", "no-store")
	answerJSON(w, status, answer)
}

func (s *registrar) keep(statement *udap.SoftwareStatement, registration udap.Registration, raw string) (int, map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusOK
	if s.clients[statement.Issuer] == "" {
		s.clients[statement.Issuer] = "client of " + statement.Issuer
		status = http.StatusCreated
	}
	answer := map[string]any{}
	if err := json.Unmarshal(statement.Payload, &answer); err != nil {
		return http.StatusInternalServerError, nil
	}
	for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "jti"} {
		delete(answer, name)
	}
	answer["client_id"], answer["software_statement"] = s.clients[statement.Issuer], raw
	if registration.Cancel {
		delete(s.clients, statement.Issuer)
	}
	if s.spoil != nil {
		s.spoil(s.n, &status, answer)
	}
	s.n++
	return status, answer
}

// TestCheckOfRegistrationNamesWhatIsWrong: what a trusted certificate is answered, and that nothing stays behind, also when
// what should have been refused was taken.
func TestCheckOfRegistrationNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	first := func(spoil func(status *int, answer map[string]any)) func(int, *int, map[string]any) {
		return func(n int, status *int, answer map[string]any) {
			if n == 0 {
				spoil(status, answer)
			}
		}
	}
	all := func(spoil func(status *int, answer map[string]any)) func(int, *int, map[string]any) {
		return func(_ int, status *int, answer map[string]any) { spoil(status, answer) }
	}
	for name, test := range map[string]struct {
		spoil      func(int, *int, map[string]any)
		lax        bool
		fail, warn []string
	}{
		"nothing":                {},
		"202":                    {spoil: first(func(status *int, _ map[string]any) { *status = http.StatusAccepted }), fail: []string{"D-8"}},
		"no echo":                {spoil: all(func(_ *int, a map[string]any) { delete(a, "software_statement") }), fail: []string{"D-9"}},
		"no scope":               {spoil: all(func(_ *int, a map[string]any) { delete(a, "scope") }), fail: []string{"D-9"}},
		"null":                   {spoil: all(func(_ *int, a map[string]any) { a["jwks"] = nil }), warn: []string{"D-12"}},
		"iss":                    {spoil: all(func(_ *int, a map[string]any) { a["iss"] = "x" }), warn: []string{"D-13"}},
		"another client_id":      {spoil: func(n int, _ *int, a map[string]any) { a["client_id"] = string(rune('a' + n)) }, warn: []string{"D-23", "D-26"}},
		"modification is merged": {spoil: all(func(_ *int, a map[string]any) { a["client_name"] = "old" }), fail: []string{"D-20"}},
		"grants after cancelling": {spoil: all(func(_ *int, a map[string]any) { a["grant_types"] = []string{"authorization_code"} }),
			warn: []string{"D-24"}},
		"registered before":        {spoil: first(func(status *int, _ map[string]any) { *status = http.StatusOK }), warn: []string{"D-8"}},
		"claims are not looked at": {lax: true, fail: []string{"D-5a", "D-5b", "D-5c", "D-5d", "D-5e", "D-5f"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clerk := &registrar{spoil: test.spoil, lax: test.lax, clients: map[string]string{}}
			s := newWrongServer(t, func(s *wrongServer) { s.answers["/register"] = clerk.ServeHTTP })
			clerk.server = s
			p := &provider{t: t, dir: t.TempDir(), community: s.community}
			_, stdout, stderr := runCheck(t, append([]string{"--json", s.url}, p.memberFlags(s.community.Leaf("https://checker.example/"))...)...)
			var results []checked
			if err := json.Unmarshal([]byte(stdout), &results); err != nil {
				t.Fatalf("%v\n%s%s", err, stdout, stderr)
			}
			got := map[string][]string{}
			for _, r := range results {
				if r.Status != "ok" && r.ID[0] == 'D' {
					got[r.Status] = append(got[r.Status], r.ID)
				}
			}
			if !slices.Equal(got["FAIL"], test.fail) || !slices.Equal(got["warn"], test.warn) {
				t.Errorf("got %v, want FAIL %v and warn %v\n%s", got, test.fail, test.warn, stderr)
			}
			clerk.mu.Lock()
			defer clerk.mu.Unlock()
			if len(clerk.clients) > 0 {
				t.Errorf("registered after the check: %v", slices.Collect(maps.Keys(clerk.clients)))
			}
		})
	}
}
