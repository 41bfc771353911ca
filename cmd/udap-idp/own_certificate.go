package main

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
	"udap-idp/internal/vault"
)

// ownCertificate is a certificate of ours with its private key.
type ownCertificate struct {
	signer *udap.Signer
	key    crypto.Signer
	file   string // it was read from
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
	signer, err := udap.NewSigner(chain, private)
	if err != nil {
		return nil, fmt.Errorf("--certificate %s with --key %s: %w", certificate, key, err)
	}
	return &ownCertificate{signer: signer, key: private, file: certificate}, nil
}

// leaf is the certificate itself.
func (o *ownCertificate) leaf() *x509.Certificate { return o.signer.Chain()[0] }

// checkIn reports why data holders would not accept what it signs at a time.
func (o *ownCertificate) checkIn(c pki.Community, issuer string, at time.Time) error {
	if err := pki.CheckOwn(c, o.signer, issuer, at); err != nil {
		return fmt.Errorf("--certificate %s: %w", o.file, err)
	}
	return nil
}

func (o *ownCertificate) seal(v *vault.Vault, now time.Time) (idp.CommunityCertificate, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(o.key)
	if err != nil {
		return idp.CommunityCertificate{}, fmt.Errorf("private key: %w", err)
	}
	sealed, err := v.Seal(plain, communityKeyPurpose)
	clear(plain)
	if err != nil {
		return idp.CommunityCertificate{}, fmt.Errorf("private key: %w", err)
	}
	return idp.CommunityCertificate{
		ID: idp.NewID(), KeyID: o.signer.KeyID(), Chain: rawDER(o.signer.Chain()), SealedKey: sealed, CreatedAt: now,
	}, nil
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("the stored private key is damaged")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the stored private key cannot sign")
	}
	return signer, nil
}
