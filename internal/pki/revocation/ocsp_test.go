package revocation

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

func TestAnswerOfTheIssuerOrItsDelegateCounts(t *testing.T) {
	t.Parallel()
	ca := issue(t, nil, "CA", true)
	leaf := issue(t, ca, "Leaf", false)
	for name, der := range map[string][]byte{
		"issuer":                      answerFor(t, leaf, ca, ca, nil),
		"issuer with its certificate": answerFor(t, leaf, ca, ca, func(r *ocsp.Response) { r.Certificate = ca.cert }),
		"delegate":                    answerFor(t, leaf, ca, responderOf(t, ca), nil),
	} {
		e, err := readOCSP(der, leaf.cert, ca.cert, time.Now())
		if err != nil || e.unknown || len(e.revoked) != 0 || !e.inForce(time.Now()) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	e, err := readOCSP(answerFor(t, leaf, ca, ca, func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), leaf.cert, ca.cert, time.Now())
	if err != nil || e.nextUpdate.Sub(e.thisUpdate) != withoutNext {
		t.Errorf("without nextUpdate: %+v, %v", e, err)
	}
}

func TestAnswerOfAnyoneElseIsRefused(t *testing.T) {
	t.Parallel()
	ca, other := issue(t, nil, "CA", true), issue(t, nil, "Other", true)
	namesake := issue(t, nil, "CA", true)
	leaf, stranger := issue(t, ca, "Leaf", false), issue(t, ca, "Stranger", false)
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }
	noSigning := func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }
	critical := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	}
	good := answerFor(t, leaf, ca, ca, nil)
	damaged := append([]byte{}, good...)
	damaged[len(damaged)-1] ^= 1
	cases := []struct {
		name string
		der  []byte
		want string
	}{
		{"empty", nil, "no OCSP answer"},
		{"words", []byte("<html>"), "no OCSP answer"},
		{"something behind", append(append([]byte{}, good...), 0), "no OCSP answer"},
		{"damaged", damaged, "signed neither by"},
		{"about another certificate", answerFor(t, stranger, ca, ca, nil), "no OCSP answer about the certificate"},
		{"another issuer", answerFor(t, leaf, other, other, nil), "signed neither by"},
		{"namesake", answerFor(t, leaf, namesake, namesake, nil), "signed neither by"},
		{"participant", answerFor(t, leaf, ca, stranger, nil), "lacks the usage id-kp-OCSPSigning"},
		{"the certificate itself", answerFor(t, leaf, ca, leaf, nil), "lacks the usage"},
		{"delegate of another", answerFor(t, leaf, ca, responderOf(t, other), nil), "which did not issue its certificate"},
		{"delegate of a namesake", answerFor(t, leaf, ca, responderOf(t, namesake), nil), "which did not issue its certificate"},
		{"delegate of a delegate", answerFor(t, leaf, ca, responderOf(t, responderOf(t, ca)), nil), "which did not issue its certificate"},
		{"expired delegate", answerFor(t, leaf, ca, responderOf(t, ca, expired), nil), "is valid from"},
		{"key usage", answerFor(t, leaf, ca, responderOf(t, ca, noSigning), nil), "does not allow it to sign answers"},
		{"critical extension of the delegate", answerFor(t, leaf, ca, responderOf(t, ca, critical), nil), "critical extension"},
		{"other name of the responder", answerNaming(t, leaf, ca, other), "names another responder"},
		{"error", ocsp.TryLaterErrorResponse, "try later"},
		{"unauthorized", ocsp.UnauthorizedErrorResponse, "unauthorized"},
		{"next before this", answerFor(t, leaf, ca, ca, func(r *ocsp.Response) { r.NextUpdate = r.ThisUpdate.Add(-time.Hour) }), "not after its own date"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := readOCSP(tc.der, leaf.cert, ca.cert, time.Now())
			if !errors.Is(err, errEvidence) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// answerNaming is signed by ca, but says that another has signed it.
func answerNaming(t *testing.T, cert, ca, other *node) []byte {
	t.Helper()
	der, err := ocsp.CreateResponse(ca.cert, other.cert, ocsp.Response{
		Status: ocsp.Good, SerialNumber: cert.cert.SerialNumber, ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
	}, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
