package udap

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the four algorithms
	_ "crypto/sha512"
	"fmt"
	"math/big"
)

// RSA keys below the minimum are weak; above the maximum a stranger's signature would cost too much to check.
const (
	MinRSABits = 2048
	MaxRSABits = 8192
)

// VerifySignature checks the signature with the key of Chain[0] and no other. Errors are *JWTError.
//
// UDAP Dynamic Client Registration §4.1, UDAP JWT Client Authentication §6.1: the public key of the first certificate.
func (t *JWT) VerifySignature() error {
	if len(t.Chain) == 0 {
		return &JWTError{Reason: "the JWT has no certificate"}
	}
	hash := crypto.SHA256
	if t.Algorithm == "RS384" || t.Algorithm == "ES384" {
		hash = crypto.SHA384
	}
	h := hash.New()
	h.Write([]byte(t.signed))
	digest := h.Sum(nil)

	switch t.Algorithm {
	case "RS256", "RS384":
		return t.verifyRSA(hash, digest)
	case "ES256":
		return t.verifyECDSA(elliptic.P256(), digest)
	case "ES384":
		return t.verifyECDSA(elliptic.P384(), digest)
	}
	return &JWTError{Reason: "the header alg is " + quote(t.Algorithm) + ", which is not supported"}
}

var errWrongSignature = &JWTError{Reason: "the signature does not verify with the key of the certificate x5c[0]", Signature: true}

func (t *JWT) verifyRSA(hash crypto.Hash, digest []byte) error {
	key, ok := t.Chain[0].PublicKey.(*rsa.PublicKey)
	if !ok {
		return t.wrongKey()
	}
	if err := CheckKey(key); err != nil {
		return &JWTError{Reason: "the certificate x5c[0] has " + err.Error()}
	}
	if rsa.VerifyPKCS1v15(key, hash, digest, t.signature) != nil {
		return errWrongSignature
	}
	return nil
}

// verifyECDSA checks the concatenation of R and S, each as long as the curve's order (RFC 7518 §3.4).
func (t *JWT) verifyECDSA(curve elliptic.Curve, digest []byte) error {
	key, ok := t.Chain[0].PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != curve {
		return t.wrongKey()
	}
	size := (curve.Params().BitSize + 7) / 8
	if len(t.signature) != 2*size {
		return errWrongSignature
	}
	r, s := new(big.Int).SetBytes(t.signature[:size]), new(big.Int).SetBytes(t.signature[size:])
	if !ecdsa.Verify(key, digest, r, s) {
		return errWrongSignature
	}
	return nil
}

func (t *JWT) wrongKey() error {
	return &JWTError{Reason: fmt.Sprintf("the header alg is %s, but the certificate x5c[0] has %s", t.Algorithm, keyName(t.Chain[0].PublicKey))}
}

// CheckKey reports why a key cannot be used, of a certificate or for a signature: RSA of 2048 to 8192 bits, P-256 and P-384
// can. The words follow "has".
func CheckKey(key crypto.PublicKey) error {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < MinRSABits || bits > MaxRSABits {
			return fmt.Errorf("an RSA key of %d bits, expected %d to %d", bits, MinRSABits, MaxRSABits)
		}
		return nil
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() || key.Curve == elliptic.P384() {
			return nil
		}
	}
	return fmt.Errorf("%s, expected RSA, P-256 or P-384", keyName(key))
}

func keyName(key crypto.PublicKey) string {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return "an RSA key"
	case *ecdsa.PublicKey:
		return "a " + key.Curve.Params().Name + " key"
	}
	return "a key of another type"
}
