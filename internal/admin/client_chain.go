package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// anchorNames are the names of the communities by the fingerprints of their anchors: where one certificate is an anchor of several,
// the oldest.
func (n communityNames) anchorNames() map[string]string {
	names := map[string]string{}
	for _, c := range slices.Backward(n) {
		for _, der := range c.Anchors {
			names[fingerprint(der)] = c.Name
		}
	}
	return names
}

// drawn is a chain with its top first, each link below the one that issued it.
func drawn(links []pages.ChainLink) *pages.ChainLink {
	var below *pages.ChainLink
	for i := range links { // the leaf is the first
		link := links[i]
		link.Below = below
		below = &link
	}
	return below
}

// dated says how a certificate stood at a time.
func dated(notBefore, notAfter, at time.Time) pages.ChainMark {
	switch {
	case at.After(notAfter):
		return pages.ChainMark{Key: "expired", Tone: "bad"}
	case at.Before(notBefore):
		return pages.ChainMark{Key: "early", Tone: "bad"}
	}
	return pages.ChainMark{Key: "valid", Tone: "good"}
}

// linkOf is a certificate as it is drawn, at a time.
func linkOf(der []byte, at time.Time) pages.ChainLink {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return pages.ChainLink{SHA256: fingerprint(der), Marks: []pages.ChainMark{{Key: "early", Tone: "bad"}}}
	}
	link := pages.ChainLink{
		Subject: cert.Subject.String(), SHA256: fingerprint(der), NotBefore: cert.NotBefore, NotAfter: cert.NotAfter,
		Marks: []pages.ChainMark{dated(cert.NotBefore, cert.NotAfter, at)},
	}
	for _, uri := range cert.URIs {
		link.URIs = append(link.URIs, uri.String())
	}
	return link
}

// clientCertificate draws the chain that a data holder registered with, from the anchor of its community down.
func (a *Admin) clientCertificate(ctx context.Context, page *pages.AdminClientPage, c idp.Client, community idp.Community) {
	standing := a.Clients.Certificate(ctx, c, page.Now)
	page.Verdict, page.Why = standing.Verdict, standing.Why
	page.Certificate = linkOf(c.Certificate, page.Now)
	chain := slices.Clone(standing.Chain)
	if len(chain) == 0 {
		chain = [][]byte{c.Certificate}
	}
	if anchor := anchorOf(chain, community.Anchors); anchor != nil {
		chain = append(chain, anchor)
	}
	anchors := communityNames{community}.anchorNames()
	var links []pages.ChainLink
	for _, der := range chain {
		link := linkOf(der, page.Now)
		if name, ok := anchors[link.SHA256]; ok {
			link.Marks = append(link.Marks, pages.ChainMark{Key: "anchor", Tone: "good", Param: name})
		}
		links = append(links, link)
	}
	page.Chain = drawn(links)
}

func newestFirst(changes []pages.ClientChange) {
	slices.SortStableFunc(changes, func(a, b pages.ClientChange) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) })
}
