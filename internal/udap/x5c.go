package udap

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"strings"
)

// maxChain is the number of certificates of an x5c header that are looked at.
const maxChain = 10

// parseX5C reads the x5c header. Errors are *JWTError.
//
// UDAP Security IG §7.1.3, RFC 7515 §4.1.6: x5c is an array of standard base64 (not base64url) DER certificates, the
// signer's first.
func parseX5C(value json.RawMessage) ([]*x509.Certificate, error) {
	if isAbsent(value) {
		return nil, &JWTError{Reason: "the header x5c is missing, expected an array with the certificate of the signer"}
	}
	entries, ok := elementsOf(value)
	if !ok {
		return nil, &JWTError{Reason: "the header x5c is " + kindOf(value) + ", expected an array of strings"}
	}
	if len(entries) == 0 {
		return nil, &JWTError{Reason: "the header x5c is an empty array, expected the certificate of the signer in it"}
	}
	if len(entries) > maxChain {
		return nil, &JWTError{Reason: fmt.Sprintf("the header x5c holds %d certificates, the limit is %d", len(entries), maxChain)}
	}
	leaf, err := parseLeaf(entries[0])
	if err != nil {
		return nil, err
	}
	chain := []*x509.Certificate{leaf}
	for _, entry := range entries[1:] {
		// What cannot be read behind the leaf cannot help to build a path, and is no reason to refuse one that is there.
		if der, err := decodeCertificate(entry); err == nil {
			if certificate, err := x509.ParseCertificate(der); err == nil {
				chain = append(chain, certificate)
			}
		}
	}
	return chain, nil
}

func parseLeaf(entry json.RawMessage) (*x509.Certificate, error) {
	der, err := decodeCertificate(entry)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err == nil {
		return certificate, nil
	}
	if uri, ok := unreadableURI(der); ok {
		return nil, &JWTError{Reason: "the certificate x5c[0] has the URI " + quote(uri) + " in its Subject Alternative Name, which cannot be read as a URI", Cause: err}
	}
	return nil, &JWTError{Reason: "x5c[0] cannot be read as an X.509 certificate: " + err.Error(), Cause: err}
}

// decodeCertificate returns the DER of an entry of x5c. Errors are *JWTError.
func decodeCertificate(entry json.RawMessage) ([]byte, error) {
	text, ok := stringOf(entry)
	if !ok {
		return nil, &JWTError{Reason: "x5c[0] is " + kindOf(entry) + ", expected a string"}
	}
	// The decoder of the standard library skips line breaks. RFC 4648 §3.1: they MUST NOT be added unless the referring
	// specification says so, and RFC 7515 §4.1.6 does not.
	if strings.ContainsAny(text, "\r\n") {
		return nil, &JWTError{Reason: "x5c[0] holds line breaks, expected the base64 of the DER certificate in one piece"}
	}
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, &JWTError{Reason: "x5c[0] is not standard base64 (with padding, not base64url) of a DER certificate: " + err.Error(), Cause: err}
	}
	return der, nil
}

// unreadableURI looks into a certificate that could not be parsed for a URI SAN that is the cause: the parser of the
// standard library refuses the whole certificate for it, and its owner should hear why.
func unreadableURI(der []byte) (string, bool) {
	var certificate struct {
		TBS struct {
			Version         int `asn1:"optional,explicit,default:0,tag:0"`
			SerialNumber    *big.Int
			Signature       asn1.RawValue
			Issuer          asn1.RawValue
			Validity        asn1.RawValue
			Subject         asn1.RawValue
			PublicKey       asn1.RawValue
			IssuerUniqueID  asn1.BitString   `asn1:"optional,tag:1"`
			SubjectUniqueID asn1.BitString   `asn1:"optional,tag:2"`
			Extensions      []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
		}
		Algorithm asn1.RawValue
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &certificate); err != nil {
		return "", false
	}
	uris, err := uriSANs(certificate.TBS.Extensions)
	if err != nil {
		return "", false
	}
	for _, uri := range uris {
		if !readableURI(uri) {
			return uri, true
		}
	}
	return "", false
}

// readableURI tells what the standard library minds about a URI SAN: bytes that are no IA5String, and a URI or host that
// it cannot parse.
func readableURI(uri string) bool {
	if strings.IndexFunc(uri, func(r rune) bool { return r > 0x7e }) >= 0 {
		return false
	}
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return !strings.Contains(host, "..") && !strings.HasPrefix(host, ".")
}
