package pki

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// VerifyCertifier checks that the chain leads to somebody who may certify the members of a community at now: to one of its
// Certifiers, or into the community itself when it has none. Revocation is checked as everywhere in the community. The
// errors are those of VerifyIn.
//
// UDAP Certifications and Endorsements §6.4: a valid chain from the certifier's certificate to a trusted anchor.
func (t *Trust) VerifyCertifier(ctx context.Context, communityID string, chain []*x509.Certificate, now time.Time) error {
	s, err := t.current(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.communities, func(c Community) bool { return c.ID == communityID })
	if i < 0 {
		return fmt.Errorf("%w: %q", ErrUnknownCommunity, communityID)
	}
	c := s.communities[i]
	if len(c.Certifiers) == 0 {
		return t.VerifyIn(ctx, communityID, chain, now)
	}
	c.Anchors, c.Name = c.Certifiers, "certifiers in "+cmp.Or(c.Name, c.URI)
	_, err = t.lookUp(ctx, s, chainKey(certifiersOf+communityID, s.revision, chain), []Community{c}, chain, now)
	return err
}

// certifiersOf keeps the chains of certifiers apart from those of members: the ID of no community begins with it.
const certifiersOf = "certifiers of "
