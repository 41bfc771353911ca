package pki

import (
	"errors"
	"testing"

	"udap-idp/internal/pki/revocation"
)

func TestCertifierMustLeadToTheCertifiersOfTheCommunity(t *testing.T) {
	t.Parallel()
	root, board, other := newCA(t, nil, "Root"), newCA(t, nil, "Board"), newCA(t, nil, "Other")
	member, certifier, stranger := newLeaf(t, root), newLeaf(t, board), newLeaf(t, other)
	own := Community{ID: "own", Name: "Own", Anchors: certs(root), Certifiers: certs(board)}
	open := Community{ID: "open", Name: "Open", Anchors: certs(root)}
	trust := trustIn(own, open)
	for _, tc := range []struct {
		name, community string
		leaf            *node
		good            bool
	}{
		{"a certifier", "own", certifier, true},
		{"a member where others certify", "own", member, false},
		{"a stranger", "own", stranger, false},
		{"a member where members certify", "open", member, true},
		{"a certifier of another community", "open", certifier, false},
	} {
		for range 2 { // what is remembered must not mix members and certifiers
			err := trust.VerifyCertifier(t.Context(), tc.community, certs(tc.leaf), now)
			if (err == nil) != tc.good || err != nil && !errors.Is(err, ErrUntrusted) {
				t.Errorf("%s: got %v", tc.name, err)
			}
		}
	}
	// Who may certify is no member for that.
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "own", certs(certifier), now))
	mustBeUntrusted(t, trust.VerifyCertifier(t.Context(), "own", certs(stranger), now), "no path to an anchor of 'certifiers in Own'")
	if err := trust.VerifyCertifier(t.Context(), "none", certs(certifier), now); !errors.Is(err, ErrUnknownCommunity) {
		t.Errorf("got %v, want ErrUnknownCommunity", err)
	}
}

func TestCertifierIsCheckedForRevocationAsTheCommunityWants(t *testing.T) {
	t.Parallel()
	root, board := newCA(t, nil, "Root"), newCA(t, nil, "Board")
	certifier := newLeaf(t, board) // names no list
	c := Community{ID: "1", Anchors: certs(root), Certifiers: certs(board)}
	trust, _ := trustWith(Options{Revocation: newChecker(t, 0)}, c)
	mustBeUnchecked(t, trust.VerifyCertifier(t.Context(), "1", certs(certifier), now))
	c.Revocation = revocation.Policy{AllowWithoutSource: true}
	trust, _ = trustWith(Options{Revocation: newChecker(t, 0)}, c)
	if err := trust.VerifyCertifier(t.Context(), "1", certs(certifier), now); err != nil {
		t.Error(err)
	}
}
