package main

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/trust"
)

// trustDesk is what the administrator's pages do about trust communities: the same as the commands.
type trustDesk struct {
	*trust.Communities
	site *site
}

// newTrustDesk opens the rules about trust communities for the running server.
func (s *site) newTrustDesk() trustDesk {
	return trustDesk{trust.New(trust.Config{Store: s.store, Sealer: s.vault, Issuer: s.config.Issuer}), s}
}

var _ admin.TrustDesk = trustDesk{}

func (trustDesk) ReadAuthorities(data []byte) ([][]byte, error) {
	authorities, err := trust.ReadAuthorities(data)
	return trust.DER(authorities), err
}

func (d trustDesk) Change(ctx context.Context, change idp.TrustChange, by idp.Reading) (idp.Community, error) {
	return d.Communities.Change(ctx, change, nil, by)
}

func (trustDesk) KeyTypes() []string { return trust.KeyTypes() }

func (d trustDesk) Organization() string { return d.site.config.Operator.Name }

func (d trustDesk) RequestCertificate(ctx context.Context, communityID, keyType, organization string, by idp.Reading) (idp.CertificateRequest, error) {
	return d.Communities.RequestCertificate(ctx, communityID, trust.Asking{KeyType: keyType, Organization: organization}, by)
}

// links are the certificates of a community whose revocation can be looked up, each with its issuer.
func links(c pki.Community) [][2]*x509.Certificate {
	certificates := slices.Clone(c.Intermediates)
	for _, signer := range c.Signers {
		certificates = append(certificates, signer.Chain()...)
	}
	var pairs [][2]*x509.Certificate
	for i, certificate := range certificates {
		if slices.ContainsFunc(c.Anchors, certificate.Equal) || slices.ContainsFunc(certificates[:i], certificate.Equal) {
			continue // an anchor is trusted because somebody says so
		}
		if issuer := c.IssuerOf(certificate, certificates...); issuer != nil {
			pairs = append(pairs, [2]*x509.Certificate{certificate, issuer})
		}
	}
	return pairs
}

// checked is a community whose revocation is looked up; ok is false for one that is suspended, was added a moment ago or is not checked.
func (d trustDesk) checked(ctx context.Context, communityID string) (c pki.Community, ok bool, err error) {
	c, err = d.site.trust.Community(ctx, communityID)
	if errors.Is(err, pki.ErrUnknownCommunity) {
		return c, false, nil
	}
	return c, err == nil && c.Revocation.Mode != revocation.NoCheck, err
}

func (d trustDesk) Freshness(ctx context.Context, communityID string) (map[string]admin.Freshness, error) {
	c, ok, err := d.checked(ctx, communityID)
	if !ok {
		return nil, err
	}
	known := map[string]admin.Freshness{}
	for _, pair := range links(c) {
		sources, revoked := d.site.revocation.checker.Look(pair[0], pair[1])
		fresh := admin.Freshness{Revoked: revoked != nil}
		for _, status := range sources {
			fresh.Sources = append(fresh.Sources, sourceOf(status))
		}
		known[trust.Fingerprint(pair[0].Raw)] = fresh
	}
	return known, nil
}

func sourceOf(s revocation.Status) admin.Source {
	return admin.Source{Kind: s.Kind, URL: s.URL, Fetched: s.Fetched, NextUpdate: s.NextUpdate, Fresh: s.Fresh, Problem: s.Problem}
}

// membersAsked is how many sources of members are asked at one press of the button.
const membersAsked = 16

// Refresh asks the sources of our certificates and of the authorities, and those that members named lately.
func (d trustDesk) Refresh(ctx context.Context, communityID string) error {
	c, ok, err := d.checked(ctx, communityID)
	if !ok {
		return err
	}
	checker := d.site.revocation.checker
	var wg sync.WaitGroup
	for _, pair := range links(c) {
		wg.Go(func() { checker.Renew(ctx, pair[0], pair[1]) })
	}
	sources := c.Sources(checker.Status(), time.Now())
	for _, status := range sources[:min(len(sources), membersAsked)] {
		wg.Go(func() { checker.RenewSource(ctx, status) })
	}
	wg.Wait()
	return nil // what was slower goes on, and is on the page when it has come
}
