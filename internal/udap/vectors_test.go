package udap_test

import (
	"crypto/x509"
	"reflect"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
)

// A software statement that was really sent in 2023: a good signature, and an iss that is no URI of its certificate.
func TestHealthGorillaStatementIsRefusedForItsIssuer(t *testing.T) {
	t.Parallel()
	raw := strings.TrimSpace(string(vector(t, "statements/health-gorilla-2023.jwt")))
	s, err := udap.ParseSoftwareStatement(raw)
	if err != nil {
		t.Fatalf("got %v, want a good signature", err)
	}
	if s.Issuer != "qa-qhin.healthgorilla.com" || s.ID != "1" || len(s.Chain) != 3 {
		t.Errorf("got iss %q, jti %q, %d certificates", s.Issuer, s.ID, len(s.Chain))
	}
	then := time.Unix(1678485800, 0)
	for name, now := range map[string]time.Time{"in its time": then, "today": time.Now()} {
		t.Run(name, func(t *testing.T) {
			err := s.Validate("https://securedcontrols.net/connect/register", now)
			wantError(t, err, udap.InvalidSoftwareStatement, "no URI in its Subject Alternative Name")
		})
	}
	tampered := raw[:len(raw)-8] + "AAAAAAAA"
	_, err = udap.ParseSoftwareStatement(tampered)
	wantError(t, err, udap.InvalidSoftwareStatement, "signature")

	anchors := x509.NewCertPool()
	anchors.AddCert(pemCertificate(t, vector(t, "anchors/EMRDirectTestCA.crt")))
	between := x509.NewCertPool()
	for _, certificate := range s.Chain[1:] {
		between.AddCert(certificate)
	}
	_, err = s.Chain[0].Verify(x509.VerifyOptions{
		Roots: anchors, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		CurrentTime: time.Date(2023, 3, 10, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		t.Errorf("the x5c of the statement: %v, want a chain to its anchor in 2023", err)
	}
}

func TestInfernoCertificateIsNamedByteForByte(t *testing.T) {
	t.Parallel()
	const name = "https://inferno.com/udap_security_test_kit/ac"
	certificate := pemCertificate(t, vector(t, "inferno/TestClient.pem"))
	got, err := udap.URISANs(certificate)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []string{name}) {
		t.Errorf("got %q, want %q", got, name)
	}
	if !udap.HasURISAN(certificate, name) || udap.HasURISAN(certificate, name+"/") {
		t.Error("HasURISAN does not compare exactly")
	}
}

func TestAnchorsOfOthersCanBeRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"anchors/EMRDirectTestCA.crt", "anchors/SureFhirLabs_CA.cer", "anchors/SureFhirLabs_Intermediate.cer", "inferno/InfernoCA.pem"} {
		certificate := pemCertificate(t, vector(t, name))
		if _, err := udap.URISANs(certificate); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !certificate.IsCA {
			t.Errorf("%s: not a CA", name)
		}
	}
}
