package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/pages"
	"udap-idp/internal/server"
)

// rooms are handlers that a test fills in; an empty one answers 200 with the name of its route.
type rooms map[string]server.Page

func (rs rooms) page(name string) server.Page {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h, ok := rs[name]; ok {
			return h(w, r)
		}
		_, err := io.WriteString(w, name)
		return err
	}
}

func (rs rooms) handler(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = rs.page(name)(w, r) })
}

func (rs rooms) Invitation(w http.ResponseWriter, r *http.Request) error {
	return rs.page("invitation")(w, r)
}
func (rs rooms) Enrol(w http.ResponseWriter, r *http.Request) error { return rs.page("enrol")(w, r) }
func (rs rooms) SignInPage(w http.ResponseWriter, r *http.Request) error {
	return rs.page("sign-in page")(w, r)
}
func (rs rooms) SignIn(w http.ResponseWriter, r *http.Request) error { return rs.page("sign-in")(w, r) }
func (rs rooms) ConsentPage(w http.ResponseWriter, r *http.Request) error {
	return rs.page("consent page")(w, r)
}
func (rs rooms) Extend(w http.ResponseWriter, r *http.Request) error {
	return rs.page("extend")(w, r)
}
func (rs rooms) Consent(w http.ResponseWriter, r *http.Request) error {
	return rs.page("consent")(w, r)
}
func (rs rooms) SignOut(w http.ResponseWriter, r *http.Request) error {
	return rs.page("sign-out")(w, r)
}

// loginRoom answers the pages of the way to a data holder; the others of the room it does not have.
type loginRoom struct {
	rooms
	otherPages
}

type otherPages struct{ server.Login }

// accountRoom answers the pages of the account that a test asks for; the others it does not have.
type accountRoom struct {
	server.Account
	rooms rooms
}

func (a accountRoom) Overview(w http.ResponseWriter, r *http.Request) error {
	return a.rooms.page("account")(w, r)
}

// recoveryRoom has none of its pages.
type recoveryRoom struct{ server.Recovery }

// logBuffer is the log of a server, for reading while it runs.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newServer(t *testing.T, rs rooms, change ...func(*server.Config)) (http.Handler, *logBuffer) {
	t.Helper()
	p, err := pages.New(pages.Brand{Name: "Test"})
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := server.Config{
		Issuer: "https://idp.example.org", Log: logger, Problems: &server.Problems{Pages: p, Log: logger},
		Ready:    func(context.Context) error { return nil },
		Provider: rs.handler("provider"), Registration: rs.handler("registration"), Discovery: rs.handler("discovery"),
		Static: rs.handler("static"), Brand: rs.handler("brand"), Logo: rs.handler("logo"), Login: loginRoom{rooms: rs}, Home: rs.page("home"), Account: accountRoom{rooms: rs}, Recovery: recoveryRoom{}, Admin: map[string]func(http.ResponseWriter, *http.Request) error{"GET /admin": rs.page("admin"), "POST /admin/x": rs.page("admin")},
	}
	for _, f := range change {
		f(&c)
	}
	return server.New(c), log
}

func do(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{})
	tests := []struct{ method, path, want string }{
		{"GET", "/.well-known/udap", "discovery"},
		{"HEAD", "/.well-known/udap", "discovery"},
		{"GET", "//.well-known/udap", "discovery"},
		{"GET", "/.well-known/openid-configuration", "provider"},
		{"GET", "//.well-known/openid-configuration", "provider"},
		{"GET", "/jwks", "provider"},
		{"POST", "/register", "registration"},
		{"GET", "/authorize", "provider"},
		{"POST", "/authorize", "provider"},
		{"POST", "/token", "provider"},
		{"GET", "/userinfo", "provider"},
		{"POST", "/userinfo", "provider"},
		{"GET", "/invite/abc", "invitation"},
		{"POST", "/invite/abc", "enrol"},
		{"GET", "/login", "sign-in page"},
		{"POST", "/login", "sign-in"},
		{"GET", "/consent", "consent page"},
		{"POST", "/consent", "consent"},
		{"POST", "/extend", "extend"},
		{"POST", "/logout", "sign-out"},
		{"GET", "/", "home"},
		{"GET", "/account", "account"},
		{"GET", "/admin", "admin"},
		{"GET", "/static/app.css", "static"},
		{"GET", "/logo/0123", "logo"},
		{"GET", "/healthz", "ok\n"},
		{"GET", "/readyz", "ready\n"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			got := do(h, tt.method, tt.path)
			if got.Code != http.StatusOK || got.Body.String() != tt.want {
				t.Errorf("got %d %q, want 200 %q", got.Code, got.Body, tt.want)
			}
		})
	}
}

func TestEverySectionOfTheAccountHasARoute(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{})
	for _, path := range pages.AccountPaths() {
		if got := do(h, "GET", path); got.Code == http.StatusNotFound {
			t.Errorf("the navigation of the account leads to %s, which nothing answers", path)
		}
	}
}

func TestIssuerPathIsTakenOff(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{}, func(c *server.Config) { c.Issuer = "https://h.example.org/p" })
	for path, want := range map[string]int{
		"/p/.well-known/udap":  http.StatusOK,
		"/p//.well-known/udap": http.StatusOK,
		"/p":                   http.StatusOK, // home
		"/p/":                  http.StatusOK,
		"/login":               http.StatusOK, // the pages link from the root of the host
		"/healthz":             http.StatusOK,
		"/pp/login":            http.StatusNotFound,
		"/p/p/login":           http.StatusNotFound,
	} {
		if got := do(h, "GET", path).Code; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

// page matches the number on the problem page.
var number = regexp.MustCompile(`\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{2}\b`)

func TestUnknownAddressAndWrongMethod(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{})
	tests := []struct {
		name, method, path string
		status             int
		allow              string
	}{
		{"unknown address", "GET", "/nothing", http.StatusNotFound, ""},
		{"wrong method", "GET", "/logout", http.StatusMethodNotAllowed, "POST"},
		{"wrong method at the protocol", "GET", "/token", http.StatusMethodNotAllowed, "POST"},
		{"made-up method", "BREW", "/", http.StatusMethodNotAllowed, "GET, HEAD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page := do(h, tt.method, tt.path, "Accept", "text/html,*/*")
			if page.Code != tt.status || !strings.Contains(page.Body.String(), `data-page="problem"`) {
				t.Errorf("browser: got %d %s, want %d and the problem page", page.Code, page.Body, tt.status)
			}
			if got := page.Header().Get("Allow"); got != tt.allow {
				t.Errorf("Allow: got %q, want %q", got, tt.allow)
			}
			wire := do(h, tt.method, tt.path)
			var body map[string]string
			if err := json.Unmarshal(wire.Body.Bytes(), &body); err != nil || wire.Code != tt.status {
				t.Fatalf("program: got %d %s (%v), want %d and JSON", wire.Code, wire.Body, err, tt.status)
			}
			if body["error"] == "" || body["request"] != wire.Header().Get("X-Request-Id") {
				t.Errorf("program: got %v, want an error and the request's number %s", body, wire.Header().Get("X-Request-Id"))
			}
		})
	}
}

// A failed page and its log line carry the same number, and the person reads nothing of the cause.
func TestErrorBecomesAPageWithTheNumberOfTheLog(t *testing.T) {
	t.Parallel()
	h, log := newServer(t, rooms{"consent page": func(http.ResponseWriter, *http.Request) error {
		return errors.New("the disk is full")
	}})
	got := do(h, "GET", "/consent?req=1", "Accept", "text/html")
	id := got.Header().Get("X-Request-Id")
	if !number.MatchString(id) {
		t.Fatalf("X-Request-Id: got %q, want one like 7F3K-Q2", id)
	}
	if got.Code != http.StatusInternalServerError || !strings.Contains(got.Body.String(), id) {
		t.Errorf("got %d %s, want 500 and the number %s", got.Code, got.Body, id)
	}
	if strings.Contains(got.Body.String(), "disk") {
		t.Error("the page tells the cause")
	}
	line := lineWith(log.String(), "request failed")
	if !strings.Contains(line, id) || !strings.Contains(line, "the disk is full") {
		t.Errorf("log: got %q, want the number %s and the cause", line, id)
	}
}

func lineWith(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

func TestPanicIsAnInternalErrorWithTheSameNumber(t *testing.T) {
	t.Parallel()
	h, log := newServer(t, rooms{
		"account":  func(http.ResponseWriter, *http.Request) error { panic("Maria Garcia") },
		"provider": func(http.ResponseWriter, *http.Request) error { var p *int; *p = 1; return nil },
	})
	page := do(h, "GET", "/account", "Accept", "text/html")
	if page.Code != http.StatusInternalServerError || !strings.Contains(page.Body.String(), page.Header().Get("X-Request-Id")) {
		t.Errorf("browser: got %d %s, want 500 with the number", page.Code, page.Body)
	}
	wire := do(h, "POST", "/token")
	if wire.Code != http.StatusInternalServerError || !strings.Contains(wire.Body.String(), `"server_error"`) {
		t.Errorf("program: got %d %s, want 500 server_error", wire.Code, wire.Body)
	}
	if !strings.Contains(log.String(), wire.Header().Get("X-Request-Id")) || !strings.Contains(log.String(), "nil pointer") {
		t.Errorf("the log does not tell the panic under its number: %s", log)
	}
	if strings.Contains(log.String(), "Maria") {
		t.Error("the log has the text of a panic that the program wrote")
	}
}

func TestAbortedHandlerCutsTheConnection(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{"provider": func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }})
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("http.ErrAbortHandler did not reach net/http")
		}
	}()
	do(h, "GET", "/jwks")
}

func TestCrossOriginPostIsRefusedWithAPage(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{})
	for _, path := range []string{"/login", "/consent", "/logout", "/invite/x"} {
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "same-site"}} {
			got := do(h, "POST", path, append(headers, "Accept", "text/html")...)
			if got.Code != http.StatusForbidden || !strings.Contains(got.Body.String(), `data-page="problem"`) {
				t.Errorf("%s with %v: got %d %s, want 403 and the problem page", path, headers, got.Code, got.Body)
			}
		}
		if got := do(h, "POST", path, "Sec-Fetch-Site", "same-origin", "Origin", "https://idp.example.org"); got.Code != http.StatusOK {
			t.Errorf("%s of our own: got %d, want 200", path, got.Code)
		}
	}
	for _, path := range []string{"/authorize", "/token", "/register", "/userinfo"} {
		if got := do(h, "POST", path, "Sec-Fetch-Site", "cross-site", "Origin", "https://hospital.example"); got.Code != http.StatusOK {
			t.Errorf("%s across origins: got %d, want 200", path, got.Code)
		}
	}
}

// What a request carries in its path, query, headers and body stays out of the log at every level.
func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	h, log := newServer(t, rooms{})
	const secret = "S3cretS3cret"
	targets := []string{
		"/invite/" + secret, "/authorize?state=" + secret, "/login?req=" + secret, "/nothing/" + secret,
		"//.well-known/udap?x=" + secret, "/healthz?x=" + secret, "/" + secret,
	}
	for _, target := range targets {
		for _, method := range []string{"GET", "POST", "BREW" + secret} {
			do(h, method, target, "Authorization", "Bearer "+secret, "Cookie", "s="+secret, "User-Agent", secret,
				"X-Request-Id", secret, "X-Forwarded-For", secret, "Origin", "https://"+secret+".example", "Accept", "text/html")
		}
	}
	if strings.Contains(strings.ToLower(log.String()), strings.ToLower(secret)) {
		t.Errorf("the log holds a secret:\n%s", log)
	}
	if !strings.Contains(log.String(), "route=/invite/{token}") {
		t.Errorf("the log does not name the route:\n%s", log)
	}
	if strings.Contains(log.String(), "192.0.2.1") {
		t.Error("the log holds the client's address")
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	overHTTPS, _ := newServer(t, rooms{})
	overHTTP, _ := newServer(t, rooms{}, func(c *server.Config) { c.Issuer = "http://localhost:8080" })
	for _, path := range []string{"/", "/jwks", "/nothing", "/healthz"} {
		got := do(overHTTPS, "GET", path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got.Get(name), want)
			}
		}
		if !strings.Contains(got.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may be framed: %q", path, got.Get("Content-Security-Policy"))
		}
		if do(overHTTP, "GET", path).Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over http", path)
		}
	}
}

func TestReadyAsksTheDatabase(t *testing.T) {
	t.Parallel()
	h, log := newServer(t, rooms{}, func(c *server.Config) {
		c.Ready = func(context.Context) error { return errors.New("connection refused") }
	})
	if got := do(h, "GET", "/readyz"); got.Code != http.StatusServiceUnavailable || strings.Contains(got.Body.String(), "refused") {
		t.Errorf("got %d %s, want 503 without the cause", got.Code, got.Body)
	}
	if got := do(h, "GET", "/healthz"); got.Code != http.StatusOK {
		t.Errorf("healthz: got %d, want 200 whatever the database does", got.Code)
	}
	if !strings.Contains(log.String(), "connection refused") {
		t.Error("the log does not tell why we are not ready")
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", "203.0.113.9:5000", nil, "203.0.113.9:5000"},
		{"stranger writes the header", "203.0.113.9:5000", []string{"198.51.100.1"}, "203.0.113.9:5000"},
		{"proxy", "10.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1:0"},
		{"two proxies", "10.0.0.1:5000", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1:0"},
		{"client writes the header before the proxy", "10.0.0.1:5000", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1:0"},
		{"client writes a header of its own", "10.0.0.1:5000", []string{"1.2.3.4", "198.51.100.1"}, "198.51.100.1:0"},
		{"rubbish behind the client", "10.0.0.1:5000", []string{"rubbish, 198.51.100.1"}, "198.51.100.1:0"},
		{"rubbish from the proxy", "10.0.0.1:5000", []string{"rubbish"}, "10.0.0.1:5000"},
		{"with a port", "10.0.0.1:5000", []string{"198.51.100.1:443"}, "198.51.100.1:0"},
		{"version 6", "10.0.0.1:5000", []string{"[2001:db8::1]:443"}, "[2001:db8::1]:0"},
		{"version 4 in 6", "[::ffff:10.0.0.1]:5000", []string{"::ffff:198.51.100.1"}, "198.51.100.1:0"},
		{"nothing from the proxy", "10.0.0.1:5000", nil, "10.0.0.1:5000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got string
			h, _ := newServer(t, rooms{"home": func(_ http.ResponseWriter, r *http.Request) error { got = r.RemoteAddr; return nil }},
				func(c *server.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A page that failed after it began cannot become another page.
func TestErrorAfterTheAnswerBeganIsOnlyLogged(t *testing.T) {
	t.Parallel()
	h, log := newServer(t, rooms{"home": func(w http.ResponseWriter, _ *http.Request) error {
		io.WriteString(w, "half")
		return errors.New("the other half failed")
	}})
	got := do(h, "GET", "/", "Accept", "text/html")
	if got.Body.String() != "half" {
		t.Errorf("got %q, want only what was written before", got.Body)
	}
	if !strings.Contains(log.String(), "the other half failed") {
		t.Error("the cause is not in the log")
	}
}

func TestBodyIsLimited(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, rooms{"sign-in": func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.ReadAll(r.Body)
		return err
	}})
	r := httptest.NewRequest("POST", "/login", strings.NewReader(strings.Repeat("x", 2<<20)))
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", w.Code)
	}
}

// The metrics learn words of the router's only: a stranger must not be able to make series.
func TestObserveGetsRoutesAndNotAddresses(t *testing.T) {
	t.Parallel()
	var seen []string
	h, _ := newServer(t, rooms{}, func(c *server.Config) {
		c.Observe = func(method, route string, status int, took time.Duration) {
			if took < 0 {
				t.Errorf("took %v", took)
			}
			seen = append(seen, fmt.Sprintf("%s %s %d", method, route, status))
		}
	})
	for _, target := range []string{"GET /invite/secret", "POST /token", "GET /nowhere/secret", "PUT /token", "BREW /secret", "GET /healthz"} {
		method, path, _ := strings.Cut(target, " ")
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	want := []string{"GET /invite/{token} 200", "POST /token 200", "GET none 404", "PUT none 405", "other none 404", "GET /healthz 200"}
	if !slices.Equal(seen, want) {
		t.Errorf("got %q, want %q", seen, want)
	}
}
