package web

import (
	"bytes"
	"compress/gzip"
	"io"
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

// TestAPageFitsInSixtyKilobytes: all static files together, as they go over the wire. What each page takes is measured in Chromium.
func TestAPageFitsInSixtyKilobytes(t *testing.T) {
	t.Parallel()
	total := 0
	for name, a := range loaded().byName {
		size := len(a.content)
		if a.zipped != nil {
			size = len(a.zipped)
		}
		total += size
		if strings.HasSuffix(name, ".css") && size > 12_000 {
			t.Errorf("%s has %d bytes, and every page waits for it", name, size)
		}
	}
	if total > 25_000 { // 20 000 for the page (internal/pages), and as much for a logo as internal/brand takes
		t.Errorf("the static files have %d bytes", total)
	}
}

// TestStaticFilesAreCompressedForWhoeverTakesIt, and are another version of the file for caches.
func TestStaticFilesAreCompressedForWhoeverTakesIt(t *testing.T) {
	t.Parallel()
	url, err := URL("app.css")
	if err != nil {
		t.Fatal(err)
	}
	plain := get(t, url, "")
	for _, tt := range []struct {
		accept string
		zipped bool
	}{{"gzip, deflate, br", true}, {"br;q=1.0, GZIP;q=0.5", true}, {"gzip;q=0", false}, {"identity", false}, {"", false}, {"gzip;q=x", true}} {
		r := httptest.NewRequest(http.MethodGet, url, nil)
		r.Header.Set("Accept-Encoding", tt.accept)
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, r)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != tt.zipped {
			t.Errorf("Accept-Encoding %q: compressed %v, want %v", tt.accept, got, tt.zipped)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", tt.accept, w.Header().Get("Vary"))
		}
		body := io.Reader(w.Body)
		if tt.zipped {
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
			if w.Header().Get("ETag") == plain.Header().Get("ETag") {
				t.Error("two encodings have one ETag")
			}
		}
		if text, err := io.ReadAll(body); err != nil || !bytes.Equal(text, loaded().byName["app.css"].content) {
			t.Errorf("Accept-Encoding %q: not the file (%v)", tt.accept, err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Range", "bytes=0-9")
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	if got := w.Header().Get("Content-Length"); w.Code != http.StatusPartialContent || w.Body.Len() != 10 || got != "" && got != "10" {
		t.Errorf("a part: %d, %d bytes, Content-Length %q", w.Code, w.Body.Len(), got)
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
