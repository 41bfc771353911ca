package login

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestCookieHasTheAttributesOfASecret(t *testing.T) {
	t.Parallel()
	tests := []struct {
		issuer string
		name   string
		secure bool
	}{
		{"https://idp.example", "__Host-session", true},
		{"http://localhost:8080", "session", false},
	}
	for _, test := range tests {
		t.Run(test.issuer, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, func(c *Config) { c.Issuer = test.issuer })
			cookies := newBrowser(t, rm).get("/login").cookies
			if len(cookies) != 1 {
				t.Fatalf("got %d cookies, want 1", len(cookies))
			}
			c := cookies[0]
			if c.Name != test.name || c.Secure != test.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode ||
				c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() {
				t.Errorf("got cookie %+v, want %s, Secure %t, HttpOnly, SameSite=Lax, Path=/, no Domain, no end", c, test.name, test.secure)
			}
			if _, err := idp.ParseToken(c.Value); err != nil {
				t.Errorf("cookie value: %v", err)
			}
		})
	}
}

func TestBrowserKeepsItsSession(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	id := b.get("/session").body
	again := b.get("/session")
	if again.body != id {
		t.Errorf("second request: session %q, want %q", again.body, id)
	}
	if len(again.cookies) != 0 {
		t.Errorf("second request set the cookie again: %v", again.cookies)
	}
	if other := newBrowser(t, rm).get("/session").body; other == id {
		t.Error("another browser got the same session")
	}
}

func TestSessionSecretChangesAtSignIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	id := b.get("/session").body
	planted := b.copyOf()
	rm.signIn(t, b, p)

	if got := b.get("/session").body; got != id {
		t.Errorf("after sign-in: session %q, want %q: authorization requests point at it", got, id)
	}
	if maps.Equal(b.cookies, planted.cookies) {
		t.Error("the cookie did not change at sign-in")
	}
	if got := planted.get("/session").body; got == id {
		t.Error("the cookie from before the sign-in still opens the session")
	}
}

func TestCookieOfAnotherSecretIsAStranger(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	id := b.get("/session").body
	tests := map[string]string{
		"another secret": idp.NewTokenFor(id).String(),
		"another id":     idp.NewToken().String(),
		"empty":          "",
		"short":          "abc",
		"not base64url":  "!!!!",
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			thief := newBrowser(t, rm)
			thief.cookies["__Host-session"] = value
			if got := thief.get("/session"); got.status != http.StatusOK || got.body == id {
				t.Errorf("got status %d, session %q; want a new session", got.status, got.body)
			}
		})
	}
}

func TestSessionEndsIdle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limits Limits
		steps  []time.Duration
		alive  bool
	}{
		{"used within the limit", Limits{}, []time.Duration{29 * time.Minute}, true},
		{"used again and again", Limits{}, []time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute}, true},
		{"not used", Limits{}, []time.Duration{31 * time.Minute}, false},
		{"a very short limit, used again and again", Limits{Idle: time.Minute}, []time.Duration{40 * time.Second, 40 * time.Second, 40 * time.Second}, true},
		{"a shorter limit, used", Limits{Idle: 10 * time.Minute}, []time.Duration{9 * time.Minute}, true},
		{"a shorter limit, not used", Limits{Idle: 10 * time.Minute}, []time.Duration{11 * time.Minute}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, func(c *Config) { c.Limits = test.limits })
			rm.checkLife(t, test.steps, test.alive)
		})
	}
}

// TestWhoIsThereStaysSignedIn, by asking for a picture; where nobody is signed in it is none.
func TestWhoIsThereStaysSignedIn(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b, _, _ := rm.arrive(t)
	for range 4 {
		rm.wait(20 * time.Minute)
		if got := b.get("/account/here"); got.status != http.StatusOK || got.header.Get("Content-Type") != "image/svg+xml" || got.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("status %d, %v", got.status, got.header)
		}
	}
	rm.wait(31 * time.Minute)
	if got := b.get("/account/here"); got.status != http.StatusUnauthorized {
		t.Errorf("when she is signed out: status %d", got.status)
	}
}

func TestSessionEndsAtItsAbsoluteLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limits Limits
		steps  []time.Duration
		alive  bool
	}{
		{"before", Limits{}, slices.Repeat([]time.Duration{20 * time.Minute}, 35), true},
		{"after", Limits{}, slices.Repeat([]time.Duration{20 * time.Minute}, 37), false},
		{"before a shorter limit", Limits{Absolute: time.Hour}, slices.Repeat([]time.Duration{25 * time.Minute}, 2), true},
		{"after a shorter limit", Limits{Absolute: time.Hour}, slices.Repeat([]time.Duration{25 * time.Minute}, 3), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rm := newRoom(t, func(c *Config) { c.Limits = test.limits })
			rm.checkLife(t, test.steps, test.alive)
		})
	}
}

// checkLife signs somebody in, uses the session after each step, and says whether it lives at the end.
func (rm *room) checkLife(t *testing.T, steps []time.Duration, alive bool) {
	t.Helper()
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	id := b.get("/session").body
	var last string
	for _, step := range steps {
		rm.wait(step)
		last = b.get("/session").body
	}
	if (last == id) != alive {
		t.Errorf("session alive: %t, want %t", last == id, alive)
	}
}

func TestAnonymousSessionLivesAnHour(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	b.get("/login")
	cookie := b.cookies["__Host-session"]
	rm.wait(59 * time.Minute)
	b.get("/login")
	if b.cookies["__Host-session"] != cookie {
		t.Error("the session of a stranger ended before an hour")
	}
	rm.wait(2 * time.Minute)
	b.get("/login")
	if b.cookies["__Host-session"] == cookie {
		t.Error("the session of a stranger lives longer than an hour")
	}
}

func TestNewRequestGetsASessionThatOutlivesIt(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	old := b.get("/session").body
	rm.wait(50 * time.Minute)
	req := rm.authorize(t, b)
	if b.get("/session").body == old {
		t.Fatal("the request is bound to a session that ends before it")
	}
	page := b.get("/login?req=" + req)
	rm.wait(9 * time.Minute)
	b.post("/login", p.device.answer(t, page)).leadsTo(t, "/consent?req="+req)
	rm.wait(5 * time.Minute)
	b.get("/consent?req="+req).wants(t, http.StatusOK, "consent")
}

func TestSessionIsTouchedAtMostOnceAMinute(t *testing.T) {
	t.Parallel()
	counter := &touchCounter{}
	rm := newRoom(t, func(c *Config) {
		counter.Store = c.Store
		c.Store = counter
	})
	b := newBrowser(t, rm)
	for range 7 {
		b.get("/session")
		rm.wait(20 * time.Second)
	}
	if counter.touches != 2 {
		t.Errorf("%d touches in two minutes, want 2", counter.touches)
	}
}

type touchCounter struct {
	Store
	touches int
}

func (c *touchCounter) TouchSession(ctx context.Context, id string, values []byte, seenAt time.Time) error {
	c.touches++
	return c.Store.TouchSession(ctx, id, values, seenAt)
}

func TestSignOutKillsTheSession(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	p := rm.enrolled(t)
	b := newBrowser(t, rm)
	rm.signIn(t, b, p)
	id := b.get("/session").body
	stolen := b.copyOf()

	got := b.post("/logout", nil)
	got.wants(t, http.StatusOK, "signed-out")
	// The browser stays known, which opens nothing.
	if delete(b.cookies, hostKnownCookie); len(b.cookies) != 0 {
		t.Errorf("cookies after signing out: %v, want none", b.cookies)
	}
	if _, err := rm.store.Session(context.Background(), id, rm.now()); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("the session in the store: %v, want it gone", err)
	}
	if got := stolen.get("/session").body; got == id {
		t.Error("the old cookie still opens the session")
	}
	b.post("/logout", nil).wants(t, http.StatusOK, "signed-out")
}

func TestFailingStoreIsAnErrorAndNoNewSession(t *testing.T) {
	t.Parallel()
	rm := newRoom(t, func(c *Config) { c.Store = &brokenSessions{Store: c.Store} })
	b := newBrowser(t, rm)
	b.cookies["__Host-session"] = idp.NewToken().String()
	for _, path := range []string{"/login", "/session", "/consent", "/"} {
		got := b.get(path)
		if got.status != http.StatusInternalServerError || len(got.cookies) != 0 {
			t.Errorf("GET %s: status %d with %d cookies, want 500 and none", path, got.status, len(got.cookies))
		}
	}
}

type brokenSessions struct{ Store }

func (b *brokenSessions) Session(context.Context, string, time.Time) (idp.Session, error) {
	return idp.Session{}, errors.New("disk gone")
}

func TestSessionIsFoundAmongPlantedCookies(t *testing.T) {
	t.Parallel()
	rm := newRoom(t)
	b := newBrowser(t, rm)
	id := b.get("/session").body
	r := httptest.NewRequest(http.MethodGet, "/session", nil)
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: idp.NewToken().String()})
	if got := b.send(r); got.body != id {
		t.Errorf("session %q, want %q", got.body, id)
	}
}

func TestUserAgentIsCutAndValid(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("User-Agent", "bad\xff"+string(bytes.Repeat([]byte("é"), 500)))
	got := userAgent(r)
	if len(got) > maxUserAgentLen || got[:5] != "badé" {
		t.Errorf("user agent of %d bytes starting %q", len(got), got[:5])
	}
}

func TestValuesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	encoded, err := encodeValues(map[any]any{"a": "1", "b": "2", rowKey{}: &browser{}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[any]any{}
	if err := decodeValues(encoded, got); err != nil {
		t.Fatal(err)
	}
	if want := (map[any]any{"a": "1", "b": "2"}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := encodeValues(map[any]any{"a": 1}); err == nil {
		t.Error("a value that is no string was encoded")
	}
	if err := decodeValues([]byte("{"), got); err == nil {
		t.Error("broken values were decoded")
	}
}
