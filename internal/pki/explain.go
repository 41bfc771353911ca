package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// explain finds out why there is no path, walking up from the leaf as a person with the certificates in hand would.
// crypto/x509 says no more than "signed by unknown authority" for most of it.
func explain(c Community, leaf *x509.Certificate, sent []*x509.Certificate, now time.Time, cause error) error {
	at := leaf
	for links := range maxPath {
		issuer, err := issuerFor(c, at, sent, now)
		if err != nil {
			return refusal(c, links, err.Error())
		}
		if c.isAnchor(issuer) {
			return refusal(c, maxPath, inWords(cause))
		}
		at = issuer
	}
	return refusal(c, maxPath, fmt.Sprintf("the path has more than %d certificates", maxPath))
}

func refusal(c Community, links int, problem string) *Untrusted {
	return &Untrusted{Reason: fmt.Sprintf("no path to an anchor of %s: %s", c.title(), problem), links: links, problem: problem}
}

// issuerFor returns the best issuer of cert among all that are known, an anchor if there is one, or what is wrong with it.
func issuerFor(c Community, cert *x509.Certificate, sent []*x509.Certificate, now time.Time) (*x509.Certificate, error) {
	if err := checkCertificate(cert); err != nil {
		return nil, err
	}
	if bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		return nil, fmt.Errorf("%s is issued by itself and is not an anchor", nameOf(cert))
	}

	var problem error
	for _, issuer := range slices.Concat(c.Anchors, c.Intermediates, sent) {
		if !bytes.Equal(issuer.RawSubject, cert.RawIssuer) {
			continue
		}
		err := checkIssuer(cert, issuer, now)
		if err == nil {
			return issuer, nil
		}
		if problem == nil || errors.Is(problem, errOtherKey) { // tell of the certificate that comes closest
			problem = err
		}
	}
	if problem == nil {
		problem = fmt.Errorf("the issuer %s of %s is not known; it was neither sent in x5c nor configured", issuerOf(cert), nameOf(cert))
	}
	return nil, problem
}

var errOtherKey = errors.New("the key that is known")

func checkIssuer(cert, issuer *x509.Certificate, now time.Time) error {
	if err := checkKeyOf(issuer); err != nil {
		return err
	}
	if !issuer.BasicConstraintsValid || !issuer.IsCA {
		return fmt.Errorf("%s issued %s but is not the certificate of a CA", nameOf(issuer), nameOf(cert))
	}
	if issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("%s issued %s but its key usage does not allow it to sign certificates", nameOf(issuer), nameOf(cert))
	}
	if cert.CheckSignatureFrom(issuer) != nil {
		return fmt.Errorf("%s is not signed by %s with %w", nameOf(cert), nameOf(issuer), errOtherKey)
	}
	return checkDates(issuer, now)
}

// inWords tells what crypto/x509 minded about a path whose links are good by themselves.
func inWords(cause error) string {
	var invalid x509.CertificateInvalidError
	var critical x509.UnhandledCriticalExtension
	if errors.As(cause, &critical) {
		return "a certificate has a critical extension that is not understood"
	}
	if !errors.As(cause, &invalid) {
		return "the certificates do not form a valid path"
	}
	switch invalid.Reason {
	case x509.TooManyIntermediates:
		return "there are more CAs below one another than the path length constraint of one allows"
	case x509.CANotAuthorizedForThisName, x509.UnconstrainedName, x509.TooManyConstraints, x509.NameConstraintsWithoutSANs:
		return "the names in the certificate are outside of the name constraints of a CA above it"
	case x509.NoValidChains:
		return "the certificate policies of the path do not allow it"
	}
	return "the certificates do not form a valid path"
}
