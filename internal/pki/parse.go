package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"udap-idp/internal/udap"
)

// maxInput bounds what is parsed, in bytes: far above any bundle of anchors.
const maxInput = 1 << 20

var (
	byteOrderMark = []byte("\xef\xbb\xbf")
	beginLine     = []byte("-----BEGIN ")
)

// ParseCertificates reads certificates in PEM, any number with text between them, or in DER. The errors are for an
// operator and tell what was found instead.
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	if err := checkInput(data); err != nil {
		return nil, err
	}
	if !bytes.Contains(data, beginLine) {
		certs, err := x509.ParseCertificates(data)
		if err != nil || len(certs) == 0 {
			return nil, fmt.Errorf("neither certificates in PEM (-----BEGIN CERTIFICATE-----) nor a certificate in DER: %w", err)
		}
		return certs, nil
	}
	blocks, err := pemBlocks(data)
	if err != nil {
		return nil, err
	}
	certs := make([]*x509.Certificate, 0, len(blocks))
	for i, block := range blocks {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("PEM block %d is a %s, expected only CERTIFICATE%s", i+1, block.Type, pkcs7Hint(block.Type))
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("PEM block %d is no certificate that can be read: %w", i+1, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

func pkcs7Hint(blockType string) string {
	if blockType == "PKCS7" || blockType == "CMS" {
		return "; convert it with: openssl pkcs7 -print_certs"
	}
	return ""
}

// ParsePrivateKey reads the one private key in PEM, in PKCS #8, PKCS #1 or SEC 1; certificates beside it are passed over.
// It refuses keys that UDAP has no algorithm for. The errors are for an operator, and never repeat the key.
func ParsePrivateKey(data []byte) (crypto.Signer, error) {
	if err := checkInput(data); err != nil {
		return nil, err
	}
	blocks, err := pemBlocks(data)
	if err != nil {
		return nil, err
	}
	var key crypto.Signer
	for _, block := range blocks {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		if key != nil {
			return nil, errors.New("there is more than one private key; give one")
		}
		if key, err = parseKeyBlock(block); err != nil {
			return nil, err
		}
	}
	if key == nil {
		return nil, errors.New("there is no private key in PEM (-----BEGIN PRIVATE KEY-----)")
	}
	if err := udap.CheckKey(key.Public()); err != nil {
		return nil, fmt.Errorf("the private key cannot be used: it has %w", err)
	}
	return key, nil
}

func parseKeyBlock(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errors.New("the private key is encrypted with a passphrase; decrypt it first, with: openssl pkey -in KEY.pem -out PLAIN.pem")
	}
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("a %s is not supported; use PKCS #8, PKCS #1 or SEC 1", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read: %w", block.Type, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the %s is not a key for signing", block.Type)
	}
	return signer, nil
}

func checkInput(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty")
	}
	if len(data) > maxInput {
		return fmt.Errorf("it is %d bytes long, the limit is %d", len(data), maxInput)
	}
	return nil
}

// pemBlocks returns all blocks. pem.Decode passes over a broken block in silence; here it is an error, because a file that
// was cut off must not lose an anchor unnoticed.
func pemBlocks(data []byte) ([]*pem.Block, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	begun := bytes.Count(data, beginLine)
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		// The type is in the errors, and a terminal obeys what it prints.
		if strings.ContainsFunc(block.Type, func(c rune) bool { return c < ' ' || c > '~' }) {
			return nil, errors.New("a PEM block has a type that is not printable ASCII")
		}
		blocks = append(blocks, block)
		data = rest
	}
	if len(blocks) != begun {
		return nil, fmt.Errorf("%d PEM blocks begin, but only %d can be read: the file is damaged or cut off", begun, len(blocks))
	}
	return blocks, nil
}
