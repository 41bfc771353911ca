package admin

import (
	"bytes"
	"crypto/x509"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// leafOfTree is a certificate on its way into the tree.
type leafOfTree struct {
	cert *x509.Certificate
	node pages.TrustNode
}

// treeOf draws the certificates of a community, each below the one that issued it. It is for the eye: whether a chain is trusted is not
// decided here. loose are those that lead to no anchor.
func treeOf(c idp.Community, s Standing, fresh map[string]Freshness, mayChange bool) (roots, loose []pages.TrustNode) {
	var all []leafOfTree
	known := map[string]bool{}
	add := func(kind string, der []byte, state string) {
		id := fingerprint(der)
		if known[id] {
			return
		}
		known[id] = true
		all = append(all, newLeaf(kind, der, state, c.ID, fresh, mayChange))
	}
	for _, der := range c.Anchors {
		add("anchor", der, "")
	}
	for _, der := range c.Intermediates {
		add("intermediate", der, "")
	}
	for _, own := range c.Certificates {
		for i, der := range own.Chain {
			if i == 0 {
				add("own", der, stateOf(own, s))
			} else {
				add("sent", der, "")
			}
		}
	}
	placed := make([]bool, len(all))
	for i := range all {
		if all[i].node.Kind == "anchor" {
			placed[i] = true
			roots = append(roots, below(all, i, placed))
		}
	}
	for i := range all {
		if !placed[i] && parentOf(all, i) < 0 {
			placed[i] = true
			loose = append(loose, below(all, i, placed))
		}
	}
	return roots, loose
}

func newLeaf(kind string, der []byte, state, communityID string, fresh map[string]Freshness, mayChange bool) leafOfTree {
	l := leafOfTree{node: pages.TrustNode{AdminCertificate: describe(der), Kind: kind, SHA256: fingerprint(der), State: state}}
	if cert, err := x509.ParseCertificate(der); err == nil {
		l.cert, l.node.Issuer, l.node.Key = cert, issuerName(cert), keyName(cert.PublicKey)
	}
	if f, ok := fresh[l.node.SHA256]; ok {
		l.node.Checked, l.node.Revoked = true, f.Revoked
		for _, source := range f.Sources {
			l.node.Sources = append(l.node.Sources, pages.AdminSource(source))
		}
	}
	if mayChange && (kind == "anchor" || kind == "intermediate") {
		l.node.RemoveURL = "/admin/trust/" + communityID + "/authority/" + l.node.SHA256
	}
	return l
}

// below is a certificate with everything that it issued.
func below(all []leafOfTree, at int, placed []bool) pages.TrustNode {
	node := all[at].node
	for i := range all {
		if !placed[i] && parentOf(all, i) == at {
			placed[i] = true
			node.Below = append(node.Below, below(all, i, placed))
		}
	}
	return node
}

// parentOf is which certificate issued another, -1 when it is not among them.
func parentOf(all []leafOfTree, at int) int {
	cert := all[at].cert
	if cert == nil {
		return -1
	}
	for i, other := range all {
		if i != at && other.cert != nil && other.node.Kind != "own" && bytes.Equal(other.cert.RawSubject, cert.RawIssuer) &&
			cert.CheckSignatureFrom(other.cert) == nil {
			return i
		}
	}
	return -1
}
