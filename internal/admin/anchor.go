package admin

import (
	"bytes"
	"crypto/x509"

	"udap-idp/internal/idp"
)

// leadsTo reports whether a certificate is the one that a path ends in, or the one that issued its last certificate, which was not
// sent. Of that one the name is all that is known, so whether it fits shows at the next attempt; trust is not decided here.
func leadsTo(path []idp.AttemptCertificate, der []byte) bool {
	top := path[len(path)-1]
	if top.Subject == top.Issuer {
		return top.SHA256 == fingerprint(der)
	}
	cert, err := x509.ParseCertificate(der)
	return err == nil && cert.Subject.String() == top.Issuer
}

// selfIssued reports whether a certificate is its own issuer, as anchors are.
func selfIssued(der []byte) bool {
	cert, err := x509.ParseCertificate(der)
	return err == nil && bytes.Equal(cert.RawSubject, cert.RawIssuer)
}
