package pages

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// part renders one of the parts by itself.
func part(t *testing.T, call string, data any) string {
	t.Helper()
	p := newPages(t)
	tmpl, err := parseFrame(fstest.MapFS{
		"layout.html": {Data: []byte(call)}, "parts.html": {Data: []byte(templateFiles(t)["parts.html"])},
	}, p.catalog.byTag["en"])
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestErrorSummaryGetsTheFocusAndLeadsToTheFields: who hears the page is at what is wrong, and one key away from each field.
func TestErrorSummaryGetsTheFocusAndLeadsToTheFields(t *testing.T) {
	t.Parallel()
	errors := FieldErrors{{Field: "email", TextKey: "alert.title"}}
	got := part(t, `{{template "error-summary" .}}{{template "field-error" (fielderror . "email")}}{{template "field-error" (fielderror . "phone")}}`, errors)
	for _, want := range []string{`role="alert" tabindex="-1" autofocus`, `<a href="#email">That did not work</a>`, `id="email-error">That did not work<`} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%s stands %d times in\n%s", want, strings.Count(got, want), got)
		}
	}
	if strings.Contains(got, "phone") {
		t.Errorf("a field without an error has one:\n%s", got)
	}
	if got := part(t, `{{template "error-summary" .}}`, FieldErrors(nil)); strings.TrimSpace(got) != "" {
		t.Errorf("nothing is wrong, and the summary says %s", got)
	}
}

func TestConfirmSaysWhatHappensAndLeadsBack(t *testing.T) {
	t.Parallel()
	got := part(t, `{{template "confirm" .}}`, Confirm{
		Action: "/account/x", Values: map[string]string{"id": `"><script>`}, ButtonKey: "sign-out.button", CancelURL: "javascript:alert(1)", Danger: true,
	})
	for _, want := range []string{`<form method="post" action="/account/x">`, `class="danger"`, `id="confirm"`, `id="cancel"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<script>") || strings.Contains(got, "javascript:") {
		t.Errorf("a value became more than a value:\n%s", got)
	}
}

func TestPagingAndNavigation(t *testing.T) {
	t.Parallel()
	got := part(t, `{{template "paging" .}}`, Paging{From: 51, To: 100, Total: 12345, PreviousURL: "?page=1", NextURL: "?page=3"})
	for _, want := range []string{"51 to 100 of 12,345", `rel="prev" href="?page=1"`, `rel="next" href="?page=3"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if got := part(t, `{{template "paging" .}}`, Paging{From: 1, To: 3}); strings.TrimSpace(got) != "" {
		t.Errorf("a list of one page has a foot: %s", got)
	}
	sections := []Section{{URL: "/a", TextKey: "home.title", Current: true}, {URL: "/b", TextKey: "account.title", Count: "99+"}}
	got = part(t, `{{template "desk-side" .}}`, sections)
	if strings.Count(got, `aria-current="page"`) != 1 || !strings.Contains(got, "<summary>Menu · Home") || !strings.Contains(got, "99&#43;") {
		t.Errorf("the side of the desk:\n%s", got)
	}
	sections = append(sections, Section{URL: "/c", TextKey: "home.title", GroupKey: "layout.sections"}, Section{URL: "/d", TextKey: "account.title", GroupKey: "layout.sections"})
	got = part(t, `{{template "desk-side" .}}`, sections)
	if strings.Count(got, "<ul") != 2 || strings.Count(got, `<p class="side-group" id="side-2">Sections</p>`) != 1 || strings.Count(got, `aria-labelledby="side-2"`) != 1 {
		t.Errorf("two groups of sections:\n%s", got)
	}
}

// TestThemeIsTheReadersChoice: the cookie chooses, anything else in it chooses nothing.
func TestThemeIsTheReadersChoice(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	for _, tt := range []struct{ cookie, html, meta string }{
		{"", `class="page-home">`, "light dark"},
		{"light", `class="page-home" data-theme="light">`, "light"},
		{"dark", `class="page-home" data-theme="dark">`, "dark"},
		{"solarized", `class="page-home">`, "light dark"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "theme="+tt.cookie)
		body := showTo(t, p, find(t, "home"), r).Body.String()
		if !strings.Contains(body, tt.html) || !strings.Contains(body, `<meta name="color-scheme" content="`+tt.meta+`">`) {
			t.Errorf("cookie %q: no %s with %s in\n%.300s", tt.cookie, tt.html, tt.meta, body)
		}
	}
	w := httptest.NewRecorder()
	SetTheme(w, ThemeDark)
	SetTheme(w, "system")
	cookies := w.Result().Cookies()
	if len(cookies) != 2 || cookies[0].Value != "dark" || cookies[0].MaxAge < 1 || cookies[1].Value != "" || cookies[1].MaxAge >= 0 {
		t.Errorf("cookies %v", cookies)
	}
}

func TestBrandStandsOnEveryPage(t *testing.T) {
	t.Parallel()
	brand := sampleBrand
	brand.Style, brand.Logo = "/brand/brand.x.css", Logo{URL: "/brand/logo.x.png", Width: 120, Height: 40}
	p, err := New(brand)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples() {
		body := show(t, p, s, "en").Body.String()
		for _, want := range []string{`href="/brand/brand.x.css"`, `src="/brand/logo.x.png" width="120" height="40" alt=""`, "<span>Sample Health ID</span>"} {
			if strings.Count(body, want) != 1 {
				t.Errorf("%s: %s stands %d times", s.name, want, strings.Count(body, want))
			}
		}
	}
}

func TestNumbersAndPluralsAsEachLanguageWritesThem(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string][3]string{
		"en": {"1234", "12,345", "-1,234,567"},
		"es": {"1234", "12\u202f345", "-1\u202f234\u202f567"},
	} {
		l := newPages(t).catalog.byTag[tag]
		if got := [3]string{l.number(1234), l.number(12345), l.number(-1234567)}; got != want {
			t.Errorf("%s: %q, want %q", tag, got, want)
		}
	}
	polish := &language{Tag: "pl", Thousands: " ", Texts: map[string]string{
		"day.one": "{count} dzień", "day.few": "{count} dni (few)", "day.many": "{count} dni (many)", "day.other": "{count} dnia", "cat.other": "{count} kot",
	}}
	for n, want := range map[int]string{1: "1 dzień", 2: "2 dni (few)", 5: "5 dni (many)", 22: "22 dni (few)", 12000: "12 000 dni (many)"} {
		if got, err := polish.counted("day", n); err != nil || got != want {
			t.Errorf("%d: %q, %v, want %q", n, got, err, want)
		}
	}
	if got, err := polish.counted("cat", 1); err != nil || got != "1 kot" {
		t.Errorf("a form that the language does not have: %q, %v", got, err)
	}
	if err := (&language{Texts: map[string]string{"day.one": "a day"}}).checkPlurals(); err == nil {
		t.Error("a text without a form for other numbers was accepted")
	}
}
