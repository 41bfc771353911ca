package revocation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// skew is how far our clock may be behind that of an authority.
const skew = 5 * time.Minute

// evidence is a verified list or OCSP answer, reduced to what is needed. It is never changed.
type evidence struct {
	raw        []byte // DER as it came
	thisUpdate time.Time
	nextUpdate time.Time
	number     *big.Int                // of a list that has one
	revoked    map[string]revokedEntry // by serialKey
	unknown    bool                    // the responder does not know the certificate
	part       scope                   // of a list
	responder  string                  // who signed an OCSP answer when it is not the issuer
}

// serialKey keeps apart what Bytes does not: a list may have negative numbers.
func serialKey(n *big.Int) string {
	if n.Sign() < 0 {
		return "-" + string(n.Bytes())
	}
	return "+" + string(n.Bytes())
}

type revokedEntry struct {
	at     time.Time
	reason int
}

// errEvidence wraps what is wrong with a list or an answer; its text may be shown to the other side.
var errEvidence = errors.New("not acceptable")

func unacceptable(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errEvidence}, args...)...)
}

// inForce reports whether the evidence counts at now.
func (e *evidence) inForce(now time.Time) bool {
	return !now.Add(skew).Before(e.thisUpdate) && now.Before(e.nextUpdate)
}

// saysSame reports whether two pieces of evidence lead to the same verdicts.
func (e *evidence) saysSame(other *evidence) bool {
	same := func(a, b revokedEntry) bool { return a.at.Equal(b.at) && a.reason == b.reason }
	return e.unknown == other.unknown && e.part.equal(other.part) && maps.EqualFunc(e.revoked, other.revoked, same)
}

// checkSuccessor refuses evidence that would take back what the last one said.
func checkSuccessor(last, next *evidence) error {
	if last == nil {
		return nil
	}
	if last.number != nil && next.number == nil {
		return unacceptable("it has no CRL number, the one before had %s", last.number)
	}
	order := 0
	if last.number != nil {
		order = next.number.Cmp(last.number)
	}
	if order < 0 {
		return unacceptable("its CRL number is %s, the one before had %s", next.number, last.number)
	}
	if order == 0 && next.thisUpdate.Before(last.thisUpdate) {
		return unacceptable("it is of %s, the one before of %s", stamp(next.thisUpdate), stamp(last.thisUpdate))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// signatures may sign evidence and the certificates of responders: neither SHA-1 nor MD5, which crypto/x509 would let pass
// here.
var signatures = []x509.SignatureAlgorithm{
	x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
	x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
	x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512,
}

func checkAlgorithm(a x509.SignatureAlgorithm) error {
	if !slices.Contains(signatures, a) {
		return unacceptable("it is signed with %s, expected SHA-256, SHA-384 or SHA-512 with RSA or ECDSA", a)
	}
	return nil
}

// checkResponderKey keeps to the keys of a path.
func checkResponderKey(cert *x509.Certificate) error {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits >= 2048 && bits <= 8192 {
			return nil
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() || key.Curve == elliptic.P384() {
			return nil
		}
	}
	return unacceptable("the responder's key is neither RSA of 2048 to 8192 bits nor P-256 nor P-384")
}
