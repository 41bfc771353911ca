package pki

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/udap"
)

// Bounds of what is accepted, as the package comment explains.
const (
	maxPath = 6 // certificates, with the first and the anchor
	// maxSent is how many certificates of a chain are looked at.
	maxSent = 10
)

// signatures are the algorithms that may sign a certificate below an anchor: no SHA-1 and no MD5.
var signatures = []x509.SignatureAlgorithm{
	x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
	x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
	x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512,
}

// paths returns every acceptable path from chain[0] to an anchor of the community, or *Untrusted.
//
// UDAP Security IG §7.1.6: the consumer builds a chain to its own anchor and checks the validity of every certificate.
// UDAP Dynamic Client Registration §4.2, UDAP JWT Client Authentication §6.2: without a path, deny.
func paths(c Community, chain []*x509.Certificate, now time.Time) ([][]*x509.Certificate, error) {
	if len(chain) == 0 {
		return nil, &Untrusted{Reason: "no certificate was sent"}
	}
	leaf, sent := chain[0], chain[1:min(len(chain), maxSent)]
	if err := checkLeaf(leaf, now); err != nil {
		return nil, err
	}
	if c.isAnchor(leaf) {
		return nil, &Untrusted{Reason: fmt.Sprintf("%s is itself an anchor of %s and cannot be a participant's certificate", nameOf(leaf), c.title())}
	}

	built, err := leaf.Verify(x509.VerifyOptions{
		Roots:         pool(c.Anchors),
		Intermediates: pool(c.Intermediates, affordable(sent)),
		CurrentTime:   now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, explain(c, leaf, sent, now, err)
	}
	return acceptable(c, built)
}

// acceptable drops the paths that break our rules. If none is left, the reason is that of the first.
func acceptable(c Community, built [][]*x509.Certificate) ([][]*x509.Certificate, error) {
	var good [][]*x509.Certificate
	var first error
	for _, path := range built {
		err := checkPath(path)
		if err == nil {
			good = append(good, path)
		} else if first == nil {
			first = err
		}
	}
	if len(good) == 0 {
		return nil, refusal(c, maxPath, first.Error())
	}
	return good, nil
}

// checkLeaf applies the rules that hold whatever the community.
func checkLeaf(leaf *x509.Certificate, now time.Time) error {
	if err := checkDates(leaf, now); err != nil {
		return &Untrusted{Reason: err.Error()}
	}
	if leaf.IsCA {
		return &Untrusted{Reason: nameOf(leaf) + " is the certificate of a CA and cannot be a participant's certificate"}
	}
	if err := checkCertificate(leaf); err != nil {
		return &Untrusted{Reason: err.Error()}
	}
	return nil
}

func checkDates(cert *x509.Certificate, now time.Time) error {
	if now.Before(cert.NotBefore) {
		return fmt.Errorf("%s is not valid before %s", nameOf(cert), cert.NotBefore.UTC().Format(time.RFC3339))
	}
	if now.After(cert.NotAfter) {
		return fmt.Errorf("%s expired on %s", nameOf(cert), cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

func checkPath(path []*x509.Certificate) error {
	if len(path) > maxPath {
		return fmt.Errorf("the path has %d certificates, the limit is %d", len(path), maxPath)
	}
	for _, below := range path[:len(path)-1] {
		if err := checkCertificate(below); err != nil {
			return err
		}
	}
	return checkKeyOf(path[len(path)-1])
}

// checkCertificate checks the key and the signature of a certificate that is not an anchor.
func checkCertificate(cert *x509.Certificate) error {
	if err := checkKeyOf(cert); err != nil {
		return err
	}
	if !slices.Contains(signatures, cert.SignatureAlgorithm) {
		return fmt.Errorf("%s is signed with %s, expected SHA-256, SHA-384 or SHA-512 with RSA or ECDSA", nameOf(cert), cert.SignatureAlgorithm)
	}
	return nil
}

func checkKeyOf(cert *x509.Certificate) error {
	if err := udap.CheckKey(cert.PublicKey); err != nil {
		return fmt.Errorf("%s has %w", nameOf(cert), err)
	}
	return nil
}

// affordable drops what a stranger sent whose signatures would not count, or would cost too much to check.
func affordable(sent []*x509.Certificate) []*x509.Certificate {
	var kept []*x509.Certificate
	for _, cert := range sent {
		if udap.CheckKey(cert.PublicKey) == nil {
			kept = append(kept, cert)
		}
	}
	return kept
}

func pool(lists ...[]*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, list := range lists {
		for _, cert := range list {
			p.AddCert(cert)
		}
	}
	return p
}
