package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// wrongServer is a server whose answers are made here, so that one thing about them can be wrong.
type wrongServer struct {
	t         testing.TB
	url       string
	community *udaptest.Community
	leaf      *udaptest.Leaf

	metadata map[string]any // unsigned
	openID   map[string]any // openid-configuration
	keys     []map[string]any
	message  *udaptest.Message // signed_metadata before it is signed
	forge    func(signed string) string
	answers  map[string]http.HandlerFunc // by path, instead of the right ones
}

func newWrongServer(t testing.TB, change func(*wrongServer)) *wrongServer {
	t.Helper()
	s := &wrongServer{t: t, community: udaptest.New(t), answers: map[string]http.HandlerFunc{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	s.leaf = s.community.Leaf(s.url)
	e := udap.NewEndpoints(s.url)
	s.metadata = members(t, udap.NewMetadata(e, []string{"openid", "udap"}))
	s.openID = map[string]any{
		"issuer": e.Issuer, "authorization_endpoint": e.Authorization, "token_endpoint": e.Token, "jwks_uri": e.JWKS,
		"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"S256"},
	}
	s.keys = []map[string]any{members(t, s.leaf.Signer().JWK())}
	s.message = s.leaf.Message()
	maps.Copy(s.message.Claims, map[string]any{
		"iss": s.url, "sub": s.url, "authorization_endpoint": e.Authorization, "token_endpoint": e.Token, "registration_endpoint": e.Registration,
	})
	change(s)
	if _, gone := s.metadata["signed_metadata"]; !gone {
		signed := s.message.Sign()
		if s.forge != nil {
			signed = s.forge(signed)
		}
		s.metadata["signed_metadata"] = signed
	}
	return s
}

// members are those of the value's JSON.
func members(t testing.TB, value any) map[string]any {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (s *wrongServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if answer, ok := s.answers[r.URL.Path]; ok {
		answer(w, r)
		return
	}
	switch r.URL.Path {
	case "/.well-known/udap":
		answerJSON(w, http.StatusOK, s.metadata)
	case "/.well-known/openid-configuration":
		answerJSON(w, http.StatusOK, s.openID)
	case "/jwks":
		answerJSON(w, http.StatusOK, map[string]any{"keys": s.keys})
	case "/register":
		s.register(w, r)
	case "/token":
		answerError(w, udap.InvalidClient)
	default:
		http.Error(w, "no such client", http.StatusBadRequest)
	}
}

// register refuses everybody: nobody is trusted here.
func (s *wrongServer) register(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Statement string `json:"software_statement"`
		UDAP      string `json:"udap"`
	}
	if r.Header.Get("Content-Type") != "application/json" {
		answerJSON(w, http.StatusUnsupportedMediaType, map[string]string{"error": udap.InvalidClientMetadata})
		return
	}
	if json.NewDecoder(r.Body).Decode(&request) != nil || request.UDAP != "1" {
		answerError(w, udap.InvalidClientMetadata)
		return
	}
	statement, err := udap.ParseSoftwareStatement(request.Statement)
	if err == nil {
		err = statement.Validate(s.url+"/register", time.Now())
	}
	if err != nil {
		answerError(w, udap.InvalidSoftwareStatement)
		return
	}
	answerError(w, udap.UnapprovedSoftwareStatement)
}

func answerError(w http.ResponseWriter, code string) {
	answerJSON(w, http.StatusBadRequest, map[string]string{"error": code})
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func taken(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusCreated, map[string]string{"client_id": "1"})
}

// TestCheckNamesWhatIsWrong: each wrong thing is reported under its own requirement, and nothing else fails for it but what
// is named beside it.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	member := func(name string, value any) func(*wrongServer) {
		return func(s *wrongServer) { s.metadata[name] = value }
	}
	without := func(name string) func(*wrongServer) { return func(s *wrongServer) { delete(s.metadata, name) } }
	claim := func(name string, value any) func(*wrongServer) {
		return func(s *wrongServer) { s.message.Claims[name] = value }
	}
	noClaim := func(name string) func(*wrongServer) { return func(s *wrongServer) { delete(s.message.Claims, name) } }
	answer := func(path string, h http.HandlerFunc) func(*wrongServer) {
		return func(s *wrongServer) { s.answers[path] = h }
	}
	text := func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }
	now := time.Now()
	for name, test := range map[string]struct {
		change func(*wrongServer)
		want   []string
	}{
		"nothing":                   {func(*wrongServer) {}, nil},
		"no metadata":               {answer("/.well-known/udap", http.NotFound), []string{"M-1"}},
		"metadata is a page":        {answer("/.well-known/udap", text), []string{"M-2"}},
		"versions":                  {member("udap_versions_supported", []string{"2"}), []string{"M-7"}},
		"version is a text":         {member("udap_versions_supported", "1"), []string{"M-7"}},
		"no udap_dcr":               {member("udap_profiles_supported", []string{"udap_authn", "udap_to"}), []string{"M-8"}},
		"no udap_to":                {member("udap_profiles_supported", []string{"udap_authn", "udap_dcr"}), []string{"M-8"}},
		"no extensions":             {without("udap_authorization_extensions_supported"), []string{"M-9"}},
		"required extension":        {member("udap_authorization_extensions_required", []string{"hl7-b2b"}), []string{"M-10"}},
		"no certifications":         {without("udap_certifications_supported"), []string{"M-11"}},
		"required certification":    {member("udap_certifications_required", []string{"https://c.example/"}), []string{"M-12"}},
		"refresh token alone":       {member("grant_types_supported", []string{"refresh_token"}), []string{"M-13"}},
		"implicit":                  {member("grant_types_supported", []string{"authorization_code", "implicit"}), []string{"M-4"}},
		"no scopes":                 {without("scopes_supported"), []string{"M-14"}},
		"no scope udap":             {member("scopes_supported", []string{"openid"}), []string{"M-14"}},
		"relative authorization":    {member("authorization_endpoint", "/authorize"), []string{"M-15", "M-34"}},
		"plain http token":          {member("token_endpoint", "http://id.example.org/token"), []string{"M-16", "M-34"}},
		"client secrets":            {member("token_endpoint_auth_methods_supported", []string{"private_key_jwt", "client_secret_basic"}), []string{"M-17"}},
		"no RS256 at token":         {member("token_endpoint_auth_signing_alg_values_supported", []string{"ES256"}), []string{"M-18"}},
		"HS256 at registration":     {member("registration_endpoint_jwt_signing_alg_values_supported", []string{"RS256", "HS256"}), []string{"M-20"}},
		"no registration":           {without("registration_endpoint"), []string{"M-19", "M-34"}},
		"no signed_metadata":        {member("signed_metadata", nil), []string{"M-21"}},
		"iss another":               {claim("iss", "https://other.example"), []string{"M-31"}},
		"sub another":               {claim("sub", "https://other.example"), []string{"M-31"}},
		"no iat":                    {noClaim("iat"), []string{"M-32"}},
		"expired":                   {claim("exp", now.Add(-time.Minute).Unix()), []string{"M-32"}},
		"two years":                 {claim("exp", now.AddDate(2, 0, 0).Unix()), []string{"M-32"}},
		"no jti":                    {noClaim("jti"), []string{"J-4", "M-33"}},
		"signed token endpoint":     {claim("token_endpoint", "https://other.example/token"), []string{"M-34"}},
		"unsigned authorization":    {noClaim("authorization_endpoint"), []string{"M-34"}},
		"broken signature":          {func(s *wrongServer) { s.forge = func(t string) string { return t[:len(t)-8] + "AAAAAAAA" } }, []string{"M-36"}},
		"two parts":                 {func(s *wrongServer) { s.forge = func(string) string { return "e30.e30" } }, []string{"J-1"}},
		"no x5c":                    {func(s *wrongServer) { delete(s.message.Header, "x5c") }, []string{"J-3"}},
		"alg HS256":                 {func(s *wrongServer) { s.message.Header["alg"] = "HS256" }, []string{"J-2", "M-30"}},
		"issuer another":            {func(s *wrongServer) { s.openID["issuer"] = "https://other.example" }, []string{"O-2"}},
		"no openid-configuration":   {answer("/.well-known/openid-configuration", http.NotFound), []string{"O-1"}},
		"no code":                   {func(s *wrongServer) { s.openID["response_types_supported"] = []string{"token"} }, []string{"O-5"}},
		"no RS256 for ID Tokens":    {func(s *wrongServer) { s.openID["id_token_signing_alg_values_supported"] = []string{"ES256"} }, []string{"O-6"}},
		"no keys":                   {func(s *wrongServer) { s.keys = nil }, []string{"O-8"}},
		"another key's certificate": {func(s *wrongServer) { s.keys[0]["x5c"] = udaptest.X5C(s.community.Leaf("https://other.example").Chain) }, []string{"O-10"}},
		"list that cannot be had":   {func(s *wrongServer) { s.community.BreakCRLs() }, []string{"J-7b"}},
		"stale list":                {func(s *wrongServer) { s.community.StaleCRLs() }, []string{"J-7b"}},
		"untrusted":                 {func(s *wrongServer) { s.community = udaptest.New(s.t) }, []string{"J-7a"}},
		"takes every statement":     {answer("/register", taken), []string{"D-3", "D-4", "D-5a", "D-5b", "D-5c", "D-5d", "D-5e", "D-5f", "D-5g", "D-6a", "D-6b", "D-6c", "D-6d"}},
		"refuses with a page":       {answer("/register", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusBadRequest) }), []string{"D-3", "D-4", "D-5a", "D-5b", "D-5c", "D-5d", "D-5e", "D-5f", "D-5g", "D-6a", "D-6b", "D-6c", "D-6d"}},
		"redirects unknown clients": {answer("/authorize", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.FormValue("redirect_uri")+"?error=x", http.StatusFound)
		}), []string{"A-3"}},
		"takes every assertion":         {answer("/token", taken), []string{"C-1a", "C-1b", "C-1c", "C-4"}},
		"certificate of another server": {func(s *wrongServer) { *s.message = *s.withLeaf("https://other.example") }, []string{"M-31"}},
		"expired certificate": {func(s *wrongServer) {
			expired := s.community.LeafWith(func(l *authority.Leaf) {
				l.URIs, l.NotBefore, l.NotAfter = []string{s.url}, now.AddDate(-1, 0, 0), now.Add(-time.Minute)
			})
			s.message.Header["x5c"], s.message.Key = udaptest.X5C(expired.Chain), expired.Key
		}, []string{"J-7a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWrongServer(t, test.change)
			p := &provider{t: t, dir: t.TempDir()}
			anchor := p.file("anchor.crt", certificates(s.community.Anchor()))
			code, stdout, stderr := runCheck(t, "--json", "--anchor", anchor, s.url)
			failed := failures(t, stdout)
			got := slices.Sorted(maps.Keys(failed))
			want := 0
			if len(test.want) > 0 {
				want = 1
			}
			if !slices.Equal(got, test.want) || code != want {
				t.Errorf("exit status %d, failed %v, want %v\n%v\n%s", code, got, test.want, failed, stderr)
			}
		})
	}
}

// withLeaf is the same message with the certificate of another party.
func (s *wrongServer) withLeaf(uri string) *udaptest.Message {
	other := s.community.Leaf(uri)
	message := *s.message
	message.Header = map[string]any{"alg": "RS256", "x5c": udaptest.X5C(other.Chain)}
	message.Key = other.Key
	return &message
}
