package pki

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"
)

// Leads reports why the chain, leaf first, does not lead to an anchor of the community at now, by the certificates that were sent
// and configured alone: nothing is fetched, and revocation is not looked at. The error is *Untrusted.
func (c Community) Leads(chain []*x509.Certificate, now time.Time) error {
	_, err := paths(c, chain, now)
	return err
}

// Reaches reports whether an authority is one of the anchors or leads to one at now. It is for the eye; nothing is decided by it.
func (c Community) Reaches(authority *x509.Certificate, now time.Time) bool {
	if c.isAnchor(authority) {
		return true
	}
	_, err := authority.Verify(x509.VerifyOptions{
		Roots: pool(c.Anchors), Intermediates: pool(c.Intermediates), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

// IssuerOf is the certificate that issued cert, among the anchors, the intermediates and others that came with it; nil when it is not
// among them, or when cert issued itself. It is for the eye; nothing is decided by it.
func (c Community) IssuerOf(cert *x509.Certificate, others ...*x509.Certificate) *x509.Certificate {
	for _, issuer := range slices.Concat(c.Anchors, c.Intermediates, others) {
		if !issuer.Equal(cert) && bytes.Equal(issuer.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(issuer) == nil {
			return issuer
		}
	}
	return nil
}
