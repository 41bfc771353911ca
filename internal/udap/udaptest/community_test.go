package udaptest_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

func download(t *testing.T, url string) (int, []byte) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, data
}

func crl(t *testing.T, url string) *x509.RevocationList {
	t.Helper()
	status, data := download(t, url)
	if status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	list, err := x509.ParseRevocationList(data)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCommunityServesWhatItsCertificatesPointAt(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t)
	leaf := c.Leaf("https://a.example").Certificate()
	status, data := download(t, leaf.IssuingCertificateURL[0])
	if status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	issuer, err := x509.ParseCertificate(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf.CheckSignatureFrom(issuer); err != nil {
		t.Error(err)
	}
	if err := crl(t, leaf.CRLDistributionPoints[0]).CheckSignatureFrom(issuer); err != nil {
		t.Error(err)
	}
	between := c.Intermediates()[0]
	if err := crl(t, between.CRLDistributionPoints[0]).CheckSignatureFrom(c.Anchor()); err != nil {
		t.Error(err)
	}
}

func TestRevokedCertificateIsOnItsIssuersList(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t)
	leaf, between := c.Leaf("https://a.example").Certificate(), c.Intermediates()[0]
	c.Revoke(leaf)
	if got := len(crl(t, leaf.CRLDistributionPoints[0]).RevokedCertificateEntries); got != 1 {
		t.Errorf("got %d entries for the leaf, want 1", got)
	}
	if got := len(crl(t, between.CRLDistributionPoints[0]).RevokedCertificateEntries); got != 0 {
		t.Errorf("got %d entries for the intermediate, want 0", got)
	}
	c.Revoke(between)
	if got := len(crl(t, between.CRLDistributionPoints[0]).RevokedCertificateEntries); got != 1 {
		t.Errorf("got %d entries for the intermediate, want 1", got)
	}
}

func TestListsCanBeStaleOrGone(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutIntermediate())
	url := c.Leaf("https://a.example").Certificate().CRLDistributionPoints[0]
	c.StaleCRLs()
	if next := crl(t, url).NextUpdate; next.After(time.Now()) {
		t.Errorf("got next update %v, want one that has passed", next)
	}
	c.BreakCRLs()
	if status, _ := download(t, url); status != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", status)
	}
}

func TestMessagesAreGoodUntilTheyAreSpoilt(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer(), udaptest.WithURI("udap://a/"))
	l := c.Leaf("https://a.example")
	s, err := udap.ParseSoftwareStatement(l.Statement("https://idp.example/register"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate("https://idp.example/register", time.Now()); err != nil {
		t.Error(err)
	}
	a, err := udap.ParseClientAssertion(l.Assertion("client", "https://idp.example/token"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Validate("https://idp.example/token", time.Now()); err != nil {
		t.Error(err)
	}
	if c.URI != "udap://a/" || len(l.Certificate().CRLDistributionPoints) != 0 {
		t.Errorf("got %q with CDP %v", c.URI, l.Certificate().CRLDistributionPoints)
	}
	if other := c.Leaf("https://a.example"); other.Signer().KeyID() == l.Signer().KeyID() {
		t.Error("two leaves of a community have the same key")
	}
}
