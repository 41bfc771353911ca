package policy

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

func TestDocumentIsReadInTheReadersLanguageOrInEnglishAndThatIsSaid(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	by := idp.Reading{Actor: "anna"}
	if _, err := p.PublishTexts(t.Context(), idp.PolicyPractices, Texts{"en": "# Practices\n\nEnglish.", "es": "# Prácticas\n\nEspañol."}, by, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.PublishTexts(t.Context(), idp.PolicyTerms, Texts{"en": "# Terms\n\nEnglish.", "es": ""}, by, time.Now()); err != nil {
		t.Fatal(err)
	}
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"/policy/practices?lang=es": {"Español.", `<div lang="es">`},
		"/policy/practices?lang=en": {"English.", `<div lang="en">`},
		"/policy/terms?lang=es":     {"English.", `<div lang="en">`, "solo en inglés"},
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.SetPathValue("kind", strings.Split(r.URL.Path, "/")[2])
		w := httptest.NewRecorder()
		if err := (Handler{Policy: p, Pages: texts}).Page(w, r); err != nil {
			t.Fatal(err)
		}
		for _, words := range want {
			if !strings.Contains(w.Body.String(), words) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
		if strings.Contains(w.Body.String(), "solo en inglés") != (len(want) == 3) {
			t.Errorf("%s says the wrong thing of its language", path)
		}
	}
	d, err := p.Current(t.Context(), idp.PolicyPractices)
	if err != nil || !reflect.DeepEqual(d.Texts().Languages(), []string{"en", "es"}) {
		t.Errorf("languages %v (%v)", d.Texts().Languages(), err)
	}
	_, err = p.PublishTexts(t.Context(), idp.PolicyPractices, Texts{"en": "# Practices\n\nEnglish.", "es": "# Prácticas\n\nEspañol."}, by, time.Now())
	if !errors.Is(err, ErrText) {
		t.Errorf("the same once more: %v", err)
	}
	if _, err = p.PublishTexts(t.Context(), idp.PolicyPractices, Texts{"en": "# Practices\n\nEnglish.", "es": "sin título"}, by, time.Now()); !errors.Is(err, ErrText) {
		t.Errorf("a text without a title: %v", err)
	}
}

func TestDiffSaysWhatChanges(t *testing.T) {
	t.Parallel()
	line := func(kind, text string) Line { return Line{kind, text} }
	for name, tc := range map[string]struct {
		before, after string
		want          []Line
	}{
		"nothing":  {"a\nb", "a\nb\n", []Line{line("same", "a"), line("same", "b")}},
		"a line":   {"a\nb\nc", "a\nx\nc", []Line{line("same", "a"), line("removed", "b"), line("added", "x"), line("same", "c")}},
		"inserted": {"a\nc", "a\nb\nc", []Line{line("same", "a"), line("added", "b"), line("same", "c")}},
		"moved":    {"a\nb\nc\nd", "b\na\nd\nc", []Line{line("removed", "a"), line("same", "b"), line("removed", "c"), line("added", "a"), line("same", "d"), line("added", "c")}},
	} {
		if got := Diff(tc.before, tc.after); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	// Both texts come out of it whole, whatever they are, and without work that never ends.
	before, after := strings.Repeat("a\nb\n", 3000), strings.Repeat("b\nx\na\n", 2500)
	var old, now []string
	for _, l := range Diff(before, after) {
		if l.Kind != "added" {
			old = append(old, l.Text)
		}
		if l.Kind != "removed" {
			now = append(now, l.Text)
		}
	}
	if strings.Join(old, "\n")+"\n" != before || strings.Join(now, "\n")+"\n" != after {
		t.Error("a text is not whole")
	}
}
