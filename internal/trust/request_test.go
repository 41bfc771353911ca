package trust

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func (h *house) request(kind string) idp.CertificateRequest {
	h.Helper()
	request, err := h.rules.RequestCertificate(h.Context(), h.row.ID, Asking{KeyType: kind, Organization: "Sample Health ID"}, by)
	if err != nil {
		h.Fatal(err)
	}
	return request
}

func TestRequestNamesTheIssuerAndItsKeyIsSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, kind := range []string{"rsa-2048", "p-256", "p-384"} {
		request := h.request(kind)
		csr, err := x509.ParseCertificateRequest(request.Request)
		if err != nil {
			t.Fatal(err)
		}
		if err := csr.CheckSignature(); err != nil {
			t.Error(err)
		}
		var uris []string
		for _, uri := range csr.URIs {
			uris = append(uris, uri.String())
		}
		if !slices.Equal(uris, []string{issuer, issuer + "/"}) || csr.Subject.String() != "CN=idp.example.org,O=Sample Health ID" {
			t.Errorf("%s: the request is for %v, %s", kind, uris, csr.Subject)
		}
		switch key := csr.PublicKey.(type) {
		case *rsa.PublicKey:
			if kind != "rsa-2048" || key.N.BitLen() != 2048 {
				t.Errorf("%s: RSA of %d bits", kind, key.N.BitLen())
			}
		case *ecdsa.PublicKey:
			if want := strings.Replace(kind, "p-", "P-", 1); key.Curve.Params().Name != want {
				t.Errorf("%s: %s", kind, key.Curve.Params().Name)
			}
		}
		stored, err := h.store.CertificateRequest(t.Context(), request.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParsePKCS8PrivateKey(stored.SealedKey); err == nil {
			t.Error("the private key is stored in clear")
		}
		if key, err := OpenKey(turned{}, stored.SealedKey); err != nil || !samePublic(key.Public(), csr.PublicKey) {
			t.Errorf("the stored key is not that of the request: %v", err)
		}
		if detail := h.events("certificate.request")[0].Detail; strings.Contains(detail, "PRIVATE") || !strings.Contains(detail, request.KeyID) {
			t.Errorf("recorded %s", detail)
		}
	}
	_, err := h.rules.RequestCertificate(t.Context(), h.row.ID, Asking{KeyType: "rsa-1024"}, by)
	h.wantRefusal(err, "key_type")
	_, err = h.rules.RequestCertificate(t.Context(), h.row.ID, Asking{KeyType: "p-256", Organization: strings.Repeat("x", 65)}, by)
	h.wantRefusal(err, "organization")
	h.request("p-256")
	h.request("p-256")
	_, err = h.rules.RequestCertificate(t.Context(), h.row.ID, Asking{KeyType: "p-256"}, by)
	h.wantRefusal(err, "requests")
}

func TestAnswerIsTakenForItsRequestOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	request := h.request("p-256")
	elsewhere := udaptest.New(t, udaptest.WithoutServer())
	for name, test := range map[string]struct {
		issued []byte
		code   string
	}{
		"another key":       {pemOf(h.one.Leaf(issuer).Chain...), "own_other_key"},
		"another name":      {h.issued(h.one, request, func(l *authority.Leaf) { l.URIs = []string{"https://elsewhere.example"} }), "own_san"},
		"no name":           {h.issued(h.one, request, func(l *authority.Leaf) { l.URIs = nil }), "own_san"},
		"another community": {h.issued(elsewhere, request, nil), "own_path"},
		"expired": {h.issued(h.one, request, func(l *authority.Leaf) {
			l.NotBefore, l.NotAfter = time.Now().AddDate(-2, 0, 0), time.Now().AddDate(-1, 0, 0)
		}), "own_expired"},
		"begins later": {h.issued(h.one, request, func(l *authority.Leaf) { l.NotBefore = time.Now().AddDate(0, 1, 0) }), CodeEarlyOnly},
		"the request":  {[]byte("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"), "unreadable"},
		"a key":        {[]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "private_key"},
	} {
		_, err := h.rules.AcceptCertificate(t.Context(), request.ID, test.issued, by)
		t.Run(name, func(t *testing.T) { (&house{T: t}).wantRefusal(err, test.code) })
	}
	if got := h.stored(); len(got.Certificates) != 0 || len(h.events("certificate.add")) != 0 {
		t.Fatalf("a refused answer left %+v", got.Certificates)
	}

	// In any order, and once.
	chain, err := ReadCertificates(h.issued(h.one, request, nil))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(chain)
	id, err := h.rules.AcceptCertificate(t.Context(), request.ID, pemOf(chain...), by)
	if err != nil {
		t.Fatal(err)
	}
	got := h.stored().Certificates
	if len(got) != 1 || got[0].ID != id || got[0].KeyID != request.KeyID || !bytes.Equal(got[0].SealedKey, request.SealedKey) {
		t.Fatalf("stored %+v", got)
	}
	if leaf, err := x509.ParseCertificate(got[0].Chain[0]); err != nil || leaf.IsCA {
		t.Errorf("the first of the chain is %v (%v)", leaf.Subject, err)
	}
	_, err = h.rules.AcceptCertificate(t.Context(), request.ID, pemOf(chain...), by)
	if !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("answered again: %v", err)
	}
	if events := h.events("certificate.add"); len(events) != 1 || !strings.Contains(events[0].Detail, request.ID) {
		t.Errorf("recorded %+v", events)
	}
}

func TestDiscardedRequestTakesNoAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	request := h.request("p-256")
	if err := h.rules.DiscardRequest(t.Context(), request.ID, by); err != nil {
		t.Fatal(err)
	}
	_, err := h.rules.AcceptCertificate(t.Context(), request.ID, h.issued(h.one, request, nil), by)
	if !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := h.rules.DiscardRequest(t.Context(), request.ID, by); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("discarded again: %v", err)
	}
}

func TestOwnCertificatesAreChangedWithTheirRecord(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var ids []string
	for range 2 {
		leaf := h.one.Leaf(issuer)
		own, err := NewOwn(leaf.Chain, leaf.Key)
		if err != nil {
			t.Fatal(err)
		}
		id, err := h.rules.AddCertificate(t.Context(), h.stored(), own, false, by)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		_, err = h.rules.AddCertificate(t.Context(), h.stored(), own, false, by)
		h.wantRefusal(err, CodeKeyKnown)
	}
	h.wantRefusal(h.rules.RemoveCertificate(t.Context(), ids[0], by), CodeSigns)
	h.wantRefusal(h.rules.ActivateCertificate(t.Context(), ids[1], by), "key_early")
	h.rules.Now = func() time.Time { return time.Now().Add(keys.Lead) }
	if err := h.rules.ActivateCertificate(t.Context(), ids[1], by); err != nil {
		t.Fatal(err)
	}
	if err := h.rules.RemoveCertificate(t.Context(), ids[0], by); err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"certificate.activate", "certificate.remove"} {
		if events := h.events(action); len(events) != 1 || events[0].Actor != by.Actor {
			t.Errorf("%s: recorded %+v", action, events)
		}
	}
	if err := h.rules.ActivateCertificate(t.Context(), ids[0], by); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func samePublic(a, b crypto.PublicKey) bool {
	equal, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && equal.Equal(b)
}
