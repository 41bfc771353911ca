package udap

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// Signer signs our JWTs with the key of one of our certificates. It is safe for use by many goroutines.
type Signer struct {
	chain     []*x509.Certificate
	algorithm jose.SignatureAlgorithm
	keyID     string
	plain     jose.Signer // {alg, x5c}
	idToken   jose.Signer // {alg, typ, kid, x5c}
}

// NewSigner makes a signer from a certificate chain, leaf first, and the private key of the leaf. It refuses a key that is
// not the leaf's, and one that UDAP has no algorithm for.
func NewSigner(chain []*x509.Certificate, key crypto.Signer) (*Signer, error) {
	if len(chain) == 0 || key == nil {
		return nil, errors.New("a signer needs a certificate and its private key")
	}
	algorithm, err := algorithmOf(chain[0].PublicKey)
	if err != nil {
		return nil, err
	}
	public, ok := chain[0].PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(key.Public()) {
		return nil, errors.New("the private key is not the key of the certificate")
	}
	s := &Signer{chain: slices.Clone(chain), algorithm: algorithm}
	if s.keyID, err = thumbprint(chain[0].PublicKey); err != nil {
		return nil, err
	}
	if err := s.build(key); err != nil {
		return nil, err
	}
	return s, nil
}

func algorithmOf(key crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	if err := CheckKey(key); err != nil {
		return "", fmt.Errorf("the certificate has %w", err)
	}
	if _, ok := key.(*rsa.PublicKey); ok {
		return jose.RS256, nil
	}
	if key.(*ecdsa.PublicKey).Curve == elliptic.P384() {
		return jose.ES384, nil
	}
	return jose.ES256, nil
}

// KeyIDOf is the kid that a signer with this key has.
func KeyIDOf(key crypto.PublicKey) (string, error) { return thumbprint(key) }

// thumbprint is the kid: RFC 7638 with SHA-256, base64url.
func thumbprint(key crypto.PublicKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("thumbprint of the key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

func (s *Signer) build(key crypto.Signer) error {
	signing := jose.SigningKey{Algorithm: s.algorithm, Key: key}
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
	default: // a key that does not leave its device
		signing.Key = cryptosigner.Opaque(key)
	}
	// UDAP Security IG §7.1.3: x5c SHALL be present, the signer's certificate first.
	x5c := make([]string, len(s.chain))
	for i, certificate := range s.chain {
		x5c[i] = base64.StdEncoding.EncodeToString(certificate.Raw)
	}
	var err error
	if s.plain, err = jose.NewSigner(signing, (&jose.SignerOptions{}).WithHeader("x5c", x5c)); err != nil {
		return fmt.Errorf("make signer: %w", err)
	}
	withKey := (&jose.SignerOptions{}).WithHeader("x5c", x5c).WithHeader("kid", s.keyID).WithType("JWT")
	if s.idToken, err = jose.NewSigner(signing, withKey); err != nil {
		return fmt.Errorf("make signer: %w", err)
	}
	return nil
}

// KeyID is the kid of the key: its RFC 7638 thumbprint.
func (s *Signer) KeyID() string { return s.keyID }

// Algorithm is the alg that the signer signs with.
func (s *Signer) Algorithm() string { return string(s.algorithm) }

// Chain is our certificate, first, and those that lead to its root.
func (s *Signer) Chain() []*x509.Certificate { return slices.Clone(s.chain) }

// Sign signs a UDAP JWT with the header {alg, x5c}: a software statement, a client assertion or signed_metadata. The
// claims are marshalled as JSON and must hold iss, exp and jti (UDAP Security IG §7.1.4).
func (s *Signer) Sign(claims any) (string, error) { return sign(s.plain, claims) }

// SignIDToken signs with the header {alg, typ: JWT, kid, x5c}: UDAP Security IG §6 wants x5c in an ID Token, and OpenID
// Connect finds the key by kid.
func (s *Signer) SignIDToken(claims any) (string, error) { return sign(s.idToken, claims) }

func sign(signer jose.Signer, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("marshal claims: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

// JWK is the public key for the JWKS: kid, use, alg and x5c.
func (s *Signer) JWK() jose.JSONWebKey {
	return jose.JSONWebKey{
		Key:          s.chain[0].PublicKey,
		KeyID:        s.keyID,
		Use:          "sig",
		Algorithm:    string(s.algorithm),
		Certificates: s.Chain(),
	}
}
