package pki

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"testing"

	"udap-idp/internal/udap/udaptest"
)

// FuzzChain: whatever chain a stranger sends, DER after DER, the answer is a verdict in words that may go over the wire, is the
// same again, and trust comes from our anchor alone.
func FuzzChain(f *testing.F) {
	root := newCA(f, nil, "Root")
	between := newCA(f, root, "Between")
	leaf := newLeaf(f, between)
	f.Add(bytes.Join([][]byte{leaf.cert.Raw, between.cert.Raw}, nil))
	f.Add(bytes.Join([][]byte{leaf.cert.Raw, root.cert.Raw, between.cert.Raw, between.cert.Raw}, nil))
	f.Add(between.cert.Raw)
	if _, err := os.Stat("../../../shared/vectors"); err == nil {
		for _, name := range []string{"inferno/TestClient.pem", "anchors/SureFhirLabs_Intermediate.cer", "anchors/EMRDirectTestCA.crt"} {
			f.Add(vectorCerts(f, name)[0].Raw)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if len(der) > 64<<10 { // udap.MaxJWT: more does not come in
			return
		}
		chain, err := x509.ParseCertificates(der)
		if err != nil || len(chain) == 0 {
			return
		}
		trust, _ := trustWith(Options{}, Community{ID: "1", Name: "Big Trust", Anchors: certs(root)})
		udaptest.BoundAllocation(t, 4<<20+100*len(der), func() { _, err = trust.Identify(t.Context(), chain, now) })
		if again := trust.VerifyIn(t.Context(), "1", chain, now); (again == nil) != (err == nil) {
			t.Errorf("Identify says %v, VerifyIn %v", err, again)
		}
		if err == nil {
			if !bytes.Equal(chain[0].RawTBSCertificate, leaf.cert.RawTBSCertificate) {
				t.Error("a certificate that our CAs did not issue is trusted")
			}
			return
		}
		var untrusted *Untrusted
		if !errors.As(err, &untrusted) {
			t.Fatalf("got %v, want *Untrusted", err)
		}
		if i := strings.IndexFunc(untrusted.Reason, func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }); i >= 0 {
			t.Errorf("%q cannot go on the wire", untrusted.Reason)
		}
	})
}
