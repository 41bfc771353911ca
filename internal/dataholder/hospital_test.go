package dataholder

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap/udaptest"
)

// depart begins a sign-in and stops before the identity provider's answer is delivered: it returns the callback address.
func (p *portal) depart() string {
	p.t.Helper()
	away := p.step(p.connectURL())
	if away.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("connect: status %d", away.StatusCode)
	}
	return p.step(away.Header.Get("Location")).Header.Get("Location")
}

func withQuery(t *testing.T, address string, change func(url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	change(query)
	u.RawQuery = query.Encode()
	return u.String()
}

func TestCallbackRefusesAnotherState(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	callback := p.depart()
	for name, change := range map[string]func(url.Values){
		"wrong":   func(v url.Values) { v.Set("state", "another") },
		"missing": func(v url.Values) { v.Del("state") },
		"with an error": func(v url.Values) {
			v.Set("state", "another")
			v.Set("error", "access_denied")
			v.Set("error_description", "text of a stranger")
		},
	} {
		response, page := p.get(withQuery(t, callback, change))
		if response.StatusCode != http.StatusBadRequest || !strings.Contains(page, "callback/state_mismatch") {
			t.Errorf("%s: status %d, want 400 and state_mismatch", name, response.StatusCode)
		}
		if strings.Contains(page, "stranger") {
			t.Errorf("%s: the page shows what a stranger sent", name)
		}
	}
	// The sign-in that waits is not ended by it.
	p.get(callback)
	if got := p.outcome(); got.Error != nil || got.Match == nil {
		t.Errorf("the true answer: error = %+v", got.Error)
	}
}

func TestStateIsUsedOnce(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	callback := p.depart()
	p.get(callback)
	if response, _ := p.get(callback); response.StatusCode != http.StatusBadRequest {
		t.Errorf("second use: status %d, want 400", response.StatusCode)
	}
}

// Two answers with the same state at the same moment: the second finds nothing even before the first is through.
func TestWaitingSignInIsHandedOutOnce(t *testing.T) {
	t.Parallel()
	s := newSessions("http://localhost", time.Now)
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/callback", nil)
	s.begin(recorder, request, &Pending{state: "the state"})
	request.AddCookie(recorder.Result().Cookies()[0])
	if s.take(request, "the state") == nil {
		t.Fatal("the first got nothing")
	}
	if s.take(request, "the state") != nil {
		t.Error("the second got it too")
	}
}

func TestCallbackRefusesAnotherBrowser(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	callback := p.depart()
	p.browser = newBrowser(t)
	if response, _ := p.get(callback); response.StatusCode != http.StatusBadRequest {
		t.Errorf("without the cookie: status %d, want 400", response.StatusCode)
	}
	p.depart()
	if response, _ := p.get(callback); response.StatusCode != http.StatusBadRequest {
		t.Errorf("with another cookie: status %d, want 400", response.StatusCode)
	}
}

func TestBrowserHasOnePendingSignIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	first := p.depart()
	second := p.depart()
	if response, _ := p.get(first); response.StatusCode != http.StatusBadRequest {
		t.Errorf("the first: status %d, want 400", response.StatusCode)
	}
	p.get(second)
	if got := p.outcome(); got.Error != nil {
		t.Errorf("the second: error = %+v", *got.Error)
	}
}

func TestPendingSignInExpires(t *testing.T) {
	t.Parallel()
	var late time.Duration
	p := newPortal(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(late) } })
	callback := p.depart()
	late = pendingLifetime
	p.get(callback)
	if got := p.outcome(); got.Error == nil || got.Error.Reason != ReasonPendingExpired {
		t.Errorf("error = %+v, want %s", got.Error, ReasonPendingExpired)
	}
}

func TestSessionEndsWhenUnused(t *testing.T) {
	t.Parallel()
	var late time.Duration
	p := newPortal(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(late) } })
	p.signIn()
	late = sessionLifetime + time.Minute
	if response := p.step(p.base + "/result"); response.Header.Get("Location") != "/" {
		t.Errorf("status %d, want a redirect to the welcome page", response.StatusCode)
	}
}

func TestSessionGetsANewNameAtSignIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	callback := p.depart()
	base, err := url.Parse(p.base)
	if err != nil {
		t.Fatal(err)
	}
	before := p.browser.Jar.Cookies(base)[0].Value
	arrived := p.step(callback)
	cookies := arrived.Cookies()
	if len(cookies) != 1 || cookies[0].Value == before {
		t.Fatalf("cookies = %v, want one of another value", cookies)
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("cookie = %v, want HttpOnly and SameSite=Lax", c)
	}
	// Who planted the old one sees nothing with it.
	planted := httptest.NewRequest(http.MethodGet, "/result", nil)
	planted.AddCookie(&http.Cookie{Name: cookies[0].Name, Value: before})
	if p.hospital.sessions.result(planted) != nil || p.hospital.sessions.byID[before] != nil {
		t.Error("the old session is still there")
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newSessions("https://hospital.example", func() time.Time { return now })
	for i := range maxSessions {
		s.byID[fmt.Sprint(i)] = &session{id: fmt.Sprint(i), usedAt: now.Add(time.Duration(i) * time.Millisecond)}
	}
	recorder := discardCookies{http.Header{}}
	s.begin(recorder, &http.Request{}, &Pending{})
	if len(s.byID) != maxSessions || s.byID["0"] != nil {
		t.Errorf("%d sessions, oldest there: %t; want %d without it", len(s.byID), s.byID["0"] != nil, maxSessions)
	}
	if cookie := recorder.header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-hospital=") || !strings.Contains(cookie, "; Secure") {
		t.Errorf("cookie of an https hospital = %q", strings.Split(cookie, "=")[0])
	}
}

type discardCookies struct{ header http.Header }

func (d discardCookies) Header() http.Header         { return d.header }
func (d discardCookies) Write(b []byte) (int, error) { return len(b), nil }
func (d discardCookies) WriteHeader(int)             {}

func TestRefusalOfThePersonIsSaidPlainly(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.callback = func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }
	_, page := p.get(p.connectURL())
	for _, want := range []string{"You chose not to share, or the time to answer ran out. Nothing was received.", "Try again", `data-page="hospital-problem"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
}

func TestErrorOfTheServerIsShownAsText(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.provider.spoil.register = func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusBadRequest, map[string]any{
			"error": "invalid_client_metadata", "error_description": "the <b>logo_uri</b> is missing",
		})
	}
	_, page := p.get(p.connectURL())
	for _, want := range []string{"Introduced itself", "the &lt;b&gt;logo_uri&lt;/b&gt; is missing", "invalid_client_metadata", "status 400"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	got := p.outcome()
	if got.Error == nil || got.Error.Server == nil || got.Error.Server.Code != "invalid_client_metadata" || got.Error.Server.Status != 400 {
		t.Errorf("error = %+v", got.Error)
	}
}

func TestAddressThatCannotBeAProviderIsRefused(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	for _, typed := range []string{
		"", "idp.example.org", "http://idp.example.org", "ftp://idp.example.org", "https://", "https://u:p@idp.example.org",
		"https://idp.example.org/?a=b", "https://idp.example.org/#f", "javascript:alert(1)", "https://" + strings.Repeat("a", 600),
	} {
		_, page := p.get(p.base + "/connect?idp=" + url.QueryEscape(typed))
		if got := p.outcome(); got.Error == nil || got.Error.Reason != ReasonBadAddress {
			t.Errorf("%.40q: error = %+v, want %s", typed, got.Error, ReasonBadAddress)
		}
		if strings.Contains(page, `href="javascript:`) {
			t.Errorf("%q became a link", typed)
		}
	}
}

func TestUnreachableProviderIsAProblemAndNotADetail(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	_, page := p.get(p.base + "/connect?idp=" + url.QueryEscape("http://127.0.0.1:1"))
	if got := p.outcome(); got.Error == nil || got.Error.Reason != ReasonUnreachable {
		t.Errorf("error = %+v, want %s", got.Error, ReasonUnreachable)
	}
	if strings.Contains(page, "connection refused") || strings.Contains(page, "dial tcp") {
		t.Error("the page shows an inner error")
	}
}

func TestPagesAllowNoScript(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.signIn()
	for path, ids := range map[string][]string{
		"/":       {`data-page="hospital-home"`, `id="hospital-sign-in"`, p.provider.base},
		"/result": {`data-page="hospital-result"`, `id="hospital-match"`, `id="hospital-id-token"`, "Jane Doe", "MRN-1001"},
	} {
		response, page := p.get(p.base + path)
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if strings.Contains(page, "<script") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
			t.Errorf("%s has inline script or style", path)
		}
		if strings.Count(page, "<h1") != 1 {
			t.Errorf("%s has %d h1", path, strings.Count(page, "<h1"))
		}
		if response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be stored", path)
		}
		for _, want := range ids {
			if !strings.Contains(page, want) {
				t.Errorf("%s does not have %s", path, want)
			}
		}
	}
}

func TestLeavingForgetsTheSignIn(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.signIn()
	crossSite, err := http.NewRequest(http.MethodPost, p.base+"/leave", nil)
	if err != nil {
		t.Fatal(err)
	}
	crossSite.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := p.browser.Do(crossSite)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: status %d, want 403", response.StatusCode)
	}
	response, err = p.browser.Post(p.base+"/leave", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response, _ := p.get(p.base + "/result.json"); response.StatusCode != http.StatusNotFound {
		t.Errorf("after leaving: status %d, want 404", response.StatusCode)
	}
}

func TestConfigurationThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	good := Config{
		BaseURL: "https://hospital.example", Name: "General Hospital", Contacts: []string{"mailto:it@hospital.example"},
		Signer: community.Leaf("https://hospital.example/").Signer(), Anchors: community.Intermediates(),
	}
	if _, err := New(good); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"no signer":                 func(c *Config) { c.Signer = nil },
		"no anchor":                 func(c *Config) { c.Anchors = nil },
		"no contact":                func(c *Config) { c.Contacts = nil },
		"plain http":                func(c *Config) { c.BaseURL = "http://hospital.example" },
		"a path":                    func(c *Config) { c.BaseURL = "https://hospital.example/portal" },
		"certificate names another": func(c *Config) { c.BaseURL = "https://other.example" },
	} {
		config := good
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
