package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"sync"
	"time"
)

var (
	oidDeltaIndicator    = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
)

// parsing lets one list be parsed at a time: a list of 20 MiB takes some hundred MiB for a moment.
var parsing sync.Mutex

// readCRL parses and verifies a list of issuer, as far as that does not depend on the moment or on what came before.
func readCRL(data []byte, issuer *x509.Certificate) (*evidence, error) {
	der, err := crlDER(data)
	if err != nil {
		return nil, err
	}
	parsing.Lock()
	defer parsing.Unlock()
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, unacceptable("it is no revocation list in DER or PEM that can be read")
	}
	if len(list.Raw) != len(der) {
		return nil, unacceptable("there are %d bytes behind the list", len(der)-len(list.Raw))
	}
	if err := checkCRLSigner(list, issuer); err != nil {
		return nil, err
	}
	e := &evidence{raw: der, thisUpdate: list.ThisUpdate, nextUpdate: list.NextUpdate, number: list.Number}
	if err := checkCRLDates(list); err != nil {
		return nil, err
	}
	if e.part, err = readCRLExtensions(list.Extensions); err != nil {
		return nil, err
	}
	e.revoked, err = revokedIn(list.RevokedCertificateEntries)
	return e, err
}

func crlDER(data []byte) ([]byte, error) {
	if !bytes.Contains(data, []byte("-----BEGIN ")) {
		return data, nil
	}
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "X509 CRL" {
		return nil, unacceptable("it is PEM, but its first block is no X509 CRL that can be read")
	}
	if bytes.Contains(rest, []byte("-----BEGIN ")) {
		return nil, unacceptable("it is PEM with more than one block")
	}
	return block.Bytes, nil
}

// RFC 5280 §6.3.3 (f), (g): the list is signed by the issuer, whose key usage, when there is one, allows it.
func checkCRLSigner(list *x509.RevocationList, issuer *x509.Certificate) error {
	if !bytes.Equal(list.RawIssuer, issuer.RawSubject) {
		return unacceptable("it is a list of %s, expected one of %s", quote(list.Issuer.String()), subject(issuer))
	}
	if issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return unacceptable("the key usage of %s does not allow it to sign lists", subject(issuer))
	}
	if err := checkAlgorithm(list.SignatureAlgorithm); err != nil {
		return err
	}
	if list.CheckSignatureFrom(issuer) != nil {
		return unacceptable("it is not signed with the key of %s", subject(issuer))
	}
	return nil
}

func checkCRLDates(list *x509.RevocationList) error {
	if list.NextUpdate.IsZero() { // RFC 5280 §5.1.2.5: MUST be there
		return unacceptable("it does not say when the next one comes")
	}
	if !list.NextUpdate.After(list.ThisUpdate) {
		return unacceptable("the next one comes on %s, which is not after its own date %s", stamp(list.NextUpdate), stamp(list.ThisUpdate))
	}
	return nil
}

// RFC 5280 §5.2: with a critical extension that it cannot process, an application MUST NOT use the list.
func readCRLExtensions(extensions []pkix.Extension) (scope, error) {
	var part scope
	seen := map[string]bool{}
	for _, e := range extensions {
		if seen[e.Id.String()] {
			return scope{}, unacceptable("it has the extension %s twice", e.Id)
		}
		seen[e.Id.String()] = true
		switch {
		case e.Id.Equal(oidDeltaIndicator):
			return scope{}, unacceptable("it is a delta list, expected a complete one")
		case e.Id.Equal(oidDistributionPoint):
			var err error
			if part, err = readScope(e.Value); err != nil {
				return scope{}, err
			}
		case e.Critical:
			return scope{}, unacceptable("it has the critical extension %s, which is not understood", e.Id)
		}
	}
	return part, nil
}

// RFC 5280 §5.3: with a critical extension of an entry that it cannot process, an application MUST NOT use the list.
func revokedIn(entries []x509.RevocationListEntry) (map[string]revokedEntry, error) {
	revoked := make(map[string]revokedEntry, len(entries))
	for _, entry := range entries {
		for _, e := range entry.Extensions {
			if e.Critical {
				return nil, unacceptable("an entry has the critical extension %s, which is not understood", e.Id)
			}
		}
		revoked[serialKey(entry.SerialNumber)] = revokedEntry{at: entry.RevocationTime, reason: entry.ReasonCode}
	}
	return revoked, nil
}

// scope is the part of an issuer's certificates that a list is about. The zero value is all.
type scope struct {
	points    []string // URIs of the distribution point
	onlyUsers bool
	onlyCAs   bool
}

func (s scope) equal(o scope) bool {
	return s.onlyUsers == o.onlyUsers && s.onlyCAs == o.onlyCAs && slices.Equal(s.points, o.points)
}

// issuingDistributionPoint is the extension of RFC 5280 §5.2.5.
type issuingDistributionPoint struct {
	Point          distributionPointName `asn1:"optional,tag:0"`
	OnlyUsers      bool                  `asn1:"optional,tag:1"`
	OnlyCAs        bool                  `asn1:"optional,tag:2"`
	OnlySome       asn1.BitString        `asn1:"optional,tag:3"`
	Indirect       bool                  `asn1:"optional,tag:4"`
	OnlyAttributes bool                  `asn1:"optional,tag:5"`
}

type distributionPointName struct {
	FullName     []asn1.RawValue `asn1:"optional,tag:0"`
	RelativeName asn1.RawValue   `asn1:"optional,tag:1"`
}

const tagURI = 6 // of GeneralName, RFC 5280 §4.2.1.6

func readScope(der []byte) (scope, error) {
	var idp issuingDistributionPoint
	rest, err := asn1.Unmarshal(der, &idp)
	if err != nil || len(rest) > 0 {
		return scope{}, unacceptable("its issuing distribution point cannot be read")
	}
	switch {
	case idp.Indirect:
		return scope{}, unacceptable("it is an indirect list, expected one of the issuer's own certificates")
	case idp.OnlySome.BitLength > 0:
		return scope{}, unacceptable("it is for some reasons only, expected a complete one")
	case idp.OnlyAttributes:
		return scope{}, unacceptable("it is for attribute certificates only")
	case len(idp.Point.RelativeName.FullBytes) > 0:
		return scope{}, unacceptable("its distribution point is named relative to the issuer, expected URIs")
	}
	s := scope{onlyUsers: idp.OnlyUsers, onlyCAs: idp.OnlyCAs}
	for _, name := range idp.Point.FullName {
		if name.Class == asn1.ClassContextSpecific && name.Tag == tagURI {
			s.points = append(s.points, string(name.Bytes))
		}
	}
	if len(idp.Point.FullName) > 0 && len(s.points) == 0 {
		return scope{}, unacceptable("its distribution point is not named by a URI")
	}
	return s, nil
}

// check tells why the list is not about the certificate (RFC 5280 §6.3.3 (b) (2)).
func (s scope) check(cert *x509.Certificate) error {
	isCA := cert.BasicConstraintsValid && cert.IsCA
	if s.onlyUsers && isCA {
		return unacceptable("it is for certificates of participants only, not of CAs")
	}
	if s.onlyCAs && !isCA {
		return unacceptable("it is for certificates of CAs only")
	}
	if len(s.points) == 0 {
		return nil
	}
	for _, point := range cert.CRLDistributionPoints {
		if slices.Contains(s.points, point) {
			return nil
		}
	}
	return unacceptable("it is for another distribution point, %s", quote(s.points[0]))
}

// refreshLead is how long before its nextUpdate evidence is due for refreshing: a tenth of its life, ten minutes at most.
func refreshLead(e *evidence) time.Duration {
	return min(e.nextUpdate.Sub(e.thisUpdate)/10, 10*time.Minute)
}
