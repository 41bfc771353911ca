package provider

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// set changes one parameter of a form; "" takes it out.
func set(name, value string) func(url.Values) {
	return func(form url.Values) {
		form.Del(name)
		if value != "" {
			form.Set(name, value)
		}
	}
}

func add(name, value string) func(url.Values) {
	return func(form url.Values) { form.Add(name, value) }
}

// authorizeRefusals are requests that go back to the client with an error.
var authorizeRefusals = []struct {
	name, code, description string
	change                  func(url.Values)
}{
	{"no response_type", "invalid_request", "the parameter response_type is missing, expected code", set("response_type", "")},
	{"implicit flow", "unsupported_response_type", "the response_type is not supported, expected code", set("response_type", "id_token token")},
	{"hybrid flow", "unsupported_response_type", "the response_type is not supported, expected code", set("response_type", "code id_token")},
	{"response_mode fragment", "invalid_request", "the response_mode is not supported, expected query", set("response_mode", "fragment")},
	{"response_mode form_post", "invalid_request", "the response_mode is not supported, expected query", set("response_mode", "form_post")},
	{"no scope", "invalid_scope", "the scope must contain openid and udap: openid is missing", set("scope", "")},
	{"no openid", "invalid_scope", "the scope must contain openid and udap: openid is missing", set("scope", "udap profile")},
	{"no udap", "invalid_scope", "the scope must contain openid and udap: udap is missing", set("scope", "openid profile")},
	{"scope in capitals", "invalid_scope", "the scope must contain openid and udap: udap is missing", set("scope", "openid UDAP")},
	{"no code_challenge", "invalid_request", "code challenge required: the parameter code_challenge is missing", set("code_challenge", "")},
	{"no method", "invalid_request", "the parameter code_challenge_method is missing, which means plain; expected S256", set("code_challenge_method", "")},
	{"plain", "invalid_request", "transform algorithm not supported: the code_challenge_method must be S256", set("code_challenge_method", "plain")},
	{"short challenge", "invalid_request", "the code_challenge is not a SHA-256 in base64url without padding, which has 43 characters", set("code_challenge", challengeOK[1:])},
	{"padded challenge", "invalid_request", "the code_challenge is not a SHA-256 in base64url without padding, which has 43 characters", set("code_challenge", challengeOK+"=")},
	{"challenge in base64", "invalid_request", "the code_challenge is not a SHA-256 in base64url without padding, which has 43 characters", set("code_challenge", "+"+challengeOK[1:])},
	{"request object", "request_not_supported", "the parameter request is not supported", set("request", "e30.e30.")},
	{"request_uri", "request_uri_not_supported", "the parameter request_uri is not supported", set("request_uri", "https://hospital.example/request")},
	{"unknown prompt", "invalid_request", "the prompt has a value that is not known, expected none, login, consent, select_account", set("prompt", "later")},
	{"none and login", "invalid_request", "the prompt none cannot be combined with other values", set("prompt", "none login")},
	{"negative max_age", "invalid_request", "the max_age is not a whole number of seconds, 0 or more", set("max_age", "-1")},
	{"max_age in words", "invalid_request", "the max_age is not a whole number of seconds, 0 or more", set("max_age", "soon")},
	{"fractional max_age", "invalid_request", "the max_age is not a whole number of seconds, 0 or more", set("max_age", "1.5")},
	{"scope twice", "invalid_request", "the parameter scope is there more than once", add("scope", "openid udap")},
	{"nonce twice, one empty", "invalid_request", "the parameter nonce is there more than once", add("nonce", "")},
	{"unknown parameter twice", "invalid_request", "the parameter x'y is there more than once", func(f url.Values) { f[`x"y`] = []string{"1", "2"} }},
	{"long nonce", "invalid_request", "the nonce is longer than 4096 bytes", set("nonce", strings.Repeat("n", 4097))},
	{"hint that is no token", "invalid_request", "the id_token_hint is not an ID Token of this server", set("id_token_hint", "me")},
	{"claims that are not JSON", "invalid_request", "the parameter claims is not a claims request in JSON", set("claims", "sub")},
	{"two persons in claims", "invalid_request", "the parameter claims asks for more than one sub", set("claims", `{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}`)},
	{"another person in claims", "login_required", "the person that the request asks for is not signed in", set("claims", `{"id_token":{"sub":{"value":"somebody"}}}`)},
}

func TestAuthorizationErrorsGoBackToTheClient(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tt := range authorizeRefusals {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			tt.change(form)
			got := h.authorize(form, h.session)
			want := callback + "?" + strings.ReplaceAll(strings.Join([]string{
				"error=" + tt.code, "error_description=" + url.QueryEscape(tt.description), "state=af0ifjsldkj", "iss=" + url.QueryEscape(h.issuer),
			}, "&"), "+", "%20")
			if got.status != http.StatusFound || got.header.Get("Location") != want {
				t.Errorf("%d to\n%s, want 302 to\n%s", got.status, got.header.Get("Location"), want)
			}
			if cc := got.header.Get("Cache-Control"); cc != "no-store" {
				t.Errorf("Cache-Control %q", cc)
			}
		})
	}
}

func TestMissingStateIsRefusedWithoutOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tt := range []struct {
		name, description string
		change            func(url.Values)
	}{
		{"missing", "the parameter state is missing", set("state", "")},
		{"empty", "the parameter state is missing", func(f url.Values) { f.Set("state", "") }},
		{"twice", "the parameter state is there more than once", add("state", "other")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			tt.change(form)
			query := h.authorize(form, h.session).location(t).Query()
			if query.Get("error") != "invalid_request" || query.Get("error_description") != tt.description || query.Has("state") {
				t.Errorf("got %v", query)
			}
		})
	}
}

func TestUnknownClientGetsAPageAndNoRedirect(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	second := h.community.Leaf("https://clinic.example")
	several := h.register(h.client.CommunityID, second.URI, callback, callback+"/2")
	cancelled := h.register(h.client.CommunityID, "https://gone.example", callback)
	if _, err := h.store.CancelClient(t.Context(), h.client.CommunityID, "https://gone.example", now()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, kind, detail string
		change             func(url.Values)
	}{
		{"no client_id", KindRequestInvalid, "The parameter client_id is missing.", set("client_id", "")},
		{"client_id twice", KindRequestInvalid, "The parameter client_id is there more than once.", add("client_id", "x")},
		{"unknown client", KindClientUnknown, "No client is registered under the client_id.", set("client_id", idp.NewUUIDv4())},
		{"cancelled client", KindClientUnknown, "No client is registered under the client_id.", set("client_id", cancelled.ID)},
		{"another redirect_uri", KindRedirectURI, "The redirect_uri is not one that the client has registered.", set("redirect_uri", "https://evil.example/")},
		{"redirect_uri with a query", KindRedirectURI, "The redirect_uri is not one that the client has registered.", set("redirect_uri", callback+"?x=1")},
		{"redirect_uri with a slash", KindRedirectURI, "The redirect_uri is not one that the client has registered.", set("redirect_uri", callback+"/")},
		{"redirect_uri in capitals", KindRedirectURI, "The redirect_uri is not one that the client has registered.", set("redirect_uri", strings.ToUpper(callback))},
		{"redirect_uri twice", KindRedirectURI, "The parameter redirect_uri is there more than once.", add("redirect_uri", callback)},
		{"several and none named", KindRedirectURI, "The parameter redirect_uri is missing, and the client has registered 2.", func(f url.Values) {
			f.Set("client_id", several.ID)
			f.Del("redirect_uri")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			tt.change(form)
			got := h.authorize(form, h.session)
			if got.status != http.StatusBadRequest || got.header.Get("Location") != "" {
				t.Fatalf("%d to %q, want a page with 400", got.status, got.header.Get("Location"))
			}
			if h.page().Kind != tt.kind || h.page().Detail != tt.detail {
				t.Errorf("page %q: %q, want %q: %q", h.page().Kind, h.page().Detail, tt.kind, tt.detail)
			}
			if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
				t.Errorf("a person got %s", got.header.Get("Content-Type"))
			}
		})
	}
}

func TestWhatIsNoRequestGetsAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	post := func(contentType, body string) *http.Request {
		r := h.request(http.MethodPost, "/authorize", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		return r
	}
	for _, tt := range []struct {
		name, kind, detail string
		status             int
		request            *http.Request
	}{
		{"PUT", KindMethod, "The method must be GET or POST.", 405, h.request(http.MethodPut, "/authorize", nil)},
		{"JSON", KindRequestInvalid, "The request cannot be read: the Content-Type is not application/x-www-form-urlencoded.", 400, post("application/json", "{}")},
		{"bad escapes in the query", KindRequestInvalid, "The request cannot be read: the query is not application/x-www-form-urlencoded.", 400, h.request(http.MethodGet, "/authorize?client_id=%zz", nil)},
		{"bad escapes in the body", KindRequestInvalid, "The request cannot be read: the body is not application/x-www-form-urlencoded.", 400, post(formType, "client_id=%zz")},
		{"NUL in the query", KindRequestInvalid, "The request cannot be read: the query has a value that is not UTF-8 text.", 400, h.request(http.MethodGet, "/authorize?nonce=%00", nil)},
		{"other bytes in the body", KindRequestInvalid, "The request cannot be read: the body has a value that is not UTF-8 text.", 400, post(formType, "nonce=%ff")},
		{"too long a query", KindRequestInvalid, "The request cannot be read: the query is longer than 131072 bytes.", 414, h.request(http.MethodGet, "/authorize?state="+strings.Repeat("s", 131072), nil)},
		{"too long a body", KindRequestInvalid, "The request cannot be read: the body is longer than 131072 bytes.", 400, post(formType, "state="+strings.Repeat("s", 131072))},
		{"nothing", KindRequestInvalid, "The parameter client_id is missing.", 400, h.request(http.MethodGet, "/authorize", nil)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := h.do(tt.request)
			if got.status != tt.status || h.page().Kind != tt.kind || h.page().Detail != tt.detail {
				t.Errorf("%d %q %q, want %d %q %q", got.status, h.page().Kind, h.page().Detail, tt.status, tt.kind, tt.detail)
			}
		})
	}
}

func TestRequestIsStoredAsItCame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	for name, value := range map[string]string{
		"scope": "fhirUser udap openid email openid", "prompt": "login consent", "max_age": "60", "acr_values": "a b",
		"ui_locales": "es-US en", "login_hint": "jane", "display": "page", "registration": "{}",
	} {
		form.Set(name, value)
	}
	got := h.stored(h.authorize(form, h.session), h.session)
	if got.SessionID != h.session.ID || got.ClientID != h.client.ID || got.RedirectURI != callback || !got.RedirectURISent {
		t.Errorf("binding: %+v", got)
	}
	// A scope that is not registered is left out; the order is that of the request.
	if !slices.Equal(got.Scopes, []string{"udap", "openid", "email"}) {
		t.Errorf("scopes %v", got.Scopes)
	}
	if got.State != "af0ifjsldkj" || got.Nonce != "n-0S6_WzA2Mj" || got.CodeChallenge != challengeOK || got.LoginHint != "jane" {
		t.Errorf("values: %+v", got)
	}
	if !slices.Equal(got.Prompt, []string{"login", "consent"}) || got.MaxAge == nil || *got.MaxAge != 60 ||
		!slices.Equal(got.ACRValues, []string{"a", "b"}) || !slices.Equal(got.UILocales, []string{"es-US", "en"}) {
		t.Errorf("wishes: %+v", got)
	}
	if lifetime := got.ExpiresAt.Sub(got.CreatedAt); lifetime != 15*time.Minute {
		t.Errorf("lifetime %v", lifetime)
	}
}

func TestMaxAgeTooLongForANumberIsTheLongest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("max_age", strings.Repeat("9", 30))
	if got := h.stored(h.authorize(form, h.session), h.session); got.MaxAge == nil || *got.MaxAge != 1<<31-1 {
		t.Errorf("max_age %v", got.MaxAge)
	}
}

func TestRequestIsBoundToItsBrowser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	other := h.signIn(h.addPerson("eve@example.org", idp.Unverified))
	if _, err := h.agree(req, other); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("another browser's Allow: %v, want ErrNotFound", err)
	}
	if _, err := h.provider.Refuse(t.Context(), req, other, "access_denied", "no", idp.Trail{}); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("another browser's Refuse: %v, want ErrNotFound", err)
	}
	nobody, _ := h.newBrowser()
	if _, err := h.agree(req, nobody); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("Allow with nobody signed in: %v, want ErrNotFound", err)
	}
}

func TestPOSTBecomesTheGETThatItStandsFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Set("state", "a state & more=ü")
	r := h.request(http.MethodPost, "/authorize", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType+"; charset=utf-8")
	got := h.do(r)
	location := got.location(t)
	if got.status != http.StatusSeeOther || location.Path != "/authorize" || location.Host != "" {
		t.Fatalf("%d to %s, want 303 to /authorize", got.status, location)
	}
	if !slices.Equal(location.Query()["state"], form["state"]) || len(location.Query()) != len(form) {
		t.Errorf("query %v, want %v", location.Query(), form)
	}
	if req := h.stored(h.authorize(location.Query(), h.session), h.session); req.State != form.Get("state") {
		t.Errorf("state %q", req.State)
	}
}

func TestErrorOfAPOSTGoesBackAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form := h.authorizationForm()
	form.Del("code_challenge")
	r := h.request(http.MethodPost, "/authorize", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	got := h.do(r)
	if query := got.location(t).Query(); got.status != http.StatusFound || query.Get("error") != "invalid_request" || query.Get("iss") != h.issuer {
		t.Errorf("%d to %s", got.status, got.location(t))
	}
}

func TestSessionThatCannotBeMadeGoesBackAsServerError(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.do(h.request(http.MethodGet, "/authorize?"+h.authorizationForm().Encode(), nil)) // no cookie: the test's browser fails
	query := got.location(t).Query()
	if query.Get("error") != "server_error" || query.Get("error_description") != "the server met an internal error" || query.Get("state") == "" {
		t.Errorf("got %v", query)
	}
}

func TestPersonThatIsAskedForMustBeSignedIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, idToken := h.tokens()
	_, payload := read(t, idToken)
	nobody, _ := h.newBrowser()
	eve := h.signIn(h.addPerson("eve@example.org", idp.Unverified))
	other := h.register(h.client.CommunityID, "https://clinic.example", callback)
	stranger := h.community.Leaf("https://stranger.example")
	forged := func(header map[string]any) string {
		m := stranger.Message()
		for name, value := range payload {
			m.Claims[name] = value
		}
		for name, value := range header {
			m.Header[name] = value
		}
		return m.Sign()
	}
	ours, _ := read(t, idToken)
	for _, tt := range []struct {
		name    string
		session idp.Session
		change  func(url.Values)
		want    string // the error, "" when the request goes on
	}{
		{"she is", h.session, func(url.Values) {}, ""},
		{"claims and hint agree", h.session, set("claims", `{"id_token":{"sub":{"value":"`+payload["sub"].(string)+`"}}}`), ""},
		{"claims and hint differ", h.session, set("claims", `{"userinfo":{"sub":{"value":"other"}}}`), "invalid_request"},
		{"claims ask for something else", h.session, set("claims", `{"id_token":{"sub":null,"email":{"essential":true}}}`), ""},
		{"without a page", h.session, set("prompt", "none"), ""},
		{"she must sign in again", h.session, set("prompt", "login"), "login_required"},
		{"her sign-in is too old", h.session, set("max_age", "1"), "login_required"},
		{"nobody is", nobody, func(url.Values) {}, "login_required"},
		{"somebody else is", eve, func(url.Values) {}, "login_required"},
		{"the hint is another client's", h.session, set("client_id", other.ID), "invalid_request"},
		{"the hint is signed by a stranger", h.session, set("id_token_hint", forged(nil)), "invalid_request"},
		{"the hint names our key and is a stranger's", h.session, set("id_token_hint", forged(map[string]any{"kid": ours["kid"]})), "invalid_request"},
		{"the hint has our key and a stranger's signature", h.session, set("id_token_hint", forged(map[string]any{"kid": ours["kid"], "x5c": ours["x5c"]})), "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form := h.authorizationForm()
			form.Set("id_token_hint", idToken)
			tt.change(form)
			location := h.authorize(form, tt.session).location(t)
			if got := location.Query().Get("error"); got != tt.want {
				t.Errorf("error %q (%s), want %q", got, location.Query().Get("error_description"), tt.want)
			}
		})
	}
}

// Somebody else signs in between the request and the answer.
func TestAnswerIsForThePersonAskedForOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, idToken := h.tokens()
	form := h.authorizationForm()
	form.Set("id_token_hint", idToken)
	req := h.stored(h.authorize(form, h.session), h.session)
	eve := h.session
	eve.PersonID = h.addPerson("eve@example.org", idp.Unverified).ID
	redirect, err := h.agree(req, eve)
	if err != nil {
		t.Fatal(err)
	}
	if to, err := url.Parse(redirect); err != nil || to.Query().Get("error") != "login_required" || to.Query().Has("code") {
		t.Errorf("answered for another person: %s %v", redirect, err)
	}
}

// The data holder registers anew while the person is on the way: what it gave up counts no more.
func TestRegistrationThatChangedOnTheWayCounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	req := h.stored(h.authorize(h.authorizationForm(), h.session), h.session)
	changed := h.client
	changed.Scope = "openid udap"
	if _, _, err := h.store.RegisterClient(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	c, scopes, err := h.provider.standing(t.Context(), req)
	if err != nil || c.ID != h.client.ID || !slices.Equal(scopes, []string{"openid", "udap"}) {
		t.Errorf("scopes %v, %v", scopes, err)
	}
	changed.RedirectURIs = []string{"https://elsewhere.example/callback"}
	if _, _, err := h.store.RegisterClient(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if to, err := h.agree(req, h.session); !errors.Is(err, idp.ErrMismatch) {
		t.Errorf("a code went to a redirect_uri that is registered no more: %s %v", to, err)
	}
}
