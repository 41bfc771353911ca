package dataholder

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Extensions of a revocation list (RFC 5280 §5.2).
var (
	oidCRLNumber         = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidDeltaCRL          = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIssuingPoint      = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidAuthorityKeyID    = asn1.ObjectIdentifier{2, 5, 29, 35}
	knownCRLExtensionOID = []asn1.ObjectIdentifier{oidCRLNumber, oidIssuingPoint, oidAuthorityKeyID}
)

// removeFromCRL is a reason that takes a certificate off a list (RFC 5280 §5.3.1).
const removeFromCRL = 8

// checkRevocation looks the certificate up in the list that it names. A list is asked for every time: a revocation counts
// from the moment it is published.
//
// What cannot be looked up is refused: UDAP Security IG §7.1.6 wants the status checked, and an attacker with a revoked
// certificate would be glad to keep the list from us.
func (c *Client) checkRevocation(ctx context.Context, step *Step, certificate, issuer *x509.Certificate, link *Link) error {
	name := "“" + shorten(certificate.Subject.String(), 100) + "”"
	refuse := func(reason Reason, message string, cause error) error {
		return &Problem{Step: step.Name, Reason: reason, Message: message, Cause: cause}
	}
	addresses := listAddresses(certificate)
	if len(addresses) == 0 {
		return refuse(ReasonNoCRL, "The certificate "+name+" does not say where its revocation list is, so nobody can tell whether it was revoked.", nil)
	}
	data, address, err := c.fetchList(ctx, step, addresses)
	if err != nil {
		return refuse(ReasonCRLUnavailable, "The revocation list for "+name+" could not be fetched from "+strings.Join(addresses, " or ")+".", err)
	}
	list, err := parseList(data)
	if err != nil {
		return refuse(ReasonCRLMalformed, "What "+address+" answered is not a revocation list.", err)
	}
	link.CRL, link.CRLUpdated, link.CRLNext = address, list.ThisUpdate.UTC(), list.NextUpdate.UTC()
	if reason, message := c.checkList(list, certificate, issuer, address); reason != "" {
		return refuse(reason, "The revocation list at "+address+" "+message+".", nil)
	}
	if when, found := revokedAt(list, certificate); found {
		link.Revocation = revoked
		return refuse(ReasonRevoked, fmt.Sprintf("The certificate %s was revoked on %s.", name, when.UTC().Format(time.DateOnly)), nil)
	}
	link.Revocation = notRevoked
	return nil
}

// listAddresses are the distribution points that can be fetched. RFC 5280 §4.2.1.13: other schemes may be among them.
func listAddresses(certificate *x509.Certificate) []string {
	var addresses []string
	for _, address := range certificate.CRLDistributionPoints {
		lower := strings.ToLower(address)
		if strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

var errNoList = errors.New("no distribution point answered with 200")

// fetchList takes the first answer of the distribution points: they are alternatives for the same list.
func (c *Client) fetchList(ctx context.Context, step *Step, addresses []string) ([]byte, string, error) {
	err := errNoList
	for _, address := range addresses {
		answer, problem := c.get(ctx, step, address, "application/pkix-crl, */*")
		if problem != nil {
			err = problem
			continue
		}
		if answer.status == http.StatusOK {
			return answer.body, address, nil
		}
	}
	return nil, "", err
}

// parseList reads a list in DER, or in PEM, which some authorities publish against RFC 5280 §4.2.1.13.
func parseList(data []byte) (*x509.RevocationList, error) {
	if block, _ := pem.Decode(data); block != nil && block.Type == "X509 CRL" {
		data = block.Bytes
	}
	return x509.ParseRevocationList(data)
}

// checkList returns why the list does not speak for the certificate at this moment; "" when it does.
func (c *Client) checkList(list *x509.RevocationList, certificate, issuer *x509.Certificate, address string) (Reason, string) {
	// RFC 5280 §6.3.3 (b), (f), (g): the list's issuer, its key usage and its signature.
	if !bytes.Equal(list.RawIssuer, issuer.RawSubject) {
		return ReasonCRLIssuer, "was issued by “" + shorten(list.Issuer.String(), 100) + "”, not by the certificate's issuer"
	}
	if list.CheckSignatureFrom(issuer) != nil {
		return ReasonCRLSignature, "is not signed with the key of the certificate's issuer"
	}
	if why := incomplete(list, certificate, address); why != "" {
		return ReasonCRLScope, why
	}
	now := c.Now()
	if list.ThisUpdate.After(now.Add(clockSkew)) {
		return ReasonCRLFuture, "is of " + list.ThisUpdate.UTC().Format(time.RFC3339) + ", which has not come yet"
	}
	// RFC 5280 §5.1.2.5: nextUpdate MUST be there.
	if list.NextUpdate.IsZero() {
		return ReasonCRLStale, "does not say how long it is good"
	}
	if !now.Before(list.NextUpdate) {
		return ReasonCRLStale, "was good until " + list.NextUpdate.UTC().Format(time.RFC3339) + " and has not been renewed"
	}
	return "", ""
}

// incomplete says why certificates like this one may be missing on the list; "" when it is complete for them.
//
// RFC 5280 §5.2: a list with a critical extension that is not understood must not be used to tell that a certificate is
// good.
func incomplete(list *x509.RevocationList, certificate *x509.Certificate, address string) string {
	for _, extension := range list.Extensions {
		switch {
		case extension.Id.Equal(oidDeltaCRL):
			return "holds changes only"
		case extension.Id.Equal(oidIssuingPoint):
			if !covers(extension.Value, certificate, address) {
				return "does not cover this certificate"
			}
		case extension.Critical && !slices.ContainsFunc(knownCRLExtensionOID, extension.Id.Equal):
			return "has the critical extension " + extension.Id.String() + ", which is not understood"
		}
	}
	for _, entry := range list.RevokedCertificateEntries {
		for _, extension := range entry.Extensions {
			if extension.Critical {
				return "has an entry with the critical extension " + extension.Id.String() + ", which is not understood"
			}
		}
	}
	return ""
}

// issuingPoint is the issuing distribution point (RFC 5280 §5.2.5).
type issuingPoint struct {
	Point              pointName      `asn1:"optional,tag:0"`
	OnlyUserCerts      bool           `asn1:"optional,tag:1"`
	OnlyCACerts        bool           `asn1:"optional,tag:2"`
	OnlySomeReasons    asn1.BitString `asn1:"optional,tag:3"`
	IndirectCRL        bool           `asn1:"optional,tag:4"`
	OnlyAttributeCerts bool           `asn1:"optional,tag:5"`
}

type pointName struct {
	FullName     []asn1.RawValue `asn1:"optional,tag:0"`
	RelativeName asn1.RawValue   `asn1:"optional,tag:1"`
}

// covers reports whether a list with this issuing distribution point speaks for the certificate (RFC 5280 §6.3.3 (b)(2)).
func covers(value []byte, certificate *x509.Certificate, address string) bool {
	var p issuingPoint
	if rest, err := asn1.Unmarshal(value, &p); err != nil || len(rest) > 0 {
		return false
	}
	if p.IndirectCRL || p.OnlyAttributeCerts || p.OnlySomeReasons.BitLength > 0 || len(p.Point.RelativeName.FullBytes) > 0 {
		return false
	}
	if (p.OnlyUserCerts && certificate.IsCA) || (p.OnlyCACerts && !certificate.IsCA) {
		return false
	}
	if len(p.Point.FullName) == 0 {
		return true
	}
	const tagURI = 6
	return slices.ContainsFunc(p.Point.FullName, func(name asn1.RawValue) bool {
		return name.Class == asn1.ClassContextSpecific && name.Tag == tagURI && string(name.Bytes) == address
	})
}

func revokedAt(list *x509.RevocationList, certificate *x509.Certificate) (time.Time, bool) {
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 && entry.ReasonCode != removeFromCRL {
			return entry.RevocationTime, true
		}
	}
	return time.Time{}, false
}
