package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
)

// addKey puts another certificate of ours into the community of addCommunity, and returns its id.
func (h *house) addKey(kid string) string {
	h.Helper()
	communities, err := h.store.Communities(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	h.clock = h.clock.Add(time.Minute)
	leaf, _ := issue(h.T, "idp.example", nil, nil)
	own := idp.CommunityCertificate{ID: idp.NewID(), KeyID: kid, Chain: [][]byte{leaf.Raw}, SealedKey: []byte("sealed private key"), CreatedAt: h.clock}
	if err := h.store.AddCertificate(h.Context(), communities[0].ID, own); err != nil {
		h.Fatal(err)
	}
	return own.ID
}

func (h *house) activeKey() string {
	h.Helper()
	communities, err := h.store.Communities(h.Context())
	if err != nil || len(communities[0].Certificates) == 0 {
		h.Fatalf("no key (%v)", err)
	}
	return communities[0].Certificates[0].KeyID
}

// events are what the audit log has of an action.
func (h *house) events(action string) []idp.AuditEvent {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{Action: action})
	if err != nil {
		h.Fatal(err)
	}
	return events
}

func TestKeyTakesOverWhenEveryHospitalKnowsIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.TrustManager).get("/admin/keys"), http.StatusOK, "admin-keys", "add a community first")
	addCommunity(t, h.store)
	wantPage(t, h.get("/admin/keys"), http.StatusOK, "admin-keys", "Sample Trust", "Active", "There is no next key")
	next := h.addKey("kid-2")
	path := "/admin/keys/" + next
	w := h.get(path)
	wantPage(t, w, http.StatusOK, "admin-key", "Not every data holder knows this key yet", "kid-2", "Change over now")
	if strings.Contains(w.Body.String(), "sealed") {
		t.Error("the page shows a private key")
	}
	// Too early, and nobody ticked the box.
	wantPage(t, h.post(path+"/change-over", nil), http.StatusUnprocessableEntity, "admin-key", "Tick the box")
	if h.activeKey() != "kid" {
		t.Fatal("a key signs that hospitals cannot know yet")
	}
	h.clock = h.clock.Add(keys.Lead)
	wantPage(t, h.get(path), http.StatusOK, "admin-key", "Nobody notices")
	wantPage(t, h.follow(h.post(path+"/change-over", nil)), http.StatusOK, "admin-keys", "The key signs now", "Retiring")
	if h.activeKey() != "kid-2" {
		t.Error("the key does not sign")
	}
	events := h.events("certificate.activate")
	if len(events) != 1 || events[0].Actor != h.roles[idp.TrustManager].ID || !strings.Contains(events[0].Detail, `"before":"kid","after":"kid-2"`) || strings.Contains(events[0].Detail, "forced") {
		t.Errorf("recorded %+v", events)
	}
	wantPage(t, h.follow(h.post(path+"/change-over", nil)), http.StatusOK, "admin-key", "This key signs already")

	// A day later the one before is gone, and stays on record.
	h.clock = h.clock.Add(keys.Keep)
	if n, err := h.admin.Keys.RetireOver(t.Context(), h.clock); n != 1 || err != nil {
		t.Fatalf("%d keys left (%v)", n, err)
	}
	wantPage(t, h.get("/admin/keys"), http.StatusOK, "admin-keys", "One key that is out of use", "Left the key set")
	wantPage(t, h.get("/admin/keys/none"), http.StatusNotFound, "problem")
	if got := h.events("certificate.retire"); len(got) != 1 {
		t.Errorf("recorded %+v", got)
	}
}

func TestEarlyChangeOverIsForcedWithItsConsequenceOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addCommunity(t, h.store)
	next := h.addKey("kid-2")
	h.follow(h.as(idp.Owner).post("/admin/keys/"+next+"/change-over", url.Values{"force": {"yes"}}))
	if events := h.events("certificate.activate"); h.activeKey() != "kid-2" || len(events) != 1 || !strings.Contains(events[0].Detail, `"forced":true`) {
		t.Errorf("%s signs, recorded %+v", h.activeKey(), events)
	}
}

func TestWithdrawnKeyIsGoneAtOnceWithItsReasonOnRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addCommunity(t, h.store)
	communities, err := h.store.Communities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/admin/keys/" + communities[0].Certificates[0].ID
	wantPage(t, h.as(idp.Auditor).get(path), http.StatusOK, "admin-key")
	if strings.Contains(h.get(path).Body.String(), `action="/admin/keys/`) {
		t.Error("an auditor, who changes nothing, sees a form")
	}
	wantPage(t, h.as(idp.Owner).get(path), http.StatusOK, "admin-key", "There is no other key")
	wantPage(t, h.post(path+"/withdraw", url.Values{"reason": {""}}), http.StatusUnprocessableEntity, "admin-key", "admin/keys")
	h.addKey("kid-2")
	wantPage(t, h.follow(h.post(path+"/withdraw", url.Values{"reason": {"the disk was stolen"}})), http.StatusOK, "admin-keys", "withdrawn and deleted", "the disk was stolen")
	if h.activeKey() != "kid-2" {
		t.Errorf("%s signs", h.activeKey())
	}
	events := h.events("certificate.withdraw")
	if len(events) != 1 || !strings.Contains(events[0].Detail, "the disk was stolen") || !events[0].At.Equal(h.clock) {
		t.Errorf("recorded %+v", events)
	}
	h.stale = true
	if w := h.post(path+"/withdraw", url.Values{"reason": {"x"}}); !strings.HasPrefix(w.Header().Get("Location"), "/login") {
		t.Errorf("an old sign-in withdraws: status %d", w.Code)
	}
}
