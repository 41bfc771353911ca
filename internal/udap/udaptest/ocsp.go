package udaptest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"

	"udap-idp/internal/udap/authority"
)

// Behaviours of OCSP responders only. By default the authority signs itself, without a nonce.
const (
	Unknown      Behaviour = "unknown"      // "unknown" of every certificate
	TryLater     Behaviour = "try later"    // an error of RFC 6960 §2.3
	WithNonce    Behaviour = "with nonce"   // with a nonce (RFC 6960 §4.4.1)
	Stranger     Behaviour = "stranger"     // signed by somebody whose certificate the authority did not issue
	Delegate     Behaviour = "delegate"     // signed by a responder that the authority has authorised (RFC 6960 §4.2.2.2)
	Unauthorised Behaviour = "unauthorised" // signed by one with a certificate of the authority that is no responder's
	PastDelegate Behaviour = "past"         // signed by an authorised responder whose certificate has expired
)

// ocspAnswer answers the request for the authority.
func (c *Community) ocspAnswer(of *authority.Authority, b Behaviour, request []byte) ([]byte, error) {
	asked, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	if b == TryLater {
		return ocsp.TryLaterErrorResponse, nil
	}
	answer := c.statusOf(asked.SerialNumber, b)
	signer, key, err := c.ocspSigner(of, b)
	if err != nil {
		return nil, err
	}
	if !signer.Equal(of.Certificate) {
		answer.Certificate = signer
	}
	if b == OtherKey {
		answer.Certificate = nil
	}
	der, err := ocsp.CreateResponse(of.Certificate, signer, answer, key)
	if err != nil || b != WithNonce {
		return der, err
	}
	return withNonce(der, key)
}

func (c *Community) statusOf(serial *big.Int, b Behaviour) ocsp.Response {
	from, next := b.dates()
	answer := ocsp.Response{Status: ocsp.Good, SerialNumber: serial, ThisUpdate: from, NextUpdate: next}
	c.mu.Lock()
	at, revoked := c.revoked[serial.String()]
	c.mu.Unlock()
	switch {
	case b == Unknown:
		answer.Status = ocsp.Unknown
	case revoked:
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, at, ocsp.KeyCompromise
	}
	return answer
}

// ocspSigner is who signs, which is the authority itself unless the behaviour names another.
func (c *Community) ocspSigner(of *authority.Authority, b Behaviour) (*x509.Certificate, crypto.Signer, error) {
	switch b {
	case OtherKey, Stranger:
		other, err := namesake(of)
		if err != nil || b == OtherKey {
			return of.Certificate, keyOf(other), err
		}
		return responder(other, true, time.Hour)
	case Delegate:
		return responder(of, true, time.Hour)
	case PastDelegate:
		return responder(of, true, -time.Hour)
	case Unauthorised:
		return responder(of, false, time.Hour)
	}
	return of.Certificate, of.Key, nil
}

func keyOf(a *authority.Authority) crypto.Signer {
	if a == nil {
		return nil
	}
	return a.Key
}

// responder makes a certificate that ends after left, with the usage id-kp-OCSPSigning when it is authorised.
func responder(of *authority.Authority, authorised bool, left time.Duration) (*x509.Certificate, crypto.Signer, error) {
	key, err := authority.NewKey(authority.P256)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Responder"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(left),
	}
	if authorised {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, of.Certificate, key.Public(), of.Key)
	if err != nil {
		return nil, nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return certificate, key, err
}

var oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}

// withNonce adds a nonce to an answer, which x/crypto/ocsp cannot, and signs it again.
func withNonce(der []byte, key crypto.Signer) ([]byte, error) {
	var answer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(der, &answer); err != nil {
		return nil, err
	}
	var basic struct {
		Data         asn1.RawValue
		Algorithm    pkix.AlgorithmIdentifier
		Signature    asn1.BitString
		Certificates []asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	if _, err := asn1.Unmarshal(answer.Bytes.Response, &basic); err != nil {
		return nil, err
	}
	nonce, err := asn1.Marshal([]byte(rand.Text()))
	if err != nil {
		return nil, err
	}
	extensions, err := asn1.MarshalWithParams([]pkix.Extension{{Id: oidNonce, Value: nonce}}, "explicit,tag:1")
	if err != nil {
		return nil, err
	}
	data, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(basic.Data.Bytes, extensions...)})
	if err != nil {
		return nil, err
	}
	basic.Data = asn1.RawValue{FullBytes: data}
	h := crypto.SHA256.New()
	h.Write(data)
	signature, err := key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
	if err != nil {
		return nil, err
	}
	basic.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	if answer.Bytes.Response, err = asn1.Marshal(basic); err != nil {
		return nil, err
	}
	return asn1.Marshal(answer)
}

func asPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
