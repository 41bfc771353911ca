package account

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
)

// share lets a person share with an organization once, up to the ID Token, and returns the access token.
func share(t *testing.T, store *sqlstore.Store, s idp.Session, uri, name string) idp.AccessToken {
	t.Helper()
	ctx, at := t.Context(), now()
	client, _, err := store.RegisterClient(ctx, idp.Client{ID: idp.NewUUIDv4(), CommunityID: "c", URI: uri, Organization: name, CreatedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	request := idp.AuthRequest{ID: idp.NewID(), SessionID: s.ID, ClientID: client.ID, CreatedAt: at, ExpiresAt: at.Add(time.Hour)}
	if err := store.CreateAuthRequest(ctx, request); err != nil {
		t.Fatal(err)
	}
	code, access := idp.NewToken(), idp.NewToken()
	err = store.IssueCode(ctx, idp.Issue{
		RequestID: request.ID, SessionID: s.ID, At: at,
		Code: idp.Code{
			ID: code.ID, Hash: code.Hash(), ClientID: client.ID, CodeChallenge: "c", PersonID: s.PersonID, SessionID: s.ID,
			Authentication: *s.Authentication, CreatedAt: at, ExpiresAt: at.Add(time.Minute),
		},
		Agreement: idp.Agreement{Asked: true, Consent: idp.Consent{
			Sector: client.Sector(), Organization: name, Community: "Sample Trust", Agreed: []string{"birthdate", "name"}, Declined: []string{"email"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := store.RedeemCode(ctx, idp.Redemption{
		Code: code, ClientID: client.ID, CodeChallenge: "c", At: at,
		Access:  idp.AccessToken{ID: access.ID, Hash: access.Hash(), CreatedAt: at, ExpiresAt: at.Add(time.Minute)},
		Release: idp.Release{ID: idp.NewID(), Claims: []string{"name", "birthdate"}, Level: idp.IDIAL1_8},
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// visit asks for a page with the id of a consent in its address.
func (rm *room) visit(t *testing.T, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, page := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /account/organisations/{consent}": rm.Organization, "GET /account/organisations/{consent}/stop": rm.StopPage,
		"POST /account/organisations/{consent}/stop": rm.Stop,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := page(w, r); err != nil {
				t.Errorf("%s %s: %v", method, target, err)
			}
		})
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func TestStopSharingEndsTheAccess(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	here := browse(t, store, ana, onIPhone)
	rm := newRoom(t, store, here)
	token := share(t, store, here, "https://hospital.example", "General Hospital")
	consents, err := store.Consents(t.Context(), ana.ID)
	if err != nil || len(consents) != 1 {
		t.Fatalf("%d consents, %v", len(consents), err)
	}
	at := "/account/organisations/" + consents[0].ID

	says(t, get(t, rm.Organizations, "/account/organisations"), "General Hospital", "Member of Sample Trust", at, "Name · Date of birth")
	says(t, rm.visit(t, http.MethodGet, at), "General Hospital", "You switched these off", "E-mail address", at+"/stop")
	says(t, rm.visit(t, http.MethodGet, at+"/stop"), "Stop sharing with General Hospital?", at+"/stop")
	if _, err := store.AccessToken(t.Context(), token.ID, now()); err != nil {
		t.Fatalf("looking ended it: %v", err)
	}

	leadsTo(t, rm.visit(t, http.MethodPost, at+"/stop"), "/account/organisations?done=stopped")
	if _, err := store.AccessToken(t.Context(), token.ID, now()); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("the access token after that: %v", err)
	}
	leadsTo(t, rm.visit(t, http.MethodPost, at+"/stop"), "/account/organisations?done=stopped") // a second press of the button
	leadsTo(t, rm.visit(t, http.MethodGet, at+"/stop"), at)
	ended := rm.audited(t, ana.ID, "consent.end")
	if len(ended) != 1 || ended[0].Actor != ana.ID || ended[0].ClientID != consents[0].ClientID || ended[0].RequestID != "7F3K-Q2" {
		t.Errorf("the audit log has %+v", ended)
	}
	says(t, get(t, rm.Organizations, "/account/organisations?done=stopped"), "You stopped sharing on", "unless you say yes again")
	says(t, get(t, rm.Sharing, "/account/sharing"), "General Hospital", "Name · Date of birth") // what was shared stays on record
}

func TestNobodySeesOrStopsWhatAnotherShares(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana, bea := addPerson(t, store, "Ana"), addPerson(t, store, "Bea")
	token := share(t, store, browse(t, store, ana, onIPhone), "https://hospital.example", "General Hospital")
	consents, err := store.Consents(t.Context(), ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	rm := newRoom(t, store, browse(t, store, bea, onWindows))
	for _, page := range []*httptest.ResponseRecorder{
		get(t, rm.Organizations, "/account/organisations"), get(t, rm.Sharing, "/account/sharing?organisation="+consents[0].ID),
	} {
		if strings.Contains(page.Body.String(), "General Hospital") {
			t.Error("the page shows with whom another person shares")
		}
	}
	at := "/account/organisations/" + consents[0].ID
	leadsTo(t, rm.visit(t, http.MethodGet, at), "/account/organisations")
	leadsTo(t, rm.visit(t, http.MethodGet, at+"/stop"), "/account/organisations")
	leadsTo(t, rm.visit(t, http.MethodPost, at+"/stop"), "/account/organisations")
	if _, err := store.AccessToken(t.Context(), token.ID, now()); err != nil {
		t.Errorf("another person ended it: %v", err)
	}
}

func TestSharingIsPagedAndChosenByOrganization(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	ana := addPerson(t, store, "Ana")
	here := browse(t, store, ana, onIPhone)
	rm := newRoom(t, store, here)
	says(t, get(t, rm.Sharing, "/account/sharing"), "Nothing was shared yet")
	for range releasesOnPage + 3 {
		share(t, store, here, "https://hospital.example", "General Hospital")
	}
	share(t, store, here, "https://clinic.example", "Lakeside Clinic")
	first := get(t, rm.Sharing, "/account/sharing").Body.String()
	if strings.Count(first, `<p class="item-name">`) != releasesOnPage || strings.Index(first, `<p class="item-name">Lakeside Clinic`) > strings.Index(first, `<p class="item-name">General Hospital`) {
		t.Errorf("the first page does not have the last %d, the last first", releasesOnPage)
	}
	_, rest, _ := strings.Cut(first, `rel="next" href="`)
	next, _, _ := strings.Cut(rest, `"`)
	second := get(t, rm.Sharing, strings.ReplaceAll(next, "&amp;", "&")).Body.String()
	if strings.Count(second, `<p class="item-name">`) != 4 || !strings.Contains(second, `href="/account/sharing"`) {
		t.Error("the second page does not have the other four and a way back")
	}
	consents, err := store.Consents(t.Context(), ana.ID)
	if err != nil || len(consents) != 2 {
		t.Fatalf("%d consents, %v", len(consents), err)
	}
	for _, c := range consents {
		if c.Organization != "Lakeside Clinic" {
			continue
		}
		chosen := get(t, rm.Sharing, "/account/sharing?organisation="+c.ID).Body.String()
		if strings.Count(chosen, `<p class="item-name">`) != 1 {
			t.Error("more than one organization is shown")
		}
	}
	says(t, get(t, rm.Sharing, "/account/sharing?organisation=%ff&before=%ff%00"), "Lakeside Clinic") // nonsense chooses nothing
}
