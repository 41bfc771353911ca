package admin

import (
	"bytes"
	"crypto/x509"
	"slices"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

func communityRow(c idp.Community, s Standing) pages.AdminCommunity {
	row := pages.AdminCommunity{ID: c.ID, Name: c.Name, Suspended: !c.SuspendedAt.IsZero(), URI: c.URI, Revocation: s.Revocation}
	row.Sources, row.MoreSources = sourceRows(s.Sources)
	for _, anchor := range c.Anchors {
		row.Anchors = append(row.Anchors, describe(anchor))
	}
	for _, ours := range c.Certificates {
		row.Certificates = append(row.Certificates, pages.AdminChain{
			State: stateOf(ours, s), Certificates: chainRow(ours.Chain, c.Anchors),
		})
	}
	return row
}

// chainRow is a chain as it is read: from the trust anchor to the leaf. A chain is stored without the anchor as a rule.
func chainRow(chain, anchors [][]byte) []pages.AdminCertificate {
	chain = slices.Clone(chain)
	if anchor := anchorOf(chain, anchors); anchor != nil {
		chain = append(chain, anchor)
	}
	slices.Reverse(chain)
	row := []pages.AdminCertificate{}
	for _, der := range chain {
		row = append(row, describe(der))
	}
	return row
}

// anchorOf is the anchor that issued the last certificate of a chain, nil when the chain ends in an anchor already or
// leads to none. It is for the eye: whether a chain is trusted is not decided here.
func anchorOf(chain, anchors [][]byte) []byte {
	if len(chain) == 0 {
		return nil
	}
	last, err := x509.ParseCertificate(chain[len(chain)-1])
	if err != nil {
		return nil
	}
	for _, der := range anchors {
		if bytes.Equal(der, last.Raw) {
			return nil
		}
	}
	for _, der := range anchors {
		anchor, err := x509.ParseCertificate(der)
		if err == nil && last.CheckSignatureFrom(anchor) == nil {
			return der
		}
	}
	return nil
}

// describe is what an administrator must know of a certificate. One that cannot be read has no dates, which the page marks.
func describe(der []byte) pages.AdminCertificate {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return pages.AdminCertificate{}
	}
	return pages.AdminCertificate{Subject: subject(cert), NotBefore: cert.NotBefore, NotAfter: cert.NotAfter}
}

func subject(cert *x509.Certificate) string {
	if cert.Subject.CommonName != "" {
		return cert.Subject.CommonName
	}
	return cert.Subject.String()
}

// stateOf is how a certificate of ours stands. One that a change-over stopped is not the next one, however long it is valid.
func stateOf(own idp.CommunityCertificate, s Standing) string {
	state := s.States[own.KeyID]
	if state == "next" && !own.StoppedAt.IsZero() {
		return "retiring"
	}
	return state
}
