package dataholder

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

// Link is one certificate of a chain that was led to an anchor.
type Link struct {
	Role        string    `json:"role"` // signer, intermediate, anchor
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Fingerprint string    `json:"sha256"`
	URIs        []string  `json:"uris,omitempty"`
	// Revocation is what the issuer's list said: "not revoked", "revoked", "not known", or "trusted by us" for the anchor.
	Revocation string    `json:"revocation"`
	CRL        string    `json:"crl,omitempty"` // address of the list
	CRLUpdated time.Time `json:"crl_this_update,omitzero"`
	CRLNext    time.Time `json:"crl_next_update,omitzero"`
}

const (
	roleSigner       = "signer"
	roleIntermediate = "intermediate"
	roleAnchor       = "anchor"

	notRevoked     = "not revoked"
	revoked        = "revoked"
	revocationOpen = "not known"
	trustedByUs    = "trusted by us"
)

// verifyChain leads the certificates of an x5c header to an anchor of ours and asks for each one below the anchor whether
// it was revoked. The first path on which every certificate is good is taken.
//
// UDAP Security IG §7.1.6, UDAP Server Metadata §3.2: a path to an anchor, validity and revocation of every certificate.
func (c *Client) verifyChain(ctx context.Context, step *Step, chain []*x509.Certificate) error {
	paths, err := c.paths(chain)
	if err := step.verify(pathRule(err, chain[0])); err != nil {
		return err
	}
	var first error
	for _, path := range paths {
		attempt := Step{Name: step.Name}
		err := c.verifyPath(ctx, &attempt, path)
		if err == nil || first == nil {
			step.Chain = attempt.Chain
		}
		step.Exchanges = append(step.Exchanges, attempt.Exchanges...)
		if err == nil {
			step.Checks = append(step.Checks, attempt.Checks...)
			return nil
		}
		if first == nil {
			first = err
		}
	}
	var problem *Problem
	if errors.As(first, &problem) {
		step.Checks = append(step.Checks, Check{
			What: "no certificate on the path was revoked", Source: "UDAP Security IG §7.1.6", Found: problem.Message,
		})
	}
	return first
}

func pathRule(err error, leaf *x509.Certificate) rule {
	r := rule{
		reason: ReasonUntrusted, ok: err == nil, source: "UDAP Security IG §7.1.6",
		what:  "the certificate leads to an anchor of the hospital's trust community, and all on the way are in date",
		found: "no path from “" + shorten(leaf.Subject.String(), 100) + "” to an anchor was found",
	}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		r.reason = ReasonCertificateExpired
		r.found = "a certificate on the way is not in date: the signer's is good from " +
			leaf.NotBefore.UTC().Format(time.DateOnly) + " to " + leaf.NotAfter.UTC().Format(time.DateOnly)
	}
	return r
}

// paths are those from chain[0] to an anchor, through the certificates that came with it and the ones we hold.
func (c *Client) paths(chain []*x509.Certificate) ([][]*x509.Certificate, error) {
	anchors, between := x509.NewCertPool(), x509.NewCertPool()
	for _, certificate := range c.Anchors {
		anchors.AddCert(certificate)
	}
	for _, certificate := range c.Intermediates {
		between.AddCert(certificate)
	}
	for _, certificate := range chain[1:] {
		between.AddCert(certificate)
	}
	return chain[0].Verify(x509.VerifyOptions{
		Roots:         anchors,
		Intermediates: between,
		CurrentTime:   c.Now(),
		// UDAP asks for no extended key usage, and the default is that of a TLS server.
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
}

func (c *Client) verifyPath(ctx context.Context, step *Step, path []*x509.Certificate) error {
	anchor := len(path) - 1
	for i, certificate := range path {
		step.Chain = append(step.Chain, describe(certificate, i, anchor))
	}
	for i := range anchor {
		if err := c.checkRevocation(ctx, step, path[i], path[i+1], &step.Chain[i]); err != nil {
			return err
		}
		if err := step.verify(rule{
			ok: true, source: "UDAP Security IG §7.1.6, RFC 5280 §6.3",
			what: "“" + shorten(step.Chain[i].Subject, 100) + "” is not on its issuer's revocation list, which is signed, complete and up to date",
		}); err != nil {
			return err
		}
	}
	return nil
}

func describe(certificate *x509.Certificate, i, anchor int) Link {
	fingerprint := sha256.Sum256(certificate.Raw)
	link := Link{
		Role: roleIntermediate, Revocation: revocationOpen,
		Subject: certificate.Subject.String(), Issuer: certificate.Issuer.String(),
		NotBefore: certificate.NotBefore.UTC(), NotAfter: certificate.NotAfter.UTC(),
		Fingerprint: strings.ToUpper(hex.EncodeToString(fingerprint[:])),
	}
	switch i {
	case anchor:
		link.Role, link.Revocation = roleAnchor, trustedByUs
	case 0:
		link.Role = roleSigner
	}
	if uris, err := udap.URISANs(certificate); err == nil {
		link.URIs = uris
	}
	return link
}
