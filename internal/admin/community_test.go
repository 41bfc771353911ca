package admin

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/trust"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// communityDesk is the rules on the house's store. What the running server knows of revocation is made up.
type communityDesk struct {
	*trust.Communities
	refreshed int
	fresh     map[string]Freshness
}

// apart seals nothing either, and returns bytes of its own: those it was given are cleared.
type apart struct{}

func (apart) Seal(plaintext []byte, _ string) ([]byte, error) { return bytes.Clone(plaintext), nil }
func (apart) Unseal(sealed []byte, _ string) ([]byte, error)  { return bytes.Clone(sealed), nil }

func newTrustDesk(h *house) *communityDesk {
	return &communityDesk{Communities: trust.New(trust.Config{Store: h.store, Sealer: apart{}, Issuer: "https://idp.example", Now: func() time.Time { return h.clock }})}
}

func (*communityDesk) ReadAuthorities(data []byte) ([][]byte, error) {
	found, err := trust.ReadAuthorities(data)
	return trust.DER(found), err
}
func (d *communityDesk) Change(ctx context.Context, change idp.TrustChange, by idp.Reading) (idp.Community, error) {
	return d.Communities.Change(ctx, change, nil, by)
}
func (*communityDesk) KeyTypes() []string   { return trust.KeyTypes() }
func (*communityDesk) Organization() string { return "Sample Health ID" }
func (d *communityDesk) RequestCertificate(ctx context.Context, communityID, keyType, organization string, by idp.Reading) (idp.CertificateRequest, error) {
	return d.Communities.RequestCertificate(ctx, communityID, trust.Asking{KeyType: keyType, Organization: organization}, by)
}
func (d *communityDesk) Freshness(context.Context, string) (map[string]Freshness, error) {
	return d.fresh, nil
}
func (d *communityDesk) Refresh(context.Context, string) error { d.refreshed++; return nil }

// ca makes an authority that is in date by the clock of the house.
func ca(t *testing.T, name string) *authority.Authority {
	t.Helper()
	a, err := authority.New(name, authority.Options{KeyType: authority.P256, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func certPEM(certs ...*x509.Certificate) string { return certificatesPEM(trust.DER(certs)) }

func tailOf(cert *x509.Certificate) string {
	print := trust.Fingerprint(cert.Raw)
	return print[len(print)-8:]
}

func (h *house) communities() []idp.Community {
	h.Helper()
	all, err := h.store.Communities(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	return all
}

// trusted adds a community, as a trust manager does, and returns it.
func (h *house) trusted(name string, anchor *x509.Certificate) idp.Community {
	h.Helper()
	form := url.Values{"name": {name}, "uri": {"https://trust.example/" + strings.ReplaceAll(name, " ", "-")}, "anchors": {certPEM(anchor)}, "tail-0": {tailOf(anchor)}}
	wantPage(h.T, h.follow(h.as(idp.TrustManager).post("/admin/trust", form)), http.StatusOK, "admin-trust", name, "The community is trusted")
	all := h.communities()
	return all[len(all)-1]
}

func (h *house) recorded(action string) []idp.AuditEvent {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{Action: action})
	if err != nil {
		h.Fatal(err)
	}
	return events
}

func TestCommunityIsStoredOnlyAfterItsFingerprintWasCompared(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root := ca(t, "Sample Root CA").Certificate
	form := url.Values{"name": {"Sample Trust"}, "uri": {"https://trust.example/community"}, "anchors": {certPEM(root)}}
	w := h.as(idp.TrustManager).post("/admin/trust/new", form)
	wantPage(t, w, http.StatusOK, "admin-community-confirm", "Sample Root CA", "P-256", `id="tail-0"`)
	if strings.Contains(w.Body.String(), tailOf(root)) || strings.Contains(w.Body.String(), tailOf(root)[:4]+"</span><span>"+tailOf(root)[4:]) {
		t.Error("the page shows what is to be taken from the community")
	}
	for _, typed := range []string{"", "00000000", tailOf(root)[1:], strings.Repeat("0", 56) + tailOf(root)} {
		form.Set("tail-0", typed)
		wantPage(t, h.post("/admin/trust", form), http.StatusUnprocessableEntity, "admin-community-confirm", "do not trust it")
	}
	if got := h.communities(); len(got) != 0 {
		t.Fatalf("it was stored: %+v", got)
	}
	spaced := strings.ToLower(tailOf(root)[:4] + ":" + tailOf(root)[4:])
	form.Set("tail-0", spaced)
	wantPage(t, h.follow(h.post("/admin/trust", form)), http.StatusOK, "admin-trust", "Sample Trust")
	got := h.communities()
	if len(got) != 1 || got[0].Name != "Sample Trust" || !bytes.Equal(got[0].Anchors[0], root.Raw) {
		t.Errorf("stored %+v", got)
	}
	if events := h.recorded("community.add"); len(events) != 1 || events[0].Actor != h.roles[idp.TrustManager].ID || !strings.Contains(events[0].Detail, trust.Fingerprint(root.Raw)) {
		t.Errorf("recorded %+v", events)
	}
	form.Set("tail-0", trust.Fingerprint(root.Raw))
	wantPage(t, h.post("/admin/trust", form), http.StatusUnprocessableEntity, "admin-community-read", "with this address already", "Sample Trust")
	form.Set("again", "1")
	wantPage(t, h.post("/admin/trust/new", form), http.StatusOK, "admin-community-read", "BEGIN CERTIFICATE", "https://trust.example/community")
}

func TestWhatCannotBeAnAnchorIsRefusedWithWords(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root := ca(t, "Sample Root CA")
	leaf, err := root.IssueLeaf(authority.Leaf{KeyType: authority.P256, URIs: []string{"https://hospital.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ anchors, uri, words string }{
		"nothing":         {"", "urn:x", "Give at least one anchor"},
		"wrong PEM":       {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "urn:x", "no certificate that can be read"},
		"no PEM":          {"hello <b>", "urn:x", "hello &lt;b&gt;"},
		"leaf":            {certPEM(leaf.Certificate()), "urn:x", "not that of an authority"},
		"no URI":          {certPEM(root.Certificate), "community", "Type the whole address"},
		"NUL in the URI":  {certPEM(root.Certificate), "urn:\x00x", "Type the whole address"},
		"NUL in the text": {"a\x00b", "urn:x", "no certificate that can be read"},
	} {
		w := h.as(idp.Owner).post("/admin/trust/new", url.Values{"name": {"Kept Name"}, "uri": {test.uri}, "anchors": {test.anchors}})
		wantPage(t, w, http.StatusUnprocessableEntity, "admin-community-read", test.words, `role="alert"`, `value="Kept Name"`)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	h.as(idp.Owner)
	wantPage(t, h.post("/admin/trust/new", url.Values{"name": {"x\xff\x00"}, "uri": {"urn:x"}, "anchors": {certPEM(root.Certificate)}}), http.StatusUnprocessableEntity,
		"admin-community-read", "at most 200 characters")
	if got := h.communities(); len(got) != 0 {
		t.Errorf("stored %+v", got)
	}
}

func TestPrivateKeyPastedByMistakeIsNeitherKeptNorShown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	der, err := x509.MarshalPKCS8PrivateKey(udaptest.Key(t, authority.P256, 0))
	if err != nil {
		t.Fatal(err)
	}
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	secret := strings.Split(key, "\n")[1]
	c := h.trusted("Sample Trust", ca(t, "Root").Certificate)
	request := h.requested(c)
	for path, field := range map[string]string{
		"/admin/trust/new": "anchors", "/admin/trust": "intermediates", "/admin/trust/" + c.ID + "/authority": "anchors",
		"/admin/trust/" + c.ID + "/settings": "certifiers", "/admin/trust/" + c.ID + "/request/" + request.ID + "/accept": "issued",
	} {
		form := url.Values{"name": {"N"}, "uri": {"urn:n"}, "revision": {"0"}, "revocation": {"hard-fail"}, field: {key}}
		w := h.as(idp.TrustManager).post(path, form)
		if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), secret) || !strings.Contains(w.Body.String(), "There is a private key") {
			t.Errorf("%s: status %d, shown %t\n%s", path, w.Code, strings.Contains(w.Body.String(), secret), w.Body)
		}
	}
	events, err := h.store.AuditEvents(t.Context(), idp.AuditFilter{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if strings.Contains(e.Detail, secret) {
			t.Errorf("%s records the key", e.Action)
		}
	}
}

// upload posts a form with a file.
func (h *house) upload(path, field string, data []byte, values url.Values) *httptest.ResponseRecorder {
	h.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range values {
		if err := form.WriteField(name, values.Get(name)); err != nil {
			h.Fatal(err)
		}
	}
	part, err := form.CreateFormFile(field, "anchor.der")
	if err != nil {
		h.Fatal(err)
	}
	if _, err := part.Write(data); err != nil {
		h.Fatal(err)
	}
	form.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w := httptest.NewRecorder()
	if err := h.admin.Routes()["POST "+path](w, r); err != nil {
		h.Fatal(err)
	}
	return w
}

func TestUploadedFileIsReadUpToALimit(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.as(idp.TrustManager)
	root := ca(t, "Root in DER").Certificate
	values := url.Values{"name": {"Sample Trust"}, "uri": {"urn:x"}}
	wantPage(t, h.upload("/admin/trust/new", "anchors_file", root.Raw, values), http.StatusOK, "admin-community-confirm", "Root in DER", "BEGIN CERTIFICATE")
	wantPage(t, h.upload("/admin/trust/new", "anchors_file", make([]byte, maxCertificates+1), values), http.StatusUnprocessableEntity, "admin-community-read", "too large")
	wantPage(t, h.upload("/admin/trust/new", "anchors_file", []byte("rubbish"), values), http.StatusUnprocessableEntity, "admin-community-read", "no certificate that can be read", "Sample Trust")
}

func TestAuthoritiesComeAndGoWithTheirConsequence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second := ca(t, "First Root"), ca(t, "Second Root")
	c := h.trusted("Sample Trust", first.Certificate)
	path := "/admin/trust/" + c.ID
	form := url.Values{"anchors": {certPEM(second.Certificate)}}
	wantPage(t, h.post(path+"/authority", form), http.StatusOK, "admin-community-confirm", "Second Root")
	wantPage(t, h.post(path+"/authority", url.Values{}), http.StatusUnprocessableEntity, "admin-community-read", "Paste a certificate")
	form.Set("tail-0", tailOf(second.Certificate))
	wantPage(t, h.follow(h.post(path+"/authority/store", form)), http.StatusOK, "admin-community", "Second Root", "The community was changed")
	wantPage(t, h.post(path+"/authority/store", form), http.StatusUnprocessableEntity, "admin-community-read", "already, or it was given twice")

	for name, root := range map[string]*authority.Authority{"stays": first, "lost": second} {
		leaf, err := root.IssueLeaf(authority.Leaf{KeyType: authority.P256, URIs: []string{"https://" + name + ".example"}, NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := h.store.RegisterClient(t.Context(), idp.Client{
			ID: idp.NewUUIDv4(), CommunityID: c.ID, URI: "https://" + name + ".example", Name: name + " hospital", Certificate: leaf.Certificate().Raw, CreatedAt: now, UpdatedAt: now,
		}); err != nil {
			t.Fatal(err)
		}
	}
	removal := path + "/authority/" + trust.Fingerprint(second.Certificate.Raw)
	wantPage(t, h.get(removal), http.StatusOK, "admin-community-remove", "1 data holder would not be trusted any more", "lost hospital")
	wantPage(t, h.post(removal, url.Values{}), http.StatusUnprocessableEntity, "admin-community-remove", "Second Root")
	wantPage(t, h.follow(h.post(removal, url.Values{"reason": {"its key is out"}})), http.StatusOK, "admin-community", "The community was changed")
	if got := h.communities()[0]; len(got.Anchors) != 1 || !bytes.Equal(got.Anchors[0], first.Certificate.Raw) {
		t.Errorf("left %d anchors", len(got.Anchors))
	}
	if w := h.get(removal); w.Code != http.StatusNotFound {
		t.Errorf("what is gone: status %d", w.Code)
	}
	last := path + "/authority/" + trust.Fingerprint(first.Certificate.Raw)
	wantPage(t, h.get(last), http.StatusOK, "admin-community-remove", "only anchor")
	h.post(last, url.Values{"reason": {"x"}})
	if got := h.communities()[0]; len(got.Anchors) != 1 {
		t.Error("the last anchor went")
	}
	if events := h.recorded("community.change"); len(events) != 2 || !strings.Contains(events[0].Detail, "its key is out") {
		t.Errorf("recorded %+v", events)
	}
}

func TestSettingsAreOneChangeAndNeverOverwriteAnothers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.trusted("Sample Trust", ca(t, "Root").Certificate)
	path := "/admin/trust/" + c.ID + "/settings"
	wantPage(t, h.get(path), http.StatusOK, "admin-community-settings", `value="Sample Trust"`, `name="revision" value="0"`)
	form := url.Values{
		"revision": {"0"}, "name": {"New Name"}, "revocation": {"soft-fail"}, "grace": {"48"}, "healthcare": {"1"}, "no_pkce": {"1"},
		"certifications": {"https://a.example https://b.example"}, "required": {"https://a.example"},
	}
	for field, test := range map[string]struct{ value, words string }{
		"name": {"", "at most 200"}, "revocation": {"lax", "Choose how"}, "grace": {"721", "from 1 to 720"}, "certifications": {"a", "whole addresses"},
		"required": {"https://c.example", "must also stand"}, "certifiers": {"x", "no certificate"},
	} {
		wrong := url.Values{}
		for name, values := range form {
			wrong[name] = values
		}
		wrong.Set(field, test.value)
		wantPage(t, h.post(path, wrong), http.StatusUnprocessableEntity, "admin-community-settings", test.words)
	}
	wantPage(t, h.follow(h.post(path, form)), http.StatusOK, "admin-community", "New Name", "48 hours", "Checked, with a grace period")
	got := h.communities()[0]
	if got.Name != "New Name" || got.Settings.Revocation.Grace != 48*time.Hour || !got.Settings.Healthcare || !got.Settings.Compatibility.NoPKCE || got.Settings.Compatibility.LoopbackRedirect ||
		len(got.Settings.Certifications.Supported) != 2 || len(got.Settings.Certifications.Required) != 1 {
		t.Errorf("stored %+v", got)
	}
	if events := h.recorded("community.change"); len(events) != 1 || !strings.Contains(events[0].Detail, `"before"`) {
		t.Errorf("recorded %+v", events)
	}
	wantPage(t, h.post(path, form), http.StatusUnprocessableEntity, "admin-community-settings", "Somebody else changed the community")
	if w := h.post(path, url.Values{"revision": {"x"}}); w.Code != http.StatusBadRequest {
		t.Errorf("no revision: status %d", w.Code)
	}
}

func TestCommunityIsSuspendedAtOnceAndDeletedByItsName(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.TwoPersonActs = func() []string { return []string{GroupTrust} } })
	h.admin.TwoPersonActs = nil
	c := h.trusted("Sample Trust", ca(t, "Root").Certificate)
	h.admin.TwoPersonActs = func() []string { return []string{GroupTrust} }
	path := "/admin/trust/" + c.ID
	wantPage(t, h.post(path+"/suspend", url.Values{}), http.StatusUnprocessableEntity, "admin-community-state")
	wantPage(t, h.follow(h.post(path+"/suspend", url.Values{"reason": {"broken into"}})), http.StatusOK, "admin-community", "The community is suspended", "broken into")
	if h.communities()[0].SuspendedAt.IsZero() {
		t.Error("it waits for somebody")
	}
	wantPage(t, h.follow(h.post(path+"/suspend", url.Values{"reason": {"again"}})), http.StatusOK, "admin-community", "suspended already")
	wantPage(t, h.get("/admin/trust"), http.StatusOK, "admin-trust", "Suspended")
	// To trust again takes two.
	wantPage(t, h.follow(h.post(path+"/resume", nil)), http.StatusOK, "admin-approvals", "Sample Trust")
	if h.communities()[0].SuspendedAt.IsZero() {
		t.Error("one alone resumed it")
	}
	h.admin.TwoPersonActs = nil
	wantPage(t, h.follow(h.post(path+"/resume", nil)), http.StatusOK, "admin-community", "The community was changed")
	wantPage(t, h.follow(h.post(path+"/resume", nil)), http.StatusOK, "admin-community", "is not suspended")

	wantPage(t, h.get(path+"/state"), http.StatusOK, "admin-community-state", "Type its name to confirm: Sample Trust")
	wantPage(t, h.post(path+"/delete", url.Values{"delete_name": {"Sample"}, "reason": {"ended"}}), http.StatusUnprocessableEntity, "admin-community-state", "not the name")
	wantPage(t, h.post(path+"/delete", url.Values{"delete_name": {"Sample Trust"}}), http.StatusUnprocessableEntity, "admin-community-state")
	wantPage(t, h.follow(h.post(path+"/delete", url.Values{"delete_name": {"Sample Trust"}, "reason": {"ended"}})), http.StatusOK, "admin-trust", "The community was deleted")
	if got := h.communities(); len(got) != 0 {
		t.Errorf("left %+v", got)
	}
	if w := h.get(path); w.Code != http.StatusNotFound {
		t.Errorf("what is gone: status %d", w.Code)
	}
}

func TestTrustWaitsForASecondAdministratorWhoIsShownTheFingerprint(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.TwoPersonActs = func() []string { return []string{GroupTrust, GroupClosing} } })
	root := ca(t, "Root").Certificate
	form := url.Values{"name": {"Sample Trust"}, "uri": {"urn:x"}, "anchors": {certPEM(root)}, "tail-0": {tailOf(root)}}
	wantPage(t, h.follow(h.as(idp.TrustManager).post("/admin/trust", form)), http.StatusOK, "admin-approvals", "waits for a second person")
	if got := h.communities(); len(got) != 0 {
		t.Fatalf("it did not wait: %+v", got)
	}
	a := h.waiting()[0]
	h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil))
	if len(h.communities()) != 0 {
		t.Fatal("somebody approved his own act")
	}
	// What is about people is not for a trust manager, nor the other way round.
	patient := h.roles[idp.Patient]
	h.as(idp.IdentityClerk).post("/admin/people/"+patient.ID+"/close", url.Values{"reason": {"asked for it"}})
	if body := h.get("/admin/approvals").Body.String(); strings.Contains(body, "Sample Trust") || !strings.Contains(body, "Ana") {
		t.Error("a clerk sees acts about trust, or not his own")
	}
	if w := h.post("/admin/approvals/"+a.ID+"/approve", nil); w.Code != http.StatusForbidden {
		t.Errorf("a clerk approves an anchor: status %d", w.Code)
	}
	second := h.addAdministrator(idp.TrustManager)
	h.session = signedIn(second)
	w := h.get("/admin/approvals")
	wantPage(t, w, http.StatusOK, "admin-approvals", "Sample Trust", grouped(trust.Fingerprint(root.Raw)), "/approve")
	if strings.Contains(w.Body.String(), "Ana") {
		t.Error("a trust manager sees acts about people")
	}
	h.follow(h.post("/admin/approvals/"+a.ID+"/approve", nil))
	if got := h.communities(); len(got) != 1 || got[0].Name != "Sample Trust" {
		t.Errorf("after the approval: %+v", got)
	}
	if events := h.recorded("community.add"); len(events) != 1 || events[0].Actor != h.roles[idp.TrustManager].ID {
		t.Errorf("recorded %+v", events)
	}
	wantPage(t, h.as(idp.Auditor).get("/admin/approvals"), http.StatusOK, "admin-approvals", "Ana", "Sample Trust")
}

// requested asks for a certificate, as a trust manager does.
func (h *house) requested(c idp.Community) idp.CertificateRequest {
	h.Helper()
	w := h.as(idp.TrustManager).post("/admin/trust/"+c.ID+"/request", url.Values{"key": {"p-256"}, "organization": {"Sample Health ID"}})
	wantPage(h.T, h.follow(w), http.StatusOK, "admin-certificate-answer", "BEGIN CERTIFICATE REQUEST", "https://idp.example/")
	requests, err := h.store.CertificateRequests(h.Context(), c.ID)
	if err != nil || len(requests) == 0 {
		h.Fatalf("%d requests (%v)", len(requests), err)
	}
	return requests[len(requests)-1]
}

// theirs is a key of which only the public half is here.
type theirs struct{ key crypto.PublicKey }

func (k theirs) Public() crypto.PublicKey { return k.key }
func (theirs) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("not here")
}

func TestCertificateIsRequestedAndTakenBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root := ca(t, "Root")
	c := h.trusted("Sample Trust", root.Certificate)
	path := "/admin/trust/" + c.ID
	wantPage(t, h.get(path+"/request"), http.StatusOK, "admin-certificate-request", "Sample Health ID", "RSA, 2048 bits")
	wantPage(t, h.post(path+"/request", url.Values{"key": {"dsa"}}), http.StatusUnprocessableEntity, "admin-certificate-request", "Choose one of the keys")
	wantPage(t, h.post(path+"/request", url.Values{"key": {"p-256"}, "organization": {strings.Repeat("x", 65)}}), http.StatusUnprocessableEntity, "admin-certificate-request", "at most 64")
	request := h.requested(c)
	wantPage(t, h.get(path), http.StatusOK, "admin-community", "Requested, not issued yet", "By Max trust manager")
	at := path + "/request/" + request.ID
	w := h.as(idp.Auditor).get(at + "/csr")
	block, _ := pem.Decode(w.Body.Bytes())
	if w.Code != http.StatusOK || block == nil || !strings.Contains(w.Header().Get("Content-Disposition"), "attachment") {
		t.Fatalf("download: status %d\n%s", w.Code, w.Body)
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	issued := func(by *authority.Authority, key crypto.Signer, uris ...string) string {
		t.Helper()
		leaf, err := by.IssueLeaf(authority.Leaf{URIs: uris, Key: key, NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return certPEM(leaf.Chain...)
	}
	h.as(idp.TrustManager)
	ours := theirs{csr.PublicKey}
	for words, given := range map[string]string{
		"Paste a certificate": "", "no certificate that can be read": "x", "for the key of this request": issued(root, udaptest.Key(t, authority.P256, 0), "https://idp.example"),
		"does not name our address": issued(root, ours, "https://elsewhere.example"), "does not lead to an anchor": issued(ca(t, "Stranger"), ours, "https://idp.example"),
	} {
		wantPage(t, h.post(at+"/accept", url.Values{"issued": {given}}), http.StatusUnprocessableEntity, "admin-certificate-answer", words)
	}
	good := issued(root, ours, "https://idp.example")
	wantPage(t, h.follow(h.post(at+"/accept", url.Values{"issued": {good}})), http.StatusOK, "admin-community", "The certificate was taken")
	if got := h.communities()[0].Certificates; len(got) != 1 || got[0].KeyID != request.KeyID {
		t.Errorf("stored %+v", got)
	}
	if w := h.post(at+"/accept", url.Values{"issued": {good}}); w.Code != http.StatusNotFound {
		t.Errorf("answered again: status %d", w.Code)
	}
	other := h.requested(c)
	wantPage(t, h.follow(h.post(path+"/request/"+other.ID+"/discard", nil)), http.StatusOK, "admin-community", "deleted with its key")
	if w := h.get(path + "/request/" + other.ID); w.Code != http.StatusNotFound {
		t.Errorf("discarded: status %d", w.Code)
	}
	for _, action := range []string{"certificate.request", "certificate.add", "certificate.discard"} {
		if len(h.recorded(action)) == 0 {
			t.Errorf("%s is not recorded", action)
		}
	}
}

func TestCommunityPageDrawsTheTreeAndItsFreshness(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	root := ca(t, "Root")
	between, err := root.IssueIntermediate("Between", authority.Options{KeyType: authority.P256, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, 20)})
	if err != nil {
		t.Fatal(err)
	}
	stranger := ca(t, "Stranger").Certificate
	c := h.trusted("Sample Trust", root.Certificate)
	if _, err := h.admin.Trust.Change(t.Context(), idp.TrustChange{CommunityID: c.ID, AddIntermediates: trust.DER([]*x509.Certificate{between.Certificate, stranger})}, idp.Reading{}); err != nil {
		t.Fatal(err)
	}
	made := h.admin.Trust.(*communityDesk)
	made.fresh = map[string]Freshness{trust.Fingerprint(between.Certificate.Raw): {Revoked: true, Sources: []Source{
		{Kind: "crl", URL: "http://ca.example/root.crl", Fetched: now, NextUpdate: now.Add(time.Hour), Fresh: true}, {Kind: "ocsp", URL: "http://ca.example/ocsp", Problem: "refused"},
	}}}
	w := h.as(idp.Auditor).get("/admin/trust/" + c.ID)
	wantPage(t, w, http.StatusOK, "admin-community", "http://ca.example/root.crl", "Never fetched", "refused", "Revoked", "These lead to no anchor", "Stranger", "<svg")
	if body := w.Body.String(); strings.Contains(body, "<form method=\"post\" action=\"/admin") || strings.Contains(body, c.ID+"/settings\"") {
		t.Error("an auditor sees what she may not do")
	}
	if !regexp.MustCompile(`(?s)Root</span>.*<ul><li>\s*<div class="node">\s*<p class="node-kind">Intermediate.*Between`).MatchString(w.Body.String()) {
		t.Errorf("the intermediate does not stand below the anchor\n%s", w.Body)
	}
	wantPage(t, h.follow(h.as(idp.TrustManager).post("/admin/trust/"+c.ID+"/check", nil)), http.StatusOK, "admin-community", "were asked")
	if made.refreshed != 1 || len(h.recorded("community.check")) != 1 {
		t.Errorf("asked %d times", made.refreshed)
	}
}
