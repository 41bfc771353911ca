package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

var oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// contentInfo is the outside of a PKCS #7 message (RFC 5652 §3).
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

// signedData is RFC 5652 §5.1 up to the certificates.
type signedData struct {
	Version      int
	Digests      asn1.RawValue
	Content      asn1.RawValue
	Certificates rawCertificates `asn1:"optional,tag:0"`
}

type rawCertificates struct{ Raw asn1.RawContent }

// parsePKCS7 reads the certificates of a message in DER or PEM. Its signatures, if there are any, mean nothing here.
func parsePKCS7(data []byte) ([]*x509.Certificate, error) {
	if block, _ := pem.Decode(data); block != nil && (block.Type == "PKCS7" || block.Type == "CMS") {
		data = block.Bytes
	}
	var outside contentInfo
	if rest, err := asn1.Unmarshal(data, &outside); err != nil || len(rest) > 0 || !outside.Type.Equal(oidSignedData) {
		return nil, errors.New("no PKCS #7 message with certificates either")
	}
	var inside signedData
	if _, err := asn1.Unmarshal(outside.Content.Bytes, &inside); err != nil {
		return nil, fmt.Errorf("PKCS #7 message: %w", err)
	}
	var set asn1.RawValue
	if _, err := asn1.Unmarshal(inside.Certificates.Raw, &set); err != nil {
		return nil, errors.New("the PKCS #7 message has no certificates")
	}
	certs, err := x509.ParseCertificates(set.Bytes)
	if err != nil || len(certs) == 0 {
		return nil, errors.New("the PKCS #7 message has certificates that cannot be read")
	}
	return certs, nil
}
