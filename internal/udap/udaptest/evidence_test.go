package udaptest_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"udap-idp/internal/udap/udaptest"
)

// ask sends an OCSP request about the certificate to the responder that it names.
func ask(t *testing.T, certificate, issuer *x509.Certificate) *ocsp.Response {
	t.Helper()
	request, err := ocsp.CreateRequest(certificate, issuer, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(certificate.OCSPServer[0], "application/ocsp-request", bytes.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	der, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponseForCert(der, certificate, nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestResponderTellsTheTruthUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithOCSP(), udaptest.WithoutCRL())
	leaf, other, between := c.Leaf("https://a.example").Certificate(), c.Leaf("https://b.example").Certificate(), c.Intermediates()[0]
	if len(leaf.CRLDistributionPoints)+len(between.CRLDistributionPoints) > 0 {
		t.Error("there is a distribution point")
	}
	c.Revoke(leaf)
	for name, want := range map[string]struct {
		certificate, issuer *x509.Certificate
		status              int
	}{
		"revoked":      {leaf, between, ocsp.Revoked},
		"good":         {other, between, ocsp.Good},
		"intermediate": {between, c.Anchor(), ocsp.Good},
	} {
		answer := ask(t, want.certificate, want.issuer)
		if answer.Status != want.status || answer.CheckSignatureFrom(want.issuer) != nil || !answer.NextUpdate.After(time.Now()) {
			t.Errorf("%s: status %d until %v, want %d", name, answer.Status, answer.NextUpdate, want.status)
		}
	}

	c.Responder(c.Issuer, udaptest.WithNonce)
	if answer := ask(t, other, between); answer.CheckSignatureFrom(between) != nil || !bytes.Contains(answer.TBSResponseData, []byte{0x2b, 6, 1, 5, 5, 7, 48, 1, 2}) {
		t.Error("an answer with a nonce has none, or a bad signature")
	}
	c.Responder(c.Issuer, udaptest.Delegate)
	if answer := ask(t, other, between); answer.Certificate == nil || answer.Certificate.CheckSignatureFrom(between) != nil {
		t.Error("the delegate is not authorised")
	}
	c.Responder(c.Issuer, udaptest.Stranger)
	if answer := ask(t, other, between); answer.Certificate == nil || answer.Certificate.CheckSignatureFrom(between) == nil {
		t.Error("the stranger is authorised")
	}
}
