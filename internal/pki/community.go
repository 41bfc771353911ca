package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/udap"
)

var (
	// ErrUnknownCommunity: no community has that ID or URI.
	ErrUnknownCommunity = errors.New("unknown trust community")
	// ErrNoSigner: we hold no certificate there.
	ErrNoSigner = errors.New("no certificate of ours")
)

// Community is a trust community. It is shared between goroutines: do not change it.
type Community struct {
	ID            string
	URI           string // as in the community parameter, compared exactly
	Name          string
	Anchors       []*x509.Certificate
	Intermediates []*x509.Certificate
	Signers       []*udap.Signer    // ours, in order of preference; Signer chooses, and the keys of all are in the JWKS
	Revocation    revocation.Policy // the zero value is the strictest
	// Certifiers are the anchors of those who may certify the members. None: whoever leads to one of Anchors may.
	Certifiers []*x509.Certificate
	// Settings are the operator's. They are carried here so that they are of the same moment as the rest; nobody in this
	// package looks at them.
	Settings any
}

// Signer is the one that signs in this community at now, or ErrNoSigner: the first that is valid then, so that the next
// takes over by itself when the active one has run out. If none is valid it is the first, whose refusal tells the other
// side what is wrong.
func (c Community) Signer(now time.Time) (*udap.Signer, error) {
	if len(c.Signers) == 0 {
		return nil, fmt.Errorf("%w in the trust community %s", ErrNoSigner, c.URI)
	}
	return c.Signers[active(c.own(), now)], nil
}

// own are our certificates, without their chains.
func (c Community) own() []*x509.Certificate {
	leaves := make([]*x509.Certificate, len(c.Signers))
	for i, s := range c.Signers {
		leaves[i] = s.Chain()[0]
	}
	return leaves
}

func (c Community) isAnchor(cert *x509.Certificate) bool {
	for _, anchor := range c.Anchors {
		if bytes.Equal(anchor.Raw, cert.Raw) {
			return true
		}
	}
	return false
}

// title names the community in an error.
func (c Community) title() string {
	if c.Name != "" {
		return quote(c.Name)
	}
	return quote(c.URI)
}

// CheckOwn reports why our certificate cannot be used in the community: a client would refuse what we sign with it. The
// error is for an operator.
//
// UDAP Security IG §2.3: iss of signed_metadata is our base URL and a URI SAN of the certificate. Some clients compare it
// with a trailing slash and some without, so either form in the certificate is good.
func CheckOwn(c Community, s *udap.Signer, issuer string, now time.Time) error {
	chain := s.Chain()
	leaf := chain[0]
	if !udap.HasURISAN(leaf, issuer) && !udap.HasURISAN(leaf, issuer+"/") {
		found, err := udap.URISANs(leaf)
		if err != nil {
			return fmt.Errorf("our certificate %s: %w", nameOf(leaf), err)
		}
		return fmt.Errorf("our certificate %s does not name the issuer %s as a URI in its Subject Alternative Name; it names %q",
			nameOf(leaf), issuer, found)
	}
	if _, err := paths(c, chain, now); err != nil {
		var untrusted *Untrusted
		if errors.As(err, &untrusted) {
			return fmt.Errorf("our certificate %s would be refused in %s: %s", nameOf(leaf), c.title(), untrusted.Reason)
		}
		return err
	}
	return nil
}
