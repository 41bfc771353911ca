package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"udap-idp/internal/udap"
)

func TestVectorInfernoClientLeadsToItsRoot(t *testing.T) {
	t.Parallel()
	c := Community{Name: "Inferno", Anchors: vectorCerts(t, "inferno/InfernoCA.pem")}
	client := vectorCerts(t, "inferno/TestClient.pem")
	if _, err := paths(c, client, now); err != nil {
		t.Error(err)
	}
	if !udap.HasURISAN(client[0], "https://inferno.com/udap_security_test_kit/ac") {
		t.Error("the URI of the client is not found in its certificate")
	}
	_, err := paths(c, client, time.Date(2035, 11, 25, 0, 0, 0, 0, time.UTC))
	mustBeUntrusted(t, err, "expired on 2035-11-24T17:04:46Z")
	_, err = paths(Community{Name: "EMR Direct", Anchors: vectorCerts(t, "anchors/EMRDirectTestCA.crt")}, client, now)
	mustBeUntrusted(t, err, "no path to an anchor of 'EMR Direct'", "Inferno-UDAP-Root-CA", "is not known")
}

func TestVectorHealthGorillaChainIsGoodInItsTime(t *testing.T) {
	t.Parallel()
	c := Community{Name: "EMR Direct", Anchors: vectorCerts(t, "anchors/EMRDirectTestCA.crt")}
	chain := x5cOf(t, vector(t, "statements/health-gorilla-2023.jwt"))
	if len(chain) != 3 {
		t.Fatalf("x5c has %d certificates, want 3", len(chain))
	}
	then := time.Date(2023, 3, 10, 12, 0, 0, 0, time.UTC)
	if _, err := paths(c, chain, then); err != nil {
		t.Errorf("at %v: %v", then, err)
	}
	slices.Reverse(chain[1:])
	if _, err := paths(c, chain, then); err != nil {
		t.Errorf("with the CAs in another order: %v", err)
	}
	_, err := paths(c, chain, now)
	mustBeUntrusted(t, err, "expired on 2023-11-07")
	_, err = paths(c, chain[:1], then)
	mustBeUntrusted(t, err, "is not known")
}

func TestVectorRootWithKeyUsagesStillAnchorsPaths(t *testing.T) {
	t.Parallel()
	real := vectorCerts(t, "anchors/SureFhirLabs_CA.cer")[0]
	i := slices.IndexFunc(real.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 37}) })
	if i < 0 || !real.Extensions[i].Critical {
		t.Fatal("the vector has lost its critical extended key usages")
	}
	// Its private key is not here: a root of ours with the very same extension stands for it.
	root := newCA(t, nil, "SureFhir-CA", func(c *x509.Certificate) { c.ExtraExtensions = real.Extensions[i : i+1] })
	leaf := newLeaf(t, root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} })
	if _, err := paths(Community{Name: "SureFhir", Anchors: certs(root)}, certs(leaf), now); err != nil {
		t.Error(err)
	}
}

// The intermediate of 2023 was signed with the key of an earlier root of that name (authority key identifier F02B3F82, the
// root's is EBC972E6): the names agree and the signature does not.
func TestVectorNamesakeRootDoesNotAnchor(t *testing.T) {
	t.Parallel()
	c := Community{Name: "SureFhir", Anchors: vectorCerts(t, "anchors/SureFhirLabs_CA.cer")}
	between := vectorCerts(t, "anchors/SureFhirLabs_Intermediate.cer")
	_, err := paths(c, between, now)
	mustBeUntrusted(t, err, "is the certificate of a CA")
	asLeaf := *between[0]
	asLeaf.IsCA = false
	_, err = paths(c, []*x509.Certificate{&asLeaf}, now)
	mustBeUntrusted(t, err, "CN=SureFhir-Intermediate", "is not signed by 'CN=SureFhir-CA", "with the key that is known")
}

func TestVectorAnchorsParse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"anchors/EMRDirectTestCA.crt", "anchors/SureFhirLabs_CA.cer", "inferno/InfernoCA.pem"} {
		list := vectorCerts(t, name)
		if len(list) != 1 || !list[0].IsCA {
			t.Errorf("%s: %d certificates, CA %v", name, len(list), list[0].IsCA)
		}
	}
}
