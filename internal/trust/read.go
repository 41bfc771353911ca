package trust

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"

	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
)

// privateKey finds a private key in PEM, also one that was cut off or whose lines were indented.
var privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)

// jsonKey finds the private part of a JWK.
var jsonKey = regexp.MustCompile(`"d"\s*:\s*"`)

// isPrivateKey reports whether somebody gave a private key where a certificate belongs: in PEM, DER, base64 without PEM's lines, or as
// a JWK.
func isPrivateKey(data []byte) bool {
	if privateKey.Match(data) || jsonKey.Match(data) {
		return true
	}
	if raw, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(data), nil))); err == nil && isKeyDER(raw) {
		return true
	}
	return isKeyDER(data)
}

// What only keys that are protected by a passphrase have in them: the algorithms of PKCS #5, and PKCS #12 around its content.
var (
	pkcs5  = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05}
	pkcs12 = []byte{0x02, 0x01, 0x03, 0x30} // version 3, and a sequence
)

func isKeyDER(data []byte) bool {
	if start := data[:min(len(data), 64)]; bytes.HasPrefix(data, []byte{0x30}) && (bytes.Contains(start, pkcs5) || bytes.Contains(start[:min(len(start), 9)], pkcs12)) {
		return true
	}
	_, pkcs8 := x509.ParsePKCS8PrivateKey(data)
	_, pkcs1 := x509.ParsePKCS1PrivateKey(data)
	_, sec1 := x509.ParseECPrivateKey(data)
	return pkcs8 == nil || pkcs1 == nil || sec1 == nil
}

// ReadCertificates reads certificates in PEM or DER, at least one. Errors are *Refusal, and never repeat what was given.
func ReadCertificates(data []byte) ([]*x509.Certificate, error) {
	if isPrivateKey(data) {
		return nil, refuse("private_key", "there is a private key in it. Nothing of it was kept. A private key belongs to its owner alone: give the certificate only, and consider the key known to others")
	}
	certificates, err := pki.ParseCertificates(data)
	if err != nil {
		return nil, refuse("unreadable", "%s", err)
	}
	return certificates, nil
}

// ReadAuthorities reads the certificates of authorities, each once. Errors are *Refusal.
func ReadAuthorities(data []byte) ([]*x509.Certificate, error) {
	certificates, err := ReadCertificates(data)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for _, certificate := range certificates {
		if err := checkAuthority(certificate); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(found, certificate.Equal) {
			found = append(found, certificate)
		}
	}
	return found, nil
}

// checkAuthority refuses what no path could lead through.
func checkAuthority(certificate *x509.Certificate) error {
	if certificate.Version == 3 && !certificate.IsCA {
		return refuse("not_authority", "%s is not the certificate of an authority", certificate.Subject)
	}
	if err := udap.CheckKey(certificate.PublicKey); err != nil {
		return refuse("key", "%s has %s", certificate.Subject, err)
	}
	return nil
}

// Fingerprint is the SHA-256 of a certificate's DER, in upper-case hex.
func Fingerprint(der []byte) string { return fmt.Sprintf("%X", sha256.Sum256(der)) }

func contains(ders [][]byte, der []byte) bool {
	return slices.ContainsFunc(ders, func(other []byte) bool { return bytes.Equal(other, der) })
}
