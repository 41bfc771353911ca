package admin

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

var newOwner = url.Values{"given_name": {"Adam"}, "family_name": {"Ito"}, "email": {"adam@example.org"}}

// TestServerIsClaimedWithItsLinkOnce: nobody owns a new server without its link, and nobody twice.
func TestServerIsClaimedWithItsLinkOnce(t *testing.T) {
	t.Parallel()
	h := newServer(t)
	first, err := OpenSetup(t.Context(), h.store, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	link, err := OpenSetup(t.Context(), h.store, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"none": "x", "another": idp.NewToken().String(), "another secret": idp.NewTokenFor(link.ID).String()} {
		wantPage(t, h.get("/setup/"+token), http.StatusNotFound, "problem")
		wantPage(t, h.post("/setup/"+token, newOwner), http.StatusNotFound, "problem")
		if everybody, err := h.store.Administrators(t.Context()); err != nil || len(everybody) != 0 {
			t.Fatalf("with the link of %s: %+v (%v)", name, everybody, err)
		}
	}
	wantPage(t, h.post("/setup/"+first.String(), newOwner), http.StatusGone, "problem") // a newer one took its place
	for range 2 {                                                                       // opening it spends nothing
		wantPage(t, h.get("/setup/"+link.String()), http.StatusOK, "setup", "Sample Health ID")
	}
	wantPage(t, h.post("/setup/"+link.String(), url.Values{"given_name": {"Adam"}}), http.StatusUnprocessableEntity, "setup")

	w := h.post("/setup/"+link.String(), newOwner)
	found := linkOnPage.FindStringSubmatch(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || found == nil {
		t.Fatalf("status %d to %q, want the invitation", w.Code, w.Header().Get("Location"))
	}
	everybody, err := h.store.Administrators(t.Context())
	if err != nil || len(everybody) != 1 || everybody[0].Role != idp.Owner || everybody[0].Name() != "Adam Ito" {
		t.Fatalf("the administrators are %+v (%v)", everybody, err)
	}
	wantPage(t, h.post("/setup/"+link.String(), newOwner), http.StatusGone, "problem")

	// She closes the browser before she has a passkey: the server is still nobody's.
	again, err := OpenSetup(t.Context(), h.store, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	token, err := idp.ParseToken(found[1])
	if err != nil {
		t.Fatal(err)
	}
	h.enrol(token, everybody[0].ID)
	wantPage(t, h.post("/setup/"+again.String(), newOwner), http.StatusGone, "problem")
	if _, err := OpenSetup(t.Context(), h.store, h.clock); !errors.Is(err, idp.ErrUsed) {
		t.Errorf("a link to a server that has an owner: %v", err)
	}
}

func TestSetupLinkEndsAfterAnHour(t *testing.T) {
	t.Parallel()
	h := newServer(t)
	link, err := OpenSetup(t.Context(), h.store, h.clock)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := h.store.SetupLink(t.Context(), link.ID)
	if err != nil || bytes.Contains(stored.Hash, []byte(link.String())) || !link.Matches(stored.Hash) {
		t.Errorf("stored is %+v (%v), want the hash alone", stored, err)
	}
	h.clock = h.clock.Add(SetupFor - time.Second)
	wantPage(t, h.get("/setup/"+link.String()), http.StatusOK, "setup")
	h.clock = h.clock.Add(time.Second)
	wantPage(t, h.get("/setup/"+link.String()), http.StatusGone, "problem")
	wantPage(t, h.post("/setup/"+link.String(), newOwner), http.StatusGone, "problem")
}
