package main

import (
	"crypto/x509"
	"fmt"
	"time"

	"udap-idp/internal/pki"
	"udap-idp/internal/trust"
)

// ownCertificate is a certificate of ours with its private key, out of files.
type ownCertificate struct {
	*trust.Own
	file string // it was read from
}

// readOwn reads a certificate of ours, with its chain, and its key from the files of --certificate and --key.
func readOwn(certificate, key string) (*ownCertificate, error) {
	chain, err := readCertificates("--certificate", certificate)
	if err != nil {
		return nil, err
	}
	pem, err := readFile(key)
	if err != nil {
		return nil, usage("--key: %w", err)
	}
	private, err := pki.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", key, err)
	}
	own, err := trust.NewOwn(chain, private)
	if err != nil {
		return nil, fmt.Errorf("--certificate %s with --key %s: %w", certificate, key, err)
	}
	return &ownCertificate{own, certificate}, nil
}

// leaf is the certificate itself.
func (o *ownCertificate) leaf() *x509.Certificate { return o.Leaf() }

// checkIn reports why data holders would not accept what it signs at a time.
func (o *ownCertificate) checkIn(c pki.Community, issuer string, at time.Time) error {
	if err := o.CheckIn(c, issuer, at); err != nil {
		return fmt.Errorf("--certificate %s: %w", o.file, err)
	}
	return nil
}
