package trust

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestChangeIsStoredWithBeforeAndAfter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := udaptest.New(t, udaptest.WithoutServer())
	settings := idp.CommunitySettings{Healthcare: true, Revocation: idp.RevocationSettings{Mode: "soft-fail", Grace: time.Hour}}
	h.change(idp.TrustChange{CommunityID: h.row.ID, Name: "Another  Name", AddAnchors: ders(other.Anchor()), Settings: &settings})
	if got := h.stored(); got.Name != "Another Name" || len(got.Anchors) != 2 || !got.Settings.Healthcare {
		t.Errorf("stored %+v", got)
	}
	events := h.events("community.change")
	if len(events) != 1 || events[0].Actor != by.Actor || events[0].RequestID != by.RequestID || events[0].IP != by.IP {
		t.Fatalf("recorded %+v", events)
	}
	var detail struct{ Before, After shot }
	if err := json.Unmarshal([]byte(events[0].Detail), &detail); err != nil {
		t.Fatal(err)
	}
	if detail.Before.Name != "Community One" || detail.After.Name != "Another Name" || detail.Before.Settings.Healthcare || !detail.After.Settings.Healthcare ||
		!slices.Contains(detail.After.Anchors, Fingerprint(other.Anchor().Raw)) || slices.Contains(detail.Before.Anchors, Fingerprint(other.Anchor().Raw)) {
		t.Errorf("recorded %s", events[0].Detail)
	}
	if added := h.events("community.add"); len(added) != 1 {
		t.Errorf("%d communities are recorded as added", len(added))
	}
}

func TestChangeThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := udaptest.New(t, udaptest.WithoutServer())
	leaf := other.Leaf("https://hospital.example").Certificate()
	anchor := Fingerprint(h.one.Anchor().Raw)
	for name, test := range map[string]struct {
		change idp.TrustChange
		code   string
	}{
		"no uri":              {idp.TrustChange{URI: "community", Name: "X", AddAnchors: ders(other.Anchor())}, "uri"},
		"uri with NUL":        {idp.TrustChange{URI: "urn:a\x00", Name: "X", AddAnchors: ders(other.Anchor())}, "uri"},
		"no name":             {idp.TrustChange{URI: "urn:x", Name: " ", AddAnchors: ders(other.Anchor())}, "name"},
		"broken UTF-8":        {idp.TrustChange{URI: "urn:x", Name: "\xff", AddAnchors: ders(other.Anchor())}, "name"},
		"no anchor":           {idp.TrustChange{URI: "urn:x", Name: "X"}, "no_anchor"},
		"leaf as anchor":      {idp.TrustChange{URI: "urn:x", Name: "X", AddAnchors: ders(leaf)}, "not_authority"},
		"same uri":            {idp.TrustChange{URI: h.one.URI, Name: "X", AddAnchors: ders(other.Anchor())}, "exists"},
		"twice in one":        {idp.TrustChange{URI: "urn:x", Name: "X", AddAnchors: ders(other.Anchor(), other.Anchor())}, "authority_known"},
		"anchor once more":    {idp.TrustChange{CommunityID: h.row.ID, AddAnchors: ders(h.one.Anchor())}, "authority_known"},
		"anchor between":      {idp.TrustChange{CommunityID: h.row.ID, AddIntermediates: ders(h.one.Anchor())}, "authority_known"},
		"the last anchor":     {idp.TrustChange{CommunityID: h.row.ID, Remove: []string{anchor}, Reason: "x"}, "no_anchor"},
		"an unknown anchor":   {idp.TrustChange{CommunityID: h.row.ID, Remove: []string{"AB"}, Reason: "x"}, "authority_gone"},
		"without a reason":    {idp.TrustChange{CommunityID: h.row.ID, Suspend: true}, "reason"},
		"what is not":         {idp.TrustChange{CommunityID: h.row.ID, Resume: true}, "not_suspended"},
		"grace without end":   {idp.TrustChange{CommunityID: h.row.ID, Settings: &idp.CommunitySettings{Revocation: idp.RevocationSettings{Mode: "soft-fail", Grace: 721 * time.Hour}}}, "revocation"},
		"an unknown mode":     {idp.TrustChange{CommunityID: h.row.ID, Settings: &idp.CommunitySettings{Revocation: idp.RevocationSettings{Mode: "lax"}}}, "revocation"},
		"required, not known": {idp.TrustChange{CommunityID: h.row.ID, Settings: &idp.CommunitySettings{Certifications: idp.CertificationSettings{Required: []string{"urn:a"}}}}, "required"},
	} {
		_, err := h.rules.Change(t.Context(), test.change, nil, by)
		t.Run(name, func(t *testing.T) { (&house{T: t}).wantRefusal(err, test.code) })
	}
	if got := h.stored(); got.Revision != h.row.Revision || len(h.events("community.change")) != 0 {
		t.Errorf("a refused change left %+v", got)
	}
}

func TestPrivateKeyGivenAsACertificateIsRefused(t *testing.T) {
	t.Parallel()
	h := &house{T: t}
	key := udaptest.Key(t, authority.P256, 0)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	c := udaptest.New(t, udaptest.WithoutServer())
	for name, given := range map[string]string{
		"PEM": text, "behind a certificate": string(pemOf(c.Anchor())) + text, "cut off": text[:60], "DER": string(pkcs8),
		"base64 alone": base64.StdEncoding.EncodeToString(pkcs8), "indented": "  " + text, "encrypted": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n",
		"JWK":               `{"kty":"EC","d": "AAAA"}`,
		"PKCS #12":          "\x30\x82\x09\x51\x02\x01\x03\x30\x82\x09\x17\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
		"PKCS #8 encrypted": "\x30\x81\xec\x30\x57\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30\x4a",
	} {
		_, err := ReadAuthorities([]byte(given))
		h.wantRefusal(err, "private_key")
		if err != nil && strings.Contains(err.Error(), text[40:60]) {
			t.Errorf("%s: the refusal repeats what was given: %v", name, err)
		}
	}
	if found, err := ReadAuthorities(pemOf(c.Anchor(), c.Anchor())); err != nil || len(found) != 1 {
		t.Errorf("an anchor given twice: %d (%v)", len(found), err)
	}
	for _, wrong := range []string{"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		_, err := ReadAuthorities([]byte(wrong))
		h.wantRefusal(err, "unreadable")
	}
}

func TestOutcomeCountsTheClientsThatWouldBeLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	second := udaptest.New(t, udaptest.WithoutServer())
	h.change(idp.TrustChange{CommunityID: h.row.ID, AddAnchors: ders(second.Anchor())})
	stays, lost := h.one.Leaf("https://stays.example"), second.Leaf("https://lost.example")
	h.register(stays.URI, stays.Statement("https://idp.example.org/register"), stays.Certificate().Raw)
	h.register(lost.URI, lost.Statement("https://idp.example.org/register"), lost.Certificate().Raw)
	h.register("https://unclear.example", "a.b.c", second.Leaf("https://unclear.example").Certificate().Raw) // its authority is not here

	remove := idp.TrustChange{CommunityID: h.row.ID, Remove: []string{Fingerprint(second.Anchor().Raw)}, Reason: "x"}
	out, err := h.rules.Outcome(t.Context(), remove)
	if err != nil || out.Clients != 3 || out.Lost != 1 || out.Unclear != 1 || out.Partial || !slices.Equal(out.LostNames, []string{lost.URI}) {
		t.Errorf("outcome %+v (%v)", out, err)
	}
	out, err = h.rules.Outcome(t.Context(), idp.TrustChange{CommunityID: h.row.ID, Delete: true, Reason: "x"})
	if err != nil || out.Lost != 3 || len(out.LostNames) != 3 {
		t.Errorf("outcome of deleting %+v (%v)", out, err)
	}
	if got := h.stored(); len(got.Anchors) != 2 {
		t.Errorf("looking at what would come changed %+v", got)
	}
	h.change(idp.TrustChange{CommunityID: h.row.ID, Delete: true, Reason: "ended"})
	if all, err := h.store.Clients(t.Context(), "", 10); err != nil || len(all) != 0 {
		t.Errorf("clients are left: %+v (%v)", all, err)
	}
}

func TestOutcomeWarnsOfAuthorities(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	old, err := authority.New("Old", authority.Options{KeyType: authority.P256, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	other := udaptest.New(t, udaptest.WithoutServer())
	out, err := h.rules.Outcome(t.Context(), idp.TrustChange{
		URI: "urn:new", Name: "New", AddAnchors: ders(old.Certificate, h.one.Anchor(), h.one.Intermediates()[0]), AddIntermediates: ders(other.Intermediates()...),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []idp.TrustWarning{idp.AuthorityExpired, idp.AuthorityElsewhere, idp.AuthorityIssued, idp.AuthorityDetached}
	for i, added := range out.Added {
		if !slices.Equal(added.Warnings, want[i:i+1]) || added.Anchor != (i < 3) {
			t.Errorf("authority %d: anchor %t, warnings %v, want %v", i, added.Anchor, added.Warnings, want[i])
		}
	}
}

func TestSuspensionAndItsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.change(idp.TrustChange{CommunityID: h.row.ID, Suspend: true, Reason: "broken into"})
	if got := h.stored(); got.SuspendedAt.IsZero() || got.SuspendedReason != "broken into" {
		t.Errorf("stored %+v", got)
	}
	_, err := h.rules.Change(t.Context(), idp.TrustChange{CommunityID: h.row.ID, Suspend: true, Reason: "again"}, nil, by)
	h.wantRefusal(err, "suspended")
	h.change(idp.TrustChange{CommunityID: h.row.ID, Resume: true})
	if got := h.stored(); !got.SuspendedAt.IsZero() || got.SuspendedReason != "" {
		t.Errorf("stored %+v", got)
	}
	if len(h.events("community.suspend")) != 1 || len(h.events("community.resume")) != 1 {
		t.Error("not recorded")
	}
}
