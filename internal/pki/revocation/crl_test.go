package revocation

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestListIsReadInDERAndPEM(t *testing.T) {
	t.Parallel()
	ca := issue(t, nil, "CA", true)
	der := list{number: 7, revoked: []*node{issue(t, ca, "Gone", false)}}.sign(t, ca)
	for name, data := range map[string][]byte{"DER": der, "PEM": pemCRL(der), "PEM with text": append([]byte("list\n"), pemCRL(der)...)} {
		e, err := readCRL(data, ca.cert)
		if err != nil || e.number.Int64() != 7 || len(e.revoked) != 1 {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func point(urls ...string) distributionPointName {
	var name distributionPointName
	for _, url := range urls {
		name.FullName = append(name.FullName, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagURI, Bytes: []byte(url)})
	}
	return name
}

func TestListThatIsNotCompleteOrNotTheIssuersIsRefused(t *testing.T) {
	t.Parallel()
	ca := issue(t, nil, "CA", true)
	namesake := issue(t, nil, "CA", true)
	other := issue(t, nil, "Other", true)
	gone := issue(t, ca, "Gone", false)
	noCRLs := issue(t, nil, "CA", true, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	withCRLSign := *noCRLs.cert // so that the signing itself is possible
	withCRLSign.KeyUsage |= x509.KeyUsageCRLSign
	idp := func(v issuingDistributionPoint) []pkix.Extension {
		return []pkix.Extension{extension(t, oidDistributionPoint, true, v)}
	}
	good := list{}.sign(t, ca)
	damaged := append([]byte{}, good...)
	damaged[len(damaged)-1] ^= 1
	cases := []struct {
		name   string
		data   []byte
		issuer *node
		want   string
	}{
		{"empty", nil, ca, "no revocation list"},
		{"words", []byte("<html>"), ca, "no revocation list"},
		{"certificate", ca.cert.Raw, ca, "no revocation list"},
		{"something behind", append(append([]byte{}, good...), 0), ca, "1 bytes behind"},
		{"PEM of something else", []byte(strings.ReplaceAll(string(pemCRL(good)), "X509 CRL", "CERTIFICATE")), ca, "no X509 CRL"},
		{"PEM cut off", pemCRL(good)[:60], ca, "no X509 CRL"},
		{"two lists", append(pemCRL(good), pemCRL(good)...), ca, "more than one block"},
		{"another issuer", list{}.sign(t, other), ca, "is a list of 'CN=Other', expected one of 'CN=CA'"},
		{"a namesake's key", list{}.sign(t, namesake), ca, "not signed with the key of 'CN=CA'"},
		{"damaged", damaged, ca, "not signed with the key"},
		{"key usage without lists", list{}.sign(t, &node{cert: &withCRLSign, key: noCRLs.key}), noCRLs, "does not allow it to sign lists"},
		{"delta", list{extensions: []pkix.Extension{extension(t, oidDeltaIndicator, true, 1)}}.sign(t, ca), ca, "a delta list"},
		{"delta that is not critical", list{extensions: []pkix.Extension{extension(t, oidDeltaIndicator, false, 1)}}.sign(t, ca), ca, "a delta list"},
		{"unknown critical", list{extensions: []pkix.Extension{extension(t, asn1.ObjectIdentifier{1, 2, 3}, true, 1)}}.sign(t, ca), ca, "critical extension 1.2.3"},
		{"unknown critical in an entry", list{revoked: []*node{gone}, entryExt: []pkix.Extension{extension(t, asn1.ObjectIdentifier{2, 5, 29, 29}, true, 1)}}.sign(t, ca), ca, "entry has the critical extension 2.5.29.29"},
		{"indirect", list{extensions: idp(issuingDistributionPoint{Indirect: true})}.sign(t, ca), ca, "an indirect list"},
		{"some reasons", list{extensions: idp(issuingDistributionPoint{OnlySome: asn1.BitString{Bytes: []byte{0x40}, BitLength: 2}})}.sign(t, ca), ca, "some reasons only"},
		{"attribute certificates", list{extensions: idp(issuingDistributionPoint{OnlyAttributes: true})}.sign(t, ca), ca, "attribute certificates"},
		{"damaged distribution point", list{extensions: []pkix.Extension{{Id: oidDistributionPoint, Critical: true, Value: []byte{1}}}}.sign(t, ca), ca, "cannot be read"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := readCRL(tc.data, tc.issuer.cert)
			if !errors.Is(err, errEvidence) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	unknown := list{extensions: []pkix.Extension{extension(t, asn1.ObjectIdentifier{1, 2, 3}, false, 1)}}.sign(t, ca)
	if _, err := readCRL(unknown, ca.cert); err != nil {
		t.Errorf("with an unknown extension that is not critical: %v", err)
	}
}

func TestListWithoutNextUpdateIsRefused(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, l := range map[string]*x509.RevocationList{
		"none":   {ThisUpdate: now},
		"before": {ThisUpdate: now, NextUpdate: now.Add(-time.Hour)},
	} {
		if err := checkCRLDates(l); !errors.Is(err, errEvidence) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestDividedListCountsForItsPartOnly(t *testing.T) {
	t.Parallel()
	const url = "http://ca.example/1.crl"
	ca := issue(t, nil, "CA", true)
	user := issue(t, ca, "User", false, withCDP("ldap://x", url)).cert
	between := issue(t, ca, "Between", true, withCDP(url)).cert
	cases := []struct {
		name         string
		value        issuingDistributionPoint
		user, isCAOK bool
	}{
		{"users", issuingDistributionPoint{OnlyUsers: true}, true, false},
		{"CAs", issuingDistributionPoint{OnlyCAs: true}, false, true},
		{"this point", issuingDistributionPoint{Point: point("http://mirror.example/1.crl", url)}, true, true},
		{"another point", issuingDistributionPoint{Point: point("http://ca.example/2.crl")}, false, false},
	}
	for _, tc := range cases {
		e, err := readCRL(list{extensions: []pkix.Extension{extension(t, oidDistributionPoint, true, tc.value)}}.sign(t, ca), ca.cert)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := e.part.check(user) == nil; got != tc.user {
			t.Errorf("%s: counts for a user %v, want %v", tc.name, got, tc.user)
		}
		if got := e.part.check(between) == nil; got != tc.isCAOK {
			t.Errorf("%s: counts for a CA %v, want %v", tc.name, got, tc.isCAOK)
		}
	}
}

func TestListNumberDoesNotFall(t *testing.T) {
	t.Parallel()
	ca := issue(t, nil, "CA", true)
	now := time.Now()
	read := func(number int64, this time.Time) *evidence {
		e, err := readCRL(list{number: number, this: this}.sign(t, ca), ca.cert)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	last := read(5, now.Add(-time.Hour))
	withoutNumber := *last
	withoutNumber.number = nil
	cases := []struct {
		name       string
		last, next *evidence
		good       bool
	}{
		{"first", nil, last, true},
		{"same again", last, last, true},
		{"higher", last, read(6, now), true},
		{"higher with an older date", last, read(6, now.Add(-2*time.Hour)), true},
		{"lower", last, read(4, now), false},
		{"same number, older", last, read(5, now.Add(-2*time.Hour)), false},
		{"number lost", last, &withoutNumber, false},
		{"number gained", &withoutNumber, last, true},
	}
	for _, tc := range cases {
		if err := checkSuccessor(tc.last, tc.next); (err == nil) != tc.good {
			t.Errorf("%s: %v, want good %v", tc.name, err, tc.good)
		}
	}
}
