package policy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

func TestPagesShowTheVersionThatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := newPolicy(t)
	for _, text := range []string{"# Terms\n\nFirst text.", "# Terms\n\nSecond text."} {
		if _, err := p.Publish(t.Context(), idp.PolicyTerms, text, "anna", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	texts, err := pages.New(pages.Brand{Name: "Sample Health ID"})
	if err != nil {
		t.Fatal(err)
	}
	h := Handler{Policy: p, Pages: texts}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, r *http.Request) {
		if err := h.Page(w, r); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /policy/{kind}", answer)
	mux.HandleFunc("GET /policy/{kind}/{version}", answer)
	for path, want := range map[string]struct {
		status int
		words  []string
	}{
		"/policy/terms":            {200, []string{"Second text.", "Version 2, published on", `href="/policy/terms/1"`}},
		"/policy/terms/1":          {200, []string{"First text.", "no longer applies", `href="/policy/terms/2"`}},
		"/policy/terms/2":          {200, []string{"Second text."}},
		"/policy/practices":        {200, []string{"follows the settings", `<table tabindex="0">`}},
		"/policy/guide?lang=es":    {200, []string{"sigue los ajustes", `<div lang="en">`}},
		"/policy/terms/3":          {404, []string{"data-page=\"problem\""}},
		"/policy/terms/01":         {404, nil},
		"/policy/terms/0":          {404, nil},
		"/policy/terms/-1":         {404, nil},
		"/policy/imprint":          {404, nil},
		"/policy/practices/1":      {404, nil},
		"/policy/..%2f..%2fsecret": {404, nil},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want.status {
			t.Errorf("%s: status %d, want %d", path, w.Code, want.status)
		}
		for _, word := range want.words {
			if !strings.Contains(w.Body.String(), word) {
				t.Errorf("%s: %q is not in the page", path, word)
			}
		}
	}
}
