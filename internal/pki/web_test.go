package pki

import (
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
)

// web serves the lists and certificates of authorities.
type web struct {
	url  string
	hits atomic.Int64

	mu     sync.Mutex
	bodies map[string][]byte
}

func newWeb(t testing.TB) *web {
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
	w.mu.Lock()
	body, ok := w.bodies[r.URL.Path]
	w.mu.Unlock()
	if !ok {
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = rw.Write(body)
}

func withCDP(url string) change {
	return func(c *x509.Certificate) { c.CRLDistributionPoints = []string{url} }
}

func withAIA(urls ...string) change {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = urls }
}

var crlNumber atomic.Int64

// crl is a list of the issuer, in force for a day around now.
func crl(t testing.TB, issuer *node, revoked ...*node) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(crlNumber.Add(1)), ThisUpdate: now.AddDate(0, 0, -1), NextUpdate: now.AddDate(0, 0, 1)}
	for _, n := range revoked {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: n.cert.SerialNumber, RevocationTime: now.Add(-time.Hour), ReasonCode: 1})
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, issuer.cert, issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func newFetcher(t testing.TB, allow ...string) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(fetch.Options{Allow: allow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func newChecker(t testing.TB, interval time.Duration) *revocation.Checker {
	t.Helper()
	c, err := revocation.New(revocation.Options{Fetcher: newFetcher(t, "127.0.0.1"), Interval: interval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func trustWith(o Options, communities ...Community) (*Trust, *source) {
	s := &source{}
	s.set(communities...)
	return NewTrust(s, o), s
}
