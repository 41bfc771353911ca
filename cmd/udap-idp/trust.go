package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/discovery"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/registration"
	"udap-idp/internal/udap"
	"udap-idp/internal/vault"
)

// communityKeyPurpose is what the private keys of our certificates are sealed for.
const communityKeyPurpose = "community-key"

// trustSource is where pki reads the trust communities: the store's rows, with the private keys unsealed.
type trustSource struct {
	store idp.Communities
	vault *vault.Vault
}

func (s trustSource) TrustRevision(ctx context.Context) (int64, error) {
	return s.store.TrustRevision(ctx)
}

func (s trustSource) TrustCommunities(ctx context.Context) ([]pki.Community, error) {
	rows, err := s.store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	communities := make([]pki.Community, len(rows))
	for i, row := range rows {
		if communities[i], err = s.community(row); err != nil {
			return nil, fmt.Errorf("trust community %s: %w", row.URI, err)
		}
	}
	return communities, nil
}

func (s trustSource) community(row idp.Community) (pki.Community, error) {
	c, err := parseCommunity(row)
	if err != nil {
		return c, err
	}
	c.Settings = row.Settings
	if c.Certifiers, err = parseDER(row.Settings.Certifications.Anchors); err != nil {
		return c, fmt.Errorf("anchor of certifications: %w", err)
	}
	for _, own := range row.Certificates {
		signer, err := s.signer(own)
		if err != nil {
			return c, fmt.Errorf("our certificate %s: %w", own.ID, err)
		}
		c.Signers = append(c.Signers, signer)
	}
	return c, nil
}

func (s trustSource) signer(own idp.CommunityCertificate) (*udap.Signer, error) {
	chain, err := parseDER(own.Chain)
	if err != nil {
		return nil, err
	}
	plain, err := s.vault.Unseal(own.SealedKey, communityKeyPurpose)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	key, err := parsePKCS8(plain)
	if err != nil {
		return nil, err
	}
	return udap.NewSigner(chain, key)
}

// parseCommunity is a row with its certificates read, without our own.
func parseCommunity(row idp.Community) (pki.Community, error) {
	anchors, err := parseDER(row.Anchors)
	if err != nil {
		return pki.Community{}, fmt.Errorf("anchor: %w", err)
	}
	intermediates, err := parseDER(row.Intermediates)
	if err != nil {
		return pki.Community{}, fmt.Errorf("intermediate: %w", err)
	}
	policy, err := revocationPolicy(row.Settings.Revocation)
	if err != nil {
		return pki.Community{}, err
	}
	return pki.Community{
		ID: row.ID, URI: row.URI, Name: row.Name, Anchors: anchors, Intermediates: intermediates, Revocation: policy,
	}, nil
}

func parseDER(ders [][]byte) ([]*x509.Certificate, error) {
	certificates := make([]*x509.Certificate, len(ders))
	for i, der := range ders {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		certificates[i] = certificate
	}
	return certificates, nil
}

// The rooms each ask for trust in their own words.

type registrationTrust struct {
	*pki.Trust
	observe func(verdict error) // each check, for the metrics
}

func (t registrationTrust) Identify(ctx context.Context, chain []*x509.Certificate, now time.Time) (string, error) {
	community, err := t.Trust.Identify(ctx, chain, now)
	t.observe(err)
	if errors.Is(err, pki.ErrUntrusted) {
		return "", fmt.Errorf("%w: %w", registration.ErrUntrusted, err)
	}
	return community.ID, err
}

func (t registrationTrust) VerifyCertifier(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error {
	err := t.Trust.VerifyCertifier(ctx, communityID, chain, now)
	if errors.Is(err, pki.ErrUntrusted) {
		return fmt.Errorf("%w: %w", registration.ErrUntrusted, err)
	}
	return err
}

type discoveryTrust struct{ *pki.Trust }

func (t discoveryTrust) Signing(ctx context.Context, community string) (discovery.Signing, error) {
	all, err := t.Communities(ctx)
	if err != nil {
		return discovery.Signing{}, err
	}
	for _, c := range all {
		if community != "" && c.URI != community {
			continue
		}
		if signer, err := c.Signer(time.Now()); err == nil {
			return signing(c, signer), nil
		}
	}
	return discovery.Signing{}, discovery.ErrNoSigner
}

type providerTrust struct {
	*pki.Trust
	observe func(verdict error) // each check, for the metrics
}

func (t providerTrust) VerifyIn(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error {
	err := t.Trust.VerifyIn(ctx, communityID, chain, now)
	t.observe(err)
	return err
}

func (t providerTrust) Signers(ctx context.Context) ([]*udap.Signer, error) {
	return t.Trust.Signers(ctx, time.Now())
}

func (t providerTrust) Signer(ctx context.Context, communityID string) (*udap.Signer, error) {
	signer, err := t.signer(ctx, communityID)
	if errors.Is(err, pki.ErrUnknownCommunity) || errors.Is(err, pki.ErrNoSigner) {
		return nil, fmt.Errorf("%w: %w", idp.ErrNotFound, err)
	}
	return signer, err
}

func (t providerTrust) signer(ctx context.Context, communityID string) (*udap.Signer, error) {
	community, err := t.Community(ctx, communityID)
	if err != nil {
		return nil, err
	}
	return community.Signer(time.Now())
}

func untrusted(err error) bool { return errors.Is(err, pki.ErrUntrusted) }
