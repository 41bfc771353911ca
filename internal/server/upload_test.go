package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"udap-idp/internal/server"
)

// TestOneAddressTakesLargerBodies: a file is larger than any form, at its own address and nowhere else.
func TestOneAddressTakesLargerBodies(t *testing.T) {
	t.Parallel()
	read := func(w http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return nil
		}
		_, err = io.WriteString(w, strings.Repeat("x", int(n>>20)))
		return err
	}
	h, _ := newServer(t, rooms{}, func(c *server.Config) {
		c.Admin = map[string]func(http.ResponseWriter, *http.Request) error{"POST /admin/file": read, "POST /admin/form": read}
		c.Uploads = map[string]int64{"POST /admin/file": 3 << 20}
	})
	for path, want := range map[string]int{"/admin/file": http.StatusOK, "/admin/form": http.StatusRequestEntityTooLarge} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", 3<<20)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: status %d, want %d", path, w.Code, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/admin/file", strings.NewReader(strings.Repeat("x", 3<<20+1)))
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("over its own limit: status %d", w.Code)
	}
}
