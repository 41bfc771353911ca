package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"
)

// KeyType is the kind of key that a certificate gets.
type KeyType int

const (
	RSA2048 KeyType = iota // the one every UDAP implementation can read
	P256
	P384
)

// NewKey generates a key. An RSA key takes a tenth of a second or more.
func NewKey(t KeyType) (crypto.Signer, error) {
	switch t {
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, fmt.Errorf("unknown key type %d", t)
}

// Options are about one authority certificate. The zero value is good.
type Options struct {
	Organization string
	KeyType      KeyType
	Key          crypto.Signer // instead of a new one of KeyType
	// NotBefore and NotAfter default to an hour ago and ten years from now.
	NotBefore, NotAfter time.Time
	CRLURL              string // CRL distribution point of this certificate: where its issuer publishes
	IssuerURL           string // AIA caIssuers of this certificate: where its issuer's certificate is
	OCSPURL             string // AIA ocsp of this certificate: where its issuer's responder is
}

// Authority issues certificates. It is safe for use by many goroutines.
type Authority struct {
	Certificate *x509.Certificate
	Key         crypto.Signer

	// above are the intermediates from this authority, first, up to the root, which is not in it.
	above []*x509.Certificate

	mu        sync.Mutex
	revoked   []x509.RevocationListEntry
	crlNumber int64
}

// New makes a self-signed root.
func New(name string, o Options) (*Authority, error) {
	template, key, err := template(name, o)
	if err != nil {
		return nil, err
	}
	return create(template, template, key, key)
}

// IssueIntermediate makes an authority below a.
func (a *Authority) IssueIntermediate(name string, o Options) (*Authority, error) {
	template, key, err := template(name, o)
	if err != nil {
		return nil, err
	}
	below, err := create(template, a.Certificate, key, a.Key)
	if err != nil {
		return nil, err
	}
	below.above = append([]*x509.Certificate{below.Certificate}, a.above...)
	return below, nil
}

func template(name string, o Options) (*x509.Certificate, crypto.Signer, error) {
	key := o.Key
	if key == nil {
		var err error
		if key, err = NewKey(o.KeyType); err != nil {
			return nil, nil, fmt.Errorf("key of authority: %w", err)
		}
	}
	return &x509.Certificate{
		SerialNumber:          serialNumber(),
		Subject:               subject(name, o.Organization),
		NotBefore:             orElse(o.NotBefore, time.Now().Add(-time.Hour)),
		NotAfter:              orElse(o.NotAfter, time.Now().AddDate(10, 0, 0)),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		CRLDistributionPoints: urls(o.CRLURL),
		IssuingCertificateURL: urls(o.IssuerURL),
		OCSPServer:            urls(o.OCSPURL),
	}, key, nil
}

func create(template, parent *x509.Certificate, key, parentKey crypto.Signer) (*Authority, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return nil, fmt.Errorf("certificate of authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of authority: %w", err)
	}
	return &Authority{Certificate: certificate, Key: key}, nil
}

// Intermediates are the certificates from a up to the root, which is not among them.
func (a *Authority) Intermediates() []*x509.Certificate { return slices.Clone(a.above) }

// Revoke puts a certificate on the next CRL.
func (a *Authority) Revoke(certificate *x509.Certificate, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked = append(a.revoked, x509.RevocationListEntry{SerialNumber: certificate.SerialNumber, RevocationTime: at.UTC()})
}

// CRL makes the revocation list of this moment, in DER. Its number is one more than that of the last.
func (a *Authority) CRL(thisUpdate, nextUpdate time.Time) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.crlNumber++
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    big.NewInt(a.crlNumber),
		ThisUpdate:                thisUpdate.UTC(),
		NextUpdate:                nextUpdate.UTC(),
		RevokedCertificateEntries: a.revoked,
	}, a.Certificate, a.Key)
	if err != nil {
		return nil, fmt.Errorf("revocation list: %w", err)
	}
	return der, nil
}

// serialNumber is 127 random bits: RFC 5280 §4.1.2.2: positive, at most 20 octets.
func serialNumber() *big.Int {
	var b [16]byte
	rand.Read(b[:]) // never returns an error
	b[0] &= 0x7f
	b[15] |= 1 // not zero
	return new(big.Int).SetBytes(b[:])
}

func subject(name, organization string) pkix.Name {
	n := pkix.Name{CommonName: name}
	if organization != "" {
		n.Organization = []string{organization}
	}
	return n
}

func urls(url string) []string {
	if url == "" {
		return nil
	}
	return []string{url}
}

func orElse(t, fallback time.Time) time.Time {
	if t.IsZero() {
		return fallback
	}
	return t
}
