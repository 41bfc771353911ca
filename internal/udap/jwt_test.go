package udap_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestJWTShapeIsChecked(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	good := l.Assertion(clientID, tokenURL)
	header, payload, signature := cut(t, good)

	tests := []struct {
		name, raw, want string
	}{
		{"empty", "", "3 parts"},
		{"one part", "abc", "3 parts"},
		{"two parts", header + "." + payload, "3 parts"},
		{"four parts", good + ".x", "3 parts"},
		{"JSON serialisation", `{"payload":"e30","signatures":[]}`, "3 parts"},
		{"padded header", header + "=." + payload + "." + signature, "header of the JWT is not base64url"},
		{"line break in the payload", header + "." + payload[:4] + "\n" + payload[4:] + "." + signature, "payload of the JWT is not base64url"},
		{"signature in another spelling", header + "." + payload + "." + signature[:len(signature)-1] + "-", "signature of the JWT is not base64url"},
		{"header is no JSON", encode("nonsense") + "." + payload + "." + signature, "header of the JWT is not a JSON object"},
		{"header is an array", encode("[]") + "." + payload + "." + signature, "header of the JWT is not a JSON object"},
		{"header goes on", encode(`{"alg":"RS256"}{}`) + "." + payload + "." + signature, "header of the JWT is not a JSON object"},
		{"header is not closed", encode(`{"alg":"RS256"`) + "." + payload + "." + signature, "header of the JWT is not a JSON object"},
		{"header names alg twice", encode(`{"alg":"RS256","alg":"none"}`) + "." + payload + "." + signature, "unique names"},
		{"header is not UTF-8", encode("{\"alg\":\"\xff\"}") + "." + payload + "." + signature, "header of the JWT is not a JSON object"},
		{"too long", good + strings.Repeat("A", udap.MaxJWT), "the limit is 65536"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := udap.ParseJWT(test.raw)
			wantJWTError(t, err, test.want)
		})
	}
}

func TestJWTHeaderIsChecked(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	tests := []struct {
		name   string
		change func(header map[string]any)
		want   string
	}{
		{"alg missing", remove("alg"), "alg is missing"},
		{"alg a number", set("alg", 256), "expected one of RS256"},
		{"alg null", set("alg", nil), "expected one of RS256"},
		{"alg none", set("alg", "none"), "alg is 'none'"},
		{"alg None", set("alg", "None"), "alg is 'None'"},
		{"alg HS256", set("alg", "HS256"), "alg is 'HS256'"},
		{"alg PS256", set("alg", "PS256"), "alg is 'PS256'"},
		{"alg RS512", set("alg", "RS512"), "alg is 'RS512'"},
		{"alg rs256 in lower case", set("alg", "rs256"), "alg is 'rs256'"},
		{"ALG in upper case", func(h map[string]any) { h["ALG"] = "RS256"; delete(h, "alg") }, "alg is missing"},
		{"crit", set("crit", []string{"b64"}), "expected a JWT without extensions"},
		{"x5c missing", remove("x5c"), "x5c is missing"},
		{"x5c null", set("x5c", nil), "x5c is missing"},
		{"x5c a string", set("x5c", "MIIB"), "x5c is a string"},
		{"x5c empty", set("x5c", []string{}), "x5c is an empty array"},
		{"x5c of eleven", set("x5c", make([]string, 11)), "holds 11 certificates"},
		{"x5c of a number", set("x5c", []int{1}), "x5c[0] is a number"},
		{"x5c of an empty string", set("x5c", []string{""}), "cannot be read as an X.509 certificate"},
		{"x5c in base64url", set("x5c", []string{base64.URLEncoding.EncodeToString(l.Certificate().Raw) + "-_"}), "not standard base64"},
		{"x5c with line breaks", set("x5c", []string{udaptest.X5C(l.Chain)[0][:64] + "\n" + udaptest.X5C(l.Chain)[0][64:]}), "line breaks"},
		{"x5c in PEM", set("x5c", []string{"-----BEGIN CERTIFICATE-----"}), "not standard base64"},
		{"x5c with a byte too many", set("x5c", []string{base64.StdEncoding.EncodeToString(append(l.Certificate().Raw[:len(l.Certificate().Raw):len(l.Certificate().Raw)], 0))}), "cannot be read"},
		{"x5c cut short", set("x5c", []string{base64.StdEncoding.EncodeToString(l.Certificate().Raw[:200])}), "cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := l.AssertionMessage(clientID, tokenURL)
			test.change(m.Header)
			_, err := udap.ParseJWT(m.Sign())
			wantJWTError(t, err, test.want)
		})
	}
}

func TestOnlyTheLeafOfX5CMustBeReadable(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	m := l.AssertionMessage(clientID, tokenURL)
	x5c := udaptest.X5C(l.Chain)
	m.Header["x5c"] = []any{x5c[0], "garbage", 7, nil, x5c[1], "AAAA"}
	token, err := udap.ParseJWT(m.Sign())
	if err != nil {
		t.Fatal(err)
	}
	if len(token.Chain) != 2 || !token.Chain[0].Equal(l.Chain[0]) || !token.Chain[1].Equal(l.Chain[1]) {
		t.Errorf("got a chain of %d, want the leaf and the intermediate", len(token.Chain))
	}
	if err := token.VerifySignature(); err != nil {
		t.Error(err)
	}
}

func TestSignatureIsOfTheLeafAlone(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	signer, other := c.Leaf(hospital), c.Leaf("https://other.example")

	tests := []struct {
		name   string
		change func(m *udaptest.Message)
		raw    func(raw string) string
	}{
		{name: "another key", change: func(m *udaptest.Message) { m.Key = other.Key }},
		{name: "the key of a certificate behind the leaf", change: func(m *udaptest.Message) {
			m.Header["x5c"] = append(udaptest.X5C(signer.Chain), udaptest.X5C(other.Chain)...)
			m.Key = other.Key
		}},
		{name: "another key, named in other headers", change: func(m *udaptest.Message) {
			m.Header["jwk"] = other.Signer().JWK()
			m.Header["kid"] = other.Signer().KeyID()
			m.Header["jku"], m.Header["x5u"] = "https://other.example/jwks", "https://other.example/cert"
			m.Key = other.Key
		}},
		{name: "another payload", raw: func(raw string) string {
			header, _, signature := cut(t, raw)
			return header + "." + encode(`{"iss":"x"}`) + "." + signature
		}},
		{name: "no signature", raw: func(raw string) string {
			header, payload, _ := cut(t, raw)
			return header + "." + payload + "."
		}},
		{name: "RS384 said, RS256 signed", raw: func(raw string) string {
			_, payload, signature := cut(t, raw)
			m := signer.Message()
			m.Header["alg"] = "RS384"
			header, _, _ := cut(t, m.Sign())
			return header + "." + payload + "." + signature
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := signer.AssertionMessage(clientID, tokenURL)
			if test.change != nil {
				test.change(m)
			}
			raw := m.Sign()
			if test.raw != nil {
				raw = test.raw(raw)
			}
			token, err := udap.ParseJWT(raw)
			if err != nil {
				t.Fatal(err)
			}
			err = token.VerifySignature()
			wantJWTError(t, err, "signature does not verify")
			var e *udap.JWTError
			if errors.As(err, &e) && !e.Signature {
				t.Error("got another kind of error, want Signature")
			}
		})
	}
}

// RFC 7518 §3.4: the signature is R and S, each as long as the curve's order, and nothing else.
func TestECDSASignatureHasOneLength(t *testing.T) {
	t.Parallel()
	l := udaptest.New(t, udaptest.WithoutServer()).LeafWith(func(l *authority.Leaf) { l.KeyType = authority.P256 })
	header, payload, signature := cut(t, l.Assertion(clientID, tokenURL))
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string][]byte{
		"empty": nil, "one byte": raw[:1], "cut short": raw[:63], "a byte more": append(raw[:64:64], 0), "zeros": make([]byte, 64), "half": raw[:32],
	} {
		token, err := udap.ParseJWT(header + "." + payload + "." + base64.RawURLEncoding.EncodeToString(wrong))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := token.VerifySignature(); err == nil {
			t.Errorf("%s: the signature was accepted", name)
		}
	}
}

func TestExtraHeadersDoNotChooseTheKey(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	signer, other := c.Leaf(hospital), c.Leaf("https://other.example")
	m := signer.AssertionMessage(clientID, tokenURL)
	m.Header["jwk"], m.Header["kid"] = other.Signer().JWK(), other.Signer().KeyID()
	m.Header["typ"] = "JWT"
	token, err := udap.ParseJWT(m.Sign())
	if err != nil {
		t.Fatal(err)
	}
	if err := token.VerifySignature(); err != nil {
		t.Error(err)
	}
	if token.Type != "JWT" || token.KeyID != other.Signer().KeyID() {
		t.Errorf("got typ %q and kid %q, want what was sent", token.Type, token.KeyID)
	}
}

func TestFourAlgorithmsAreAccepted(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	tests := []struct {
		alg string
		key authority.KeyType
	}{
		{"RS256", authority.RSA2048}, {"RS384", authority.RSA2048}, {"ES256", authority.P256}, {"ES384", authority.P384},
	}
	for _, test := range tests {
		t.Run(test.alg, func(t *testing.T) {
			t.Parallel()
			l := c.LeafWith(func(l *authority.Leaf) { l.URIs, l.KeyType = []string{hospital}, test.key })
			m := l.AssertionMessage(clientID, tokenURL)
			m.Header["alg"] = test.alg
			token, err := udap.ParseJWT(m.Sign())
			if err != nil {
				t.Fatal(err)
			}
			if err := token.VerifySignature(); err != nil {
				t.Error(err)
			}
			if token.Algorithm != test.alg {
				t.Errorf("got %s, want %s", token.Algorithm, test.alg)
			}
		})
	}
}

func TestKeyMustFitTheAlgorithm(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, alg string
		leaf      authority.Leaf
		want      string
	}{
		{"ES256 with RSA", "ES256", authority.Leaf{KeyType: authority.RSA2048}, "alg is ES256, but the certificate x5c[0] has an RSA key"},
		{"RS256 with P-256", "RS256", authority.Leaf{KeyType: authority.P256}, "alg is RS256, but the certificate x5c[0] has a P-256 key"},
		{"ES256 with P-384", "ES256", authority.Leaf{KeyType: authority.P384}, "alg is ES256, but the certificate x5c[0] has a P-384 key"},
		{"ES384 with P-256", "ES384", authority.Leaf{KeyType: authority.P256}, "alg is ES384, but the certificate x5c[0] has a P-256 key"},
		{"RSA of 1024 bits", "RS256", authority.Leaf{Key: crypto.Signer(small)}, "RSA key of 1024 bits"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := c.LeafWith(func(l *authority.Leaf) { *l = test.leaf; l.URIs = []string{hospital} })
			m := l.AssertionMessage(clientID, tokenURL)
			m.Header["alg"] = test.alg
			token, err := udap.ParseJWT(m.Sign())
			if err != nil {
				t.Fatal(err)
			}
			wantJWTError(t, token.VerifySignature(), test.want)
		})
	}
}

func wantJWTError(t *testing.T, err error, text string) {
	t.Helper()
	var e *udap.JWTError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *udap.JWTError", err)
	}
	if !strings.Contains(e.Reason, text) {
		t.Errorf("got %q, want %q in it", e.Reason, text)
	}
}

func cut(t testing.TB, raw string) (header, payload, signature string) {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("got %d parts", len(parts))
	}
	return parts[0], parts[1], parts[2]
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func set(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func remove(name string) func(map[string]any) {
	return func(m map[string]any) { delete(m, name) }
}
