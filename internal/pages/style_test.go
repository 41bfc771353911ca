package pages

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"udap-idp/web"
)

func styleSheet(t *testing.T) string {
	t.Helper()
	css, err := os.ReadFile("../../web/static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(css), "")
}

// TestStyleNamesNoSide: a language from right to left mirrors the page, unless the style sheet says left or right. The name of a side is
// allowed nowhere, nor a shorthand of four values whose sides differ, nor a shift along the line.
func TestStyleNamesNoSide(t *testing.T) {
	t.Parallel()
	css := styleSheet(t)
	if got := regexp.MustCompile(`[^;{}]*\b(left|right|translateX|float)\b[^;{}]*`).FindString(css); got != "" {
		t.Errorf("a side is named: %s", strings.TrimSpace(got))
	}
	four := regexp.MustCompile(`(?:margin|padding|inset|border-width|border-radius):\s*([^\s;]+) ([^\s;]+) ([^\s;]+) ([^\s;]+);`)
	for _, m := range four.FindAllStringSubmatch(css, -1) {
		if m[2] != m[4] {
			t.Errorf("two sides differ: %s", m[0])
		}
	}
}

// TestDarkSchemeStandsTwiceAlike: a reader who chose it has what a dark system has.
func TestDarkSchemeStandsTwiceAlike(t *testing.T) {
	t.Parallel()
	css := styleSheet(t)
	block := func(start string) string {
		_, rest, ok := strings.Cut(css, start)
		if !ok {
			t.Fatalf("no %s", start)
		}
		rest, _, _ = strings.Cut(rest, "}")
		return strings.Join(strings.Fields(rest), " ")
	}
	system, chosen := block(`:root:not([data-theme="light"]) {`), block(`:root[data-theme="dark"] {`)
	if system != chosen || !strings.Contains(system, "--ink") {
		t.Errorf("the dark schemes differ:\n%s\n%s", system, chosen)
	}
}

// colorProperties are those that change no size and no place.
var colorProperties = regexp.MustCompile(`^(--[\w-]+|color-scheme|color|background|accent-color|fill|stroke|box-shadow|outline|(border|outline)(-(block|inline)(-(start|end))?)?(-color)?)$`)

// TestSchemesDifferInColorsOnly: what is written for one scheme sets colours, and the tokens that differ are used for colours. So nothing
// but a colour can be wrong in one scheme and right in the other, and what is looked at in one alone holds in both.
func TestSchemesDifferInColorsOnly(t *testing.T) {
	t.Parallel()
	css := styleSheet(t)
	declaration := regexp.MustCompile(`([\w-]+)\s*:\s*([^;{}]*);`)
	tokens := map[string]bool{}
	for _, m := range regexp.MustCompile(`([^{}]*(?:data-theme)[^{}]*)\{([^{}]*)\}`).FindAllStringSubmatch(css, -1) {
		for _, d := range declaration.FindAllStringSubmatch(m[2], -1) {
			if !colorProperties.MatchString(d[1]) {
				t.Errorf("%s sets %s, which is no colour", strings.TrimSpace(m[1]), d[1])
			}
			tokens[d[1]] = strings.HasPrefix(d[1], "--")
		}
	}
	if !tokens["--ink"] || !tokens["--page"] {
		t.Fatalf("the schemes set %v", tokens)
	}
	for _, d := range declaration.FindAllStringSubmatch(css, -1) {
		for _, use := range regexp.MustCompile(`var\((--[\w-]+)\)`).FindAllStringSubmatch(d[2], -1) {
			if tokens[use[1]] && !colorProperties.MatchString(d[1]) {
				t.Errorf("%s, which differs between the schemes, is used for %s", use[1], d[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?s)@media \(prefers-color-scheme: dark\) \{(.*?)\n\}`).FindAllStringSubmatch(css, -1) {
		for _, rule := range regexp.MustCompile(`(?m)^  (\S[^{]*)\{`).FindAllStringSubmatch(m[1], -1) {
			if !strings.HasPrefix(rule[1], `:root:not([data-theme="light"])`) {
				t.Errorf("a dark system changes %s for a reader who chose light", rule[1])
			}
		}
	}
	for name, text := range templateFiles(t) {
		if strings.Contains(text, "prefers-color-scheme") {
			t.Errorf("%s asks for the scheme", name)
		}
	}
}

// TestWhatAReaderAskedForIsInTheStyleSheet: less motion, more contrast, her own colors, paper.
func TestWhatAReaderAskedForIsInTheStyleSheet(t *testing.T) {
	t.Parallel()
	css := styleSheet(t)
	for _, want := range []string{"prefers-reduced-motion: no-preference", "prefers-contrast: more", "forced-colors: active", "@media print", ":focus-visible"} {
		if !strings.Contains(css, want) {
			t.Errorf("the style sheet says nothing about %s", want)
		}
	}
	motion := regexp.MustCompile(`(?s)@media \(prefers-reduced-motion: no-preference\) \{.*?\n\}`)
	if got := regexp.MustCompile(`[^;{}]*\b(transition|animation)\b[^;{}]*`).FindString(motion.ReplaceAllString(css, "")); got != "" {
		t.Errorf("something moves for a reader who wants no motion: %s", got)
	}
	if strings.Contains(strings.ReplaceAll(css, ":focus-visible", ""), "outline: none") {
		t.Error("an outline is taken away")
	}
}

// TestEveryClassHasItsStyle: one that the style sheet does not know is a slip of the pen, or a look that nobody made.
func TestEveryClassHasItsStyle(t *testing.T) {
	t.Parallel()
	css := styleSheet(t)
	static, comments := regexp.MustCompile(`class="([^"{]*)"`), regexp.MustCompile(`(?s)\{\{- /\*.*?\*/ -\}\}`)
	for name, text := range templateFiles(t) {
		if slices.Contains([]string{"letter.html", "invite-letter.html", "mail.html"}, name) { // they carry their own style
			continue
		}
		for _, m := range static.FindAllStringSubmatch(comments.ReplaceAllString(text, ""), -1) {
			for class := range strings.FieldsSeq(m[1]) {
				if !regexp.MustCompile(`\.`+regexp.QuoteMeta(class)+`\b`).MatchString(css) && !hooks[class] {
					t.Errorf("%s: the class %s has no style", name, class)
				}
			}
		}
	}
}

// hooks are classes that scripts and tests hold on to.
var hooks = map[string]bool{"decide": true, "help": true}

// TestALanguageIsOneFile: a file more is a language more, on every page; one that is written from right to left turns the page round.
func TestALanguageIsOneFile(t *testing.T) {
	t.Parallel()
	english, err := fs.ReadFile(web.Locales(), "en.json")
	if err != nil {
		t.Fatal(err)
	}
	fake := strings.Replace(strings.Replace(string(english), `"ltr"`, `"rtl"`, 1), `"English"`, `"عربي"`, 1)
	cat, err := readCatalog(fstest.MapFS{"en.json": {Data: english}, "ar.json": {Data: []byte(fake)}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newFrom(sampleBrand, cat)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range samples() {
		r := httptest.NewRequest(http.MethodGet, "/some/page?req=1", nil)
		r.Header.Set("Accept-Language", "ar-EG, en;q=0.1")
		body := showTo(t, p, s, r).Body.String()
		if !strings.Contains(body, `<html lang="ar" dir="rtl"`) || !strings.Contains(body, `lang="en" hreflang="en">English</a>`) {
			t.Errorf("%s is not from right to left, or does not offer English:\n%.200s", s.name, body)
		}
	}
}

// sameInBoth are texts that are the same words in English and Spanish.
var sameInBoth = map[string]bool{"role.auditor": true}

// TestNoEnglishRemainsInAnotherLanguage: a text that is word for word the English one was forgotten, unless it is a name.
func TestNoEnglishRemainsInAnotherLanguage(t *testing.T) {
	t.Parallel()
	cat := newPages(t).catalog
	words := regexp.MustCompile(`\p{L}{3,}`)
	for _, l := range cat.languages {
		if l.Tag == fallbackLanguage {
			continue
		}
		for key, text := range l.Texts {
			english := cat.byTag[fallbackLanguage].Texts[key]
			if text == english && words.MatchString(placeholder.ReplaceAllString(text, "")) && !sameInBoth[key] && !strings.HasPrefix(key, "level-short.") {
				t.Errorf("%s.json: %q is English: %s", l.Tag, key, text)
			}
		}
	}
}
