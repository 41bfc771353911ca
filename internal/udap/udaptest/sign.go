package udaptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

// Message is a JWT before it is signed. Change what should be wrong, then call Sign.
type Message struct {
	Header map[string]any
	Claims map[string]any
	Key    crypto.Signer // signs with the algorithm that Header["alg"] names; RS256 when it names another

	t testing.TB
}

// Sign makes the compact serialisation of the message as it is, however wrong.
func (m *Message) Sign() string {
	m.t.Helper()
	return Compact(m.t, m.Header, m.Claims, m.Key)
}

// X5C is the value of an x5c header.
func X5C(chain []*x509.Certificate) []string {
	x5c := make([]string, len(chain))
	for i, certificate := range chain {
		x5c[i] = base64.StdEncoding.EncodeToString(certificate.Raw)
	}
	return x5c
}

// Message makes a JWT of the leaf with the claims iat, exp and jti, ready to sign.
func (l *Leaf) Message() *Message {
	now := time.Now()
	return &Message{
		Header: map[string]any{"alg": algorithm(l.Key), "x5c": X5C(l.Chain)},
		Claims: map[string]any{
			"iat": now.Unix(),
			"exp": now.Add(5 * time.Minute).Unix(),
			"jti": rand.Text(),
		},
		Key: l.Key,
		t:   l.t,
	}
}

// StatementMessage is a software statement in which everything is right: of the leaf's URI, for the registration endpoint.
func (l *Leaf) StatementMessage(registrationURL string) *Message {
	m := l.Message()
	for name, value := range map[string]any{
		"iss":                        l.URI,
		"sub":                        l.URI,
		"aud":                        registrationURL,
		"client_name":                "General Hospital",
		"redirect_uris":              []string{"https://hospital.example/callback"},
		"contacts":                   []string{"mailto:operator@hospital.example"},
		"logo_uri":                   "https://hospital.example/logo.png",
		"grant_types":                []string{"authorization_code"},
		"response_types":             []string{"code"},
		"token_endpoint_auth_method": "private_key_jwt",
		"scope":                      "udap openid email profile",
	} {
		m.Claims[name] = value
	}
	return m
}

// AssertionMessage is a client assertion in which everything is right: of the client, for the token endpoint.
func (l *Leaf) AssertionMessage(clientID, tokenURL string) *Message {
	m := l.Message()
	m.Claims["iss"], m.Claims["sub"], m.Claims["aud"] = clientID, clientID, tokenURL
	return m
}

// CertificationMessage is a certification of a client in which everything is right: by the leaf, for every server, for a year.
func (l *Leaf) CertificationMessage(client string, uris ...string) *Message {
	m := l.Message()
	for name, value := range map[string]any{
		"iss":                l.URI,
		"sub":                client,
		"exp":                time.Now().AddDate(1, 0, 0).Unix(),
		"certification_name": "Example Certification",
		"certification_uris": uris,
		"grant_types":        []string{"authorization_code"},
		"response_types":     []string{"code"},
	} {
		m.Claims[name] = value
	}
	return m
}

// Certification signs a certification with one URI after the test changed its claims.
func (l *Leaf) Certification(client, uri string, change ...func(claims map[string]any)) string {
	l.t.Helper()
	return signed(l.CertificationMessage(client, uri), change)
}

// Statement signs a software statement after the test changed its claims.
func (l *Leaf) Statement(registrationURL string, change ...func(claims map[string]any)) string {
	l.t.Helper()
	return signed(l.StatementMessage(registrationURL), change)
}

// Assertion signs a client assertion after the test changed its claims.
func (l *Leaf) Assertion(clientID, tokenURL string, change ...func(claims map[string]any)) string {
	l.t.Helper()
	return signed(l.AssertionMessage(clientID, tokenURL), change)
}

func signed(m *Message, change []func(map[string]any)) string {
	m.t.Helper()
	for _, c := range change {
		c(m.Claims)
	}
	return m.Sign()
}

// Compact signs any header and any payload: a []byte as it is, another value as JSON.
func Compact(t testing.TB, header, payload any, key crypto.Signer) string {
	t.Helper()
	input := part(t, header) + "." + part(t, payload)
	alg := algorithm(key)
	if h, ok := header.(map[string]any); ok {
		if named, ok := h["alg"].(string); ok {
			alg = named
		}
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature(t, alg, input, key))
}

func part(t testing.TB, value any) string {
	t.Helper()
	data, ok := value.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(value); err != nil {
			t.Fatalf("marshal: %v", err)
		}
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// algorithm is the one that goes with the key.
func algorithm(key crypto.Signer) string {
	if public, ok := key.Public().(*ecdsa.PublicKey); ok {
		if public.Curve.Params().BitSize == 384 {
			return "ES384"
		}
		return "ES256"
	}
	return "RS256"
}

// signature signs with the key that there is, and the hash that alg names.
func signature(t testing.TB, alg, input string, key crypto.Signer) []byte {
	t.Helper()
	hash := crypto.SHA256
	if alg == "RS384" || alg == "ES384" {
		hash = crypto.SHA384
	}
	h := hash.New()
	h.Write([]byte(input))
	digest := h.Sum(nil)

	switch key := key.(type) {
	case *rsa.PrivateKey:
		s, err := rsa.SignPKCS1v15(rand.Reader, key, hash, digest)
		if err != nil {
			t.Fatalf("sign: %v", err)
		}
		return s
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			t.Fatalf("sign: %v", err)
		}
		return concatenate(r, s, (key.Curve.Params().BitSize+7)/8)
	}
	t.Fatalf("cannot sign with a %T", key)
	return nil
}

// concatenate is the signature of RFC 7518 §3.4.
func concatenate(r, s *big.Int, size int) []byte {
	out := make([]byte, 2*size)
	r.FillBytes(out[:size])
	s.FillBytes(out[size:])
	return out
}
