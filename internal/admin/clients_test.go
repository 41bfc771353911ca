package admin

import (
	"context"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/claims"
	"udap-idp/internal/clients"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/trust"
)

// clientRoom is what the command wires, with the certificate and the claims of others told.
type clientRoom struct {
	*clients.Clients
	h      *house
	asked  *ClaimsAsk // of the last preview
	refuse string
}

func newClientRoom(h *house) *clientRoom {
	return &clientRoom{Clients: clients.New(clients.Config{Store: h.store, Now: func() time.Time { return h.clock }}), h: h}
}

func (c *clientRoom) MaxConnections() int { return clients.MaxConnections }

func (c *clientRoom) Profiles() []string {
	var names []string
	for _, p := range claims.Profiles {
		names = append(names, string(p))
	}
	return names
}

func (c *clientRoom) Profile(client idp.Client) string {
	profile, err := claims.ParseProfile(client.Settings.Payload)
	if err != nil {
		c.h.Error(err)
	}
	return string(profile)
}

func (c *clientRoom) Certificate(_ context.Context, client idp.Client, _ time.Time) ClientCertificate {
	return ClientCertificate{Chain: [][]byte{client.Certificate}, Verdict: "revoked", Why: "it was revoked on 2026-11-24"}
}

func (c *clientRoom) Advise(a idp.Attempt) AttemptAdvice {
	d := attempts.Diagnose(a)
	return AttemptAdvice{
		Diagnosis: string(d), Operator: attempts.Advise(a).Operator, Letter: attempts.Letter(a, "https://idp.example"), Path: attempts.PathOf(a.Chain),
		Untrusted: d == attempts.UntrustedAnchor, Suspended: d == attempts.SuspendedClient,
	}
}

func (c *clientRoom) ReadAnchor(pasted string) ([]byte, error) {
	found, err := trust.ReadAuthorities([]byte(pasted))
	if err != nil {
		return nil, err
	}
	return found[0].Raw, nil
}

func (c *clientRoom) TrustAnchor(ctx context.Context, communityID string, anchor []byte, by idp.Reading) error {
	_, err := trust.New(trust.Config{Store: c.h.store}).Change(ctx, idp.TrustChange{CommunityID: communityID, AddAnchors: [][]byte{anchor}}, nil, by)
	return err
}

func (c *clientRoom) Preview(_ context.Context, ask ClaimsAsk) (ClaimsPreview, error) {
	c.asked = &ask
	identifier := "••••"
	if ask.Reveal {
		identifier = "0d9f8f1c-7a55-4c61-9d6e-6f2f8a1b2c3d"
	}
	return ClaimsPreview{
		Refused: c.refuse, Profile: ask.Profile, IDToken: map[string]any{"name": "Ana <Rivera>", "hl7_identifier": identifier}, UserInfo: map[string]any{"email": "ana@example.org"},
		Hidden: !ask.Reveal, Level: idp.IDIAL1_8, MatchWeight: 12, Withheld: []pages.WithheldClaim{{Name: "address", Reason: "not_known"}},
	}, nil
}

// holder registers a data holder in a community that there is one of.
func (h *house) holder(organization, uri string) idp.Client {
	h.Helper()
	communities, err := h.store.Communities(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	if len(communities) == 0 {
		addCommunity(h.T, h.store)
		return h.holder(organization, uri)
	}
	c, _, err := h.store.RegisterClient(h.Context(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: communities[0].ID, URI: uri, Name: "the client of " + organization, Organization: organization, Scope: "openid udap email",
		RedirectURIs: []string{uri + "/callback"}, Contacts: []string{"mailto:it@hospital.example"}, CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func TestDataHoldersAreListedFoundAndPaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.TrustManager).get("/admin/clients"), http.StatusOK, "admin-clients", "https://idp.example/.well-known/udap")
	for i := range clientsPerPage + 5 {
		h.holder(fmt.Sprintf("Clínica %03d", i), fmt.Sprintf("https://clinic%03d.example", i))
	}
	suspended := h.holder("Zeta Hospital", "https://zeta.example")
	if _, err := h.store.SuspendClient(t.Context(), suspended.ID, "x", now, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	first := h.as(idp.IdentityClerk).get("/admin/clients")
	wantPage(t, first, http.StatusOK, "admin-clients", "Clínica 000", "Clínica 049", "Never", `rel="next"`)
	if strings.Contains(first.Body.String(), "Clínica 050") {
		t.Error("the first page has more than it holds")
	}
	next := linkNamed(t, first.Body.String(), "next")
	wantPage(t, h.get(next), http.StatusOK, "admin-clients", "Clínica 050", "Zeta Hospital", "Suspended", `id="first"`)
	for query, want := range map[string]string{
		"q=clinica+007": "Clínica 007", "q=clinic007.example": "Clínica 007", "q=" + suspended.ID: "Zeta Hospital", "state=suspended": "Zeta Hospital", "q=nobody": "No data holder fits",
	} {
		w := h.get("/admin/clients?" + query)
		wantPage(t, w, http.StatusOK, "admin-clients", want)
		if strings.Count(w.Body.String(), "/admin/clients/") > 1 {
			t.Errorf("%s finds more than one", query)
		}
	}
	for _, path := range []string{"/admin/clients?q=%00a", "/admin/clients?q=%ff"} {
		if w := h.get(path); w.Code != http.StatusBadRequest {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	for _, path := range []string{"/admin/clients?after=" + idp.NewUUIDv4(), "/admin/clients/" + idp.NewUUIDv4(), "/admin/clients/a%00", "/admin/attempts/" + idp.NewID()} {
		if w := h.as(idp.Owner).get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

func linkNamed(t *testing.T, body, id string) string {
	t.Helper()
	_, rest, found := strings.Cut(body, `id="`+id+`" rel="next" href="`)
	if !found {
		t.Fatalf("no link %s on the page", id)
	}
	to, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(to, "&amp;", "&")
}

func TestDataHoldersPageShowsEverything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	h.recordAttempt(func(a *idp.Attempt) {
		a.ClientID, a.Outcome, a.Code, a.Proved, a.CommunityID = c.ID, "registered", "", true, c.CommunityID
	})
	w := h.as(idp.TrustManager).get("/admin/clients/" + c.ID)
	wantPage(t, w, http.StatusOK, "admin-client", "General Hospital", "the client of General Hospital", "https://general.example/callback", "mailto:it@hospital.example", c.ID, "Sample Trust",
		"Certificate revoked", "it was revoked on 2026-11-24", "0 people", "Registered", "Nobody has signed in", `action="/admin/clients/`+c.ID+`/suspend"`, `href="/admin/attempts?client=`+c.ID)
	// An auditor changes nothing; a clerk sees no attempts.
	if body := h.as(idp.Auditor).get("/admin/clients/" + c.ID).Body.String(); strings.Contains(body, c.ID+"/suspend") || strings.Contains(body, c.ID+"/settings") || strings.Contains(body, c.ID+"/delete") {
		t.Error("an auditor is offered an act")
	}
	if body := h.as(idp.IdentityClerk).get("/admin/clients/" + c.ID).Body.String(); strings.Contains(body, "/admin/attempts") || strings.Contains(body, c.ID+"/suspend") {
		t.Error("a clerk is led to what is not for her")
	}
}

func TestDataHolderIsSuspendedResumedSetAndDeleted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	path := "/admin/clients/" + c.ID
	h.as(idp.TrustManager)
	wantPage(t, h.post(path+"/suspend", nil), http.StatusUnprocessableEntity, "admin-client", `role="alert"`, `aria-invalid="true"`)
	wantPage(t, h.follow(h.post(path+"/suspend", url.Values{"reason": {"ticket 4711"}})), http.StatusOK, "admin-client", "The data holder is suspended", "ticket 4711", "Suspended since", "registered, now suspended")
	wantPage(t, h.follow(h.post(path+"/resume", nil)), http.StatusOK, "admin-client", "in use again")
	wantPage(t, h.follow(h.post(path+"/resume", nil)), http.StatusOK, "admin-client", "is not suspended")
	typed := url.Values{"payload": {"oidc"}, "audience": {"app"}, "no_pkce": {"allow"}, "loopback": {"refuse"}}
	wantPage(t, h.post(path+"/settings", typed), http.StatusUnprocessableEntity, "admin-client", "Type a whole address", `value="app"`, `<option value="oidc" selected>`)
	typed.Set("payload", "saml")
	wantPage(t, h.post(path+"/settings", typed), http.StatusUnprocessableEntity, "admin-client", "Choose one of the list")
	typed.Set("payload", "oidc")
	typed.Set("audience", "https://app.example")
	wantPage(t, h.follow(h.post(path+"/settings", typed)), http.StatusOK, "admin-client", "The settings are stored", "https://app.example")
	stored, err := h.store.Client(t.Context(), c.ID)
	if err != nil || stored.Settings.Payload != "oidc" || !*stored.Settings.NoPKCE || *stored.Settings.LoopbackRedirect {
		t.Errorf("stored %+v (%v)", stored.Settings, err)
	}
	wantPage(t, h.get(path+"/delete"), http.StatusOK, "admin-client-delete", "Delete General Hospital?", "Nobody shares with it at the moment")
	wantPage(t, h.follow(h.post(path+"/delete", nil)), http.StatusOK, "admin-clients", "The registration is deleted")
	if w := h.get(path); w.Code != http.StatusNotFound {
		t.Errorf("after the deletion: status %d", w.Code)
	}
	events, err := h.store.ClientChanges(t.Context(), c.ID, 10)
	var actions []string
	for _, e := range slices.Backward(events) {
		actions = append(actions, e.Action)
		if e.Actor != h.roles[idp.TrustManager].ID || e.RequestID != "7F3K-Q2" || !strings.Contains(e.Detail, `"before"`) {
			t.Errorf("recorded %+v", e)
		}
	}
	if want := []string{"client.suspend", "client.resume", "client.change", "client.delete"}; err != nil || !slices.Equal(actions, want) {
		t.Errorf("recorded %v (%v), want %v", actions, err, want)
	}
}

func TestActsOnDataHoldersAskForARecentSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	h.as(idp.Owner).stale = true
	for path, back := range map[string]string{
		"/admin/clients/" + c.ID + "/suspend":  "/admin/clients/" + c.ID,
		"/admin/clients/" + c.ID + "/resume":   "/admin/clients/" + c.ID,
		"/admin/clients/" + c.ID + "/settings": "/admin/clients/" + c.ID,
		"/admin/clients/" + c.ID + "/delete":   "/admin/clients/" + c.ID + "/delete",
		"/admin/attempts/x/trust":              "/admin/attempts/x/trust",
		"/admin/attempts/x/allow":              "/admin/attempts/x",
		"/admin/people/x/claims":               "/admin/people/x/claims?client=",
	} {
		w := h.post(path, url.Values{"reason": {"x"}})
		if to := w.Header().Get("Location"); to != "/login?back="+url.QueryEscape(back) {
			t.Errorf("%s: status %d to %q, want the sign-in and back to %s", path, w.Code, to, back)
		}
	}
	if same, err := h.store.Client(t.Context(), c.ID); err != nil || same.State() != idp.ClientRegistered {
		t.Errorf("something was done: %+v (%v)", same, err)
	}
}

func TestNavigationLeadsToDataHoldersAndAttempts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for role, want := range map[idp.Role][2]bool{
		idp.Owner: {true, true}, idp.TrustManager: {true, true}, idp.Auditor: {true, true}, idp.IdentityClerk: {true, false}, idp.HelpDesk: {false, false},
	} {
		body := h.as(role).get("/admin").Body.String()
		for i, path := range []string{"/admin/clients", "/admin/attempts"} {
			if got := strings.Contains(body, `href="`+path+`"`); got != want[i] {
				t.Errorf("%s sees %s: %t, want %t", role, path, got, want[i])
			}
		}
	}
}

// recordAttempt records a registration that was refused because its anchor is not known.
func (h *house) recordAttempt(change func(*idp.Attempt)) idp.Attempt {
	h.Helper()
	a := idp.Attempt{
		ID: idp.FirstID(now)[:14] + idp.NewID()[14:], Kind: idp.AttemptRegistration, At: now, RequestID: "7F3K-Q2", RemoteIP: "192.0.2.7", Issuer: "https://stranger.example", Status: 400, Outcome: "refused",
		Code: "unapproved_software_statement", Description: "does not lead to an anchor", Cause: "no path to an anchor", Count: 1,
		Checks: []idp.AttemptCheck{{Name: attempts.Signature, Outcome: idp.CheckPassed}, {Name: attempts.Trust, Outcome: idp.CheckFailed, Detail: "does not lead to an anchor"}},
	}
	change(&a)
	if err := h.store.RecordAttempts(h.Context(), []idp.Attempt{a}); err != nil {
		h.Fatal(err)
	}
	return a
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
