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
	"udap-idp/internal/trust"
	"udap-idp/internal/udap"
	"udap-idp/internal/vault"
)

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
	var communities []pki.Community
	for _, row := range rows {
		if !row.SuspendedAt.IsZero() {
			continue // as good as not there, for its members and for what we sign
		}
		community, err := s.community(row)
		if err != nil {
			return nil, fmt.Errorf("trust community %s: %w", row.URI, err)
		}
		communities = append(communities, community)
	}
	return communities, nil
}

func (s trustSource) community(row idp.Community) (pki.Community, error) {
	c, err := trust.Parse(row)
	if err != nil {
		return c, err
	}
	c.Settings = row.Settings
	if c.Certifiers, err = trust.ParseDER(row.Settings.Certifications.Anchors); err != nil {
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
	chain, err := trust.ParseDER(own.Chain)
	if err != nil {
		return nil, err
	}
	key, err := trust.OpenKey(s.vault, own.SealedKey)
	if err != nil {
		return nil, err
	}
	return udap.NewSigner(chain, key)
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

// untrusted reports whether an error means that a chain is not trusted. A community that was deleted or suspended meanwhile trusts
// nobody.
func untrusted(err error) bool {
	return errors.Is(err, pki.ErrUntrusted) || errors.Is(err, pki.ErrUnknownCommunity)
}
