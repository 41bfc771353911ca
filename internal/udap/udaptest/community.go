package udaptest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

// Community is a trust community that lives as long as its test.
type Community struct {
	URI    string
	Root   *authority.Authority
	Issuer *authority.Authority // of the leaves: the intermediate, or the root when there is none
	URL    string               // of the server with the CRLs and certificates; "" without one

	t        testing.TB
	options  options
	end      chan struct{} // closed when the test ends
	sent     atomic.Int64
	requests atomic.Int64

	mu         sync.Mutex
	keys       int // how many leaves were made: the next takes the key of that number
	behaviours map[evidenceOf]Behaviour
	revoked    map[string]time.Time // by serial number
}

// Option changes what New makes.
type Option func(*options)

type options struct {
	uri            string
	keyType        authority.KeyType
	withoutBetween bool
	withoutServer  bool
	withoutCRL     bool
	withOCSP       bool
}

// WithURI names the community; the default is a random udap: URI.
func WithURI(uri string) Option { return func(o *options) { o.uri = uri } }

// WithoutIntermediate lets the root issue the leaves.
func WithoutIntermediate() Option { return func(o *options) { o.withoutBetween = true } }

// WithOCSP names the OCSP responder of the issuer in every certificate below the root.
func WithOCSP() Option { return func(o *options) { o.withOCSP = true } }

// WithoutCRL leaves the CDP extension out of every certificate.
func WithoutCRL() Option { return func(o *options) { o.withoutCRL = true } }

// WithoutServer leaves the CDP and AIA extensions out of every certificate.
func WithoutServer() Option { return func(o *options) { o.withoutServer = true } }

// WithRSAAuthorities gives the authorities RSA keys; they are P-256 otherwise, which is quicker.
func WithRSAAuthorities() Option { return func(o *options) { o.keyType = authority.RSA2048 } }

// New makes a community. Its server, if it has one, stops with the test.
func New(t testing.TB, opts ...Option) *Community {
	t.Helper()
	label := rand.Text()[:8]
	o := options{uri: "udap://community-" + label + ".example/", keyType: authority.P256}
	for _, opt := range opts {
		opt(&o)
	}
	c := &Community{t: t, URI: o.uri, options: o, end: make(chan struct{}), behaviours: map[evidenceOf]Behaviour{}, revoked: map[string]time.Time{}}
	if !o.withoutServer {
		server := httptest.NewServer(http.HandlerFunc(c.serve))
		t.Cleanup(server.Close)
		t.Cleanup(func() { close(c.end) }) // before the server closes: cleanups run backwards
		c.URL = server.URL
	}
	var err error
	// Keys of authorities are never shared: a chain must not lead into another test's community.
	if c.Root, err = authority.New("Root "+label, authority.Options{KeyType: o.keyType, CRLURL: c.crl("/root.crl")}); err != nil {
		t.Fatalf("make root: %v", err)
	}
	c.Issuer = c.Root
	if o.withoutBetween {
		return c
	}
	c.Issuer, err = c.Root.IssueIntermediate("Intermediate "+label, authority.Options{
		KeyType: o.keyType, CRLURL: c.crl("/root.crl"), IssuerURL: c.at("/root.crt"), OCSPURL: c.ocsp("/root.ocsp"),
	})
	if err != nil {
		t.Fatalf("make intermediate: %v", err)
	}
	return c
}

func (c *Community) at(path string) string {
	if c.URL == "" {
		return ""
	}
	return c.URL + path
}

func (c *Community) crl(path string) string {
	if c.options.withoutCRL {
		return ""
	}
	return c.at(path)
}

func (c *Community) ocsp(path string) string {
	if !c.options.withOCSP {
		return ""
	}
	return c.at(path)
}

// Anchor is the certificate that a community is trusted by.
func (c *Community) Anchor() *x509.Certificate { return c.Root.Certificate }

// Intermediates are the certificates between a leaf and the anchor.
func (c *Community) Intermediates() []*x509.Certificate { return c.Issuer.Intermediates() }

// Revoke puts a certificate on its issuer's CRL, and makes the issuer's OCSP responder call it revoked.
func (c *Community) Revoke(certificate *x509.Certificate) {
	at := time.Now()
	c.issuerOf(certificate).Revoke(certificate, at)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoked[certificate.SerialNumber.String()] = at
}

// BreakCRLs makes the CRLs unreachable (500) from now on.
func (c *Community) BreakCRLs() { c.allLists(Broken) }

// StaleCRLs makes the CRLs out of date from now on.
func (c *Community) StaleCRLs() { c.allLists(Stale) }

func (c *Community) allLists(b Behaviour) {
	c.Lists(c.Root, b)
	c.Lists(c.Issuer, b)
}

func (c *Community) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/root.crl":
		c.serveEvidence(w, r, "crl", c.Root)
	case "/issuer.crl":
		c.serveEvidence(w, r, "crl", c.Issuer)
	case "/root.ocsp":
		c.serveEvidence(w, r, "ocsp", c.Root)
	case "/issuer.ocsp":
		c.serveEvidence(w, r, "ocsp", c.Issuer)
	case "/root.crt":
		serveDER(w, "application/pkix-cert", c.Root.Certificate.Raw)
	case "/issuer.crt":
		serveDER(w, "application/pkix-cert", c.Issuer.Certificate.Raw)
	default:
		http.NotFound(w, r)
	}
}

func serveDER(w http.ResponseWriter, contentType string, der []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(der)
}

// Leaf is a party of a community: its certificate, what is above it and its key.
type Leaf struct {
	authority.Identity
	URI string // the first of its URIs, "" when it has none

	t testing.TB
}

// Leaf issues a certificate for an RSA key with these URIs as its Subject Alternative Name.
func (c *Community) Leaf(uris ...string) *Leaf {
	c.t.Helper()
	return c.LeafWith(func(l *authority.Leaf) { l.URIs = uris })
}

// LeafWith issues a certificate that change describes. Where it names no key, the leaf gets one that is made once per
// process and number, so that leaves of one community have different keys and tests need not wait for new ones.
func (c *Community) LeafWith(change func(*authority.Leaf)) *Leaf {
	c.t.Helper()
	l := authority.Leaf{Organization: "General Hospital", CRLURL: c.crl("/issuer.crl"), IssuerURL: c.at("/issuer.crt"), OCSPURL: c.ocsp("/issuer.ocsp")}
	change(&l)
	if l.Key == nil {
		c.mu.Lock()
		number := c.keys
		c.keys++
		c.mu.Unlock()
		l.Key = Key(c.t, l.KeyType, number)
	}
	identity, err := c.Issuer.IssueLeaf(l)
	if err != nil {
		c.t.Fatalf("make leaf: %v", err)
	}
	leaf := &Leaf{Identity: *identity, t: c.t}
	if len(l.URIs) > 0 {
		leaf.URI = l.URIs[0]
	}
	return leaf
}

// Signer is the leaf's signer.
func (l *Leaf) Signer() *udap.Signer {
	l.t.Helper()
	signer, err := udap.NewSigner(l.Chain, l.Key)
	if err != nil {
		l.t.Fatalf("make signer: %v", err)
	}
	return signer
}

type keyName struct {
	kind   authority.KeyType
	number int
}

var keys sync.Map // keyName -> func() (crypto.Signer, error)

// Key returns key number n of a kind, the same one throughout the process.
func Key(t testing.TB, kind authority.KeyType, n int) crypto.Signer {
	t.Helper()
	made, _ := keys.LoadOrStore(keyName{kind, n}, sync.OnceValues(func() (crypto.Signer, error) { return authority.NewKey(kind) }))
	key, err := made.(func() (crypto.Signer, error))()
	if err != nil {
		t.Fatalf("make key: %v", err)
	}
	return key
}
