package dataholder

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

const listURL = "http://crl.example/issuer.crl"

// list makes a revocation list of the community's issuer after the test changed it.
func list(t *testing.T, issuer *x509.Certificate, key crypto.Signer, change func(*x509.RevocationList)) *x509.RevocationList {
	t.Helper()
	template := &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, issuer, key)
	if err != nil {
		t.Fatalf("make list: %v", err)
	}
	parsed, err := parseList(der)
	if err != nil {
		t.Fatalf("parse list: %v", err)
	}
	return parsed
}

func extension(t *testing.T, id asn1.ObjectIdentifier, critical bool, value any) pkix.Extension {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return pkix.Extension{Id: id, Critical: critical, Value: der}
}

func TestListMustSpeakForTheCertificateNow(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	leaf := community.Leaf("https://idp.example").Certificate()
	issuer := community.Issuer
	client := &Client{ClientConfig: ClientConfig{Now: time.Now}}
	add := func(extensions ...pkix.Extension) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) { l.ExtraExtensions = extensions }
	}
	point := func(p issuingPoint) func(*x509.RevocationList) { return add(extension(t, oidIssuingPoint, true, p)) }
	named := func(url string) pointName {
		return pointName{FullName: []asn1.RawValue{{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte(url)}}}
	}
	for _, test := range []struct {
		name   string
		change func(*x509.RevocationList)
		want   Reason
	}{
		{"good", nil, ""},
		{"of a moment ahead of our clock", func(l *x509.RevocationList) { l.ThisUpdate = time.Now().Add(clockSkew / 2) }, ""},
		{"of tomorrow", func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = time.Now().Add(24*time.Hour), time.Now().Add(48*time.Hour)
		}, ReasonCRLFuture},
		{"out of date", func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Second)
		}, ReasonCRLStale},
		{"changes only", add(extension(t, oidDeltaCRL, true, 1)), ReasonCRLScope},
		{"unknown critical extension", add(extension(t, asn1.ObjectIdentifier{1, 2, 3, 4}, true, 1)), ReasonCRLScope},
		{"unknown extension", add(extension(t, asn1.ObjectIdentifier{1, 2, 3, 4}, false, 1)), ""},
		{"its own distribution point", point(issuingPoint{Point: named(listURL)}), ""},
		{"another distribution point", point(issuingPoint{Point: named("http://crl.example/other.crl")}), ReasonCRLScope},
		{"users only", point(issuingPoint{OnlyUserCerts: true}), ""},
		{"authorities only", point(issuingPoint{OnlyCACerts: true}), ReasonCRLScope},
		{"attribute certificates only", point(issuingPoint{OnlyAttributeCerts: true}), ReasonCRLScope},
		{"some reasons only", point(issuingPoint{OnlySomeReasons: asn1.BitString{Bytes: []byte{0x40}, BitLength: 2}}), ReasonCRLScope},
		{"a name relative to the issuer", add(pkix.Extension{Id: oidIssuingPoint, Critical: true, Value: []byte{
			// SEQUENCE { [0] { [1] { SEQUENCE { OID commonName, UTF8String "x" } } } }
			0x30, 0x0e, 0xa0, 0x0c, 0xa1, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'x',
		}}), ReasonCRLScope},
		{"indirect", point(issuingPoint{IndirectCRL: true}), ReasonCRLScope},
		{"entry with a critical extension", func(l *x509.RevocationList) {
			l.RevokedCertificateEntries = []x509.RevocationListEntry{{
				SerialNumber: big.NewInt(7), RevocationTime: time.Now(),
				ExtraExtensions: []pkix.Extension{extension(t, asn1.ObjectIdentifier{2, 5, 29, 29}, true, 1)},
			}}
		}, ReasonCRLScope},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := list(t, issuer.Certificate, issuer.Key, test.change)
			got, message := client.checkList(l, leaf, issuer.Certificate, listURL)
			if got != test.want {
				t.Errorf("reason = %q (%s), want %q", got, message, test.want)
			}
		})
	}
}

func TestListWithoutNextUpdateIsRefused(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	l := list(t, community.Issuer.Certificate, community.Issuer.Key, nil)
	l.NextUpdate = time.Time{} // the standard library does not make such a list
	client := &Client{ClientConfig: ClientConfig{Now: time.Now}}
	leaf := community.Leaf("https://idp.example").Certificate()
	if got, _ := client.checkList(l, leaf, community.Issuer.Certificate, listURL); got != ReasonCRLStale {
		t.Errorf("reason = %q, want %q", got, ReasonCRLStale)
	}
}

func TestListOfAnotherKeyWithTheSameNameIsRefused(t *testing.T) {
	t.Parallel()
	real, err := authority.New("Authority", authority.Options{KeyType: authority.P256})
	if err != nil {
		t.Fatal(err)
	}
	impostor, err := authority.New("Authority", authority.Options{KeyType: authority.P256})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := real.IssueLeaf(authority.Leaf{KeyType: authority.P256, URIs: []string{"https://idp.example"}})
	if err != nil {
		t.Fatal(err)
	}
	client := &Client{ClientConfig: ClientConfig{Now: time.Now}}
	l := list(t, impostor.Certificate, impostor.Key, nil)
	if got, _ := client.checkList(l, leaf.Certificate(), real.Certificate, listURL); got != ReasonCRLSignature {
		t.Errorf("reason = %q, want %q", got, ReasonCRLSignature)
	}
}

func TestListIsReadInPEMToo(t *testing.T) {
	t.Parallel()
	community := udaptest.New(t, udaptest.WithoutServer())
	der, err := community.Issuer.CRL(time.Now(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseList(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})); err != nil {
		t.Errorf("PEM: %v", err)
	}
}
