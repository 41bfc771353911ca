package udap

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// MaxJWT is the size of the largest JWT that is read, in bytes.
const MaxJWT = 64 << 10

// Algorithms are the signature algorithms that are accepted, in the order they are published.
//
// UDAP Security IG §7.1.2: RS256 SHALL, ES256 SHOULD, RS384 and ES384 MAY be supported. Nothing else is: not none, not
// an HMAC. RS256 stands first because there are clients that sign with the first algorithm they read.
var algorithms = []string{"RS256", "ES256", "RS384", "ES384"}

// Algorithms returns the signature algorithms that are accepted, RS256 first.
func Algorithms() []string { return slices.Clone(algorithms) }

// JWT is a JSON Web Token of UDAP: signed, in compact serialisation, with a certificate chain in its header. Nothing in
// it is proved before VerifySignature returned nil, and then only that the holder of Chain[0]'s key wrote it.
type JWT struct {
	Raw       string // as received
	Algorithm string // alg, one of Algorithms
	Type      string // typ, "" when absent
	KeyID     string // kid, "" when absent; it never chooses a key

	// Chain is x5c. Chain[0] is x5c[0]; entries behind it that cannot be read as certificates are dropped, the others
	// are unordered candidates for path building.
	Chain   []*x509.Certificate
	Payload []byte // the claims as they were signed

	signed    string // what the signature covers
	signature []byte
}

// JWTError says what is wrong with a JWT, in words that may go over the wire.
type JWTError struct {
	Reason string
	// Signature is set when the shape is good and the signature is not.
	Signature bool
	Cause     error // for the log; may be nil
}

func (e *JWTError) Error() string {
	if e.Cause == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.Cause.Error()
}

func (e *JWTError) Unwrap() error { return e.Cause }

// ParseJWT reads the shape of a JWT: its size, its serialisation, its algorithm and its certificates. It does not verify
// the signature and does not read the claims. Errors are *JWTError.
func ParseJWT(raw string) (*JWT, error) {
	if len(raw) > MaxJWT {
		return nil, &JWTError{Reason: fmt.Sprintf("the JWT is %d bytes long, the limit is %d", len(raw), MaxJWT)}
	}
	// UDAP Security IG §7.1.1: SHALL be a JWS in compact serialisation.
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, &JWTError{Reason: fmt.Sprintf("a JWT in compact serialisation has 3 parts separated by dots, this has %d", len(parts))}
	}
	known, isKnown := headers.get(parts[0])
	var decoded [3][]byte
	for i, name := range []string{"header", "payload", "signature"} {
		if i == 0 && isKnown {
			continue
		}
		var err error
		if decoded[i], err = decodeBase64URL(parts[i]); err != nil {
			return nil, &JWTError{Reason: "the " + name + " of the JWT is not base64url without padding: " + err.Error(), Cause: err}
		}
	}
	if !isKnown {
		var err error
		if known, err = readHeader(decoded[0]); err != nil {
			return nil, err
		}
		headers.put(parts[0], known)
	}
	return &JWT{
		Raw: raw, Algorithm: known.algorithm, Type: known.typ, KeyID: known.keyID, Chain: known.chain,
		Payload: decoded[1], signature: decoded[2], signed: raw[:len(parts[0])+1+len(parts[1])],
	}, nil
}

// decodeBase64URL refuses the line breaks that the decoder of the standard library skips: the text of a JWT has one
// spelling.
func decodeBase64URL(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, base64.CorruptInputError(strings.IndexAny(s, "\r\n"))
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// readHeader is a function of data alone: what it returns is remembered.
func readHeader(data []byte) (h header, err error) {
	members, err := parseObject(data)
	if err != nil {
		return h, &JWTError{Reason: "the header of the JWT is not a JSON object with unique names: " + err.Error(), Cause: err}
	}
	// RFC 7515 §4.1.11: an extension named in crit MUST be understood. None is.
	if _, ok := members["crit"]; ok {
		return h, &JWTError{Reason: "the header crit is there, expected a JWT without extensions"}
	}
	if h.algorithm, err = algorithm(members["alg"]); err != nil {
		return h, err
	}
	// Only said back to whoever asks: a typ or kid of another type is as good as none.
	h.typ, _ = stringOf(members["typ"])
	h.keyID, _ = stringOf(members["kid"])

	h.chain, err = parseX5C(members["x5c"])
	return h, err
}

func algorithm(value json.RawMessage) (string, error) {
	if value == nil {
		return "", &JWTError{Reason: "the header alg is missing, expected one of " + strings.Join(algorithms, ", ")}
	}
	alg, ok := stringOf(value)
	if !ok {
		return "", &JWTError{Reason: "the header alg is " + kindOf(value) + ", expected one of " + strings.Join(algorithms, ", ")}
	}
	if !slices.Contains(algorithms, alg) {
		return "", &JWTError{Reason: "the header alg is " + quote(alg) + ", expected one of " + strings.Join(algorithms, ", ")}
	}
	return alg, nil
}
