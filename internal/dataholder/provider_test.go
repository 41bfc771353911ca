package dataholder

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// provider is the other side of the wire: an identity provider with real certificates that checks what the hospital sends
// it, and whose answers a test spoils one by one.
type provider struct {
	t         *testing.T
	community *udaptest.Community
	leaf      *udaptest.Leaf
	base      string
	endpoints udap.Endpoints
	person    map[string]any // the released claims, sub included

	mu        sync.Mutex
	clients   map[string]string     // by the URI of the statement
	scopes    map[string]string     // by client_id
	codes     map[string]url.Values // the authorization request
	tokens    map[string]bool
	spoil     spoils
	statement *udap.SoftwareStatement // the last
}

// spoils are what a test changes; nil leaves the answer as it is.
type spoils struct {
	metadata      func(map[string]any)
	signed        func(*udaptest.Message)
	wellKnown     http.HandlerFunc // instead of the UDAP metadata
	openID        func(map[string]any)
	registered    func(map[string]any)
	register      http.HandlerFunc // instead of registering
	callback      func(url.Values)
	token         func(map[string]any)
	tokenEndpoint http.HandlerFunc
	idToken       func(*udaptest.Message)
	jwks          func() any
	userInfo      func(map[string]any)
	userInfoPage  http.HandlerFunc
}

var patient = map[string]any{
	"sub":        "3f1e9bd0-6a3e-4c7c-9d3c-0d0f4b9d2a10",
	"name":       "Jane Doe",
	"given_name": "Jane", "family_name": "Doe", "birthdate": "1979-01-01",
	"email": "jane@example.org", "email_verified": true,
	"phone_number": "+15557771234", "phone_number_verified": true,
	"address": map[string]any{
		"street_address": "1234 Main St", "locality": "Los Angeles", "region": "CA", "postal_code": "90210", "country": "US",
	},
	"hl7_identifier":        "7c0d5fd4-64a1-4a5e-9a0e-2f4d8d9b1a55",
	"hl7_person_identifier": "7c0d5fd4-64a1-4a5e-9a0e-2f4d8d9b1a55",
}

func newProvider(t *testing.T, community *udaptest.Community) *provider {
	t.Helper()
	p := &provider{
		t: t, community: community, person: patient,
		clients: map[string]string{}, scopes: map[string]string{}, codes: map[string]url.Values{}, tokens: map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/udap", p.wellKnownUDAP)
	mux.HandleFunc("GET /.well-known/openid-configuration", p.openIDConfiguration)
	mux.HandleFunc("POST /register", p.register)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /jwks", p.jwks)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.base = server.URL
	p.endpoints = udap.NewEndpoints(server.URL)
	p.leaf = community.Leaf(server.URL)
	return p
}

var providerScopes = []string{"openid", "udap", "profile", "email", "phone", "address", "hl7_identifier"}

func (p *provider) wellKnownUDAP(w http.ResponseWriter, r *http.Request) {
	if p.spoil.wellKnown != nil {
		p.spoil.wellKnown(w, r)
		return
	}
	message := p.leaf.Message()
	for name, value := range map[string]any{
		"iss": p.base, "sub": p.base, "exp": time.Now().Add(24 * time.Hour).Unix(),
		"authorization_endpoint": p.endpoints.Authorization, "token_endpoint": p.endpoints.Token,
		"registration_endpoint": p.endpoints.Registration,
	} {
		message.Claims[name] = value
	}
	if p.spoil.signed != nil {
		p.spoil.signed(message)
	}
	metadata := members(p.t, udap.NewMetadata(p.endpoints, providerScopes))
	metadata["signed_metadata"] = message.Sign()
	answerJSON(w, http.StatusOK, spoiled(metadata, p.spoil.metadata))
}

func (p *provider) openIDConfiguration(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, spoiled(map[string]any{
		"issuer": p.base, "authorization_endpoint": p.endpoints.Authorization, "token_endpoint": p.endpoints.Token,
		"registration_endpoint": p.endpoints.Registration, "userinfo_endpoint": p.endpoints.UserInfo, "jwks_uri": p.endpoints.JWKS,
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	}, p.spoil.openID))
}

// register accepts what the profile accepts, and nothing else.
func (p *provider) register(w http.ResponseWriter, r *http.Request) {
	if p.spoil.register != nil {
		p.spoil.register(w, r)
		return
	}
	var body map[string]string
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body["udap"] != "1" {
		p.t.Errorf("registration request: %v, udap = %q", err, body["udap"])
	}
	statement, err := udap.ParseSoftwareStatement(body["software_statement"])
	if err == nil {
		err = statement.Validate(p.endpoints.Registration, time.Now())
	}
	var asked udap.Registration
	if err == nil {
		asked, err = statement.Registration(udap.RegistrationPolicy{Scopes: providerScopes, AllowLoopbackHTTP: true})
	}
	if err != nil || !udap.HasURISAN(statement.Chain[0], statement.Issuer) {
		p.t.Errorf("the hospital's software statement is refused: %v", err)
		answerJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_software_statement"})
		return
	}
	p.mu.Lock()
	status, id := http.StatusOK, p.clients[statement.Issuer]
	if id == "" {
		status, id = http.StatusCreated, rand.Text()
	}
	p.clients[statement.Issuer], p.scopes[id], p.statement = id, asked.Scope, statement
	p.mu.Unlock()
	answerJSON(w, status, spoiled(map[string]any{
		"client_id": id, "software_statement": body["software_statement"], "client_name": asked.ClientName,
		"redirect_uris": asked.RedirectURIs, "grant_types": asked.GrantTypes, "response_types": asked.ResponseTypes,
		"token_endpoint_auth_method": asked.TokenEndpointAuthMethod, "scope": asked.Scope,
	}, p.spoil.registered))
}

// authorize is a person who is signed in already and allows at once.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	request := r.URL.Query()
	p.mu.Lock()
	_, known := p.scopes[request.Get("client_id")]
	p.mu.Unlock()
	for name, ok := range map[string]bool{
		"client_id": known, "response_type": request.Get("response_type") == "code",
		"scope":          strings.Contains(request.Get("scope"), "openid udap"),
		"code_challenge": request.Get("code_challenge_method") == "S256" && len(request.Get("code_challenge")) == 43,
		"state":          request.Get("state") != "", "nonce": request.Get("nonce") != "",
	} {
		if !ok {
			p.t.Errorf("authorization request: %s is wrong: %s", name, r.URL.RawQuery)
		}
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = request
	p.mu.Unlock()
	answer := url.Values{"code": {code}, "state": {request.Get("state")}, "iss": {p.base}}
	if p.spoil.callback != nil {
		p.spoil.callback(answer)
	}
	http.Redirect(w, r, request.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	if p.spoil.tokenEndpoint != nil {
		p.spoil.tokenEndpoint(w, r)
		return
	}
	p.mu.Lock()
	request, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	if !known {
		answerJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	p.checkTokenRequest(r, request)
	accessToken := rand.Text()
	p.mu.Lock()
	p.tokens[accessToken] = true
	p.mu.Unlock()
	answerJSON(w, http.StatusOK, spoiled(map[string]any{
		"access_token": accessToken, "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(request, accessToken),
		"scope": request.Get("scope"),
	}, p.spoil.token))
}

func (p *provider) checkTokenRequest(r *http.Request, request url.Values) {
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	assertion, err := udap.ParseClientAssertion(r.PostFormValue("client_assertion"))
	if err == nil {
		err = assertion.Validate(p.endpoints.Token, time.Now())
	}
	if err != nil {
		p.t.Errorf("the hospital's client assertion is refused: %v", err)
		return
	}
	for name, ok := range map[string]bool{
		"grant_type":            r.PostFormValue("grant_type") == "authorization_code",
		"redirect_uri":          r.PostFormValue("redirect_uri") == request.Get("redirect_uri"),
		"code_verifier":         base64.RawURLEncoding.EncodeToString(challenge[:]) == request.Get("code_challenge"),
		"client_assertion_type": r.PostFormValue("client_assertion_type") == udap.AssertionType,
		"client_assertion":      assertion.Issuer == request.Get("client_id"),
		"udap":                  r.PostFormValue("udap") == "1",
		"Authorization":         r.Header.Get("Authorization") == "",
	} {
		if !ok {
			p.t.Errorf("token request: %s is wrong", name)
		}
	}
}

func (p *provider) idToken(request url.Values, accessToken string) string {
	hash := sha256.Sum256([]byte(accessToken))
	message := p.leaf.Message()
	message.Header["typ"], message.Header["kid"] = "JWT", p.leaf.Signer().KeyID()
	for name, value := range p.person {
		message.Claims[name] = value
	}
	for name, value := range map[string]any{
		"iss": p.base, "aud": request.Get("client_id"), "azp": request.Get("client_id"), "nonce": request.Get("nonce"),
		"auth_time": time.Now().Unix(), "at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
		"acr": "http://udap.org/code/id/idial1.8", "amr": []string{"http://udap.org/code/auth/aal2", "pop", "mfa"},
	} {
		message.Claims[name] = value
	}
	if p.spoil.idToken != nil {
		p.spoil.idToken(message)
	}
	return message.Sign()
}

func (p *provider) jwks(w http.ResponseWriter, _ *http.Request) {
	if p.spoil.jwks != nil {
		answerJSON(w, http.StatusOK, p.spoil.jwks())
		return
	}
	answerJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.leaf.Signer().JWK()}})
}

func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	if p.spoil.userInfoPage != nil {
		p.spoil.userInfoPage(w, r)
		return
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	known := p.tokens[token]
	p.mu.Unlock()
	if !known {
		w.Header().Set("WWW-Authenticate", "Bearer")
		answerJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	info := map[string]any{"iss": p.base}
	for name, value := range p.person {
		info[name] = value
	}
	answerJSON(w, http.StatusOK, spoiled(info, p.spoil.userInfo))
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func spoiled(m map[string]any, spoil func(map[string]any)) map[string]any {
	if spoil != nil {
		spoil(m)
	}
	return m
}

// members is any value as a JSON object.
func members(t *testing.T, value any) map[string]any {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
