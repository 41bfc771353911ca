package pages

import (
	"io/fs"
	"maps"
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

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func TestNoLanguageMissesAText(t *testing.T) {
	t.Parallel()
	cat := newPages(t).catalog
	english := cat.byTag[fallbackLanguage]
	for _, l := range cat.languages {
		for key, text := range english.Texts {
			other, ok := l.Texts[key]
			if !ok || strings.TrimSpace(other) == "" {
				t.Errorf("%s.json has no text %q", l.Tag, key)
				continue
			}
			got, want := placeholders(other), placeholders(text)
			if !slices.Equal(got, want) {
				t.Errorf("%s.json: %q has the placeholders %v, want %v", l.Tag, key, got, want)
			}
		}
		for key := range l.Texts {
			if _, ok := english.Texts[key]; !ok {
				t.Errorf("%s.json has %q, which English does not have", l.Tag, key)
			}
		}
	}
}

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

var (
	textCall  = regexp.MustCompile(`\bt "([^"]+)"`)
	textGiven = regexp.MustCompile(`template "empty" "([^"]+)"`)
)

func TestEveryKeyOfATemplateExistsAndNoneIsIdle(t *testing.T) {
	t.Parallel()
	english := newPages(t).catalog.byTag[fallbackLanguage]
	used := map[string]bool{}
	for name, text := range templateFiles(t) {
		for _, m := range slices.Concat(textCall.FindAllStringSubmatch(text, -1), textGiven.FindAllStringSubmatch(text, -1)) {
			used[m[1]] = true
			if _, ok := english.Texts[m[1]]; !ok {
				t.Errorf("%s asks for %q, which does not exist", name, m[1])
			}
		}
	}
	// Keys that are put together in Go.
	chosen := regexp.MustCompile(`^(account\.nav\.|account-passkey-add\.problem\.|account-passkey-(name\.(missing|long)|remove\.button)|passkey\.elsewhere|account\.stop\.button|account\.[a-z]+\.(done|error|mark|how|what)\.|problem\.|certificate\.|detail\.|verified\.|gender\.|level\.|level-short\.|role\.|admin\.(key|community\.(kind|warning|error|mode|lost|clients|unclear|own-lost)|message\.(channel|state|unsent)|request\.kind|account|act|attribute|mark|proofing|audit\.action|audit\.group|check\.(finding|checked)|decision|done|form|nav|need|picture|refused|revocation|source|state|warning)\.|declaration\.(\d|problem\.)|notification\.|mail\.|(invitation|sign-in|consent)\.problem\.)`)
	for key := range english.Texts {
		if !used[key] && !chosen.MatchString(key) && !chosenPeople.MatchString(key) && !chosenClients.MatchString(key) && !chosenRecovery.MatchString(key) && !accountChosen.MatchString(key) && !mergingChosen.MatchString(key) && !settingsChosen.MatchString(key) {
			t.Errorf("no template uses %q", key)
		}
	}
}

func TestEveryKindOfProblemHasItsWords(t *testing.T) {
	t.Parallel()
	cat := newPages(t).catalog
	for _, l := range cat.languages {
		for kind := range statuses {
			for _, part := range []string{"title", "text", "next"} {
				if _, ok := l.Texts["problem."+kind+"."+part]; !ok {
					t.Errorf("%s.json has no %s for %s", l.Tag, part, kind)
				}
			}
		}
		if _, ok := l.Texts["declaration."+DeclarationVersion]; !ok {
			t.Errorf("%s.json does not have the declaration %s", l.Tag, DeclarationVersion)
		}
	}
}

func templateFiles(t *testing.T) map[string]string {
	t.Helper()
	files, err := fs.Glob(web.Templates(), "*.html")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range files {
		raw, err := fs.ReadFile(web.Templates(), name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(raw)
	}
	return texts
}

// TestNoWordsInTemplates: words stand in the language files only. Commands to type are the same in every language.
func TestNoWordsInTemplates(t *testing.T) {
	t.Parallel()
	actions := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	commands := regexp.MustCompile(`(?s)<code>.*?</code>`)
	spoken := regexp.MustCompile(`\s(?:aria-label|alt|title|placeholder|data-label|data-waiting|data-checking|data-missing)="[^"]*[A-Za-z]`)
	tags := regexp.MustCompile(`(?s)<[^>]*>`)
	letters := regexp.MustCompile(`\p{L}+`)
	for name, text := range templateFiles(t) {
		text = commands.ReplaceAllString(actions.ReplaceAllString(text, ""), "")
		if got := spoken.FindString(text); got != "" {
			t.Errorf("%s: words in an attribute: %s", name, got)
		}
		if got := letters.FindString(tags.ReplaceAllString(text, "")); got != "" {
			t.Errorf("%s: the word %q stands in the template", name, got)
		}
	}
}

func TestNoJargonForPatients(t *testing.T) {
	t.Parallel()
	jargon := regexp.MustCompile(`(?i)webauthn|fido\b|\boidc\b|oauth|openid|udap|fhir|\bclaims?\b|\brp\b|relying party|credential|token|authenticat|authoriz|` +
		`biometric|\bendpoint|\bserver\b|\bcookie|\burl\b|\burn\b|\buri\b|invalid|\bsubmit|provision|\bassurance|identity provider|` +
		`data holder|\bproofing|repudiat|metadata|\bcredencial|autentic|autoriza|biom[eé]tric|servidor|inválid|\bcontraseña de un solo|proveedor de identidad`)
	for _, l := range newPages(t).catalog.languages {
		for key, text := range l.Texts {
			if got := jargon.FindString(text); got != "" && !strings.HasPrefix(key, "admin.") {
				t.Errorf("%s.json: %q says %q", l.Tag, key, got)
			}
			if strings.ContainsAny(text, "!¡") {
				t.Errorf("%s.json: %q has an exclamation mark", l.Tag, key)
			}
		}
	}
}

func TestTextFillsPlaceholdersOnceAndRefusesAnUnknownKey(t *testing.T) {
	t.Parallel()
	l := &language{Tag: "en", Texts: map[string]string{"k": "{a} and {b}"}}
	got, err := l.text("k", "a", "{b}", "b", 2)
	if err != nil || got != "{b} and 2" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := l.text("absent"); err == nil {
		t.Error("a missing key was no error")
	}
	if _, err := l.text("k", "a"); err == nil {
		t.Error("a placeholder without a value was no error")
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	cat := newPages(t).catalog
	for tag, want := range map[string][3]string{
		"en": {"November 24, 2026", "November 24, 2026 at 09:30 UTC", "Nov 24, 2026"},
		"es": {"24 de noviembre de 2026", "24 de noviembre de 2026 a las 09:30 UTC", "24 nov 2026"},
	} {
		l := cat.byTag[tag]
		if got := [3]string{l.date(sampleNow), l.moment(sampleNow), l.shortDate(sampleNow)}; got != want {
			t.Errorf("%s: %v, want %v", tag, got, want)
		}
		if got := l.date("not a date"); got != "not a date" {
			t.Errorf("%s: a value that is no date became %q", tag, got)
		}
	}
}

func TestLanguageChoice(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, query, cookie, profile, header string
		uiLocales                            []string
		want                                 string
	}{
		{name: "nothing said", want: "en"},
		{name: "the browser's", header: "es-MX,es;q=0.9,en;q=0.5", want: "es"},
		{name: "the best of the browser's", header: "fr;q=0.9,es;q=0.8,en;q=0.1", want: "es"},
		{name: "none of ours", header: "ja", want: "en"},
		{name: "one that is refused", header: "es;q=0", want: "en"},
		{name: "cookie over the browser's", cookie: "en", header: "es", want: "en"},
		{name: "switch over cookie", query: "es", cookie: "en", want: "es"},
		{name: "unknown switch", query: "xx", cookie: "es", want: "es"},
		{name: "unknown cookie", cookie: "../../etc", header: "es", want: "es"},
		{name: "the app's wish over the browser's", header: "en", uiLocales: []string{"fr-CA", "es-419"}, want: "es"},
		{name: "cookie over the app's wish", cookie: "en", uiLocales: []string{"es"}, want: "en"},
		{name: "profile over the browser's", profile: "es", header: "en", want: "es"},
		{name: "the app's wish over the profile", profile: "en", uiLocales: []string{"es"}, want: "es"},
		{name: "cookie over the profile", cookie: "en", profile: "es", want: "en"},
		{name: "unknown profile", profile: "xx", header: "es", want: "es"},
		{name: "malformed wish", uiLocales: []string{"!!", "es"}, want: "es"},
		{name: "overlong header", header: "es," + strings.Repeat("x-y,", 5000), want: "es"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/?lang="+tc.query, nil)
			if tc.cookie != "" {
				r.AddCookie(&http.Cookie{Name: "lang", Value: tc.cookie})
			}
			if tc.profile != "" {
				r.AddCookie(&http.Cookie{Name: "profile-lang", Value: tc.profile})
			}
			r.Header.Set("Accept-Language", tc.header)
			if got := LanguageFor(r, tc.uiLocales); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestProfileLanguageIsOneOfOurs(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"es": "es", "es-MX": "es", "en-GB": "en", "fr": "", "": "", "!!": ""} {
		w := httptest.NewRecorder()
		RememberProfileLanguage(w, tag)
		c := w.Result().Cookies()
		if len(c) != 1 || c[0].Value != want || (c[0].MaxAge > 0) != (want != "") || !c[0].HttpOnly {
			t.Errorf("%q: cookies %v, want %q", tag, c, want)
		}
	}
}

func FuzzLanguage(f *testing.F) {
	f.Add("es", "en-US,en;q=0.5", "es fr")
	f.Add("", ";q=1,*;q=0.1,", "")
	f.Fuzz(func(t *testing.T, query, header, wish string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Accept-Language", header)
		if got := LanguageFor(r, strings.Fields(wish)); got != "en" && got != "es" {
			t.Errorf("language %q", got)
		}
	})
}

func TestLanguageSwitchKeepsThePlaceAndIsRemembered(t *testing.T) {
	t.Parallel()
	p := newPages(t)
	r := httptest.NewRequest(http.MethodPost, "/login?lang=es", nil)
	w := showTo(t, p, find(t, "sign-incancelled"), r)
	if !strings.Contains(w.Body.String(), `href="?lang=en&amp;req=request-1"`) {
		t.Error("the switch does not lead back to the same request")
	}
	cookie := w.Result().Cookies()
	if len(cookie) != 1 || cookie[0].Name != "lang" || cookie[0].Value != "es" || !cookie[0].HttpOnly {
		t.Errorf("cookies %v", cookie)
	}
	if got := show(t, p, find(t, "home"), "es").Result().Cookies(); len(got) != 0 {
		t.Errorf("a cookie without a choice: %v", got)
	}
}

func TestBrokenLanguageFiles(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile("../../web/locales/en.json")
	if err != nil {
		t.Fatal(err)
	}
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, files := range map[string]fstest.MapFS{
		"no English":     {"es.json": file(string(good))},
		"not JSON":       {"en.json": file("{")},
		"unknown member": {"en.json": file(`{"nmae":"English"}`)},
		"no months":      {"en.json": file(`{"name":"English","direction":"ltr"}`)},
		"no direction":   {"en.json": file(strings.Replace(string(good), `"ltr"`, `"up"`, 1))},
		"not a language": {"en.json": file(string(good)), "e_n_g_l_i_s_h.json": file(string(good))},
	} {
		if _, err := readCatalog(files); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	cat, err := readCatalog(fstest.MapFS{"en.json": file(string(good)), "fr.json": file(string(good))})
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(cat.byTag)), []string{"en", "fr"}) {
		t.Errorf("adding a language is adding a file: %v", err)
	}
}

// Whoever renders the page, the person can read out the number under which the log has it.
func TestEveryProblemHasTheNumberOfItsRequest(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("X-Request-Id", "7F3K-Q2")
	if err := newPages(t).Problem(w, httptest.NewRequest("GET", "/", nil), Problem{Kind: KindInvitationUsed}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.Body.String(), "7F3K-Q2") {
		t.Errorf("no number on the page:\n%s", w.Body)
	}
}
