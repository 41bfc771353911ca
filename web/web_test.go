package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, url, match string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, url, nil)
	if match != "" {
		r.Header.Set("If-None-Match", match)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestStaticFilesAreImmutableAndTyped(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"app.css": "text/css; charset=utf-8", "passkey.js": "text/javascript; charset=utf-8",
		"passkey-create.js": "text/javascript; charset=utf-8", "passkey-sign-in.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		url, err := URL(name)
		if err != nil {
			t.Fatal(err)
		}
		w := get(t, url, "")
		for header, want := range map[string]string{
			"Content-Type": contentType, "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		} {
			if got := w.Header().Get(header); w.Code != http.StatusOK || got != want {
				t.Errorf("%s: %d, %s %q, want %q", name, w.Code, header, got, want)
			}
		}
		if again := get(t, url, w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s with its ETag: %d, want 304", name, again.Code)
		}
	}
}

func TestOnlyHashedAddressesAreServed(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/static/", "/static/app.css", "/static/../web.go", "/static/app.AAAAAAAAAAAAAAAA.css"} {
		w := get(t, path, "")
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, Cache-Control %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if _, err := URL("absent.css"); err == nil {
		t.Error("an address was made for a file that does not exist")
	}
}

// TestAPageFitsInSixtyKilobytes: everything a page loads beside itself, uncompressed.
func TestAPageFitsInSixtyKilobytes(t *testing.T) {
	t.Parallel()
	total := 0
	for _, a := range loaded().byName {
		total += len(a.content)
	}
	if total > 40_000 { // and 20 000 for the page, see internal/pages
		t.Errorf("the static files have %d bytes", total)
	}
}

// TestStyleNamesNoForeignFile: the content security policy would refuse it, and the reader would be told on.
func TestStyleNamesNoForeignFile(t *testing.T) {
	t.Parallel()
	for name, a := range loaded().byName {
		text := strings.ReplaceAll(string(a.content), "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http:", "https:", "@import", "url(", "eval(", "innerHTML"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %s", name, bad)
			}
		}
	}
}
