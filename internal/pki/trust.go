package pki

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/udap"
)

// Communities returns all in order of precedence.
func (t *Trust) Communities(ctx context.Context) ([]Community, error) {
	all, err := t.communities(ctx)
	return slices.Clone(all), err
}

// Community returns the one with that ID, or ErrUnknownCommunity.
func (t *Trust) Community(ctx context.Context, id string) (Community, error) {
	return t.find(ctx, id, func(c Community) bool { return c.ID == id })
}

// SignerFor returns what signs at now in the community with that URI, compared exactly: ErrUnknownCommunity, or ErrNoSigner.
//
// UDAP Security IG §2.4: in a recognised community from which a certificate is held, metadata SHALL be signed with it.
func (t *Trust) SignerFor(ctx context.Context, communityURI string, now time.Time) (*udap.Signer, error) {
	c, err := t.find(ctx, communityURI, func(c Community) bool { return c.URI == communityURI })
	if err != nil {
		return nil, err
	}
	return c.Signer(now)
}

// DefaultSigner returns what signs at now when no community is named: that of the first community we hold a certificate in, or
// ErrNoSigner.
func (t *Trust) DefaultSigner(ctx context.Context, now time.Time) (*udap.Signer, error) {
	all, err := t.communities(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if len(c.Signers) > 0 {
			return c.Signer(now)
		}
	}
	return nil, fmt.Errorf("%w in any trust community", ErrNoSigner)
}

// Signers returns all of ours, for the JWKS: one for each key, those of the first community first, and of each community
// the one that signs at now.
func (t *Trust) Signers(ctx context.Context, now time.Time) ([]*udap.Signer, error) {
	all, err := t.communities(ctx)
	if err != nil {
		return nil, err
	}
	var signers []*udap.Signer
	seen := map[string]bool{}
	add := func(s *udap.Signer) {
		if !seen[s.KeyID()] {
			seen[s.KeyID()] = true
			signers = append(signers, s)
		}
	}
	for _, c := range all {
		if signing, err := c.Signer(now); err == nil {
			add(signing)
		}
		for _, s := range c.Signers {
			add(s)
		}
	}
	return signers, nil
}

// Identify returns the first community that the chain leads into at now. The chain begins with the certificate asked about;
// the rest is in any order. The error is *Untrusted, *Unchecked, or a failure of ours.
func (t *Trust) Identify(ctx context.Context, chain []*x509.Certificate, now time.Time) (Community, error) {
	s, err := t.current(ctx)
	if err != nil {
		return Community{}, err
	}
	if len(s.communities) == 0 {
		return Community{}, &Untrusted{Reason: "no trust community is configured here"}
	}
	v, err := t.lookUp(ctx, s, chainKey("", s.revision, chain), s.communities, chain, now)
	return v.community, err
}

// VerifyIn checks that the chain leads into one community at now. The error is *Untrusted, *Unchecked, ErrUnknownCommunity
// or a failure of ours.
func (t *Trust) VerifyIn(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error {
	s, err := t.current(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.communities, func(c Community) bool { return c.ID == communityID })
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrUnknownCommunity, communityID)
	}
	_, err = t.lookUp(ctx, s, chainKey(communityID, s.revision, chain), s.communities[i:i+1], chain, now)
	return err
}

// lookUp verifies the chain unless that was done before and nothing has changed.
func (t *Trust) lookUp(ctx context.Context, s snapshot, key chainID, in []Community, chain []*x509.Certificate, now time.Time) (verified, error) {
	if v, ok := t.known.get(key, t.generation(), now); ok {
		return v, nil
	}
	v, err := t.verify(ctx, in, chain, now)
	if err == nil {
		t.known.put(key, s.revision, v, now)
	}
	return v, err
}

func (t *Trust) find(ctx context.Context, what string, is func(Community) bool) (Community, error) {
	all, err := t.communities(ctx)
	if err != nil {
		return Community{}, err
	}
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return Community{}, fmt.Errorf("%w: %q", ErrUnknownCommunity, what)
	}
	return all[i], nil
}
