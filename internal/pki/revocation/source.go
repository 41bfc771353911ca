package revocation

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

type kind string

const (
	kindCRL  kind = "crl"
	kindOCSP kind = "ocsp"
)

// maxSources is how many of each kind a certificate may name: the rest is not looked at.
const maxSources = 4

// source is a place that has evidence about a certificate.
type source struct {
	kind   kind
	url    string
	cert   *x509.Certificate // asked about; a list is about others as well
	issuer *x509.Certificate
}

// sourcesOf lists where to look, lists first. Addresses that are not of the web cannot be asked and do not count.
func sourcesOf(cert, issuer *x509.Certificate) []source {
	var list []source
	add := func(k kind, urls []string) {
		n := 0
		for _, url := range urls {
			lower := strings.ToLower(url)
			if n < maxSources && (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")) {
				list = append(list, source{kind: k, url: url, cert: cert, issuer: issuer})
				n++
			}
		}
	}
	add(kindCRL, cert.CRLDistributionPoints)
	add(kindOCSP, cert.OCSPServer)
	return list
}

// key is the name under which evidence is kept. The issuer's name and key are in it, because evidence was verified with
// them.
func (s source) key() string {
	h := sha256.New()
	parts := [][]byte{[]byte(s.kind), []byte(s.url), s.issuer.RawSubject, s.issuer.RawSubjectPublicKeyInfo}
	if s.kind == kindOCSP {
		parts = append(parts, s.cert.SerialNumber.Bytes())
	}
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// title names the source in an error.
func (s source) title() string {
	if s.kind == kindOCSP {
		return "the OCSP responder " + quote(s.url)
	}
	return "the revocation list " + quote(s.url)
}
