package authority_test

import (
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

func newTree(t *testing.T) (root, between *authority.Authority) {
	t.Helper()
	root, err := authority.New("Root", authority.Options{KeyType: authority.P384, CRLURL: "http://ca.example/root.crl"})
	if err != nil {
		t.Fatal(err)
	}
	between, err = root.IssueIntermediate("Intermediate", authority.Options{
		KeyType: authority.P256, Organization: "Example", CRLURL: "http://ca.example/root.crl", IssuerURL: "http://ca.example/root.crt",
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, between
}

func TestLeafLeadsToTheRoot(t *testing.T) {
	t.Parallel()
	root, between := newTree(t)
	deeper, err := between.IssueIntermediate("Deeper", authority.Options{KeyType: authority.P256})
	if err != nil {
		t.Fatal(err)
	}
	for name, issuer := range map[string]*authority.Authority{"of the root": root, "of the intermediate": between, "of a deeper one": deeper} {
		id, err := issuer.IssueLeaf(authority.Leaf{
			Organization: "General Hospital", URIs: []string{"HTTPS://a.example"}, DNSNames: []string{"a.example"},
			KeyType: authority.P256, CRLURL: "http://ca.example/leaf.crl", IssuerURL: "http://ca.example/issuer.crt",
		})
		if err != nil {
			t.Fatal(err)
		}
		roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
		roots.AddCert(root.Certificate)
		for _, certificate := range id.Chain[1:] {
			intermediates.AddCert(certificate)
		}
		leaf := id.Certificate()
		_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !udap.HasURISAN(leaf, "HTTPS://a.example") || len(leaf.DNSNames) != 1 {
			t.Errorf("%s: got names %v and %v", name, leaf.URIs, leaf.DNSNames)
		}
		if leaf.CRLDistributionPoints[0] != "http://ca.example/leaf.crl" || leaf.IssuingCertificateURL[0] != "http://ca.example/issuer.crt" {
			t.Errorf("%s: got CDP %v and AIA %v", name, leaf.CRLDistributionPoints, leaf.IssuingCertificateURL)
		}
		if leaf.IsCA || leaf.Subject.Organization[0] != "General Hospital" {
			t.Errorf("%s: got CA %v of %v", name, leaf.IsCA, leaf.Subject)
		}
		if id.Chain[len(id.Chain)-1].Equal(root.Certificate) {
			t.Errorf("%s: the root is in the chain", name)
		}
	}
}

func TestCRLHoldsWhatWasRevoked(t *testing.T) {
	t.Parallel()
	_, between := newTree(t)
	id, err := between.IssueLeaf(authority.Leaf{KeyType: authority.P256})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Truncate(time.Second)
	read := func() *x509.RevocationList {
		t.Helper()
		der, err := between.CRL(now, now.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		list, err := x509.ParseRevocationList(der)
		if err != nil {
			t.Fatal(err)
		}
		if err := list.CheckSignatureFrom(between.Certificate); err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := read()
	between.Revoke(id.Certificate(), now)
	after := read()
	if len(before.RevokedCertificateEntries) != 0 || len(after.RevokedCertificateEntries) != 1 {
		t.Fatalf("got %d and %d entries, want 0 and 1", len(before.RevokedCertificateEntries), len(after.RevokedCertificateEntries))
	}
	if after.RevokedCertificateEntries[0].SerialNumber.Cmp(id.Certificate().SerialNumber) != 0 {
		t.Error("another serial number was revoked")
	}
	if after.Number.Cmp(before.Number) <= 0 || !after.NextUpdate.Equal(now.Add(time.Hour)) {
		t.Errorf("got number %v after %v, next update %v", after.Number, before.Number, after.NextUpdate)
	}
}

func TestLeafWithoutNamesHasNoExtensionForThem(t *testing.T) {
	t.Parallel()
	root, _ := newTree(t)
	id, err := root.IssueLeaf(authority.Leaf{KeyType: authority.P256})
	if err != nil {
		t.Fatal(err)
	}
	for _, extension := range id.Certificate().Extensions {
		if extension.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			t.Error("got a Subject Alternative Name, want none")
		}
	}
}
