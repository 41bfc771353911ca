package admin

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
)

func kept(c *x509.Certificate) idp.AttemptCertificate {
	return idp.AttemptCertificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: fingerprint(c.Raw)}
}

func TestAttemptsAreFilteredAndPaged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	wantPage(t, h.as(idp.Auditor).get("/admin/attempts"), http.StatusOK, "admin-attempts", "will be listed here")
	c := h.holder("General Hospital", "https://general.example")
	h.recordAttempt(func(a *idp.Attempt) { a.Issuer = "https://stranger.example/fhir" })
	h.recordAttempt(func(a *idp.Attempt) {
		a.Kind, a.Outcome, a.Code, a.ClientID, a.CommunityID, a.Proved, a.Issuer, a.RemoteIP = idp.AttemptAuthentication, "authenticated", "", c.ID, c.CommunityID, true, c.ID, "2001:db8::1"
	})
	for query, want := range map[string]int{
		"": 2, "outcome=unsuccessful": 1, "outcome=authenticated": 1, "outcome=nothing": 0, "kind=registration": 1, "from=stranger.example": 1, "from=stranger.example:443": 0, "from=urn:x": 0, "from=https%3A%2F%2Fstranger": 1,
		"from=" + c.ID: 1, "address=192.0.2.7": 1, "address=2001:DB8:0::1": 1, "community=" + c.CommunityID: 1, "client=" + c.ID: 1, "since=2026-11-24": 2, "until=2026-11-23": 0,
		"since=2026-11-24&until=2026-11-24&kind=authentication": 1,
	} {
		w := h.get("/admin/attempts?" + query)
		if got := strings.Count(w.Body.String(), `href="/admin/attempts/`); w.Code != http.StatusOK || got != want {
			t.Errorf("%s: status %d, %d attempts, want %d", query, w.Code, got, want)
		}
	}
	for _, query := range []string{"address=here", "since=soon", "until=2026-13-01", "client=x"} {
		wantPage(t, h.get("/admin/attempts?"+query), http.StatusUnprocessableEntity, "admin-attempts", `role="alert"`)
	}
	for range attemptsPerPage {
		h.recordAttempt(func(a *idp.Attempt) {})
	}
	older := linkNamed(t, h.get("/admin/attempts?kind=registration").Body.String(), "older")
	if got := strings.Count(h.get(older).Body.String(), `href="/admin/attempts/`); got != 1 {
		t.Errorf("the page of the older has %d", got)
	}
}

func TestAttemptIsDrawnAndExplained(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	anchor, key := issue(t, "Unknown Anchor", nil, nil)
	leaf, _ := issue(t, "stranger.example", anchor, key)
	aside, _ := issue(t, "Aside", nil, nil)
	x := h.recordAttempt(func(a *idp.Attempt) {
		a.Chain = []idp.AttemptCertificate{kept(leaf), kept(anchor), kept(aside)}
	})
	w := h.as(idp.TrustManager).get("/admin/attempts/" + x.ID)
	wantPage(t, w, http.StatusOK, "admin-attempt", "Its anchor is not trusted here", "Not proved", "Unknown Anchor", "Not an anchor here", "Was in date", fingerprint(anchor.Raw), "do not belong to the chain",
		"The chain leads to an anchor", "no path to an anchor", "Text to send", "Registration at https://idp.example", `href="/admin/attempts/`+x.ID+`/trust"`)
	body := w.Body.String()
	if strings.Index(body, "CN=Unknown Anchor") > strings.Index(body, "CN=stranger.example") {
		t.Error("the chain is not drawn from the anchor down")
	}
	letter := body[strings.Index(body, `id="letter"`):]
	if letter = letter[:strings.Index(letter, "</pre>")]; strings.Contains(letter, "no path") {
		t.Error("the letter has our cause")
	}
	if body := h.as(idp.Auditor).get("/admin/attempts/" + x.ID).Body.String(); strings.Contains(body, x.ID+"/trust") {
		t.Error("an auditor is offered to trust an anchor")
	}
	top := h.recordAttempt(func(a *idp.Attempt) { a.Chain = []idp.AttemptCertificate{kept(leaf)} })
	wantPage(t, h.as(idp.Owner).get("/admin/attempts/"+top.ID), http.StatusOK, "admin-attempt", "Was not sent", "CN=Unknown Anchor")
	good := h.recordAttempt(func(a *idp.Attempt) { a.Outcome, a.Code, a.Checks = "registered", "", nil })
	if body := h.get("/admin/attempts/" + good.ID).Body.String(); strings.Contains(body, "Text to send") {
		t.Error("there is something to send about what went well")
	}
}

// TestAnchorIsTrustedOnlyWhenThreeFingerprintsAgree: that of the message, that of the certificate, and what the community publishes.
func TestAnchorIsTrustedOnlyWhenThreeFingerprintsAgree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	addCommunity(t, h.store)
	anchor, key := issue(t, "Unknown Anchor", nil, nil)
	leaf, _ := issue(t, "stranger.example", anchor, key)
	other, _ := issue(t, "Unknown Anchor", nil, nil) // the same name, another key
	x := h.recordAttempt(func(a *idp.Attempt) { a.Chain = []idp.AttemptCertificate{kept(leaf), kept(anchor)} })
	communities, err := h.store.Communities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/admin/attempts/" + x.ID + "/trust"
	wantPage(t, h.as(idp.TrustManager).get(path), http.StatusOK, "admin-anchor", fingerprint(anchor.Raw), "Sample Trust")
	spaced := strings.ToLower(fingerprint(anchor.Raw))
	spaced = spaced[:2] + ":" + spaced[2:10] + " " + spaced[10:]
	right := url.Values{"community": {communities[0].ID}, "certificate": {pemOf(anchor.Raw)}, "published": {spaced}}
	for name, change := range map[string]func(url.Values){
		"no community":                  func(v url.Values) { v.Set("community", "") },
		"a community that is not there": func(v url.Values) { v.Set("community", idp.NewID()) },
		"no certificate":                func(v url.Values) { v.Set("certificate", "") },
		"what is no certificate":        func(v url.Values) { v.Set("certificate", "hello") },
		"a private key": func(v url.Values) {
			v.Set("certificate", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
		},
		"no fingerprint":                      func(v url.Values) { v.Set("published", "") },
		"another fingerprint":                 func(v url.Values) { v.Set("published", fingerprint(leaf.Raw)) },
		"another anchor, its own fingerprint": func(v url.Values) { v.Set("certificate", pemOf(other.Raw)); v.Set("published", fingerprint(other.Raw)) },
	} {
		form := url.Values{}
		for field, values := range right {
			form[field] = values
		}
		change(form)
		w := h.post(path, form)
		wantPage(t, w, http.StatusUnprocessableEntity, "admin-anchor", `role="alert"`)
		if now, err := h.store.Communities(t.Context()); err != nil || len(now[0].Anchors) != 1 {
			t.Fatalf("%s: there are %d anchors (%v)", name, len(now[0].Anchors), err)
		}
	}
	// An authority in between is no anchor, though its name fits and everything agrees.
	middle, middleKey := issue(t, "Middle", anchor, key)
	below, _ := issue(t, "below.example", middle, middleKey)
	y := h.recordAttempt(func(a *idp.Attempt) { a.Chain = []idp.AttemptCertificate{kept(below)} })
	form := url.Values{"community": {communities[0].ID}, "certificate": {pemOf(middle.Raw)}, "published": {fingerprint(middle.Raw)}}
	wantPage(t, h.post("/admin/attempts/"+y.ID+"/trust", form), http.StatusUnprocessableEntity, "admin-anchor", "was issued by another one")
	wantPage(t, h.follow(h.post(path, right)), http.StatusOK, "admin-attempt", "The anchor is trusted now", "Anchor of Sample Trust", "trusted by now, in Sample Trust")
	after, err := h.store.Communities(t.Context())
	if err != nil || len(after[0].Anchors) != 2 {
		t.Fatalf("%d anchors (%v)", len(after[0].Anchors), err)
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Action: "community.change"})
	if err != nil || len(events) != 1 || events[0].Actor != h.roles[idp.TrustManager].ID || !strings.Contains(events[0].Detail, fingerprint(anchor.Raw)) {
		t.Errorf("recorded %+v (%v)", events, err)
	}
	if w := h.post(path, right); w.Code != http.StatusSeeOther {
		t.Errorf("again: status %d", w.Code)
	}
	good := h.recordAttempt(func(a *idp.Attempt) { a.Code, a.Outcome, a.Checks = "", "registered", nil })
	if to := h.get("/admin/attempts/" + good.ID + "/trust").Header().Get("Location"); !strings.Contains(to, "refused=no_anchor") {
		t.Errorf("what did not fail because of an anchor leads to %q", to)
	}
}

func TestSuspendedDataHolderIsAllowedFromItsAttempt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.holder("General Hospital", "https://general.example")
	if _, err := h.store.SuspendClient(t.Context(), c.ID, "ticket 4711", now, idp.Trail{}); err != nil {
		t.Fatal(err)
	}
	refused := func(a *idp.Attempt) {
		a.Checks = []idp.AttemptCheck{{Name: attempts.Trust, Outcome: idp.CheckPassed}, {Name: attempts.Suspension, Outcome: idp.CheckFailed}}
		a.Issuer, a.CommunityID, a.Proved = c.URI, c.CommunityID, true
	}
	x := h.recordAttempt(refused)
	// Whoever says that he is the hospital, without proof, leads nowhere.
	stranger := h.recordAttempt(func(a *idp.Attempt) { refused(a); a.Proved = false })
	if body := h.as(idp.TrustManager).get("/admin/attempts/" + stranger.ID).Body.String(); strings.Contains(body, "/allow") || strings.Contains(body, "ticket 4711") {
		t.Error("a stranger's words lead to a data holder")
	}
	wantPage(t, h.get("/admin/attempts/"+x.ID), http.StatusOK, "admin-attempt", "The data holder is suspended", "ticket 4711", "General Hospital", `action="/admin/attempts/`+x.ID+`/allow"`)
	wantPage(t, h.follow(h.post("/admin/attempts/"+x.ID+"/allow", nil)), http.StatusOK, "admin-attempt", "in use again")
	if same, err := h.store.Client(t.Context(), c.ID); err != nil || same.State() != idp.ClientRegistered {
		t.Errorf("it is %s (%v)", same.State(), err)
	}
	other := h.recordAttempt(func(a *idp.Attempt) { a.ClientID = c.ID })
	if to := h.post("/admin/attempts/"+other.ID+"/allow", nil).Header().Get("Location"); !strings.Contains(to, "refused=client_not_suspended") {
		t.Errorf("another attempt leads to %q", to)
	}
}
