package admin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// back is the page that a browser comes back to after it was sent to sign in.
func back(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusSeeOther || to.Path != "/login" {
		t.Fatalf("status %d to %q, want the sign-in", w.Code, w.Header().Get("Location"))
	}
	return to.Query().Get("back")
}

func TestTrustAsksForARecentSignInAndKeepsWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root := ca(t, "Root").Certificate
	h.as(idp.TrustManager).stale = true
	form := url.Values{"name": {"Sample Trust"}, "uri": {"https://trust.example/community"}, "anchors": {certPEM(root)}, "tail-0": {tailOf(root)}}
	page := back(t, h.post("/admin/trust", form))
	if len(h.communities()) != 0 {
		t.Fatal("it was stored with an old sign-in")
	}
	h.stale = false
	if body := h.as(idp.Owner).get(page).Body.String(); strings.Contains(body, "Sample Trust") {
		t.Error("somebody else gets what was filled in")
	}
	wantPage(t, h.as(idp.TrustManager).get(page), http.StatusOK, "admin-community-confirm", "Sample Trust", "BEGIN CERTIFICATE", tailOf(root))
	wantPage(t, h.get(page), http.StatusOK, "admin-community-read") // once
	c := h.trusted("Sample Trust", root)

	path := "/admin/trust/" + c.ID
	h.stale = true
	settings := url.Values{"revision": {"0"}, "name": {"Another"}, "revocation": {"no-check"}}
	page = back(t, h.post(path+"/settings", settings))
	h.stale = false
	wantPage(t, h.get(page), http.StatusOK, "admin-community-settings", `value="Another"`, `value="no-check" checked`)
	h.stale = true
	page = back(t, h.post(path+"/settings", settings))
	h.stale = false
	h.clock = h.clock.Add(draftFor)
	wantPage(t, h.get(page), http.StatusOK, "admin-community-settings", `value="Sample Trust"`)
	other := ca(t, "Other").Certificate
	h.stale = true
	page = back(t, h.post(path+"/authority/store", url.Values{"anchors": {certPEM(other)}, "tail-0": {tailOf(other)}}))
	h.stale = false
	wantPage(t, h.get(page), http.StatusOK, "admin-community-confirm", "Other")
	h.stale = true
	for _, what := range []string{"/suspend", "/resume", "/delete", "/request", "/request/x/accept", "/request/x/discard", "/authority/AB"} {
		if to := back(t, h.post(path+what, url.Values{"reason": {"x"}})); !strings.HasPrefix(to, path) {
			t.Errorf("%s: back to %q", what, to)
		}
	}
	if got := h.communities()[0]; got.Name != "Sample Trust" || !got.SuspendedAt.IsZero() || len(got.Anchors) != 1 {
		t.Errorf("something was done: %+v", got)
	}
}

func TestDraftsAreBounded(t *testing.T) {
	t.Parallel()
	var d drafts
	first := d.keep("a", url.Values{}, now)
	for i := range maxDrafts {
		d.keep("a", url.Values{}, now.Add(time.Duration(i+1)*time.Millisecond))
	}
	if len(d.kept) != maxDrafts || d.take(first, "a", now) != nil {
		t.Errorf("%d drafts are kept, and the oldest is among them: %t", len(d.kept), d.kept[first].values != nil)
	}
}
