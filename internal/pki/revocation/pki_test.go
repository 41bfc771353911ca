package revocation

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"udap-idp/internal/pki/fetch"
)

// node is a certificate with its key.
type node struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func issue(t testing.TB, issuer *node, name string, isCA bool, changes ...func(*x509.Certificate)) *node {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, IsCA: isCA,
	}
	if isCA {
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	for _, change := range changes {
		change(template)
	}
	parent, parentKey := template, crypto.Signer(key)
	if issuer != nil {
		parent, parentKey = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &node{cert: cert, key: key}
}

func withCDP(urls ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.CRLDistributionPoints = urls }
}

func withOCSP(urls ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.OCSPServer = urls }
}

// list is a CRL to be signed; its zero value is number 1, of a minute ago, for an hour.
type list struct {
	number     int64
	this, next time.Time
	revoked    []*node
	extensions []pkix.Extension
	entryExt   []pkix.Extension
}

func (l list) sign(t testing.TB, issuer *node) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(max(l.number, 1)), ThisUpdate: l.this, NextUpdate: l.next, ExtraExtensions: l.extensions}
	if l.this.IsZero() {
		template.ThisUpdate = time.Now().Add(-time.Minute)
	}
	if l.next.IsZero() {
		template.NextUpdate = template.ThisUpdate.Add(time.Hour)
	}
	for _, n := range l.revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: n.cert.SerialNumber, RevocationTime: time.Now().Add(-time.Hour), ReasonCode: 1, ExtraExtensions: l.entryExt,
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, issuer.cert, issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func answerFor(t testing.TB, cert, issuer, signer *node, change func(*ocsp.Response)) []byte {
	t.Helper()
	template := ocsp.Response{Status: ocsp.Good, SerialNumber: cert.cert.SerialNumber, ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour)}
	if signer != issuer {
		template.Certificate = signer.cert
	}
	if change != nil {
		change(&template)
	}
	der, err := ocsp.CreateResponse(issuer.cert, signer.cert, template, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func responderOf(t testing.TB, issuer *node, changes ...func(*x509.Certificate)) *node {
	t.Helper()
	usage := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} }
	return issue(t, issuer, "Responder", false, append([]func(*x509.Certificate){usage}, changes...)...)
}

// web serves bodies by path: nil is a 500. Others are 404.
type web struct {
	url  string
	hits atomic.Int64

	mu     sync.Mutex
	bodies map[string][]byte
	hold   chan struct{} // requests wait for it when it is not nil
}

func newWeb(t *testing.T) *web {
	t.Helper()
	w := &web{bodies: map[string][]byte{}}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *web) set(path string, body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies[path] = body
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.hits.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	w.mu.Lock()
	body, ok := w.bodies[r.URL.Path]
	hold := w.hold
	w.mu.Unlock()
	if hold != nil {
		<-hold
	}
	switch {
	case !ok:
		rw.WriteHeader(http.StatusNotFound)
	case body == nil:
		rw.WriteHeader(http.StatusInternalServerError)
	default:
		_, _ = rw.Write(body)
	}
}

func newChecker(t *testing.T, o Options) *Checker {
	t.Helper()
	if o.Fetcher == nil {
		f, err := fetch.New(fetch.Options{Allow: []string{"127.0.0.0/8"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		o.Fetcher = f
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func path(nodes ...*node) []*x509.Certificate {
	var p []*x509.Certificate
	for _, n := range nodes {
		p = append(p, n.cert)
	}
	return p
}

func wantUnchecked(t *testing.T, err error, words string) {
	t.Helper()
	var unchecked *Unchecked
	if !errors.As(err, &unchecked) || !errors.Is(err, ErrCannotCheck) || errors.Is(err, ErrRevoked) {
		t.Fatalf("got %v, want *Unchecked", err)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("got %q, want it to contain %q", err, words)
	}
	for _, c := range unchecked.Problem {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			t.Errorf("%q has %q, which cannot go on the wire", unchecked.Problem, c)
		}
	}
}

func wantRevoked(t *testing.T, err error, position int) {
	t.Helper()
	var revoked *Revoked
	if !errors.As(err, &revoked) || !errors.Is(err, ErrRevoked) || errors.Is(err, ErrCannotCheck) {
		t.Fatalf("got %v, want *Revoked", err)
	}
	if revoked.Position != position {
		t.Errorf("certificate %d is revoked, want %d", revoked.Position, position)
	}
}

func pemCRL(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func extension(t testing.TB, id asn1.ObjectIdentifier, critical bool, value any) pkix.Extension {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: id, Critical: critical, Value: der}
}
