package pki

import (
	"crypto/sha256"
	"crypto/x509"
	"time"

	"udap-idp/internal/pki/revocation"
)

// Sources are those of all whose issuer is an anchor of the community or leads to one: where its members' revocation is
// looked up. It is for the eye; nothing is decided by it.
func (c Community) Sources(all []revocation.Status, now time.Time) []revocation.Status {
	var issuers []*x509.Certificate
	for _, s := range all {
		issuers = append(issuers, s.IssuerCertificate)
	}
	options := x509.VerifyOptions{
		Roots: pool(c.Anchors), Intermediates: pool(c.Intermediates, issuers), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	belongs := map[[sha256.Size]byte]bool{} // a responder has an entry for each certificate, all of one issuer
	var sources []revocation.Status
	for _, s := range all {
		key := sha256.Sum256(s.IssuerCertificate.Raw)
		mine, known := belongs[key]
		if !known {
			_, err := s.IssuerCertificate.Verify(options)
			mine = err == nil || c.isAnchor(s.IssuerCertificate)
			belongs[key] = mine
		}
		if mine {
			sources = append(sources, s)
		}
	}
	return sources
}
