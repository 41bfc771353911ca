package udap

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
)

// ErrSAN: the Subject Alternative Name extension of a certificate cannot be read.
var ErrSAN = errors.New("malformed Subject Alternative Name")

var oidSubjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// tagURI is uniformResourceIdentifier in GeneralName (RFC 5280 §4.2.1.6).
const tagURI = 6

// URISANs returns the URIs of the certificate's Subject Alternative Name, in their order and byte for byte as they stand
// in the certificate: cert.URIs is parsed, and its String() writes some URIs differently. A certificate without any has
// none, which is no error. ErrSAN when the extension cannot be read.
func URISANs(cert *x509.Certificate) ([]string, error) {
	return uriSANs(cert.Extensions)
}

// HasURISAN reports whether the certificate names exactly this URI.
//
// UDAP Security IG §7.1.5, RFC 7519 §2: compared case-sensitively, without transformation.
func HasURISAN(cert *x509.Certificate, uri string) bool {
	uris, err := URISANs(cert)
	return err == nil && slices.Contains(uris, uri)
}

func uriSANs(extensions []pkix.Extension) ([]string, error) {
	var uris []string
	for _, extension := range extensions {
		if !extension.Id.Equal(oidSubjectAltName) {
			continue
		}
		found, err := parseURISANs(extension.Value)
		if err != nil {
			return nil, err
		}
		uris = append(uris, found...)
	}
	return uris, nil
}

// parseURISANs reads the value of a Subject Alternative Name extension: SEQUENCE OF GeneralName.
func parseURISANs(value []byte) ([]string, error) {
	var names []asn1.RawValue
	rest, err := asn1.Unmarshal(value, &names)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSAN, err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after the sequence", ErrSAN, len(rest))
	}
	var uris []string
	for _, name := range names {
		if name.Class == asn1.ClassContextSpecific && name.Tag == tagURI && !name.IsCompound {
			uris = append(uris, string(name.Bytes))
		}
	}
	return uris, nil
}
