package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// onePages are made once for all tests: they are safe for use by many, and parsing every template takes time.
var onePages = sync.OnceValues(func() (*Pages, error) { return New(sampleBrand) })

func newPages(t *testing.T) *Pages {
	t.Helper()
	p, err := onePages()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// show renders a sample in a language, asked for as a browser does.
func show(t *testing.T, p *Pages, s sample, lang string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/some/page?req=1", nil)
	r.Header.Set("Accept-Language", lang)
	return showTo(t, p, s, r)
}

func showTo(t *testing.T, p *Pages, s sample, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	if err := s.render(p, w, r); err != nil {
		t.Fatal(err)
	}
	return w
}

func find(t *testing.T, name string) sample {
	t.Helper()
	for _, s := range samples() {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no sample %q", name)
	return sample{}
}

// everywhere runs a check on every sample in every language.
func everywhere(t *testing.T, check func(t *testing.T, s sample, lang string, w *httptest.ResponseRecorder)) {
	p := newPages(t)
	for _, s := range samples() {
		for _, l := range p.catalog.languages {
			t.Run(s.name+"/"+l.Tag, func(t *testing.T) {
				t.Parallel()
				check(t, s, l.Tag, show(t, p, s, l.Tag))
			})
		}
	}
}

func TestEveryPageIsMarkedAndInItsLanguage(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s sample, lang string, w *httptest.ResponseRecorder) {
		body := w.Body.String()
		if w.Code != s.status {
			t.Errorf("status %d, want %d", w.Code, s.status)
		}
		if got := w.Header().Get("Content-Language"); got != lang {
			t.Errorf("Content-Language %q, want %q", got, lang)
		}
		for _, want := range []string{
			`<html lang="` + lang + `" dir="ltr"`, `data-page="` + s.page + `"`, "<main ", "<h1>", `<title>`, `href="#main"`,
		} {
			if n := strings.Count(body, want); n != 1 {
				t.Errorf("%s stands %d times, want once", want, n)
			}
		}
		for _, broken := range []string{"ZgotmplZ", "<no value>", "{name}", "{operator}", "{organization}", "{date}", "{days}", "%!"} {
			if strings.Contains(body, broken) {
				t.Errorf("the page contains %s", broken)
			}
		}
		most := 20_000
		switch s.page {
		case "admin-person": // all there is about somebody
			most = 40_000
		case "admin": // the figures of a month behind each of its pictures
			most = 60_000
		}
		if len(body) > most {
			t.Errorf("the page has %d bytes", len(body))
		}
	})
}

func TestEveryPageIsGuarded(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s sample, _ string, w *httptest.ResponseRecorder) {
		policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
			"frame-ancestors 'none'; base-uri 'none'"
		if s.page == "consent" || s.page == "consent-identifier" {
			policy = strings.Replace(policy, "form-action 'self'", "form-action 'self' https://hospital.example https:", 1)
		}
		for name, want := range map[string]string{
			"Content-Type":            "text/html; charset=utf-8",
			"Cache-Control":           "no-store",
			"Content-Security-Policy": policy,
			"Referrer-Policy":         "same-origin",
			"X-Content-Type-Options":  "nosniff",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

var (
	inlineStyle  = regexp.MustCompile(`<style|\sstyle=`)
	inlineScript = regexp.MustCompile(`<script(?: type="application/json"| src="/static/)|\son[a-z]+=`)
	anyScript    = regexp.MustCompile(`<script`)
	foreign      = regexp.MustCompile(`(?:src|srcset|action)="(?:https?:)?//`)
)

func TestNothingIsInlineOrForeign(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, _ sample, _ string, w *httptest.ResponseRecorder) {
		body := w.Body.String()
		if got := inlineStyle.FindString(body); got != "" {
			t.Errorf("inline style: %s", got)
		}
		if len(anyScript.FindAllString(body, -1)) != len(inlineScript.FindAllString(body, -1)) {
			t.Error("a script that is neither data nor a static file of ours, or an event handler attribute")
		}
		if got := foreign.FindString(body); got != "" {
			t.Errorf("something from elsewhere: %s", got)
		}
	})
}

var (
	idAttribute = regexp.MustCompile(`\sid="([^"]*)"`)
	pointer     = regexp.MustCompile(`\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"`)
	visibleBox  = regexp.MustCompile(`<input type="(?:text|checkbox)" id="([^"]*)"`)
	anyBox      = regexp.MustCompile(`<input type="(?:text|checkbox)"`)
)

func TestIDsAreUniqueAndLabelsBound(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, _ sample, _ string, w *httptest.ResponseRecorder) {
		body := w.Body.String()
		var ids []string
		for _, m := range idAttribute.FindAllStringSubmatch(body, -1) {
			if slices.Contains(ids, m[1]) {
				t.Errorf("id %s stands twice", m[1])
			}
			ids = append(ids, m[1])
		}
		for _, m := range pointer.FindAllStringSubmatch(body, -1) {
			for _, id := range strings.Fields(m[1]) {
				if !slices.Contains(ids, id) {
					t.Errorf("%s points nowhere", m[0])
				}
			}
		}
		boxes := visibleBox.FindAllStringSubmatch(body, -1)
		if len(boxes) != len(anyBox.FindAllString(body, -1)) {
			t.Error("an input without an id")
		}
		for _, m := range boxes {
			if !strings.Contains(body, `<label for="`+m[1]+`">`) {
				t.Errorf("input %s has no label", m[1])
			}
		}
	})
}

func TestTitlesAreUnique(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	title := regexp.MustCompile(`<title>(.*)</title>`)
	for _, l := range p.catalog.languages {
		seen := map[string]string{}
		for _, s := range samples() {
			m := title.FindStringSubmatch(show(t, p, s, l.Tag).Body.String())
			if m == nil {
				t.Fatalf("%s has no title", s.name)
			}
			owner := s.page
			if s.page == "problem" {
				owner = strings.Replace(s.name, "-back", "", 1) // each kind has its own
			}
			if other, ok := seen[m[1]]; ok && other != owner {
				t.Errorf("%s: %s and %s have the title %s", l.Tag, other, owner, m[1])
			}
			seen[m[1]] = owner
		}
	}
}

// TestControls pins what the scripts, the rooms that read the forms, and testers from outside hold on to.
func TestControls(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	for name, wants := range map[string][]string{
		"invitation": {
			`<form id="passkey-form" method="post" action="/invite/abc">`, `<button type="submit" id="passkey-create"`,
			`name="ceremony" value="ceremony-1"`, `name="credential" value=""`, `name="problem" value=""`,
			`<input type="checkbox" id="declaration" name="declaration" value="2026-11" required data-missing=`, "<noscript>",
		},
		"sign-in": {
			`<form id="passkey-form" method="post" action="/login" data-refresh="/login?req=request-1" data-lifetime="600">`,
			`<button type="submit" id="passkey-sign-in"`, `name="request" value="request-1"`, `name="ceremony" value="ceremony-1"`,
			`name="credential" value=""`, `name="problem" value=""`, `autocomplete="username webauthn"`, `role="status"`, "<noscript>",
		},
		"consent": {
			`<form method="post" action="/consent"`, `name="request" value="request-1"`,
			`id="consent-allow" class="primary" name="decision" value="allow"`, `id="consent-deny" name="decision" value="deny"`,
			`<form method="post" action="/logout">`,
		},
		"account": {`<form method="post" action="/logout">`},
	} {
		body := show(t, p, find(t, name), "en").Body.String()
		for _, want := range wants {
			if strings.Count(body, want) != 1 {
				t.Errorf("%s: %s stands %d times, want once", name, want, strings.Count(body, want))
			}
		}
	}
}

func TestOptionsStandAsDataAndCannotBreakOut(t *testing.T) {
	t.Parallel()
	body := show(t, newPages(t), find(t, "invitation"), "en").Body.String()
	if !strings.Contains(body, `<script type="application/json" id="passkey-options">{"rp":{"id":"localhost"`) {
		t.Error("the options are not there as an object, without the publicKey around it")
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a name in the options became a script element")
	}
}

func TestBrokenOptionsAreAnError(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	err := newPages(t).SignIn(w, httptest.NewRequest(http.MethodGet, "/login", nil), SignIn{Options: "{"})
	if err == nil || w.Body.Len() != 0 {
		t.Errorf("error %v, %d bytes written; want an error and none", err, w.Body.Len())
	}
}

func TestBrandMustHaveAName(t *testing.T) {
	t.Parallel()
	if _, err := New(Brand{}); err == nil {
		t.Error("a brand without a name was accepted")
	}
}
