package authority

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"time"
)

// Leaf describes a certificate for one party.
type Leaf struct {
	Name         string // common name; "UDAP client" when empty
	Organization string
	URIs         []string // of the Subject Alternative Name, written byte for byte
	DNSNames     []string // further names, behind the URIs
	Emails       []string

	KeyType KeyType
	Key     crypto.Signer // instead of a new one of KeyType

	// NotBefore and NotAfter default to an hour ago and a year from now.
	NotBefore, NotAfter time.Time
	CRLURL              string // where the issuer publishes its CRL
	IssuerURL           string // where the issuer's certificate is
	OCSPURL             string // where the issuer's OCSP responder is
}

// Identity is a certificate with its private key.
type Identity struct {
	// Chain is the certificate, first, and the intermediates above it. The root is not in it.
	Chain []*x509.Certificate
	Key   crypto.Signer
}

// Certificate is the leaf.
func (i *Identity) Certificate() *x509.Certificate { return i.Chain[0] }

// IssueLeaf makes a certificate.
func (a *Authority) IssueLeaf(l Leaf) (*Identity, error) {
	if l.Key == nil {
		var err error
		if l.Key, err = NewKey(l.KeyType); err != nil {
			return nil, fmt.Errorf("key of leaf: %w", err)
		}
	}
	der, err := a.SignLeaf(l)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of leaf: %w", err)
	}
	return &Identity{Chain: append([]*x509.Certificate{certificate}, a.above...), Key: l.Key}, nil
}

// SignLeaf makes the DER of a certificate for l.Key, and does not mind when its names are such that it cannot be parsed.
func (a *Authority) SignLeaf(l Leaf) ([]byte, error) {
	names, err := subjectAltName(l)
	if err != nil {
		return nil, fmt.Errorf("names of leaf: %w", err)
	}
	name := l.Name
	if name == "" {
		name = "UDAP client"
	}
	// No extended key usage: UDAP asks for none, and a party is client and server with the same certificate.
	template := &x509.Certificate{
		SerialNumber:          serialNumber(),
		Subject:               subject(name, l.Organization),
		NotBefore:             orElse(l.NotBefore, time.Now().Add(-time.Hour)),
		NotAfter:              orElse(l.NotAfter, time.Now().AddDate(1, 0, 0)),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		CRLDistributionPoints: urls(l.CRLURL),
		IssuingCertificateURL: urls(l.IssuerURL),
		OCSPServer:            urls(l.OCSPURL),
		ExtraExtensions:       names,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, l.Key.Public(), a.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate of leaf: %w", err)
	}
	return der, nil
}

// The tags of GeneralName (RFC 5280 §4.2.1.6).
const (
	tagEmail = 1
	tagDNS   = 2
	tagURI   = 6
)

// subjectAltName writes the extension itself: the URIs of an x509 template go through url.URL, which spells some of them
// differently.
func subjectAltName(l Leaf) ([]pkix.Extension, error) {
	var names []asn1.RawValue
	add := func(tag int, values []string) {
		for _, value := range values {
			names = append(names, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, Bytes: []byte(value)})
		}
	}
	add(tagURI, l.URIs)
	add(tagDNS, l.DNSNames)
	add(tagEmail, l.Emails)
	if len(names) == 0 {
		return nil, nil
	}
	value, err := asn1.Marshal(names)
	if err != nil {
		return nil, err
	}
	return []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}, nil
}
