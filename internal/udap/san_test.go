package udap_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"reflect"
	"testing"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestURISANsAreReadByteForByte(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	uris := []string{"HTTPS://IdP.Example.com/", "https://a.example/with space", "udap://x/", "urn:oid:1.2.3", "did:web:example", "https://a.example", "https://a.example/"}
	l := c.LeafWith(func(l *authority.Leaf) {
		l.URIs, l.DNSNames, l.Emails = uris, []string{"a.example"}, []string{"a@a.example"}
	})
	got, err := udap.URISANs(l.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, uris) {
		t.Errorf("got %q, want %q", got, uris)
	}
	for uri, want := range map[string]bool{
		"HTTPS://IdP.Example.com/": true, "https://IdP.Example.com/": false, "https://a.example/with%20space": false,
		"a.example": false, "a@a.example": false, "": false, "udap://x/": true, "udap://x": false,
	} {
		if got := udap.HasURISAN(l.Certificate(), uri); got != want {
			t.Errorf("HasURISAN(%q): got %v, want %v", uri, got, want)
		}
	}
}

func TestMalformedSANIsAnError(t *testing.T) {
	t.Parallel()
	for name, value := range map[string][]byte{
		"empty":            {},
		"not a sequence":   {0x04, 0x00},
		"cut short":        {0x30, 0x05, 0x86, 0x03, 'a'},
		"bytes behind it":  {0x30, 0x03, 0x86, 0x01, 'a', 0x00},
		"a broken element": {0x30, 0x02, 0x86, 0x05},
	} {
		if uris, err := udap.URISANs(sanOf(value)); !errors.Is(err, udap.ErrSAN) {
			t.Errorf("%s: got %q and %v, want ErrSAN", name, uris, err)
		}
	}
}

func TestOnlyTheURITagIsAURI(t *testing.T) {
	t.Parallel()
	// [2] dNSName, [6] constructed, universal 6, then [6] primitive.
	value := []byte{0x30, 13, 0x82, 1, 'a', 0xa6, 3, 0x04, 1, 'b', 0x06, 1, 0x2a, 0x86, 1, 'd'}
	value[1] = byte(len(value) - 2)
	got, err := udap.URISANs(sanOf(value))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, []string{"d"}) {
		t.Errorf("got %q, want only d", got)
	}
}

func sanOf(value []byte) *x509.Certificate {
	return &x509.Certificate{Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}}
}
