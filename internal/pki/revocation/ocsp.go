package revocation

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// withoutNext is how long an answer counts that does not say when there will be a newer one (RFC 6960 §2.4: there always
// is).
const withoutNext = time.Hour

// readOCSP parses and verifies an answer about cert, whose issuer is given. responderAt is when the responder's certificate
// must be valid.
func readOCSP(der []byte, cert, issuer *x509.Certificate, responderAt time.Time) (*evidence, error) {
	answer, err := ocsp.ParseResponseForCert(der, cert, nil)
	if err != nil {
		return nil, unreadable(err)
	}
	// RFC 6960 §3.2: the certificate is the one asked about, and the signer is authorised.
	if answer.SerialNumber == nil || answer.SerialNumber.Cmp(cert.SerialNumber) != 0 {
		return nil, unacceptable("the answer is about another certificate")
	}
	if err := checkAlgorithm(answer.SignatureAlgorithm); err != nil {
		return nil, err
	}
	responder, err := checkResponder(answer, issuer, responderAt)
	if err != nil {
		return nil, err
	}
	if err := checkOCSPExtensions(answer.TBSResponseData); err != nil {
		return nil, err
	}
	e := &evidence{raw: der, thisUpdate: answer.ThisUpdate, nextUpdate: answer.NextUpdate, responder: responder}
	if e.nextUpdate.IsZero() {
		e.nextUpdate = e.thisUpdate.Add(withoutNext)
	}
	if !e.nextUpdate.After(e.thisUpdate) {
		return nil, unacceptable("the next answer comes on %s, which is not after its own date %s", stamp(e.nextUpdate), stamp(e.thisUpdate))
	}
	switch answer.Status {
	case ocsp.Good:
	case ocsp.Revoked:
		e.revoked = map[string]revokedEntry{serialKey(cert.SerialNumber): {at: answer.RevokedAt, reason: answer.RevocationReason}}
	default:
		e.unknown = true
	}
	return e, nil
}

func unreadable(err error) error {
	var refused ocsp.ResponseError
	if errors.As(err, &refused) {
		return unacceptable("the responder answered '%s'", refused.Status)
	}
	return unacceptable("it is no OCSP answer about the certificate that can be read and has a good signature")
}

// checkResponder finds who signed the answer, and whether they may: the issuer, or whom the issuer has authorised
// (RFC 6960 §4.2.2.2). It returns a name for the latter.
func checkResponder(answer *ocsp.Response, issuer *x509.Certificate, now time.Time) (string, error) {
	signer := answer.Certificate
	if signer == nil || bytes.Equal(signer.Raw, issuer.Raw) {
		if answer.CheckSignatureFrom(issuer) != nil {
			return "", unacceptable("it is signed neither by %s nor by a responder whose certificate it contains", subject(issuer))
		}
		return "", checkResponderID(answer, issuer)
	}
	if err := checkDelegate(signer, issuer, now); err != nil {
		return "", err
	}
	if answer.CheckSignatureFrom(signer) != nil {
		return "", unacceptable("it is not signed with the key of the responder %s", subject(signer))
	}
	return signer.Subject.String(), checkResponderID(answer, signer)
}

func checkDelegate(signer, issuer *x509.Certificate, now time.Time) error {
	if err := checkResponderKey(signer); err != nil {
		return err
	}
	if err := checkAlgorithm(signer.SignatureAlgorithm); err != nil {
		return err
	}
	if !bytes.Equal(signer.RawIssuer, issuer.RawSubject) || signer.CheckSignatureFrom(issuer) != nil {
		return unacceptable("the responder %s is not authorised by %s, which did not issue its certificate", subject(signer), subject(issuer))
	}
	if !slices.Contains(signer.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return unacceptable("the responder %s is not authorised by %s: its certificate lacks the usage id-kp-OCSPSigning", subject(signer), subject(issuer))
	}
	if signer.KeyUsage != 0 && signer.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return unacceptable("the key usage of the responder %s does not allow it to sign answers", subject(signer))
	}
	if len(signer.UnhandledCriticalExtensions) > 0 {
		return unacceptable("the certificate of the responder %s has a critical extension that is not understood", subject(signer))
	}
	if now.Before(signer.NotBefore) || now.After(signer.NotAfter) {
		return unacceptable("the certificate of the responder %s is valid from %s to %s", subject(signer), stamp(signer.NotBefore), stamp(signer.NotAfter))
	}
	return nil
}

// checkResponderID compares who the answer says has signed it with who did (RFC 6960 §4.2.2.3).
func checkResponderID(answer *ocsp.Response, signer *x509.Certificate) error {
	if len(answer.RawResponderName) > 0 && bytes.Equal(answer.RawResponderName, signer.RawSubject) {
		return nil
	}
	if len(answer.ResponderKeyHash) > 0 {
		var key struct {
			Algorithm pkix.AlgorithmIdentifier
			Key       asn1.BitString
		}
		if _, err := asn1.Unmarshal(signer.RawSubjectPublicKeyInfo, &key); err != nil {
			return fmt.Errorf("responder's key: %w", err)
		}
		hash := sha1.Sum(key.Key.RightAlign()) // RFC 6960 §4.2.1: it is SHA-1, and an identifier only
		if bytes.Equal(hash[:], answer.ResponderKeyHash) {
			return nil
		}
	}
	return unacceptable("it names another responder than the one that signed it")
}

// checkOCSPExtensions refuses critical extensions of the whole answer, which x/crypto/ocsp does not look at.
func checkOCSPExtensions(tbs []byte) error {
	var data struct {
		Version    int `asn1:"optional,default:0,explicit,tag:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  asn1.RawValue
		Extensions []pkix.Extension `asn1:"optional,explicit,tag:1"`
	}
	if rest, err := asn1.Unmarshal(tbs, &data); err != nil || len(rest) > 0 {
		return unacceptable("the extensions of the answer cannot be read")
	}
	for _, e := range data.Extensions {
		if e.Critical {
			return unacceptable("it has the critical extension %s, which is not understood", e.Id)
		}
	}
	return nil
}
