package udap_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestSignerSignsWhatParseJWTReads(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	for alg, kind := range map[string]authority.KeyType{"RS256": authority.RSA2048, "ES256": authority.P256, "ES384": authority.P384} {
		l := c.LeafWith(func(l *authority.Leaf) { l.URIs, l.KeyType = []string{hospital}, kind })
		// The second signer sees a key of which only Sign is known, as of a device.
		for _, key := range []crypto.Signer{l.Key, device{l.Key}} {
			s, err := udap.NewSigner(l.Chain, key)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := s.Sign(map[string]any{"iss": hospital})
			if err != nil {
				t.Fatal(err)
			}
			token, err := udap.ParseJWT(raw)
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			if err := token.VerifySignature(); err != nil {
				t.Errorf("%s: %v", alg, err)
			}
			if s.Algorithm() != alg || len(token.Chain) != 2 || string(token.Payload) != `{"iss":"`+hospital+`"}` {
				t.Errorf("%s: got %s, %d certificates, %s", alg, s.Algorithm(), len(token.Chain), token.Payload)
			}
		}
	}
}

type device struct{ crypto.Signer }

func TestHeadersAreAsUDAPWantsThem(t *testing.T) {
	t.Parallel()
	s := leaf(t).Signer()
	x5c := udaptest.X5C(s.Chain())
	plain, err := s.Sign(struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	idToken, err := s.SignIDToken(struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	entries := []any{x5c[0], x5c[1]}
	for raw, want := range map[string]map[string]any{
		plain:   {"alg": "RS256", "x5c": entries},
		idToken: {"alg": "RS256", "x5c": entries, "typ": "JWT", "kid": s.KeyID()},
	} {
		header, _, _ := cut(t, raw)
		data, err := base64.RawURLEncoding.DecodeString(header)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestJWKVerifiesAnIDTokenByItsKeyID(t *testing.T) {
	t.Parallel()
	s := leaf(t).Signer()
	data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{s.JWK()}})
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		t.Fatal(err)
	}
	raw, err := s.SignIDToken(map[string]string{"sub": "x"})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	keys := set.Key(signed.Signatures[0].Header.KeyID)
	if len(keys) != 1 {
		t.Fatalf("got %d keys of that kid, want 1", len(keys))
	}
	if _, err := signed.Verify(keys[0]); err != nil {
		t.Error(err)
	}
	if !keys[0].IsPublic() || keys[0].Use != "sig" || keys[0].Algorithm != "RS256" || len(keys[0].Certificates) != 2 {
		t.Errorf("got %s", data)
	}
	if strings.Contains(string(data), `"d"`) {
		t.Error("the JWK holds the private key")
	}
}

func TestSignerRefusesAKeyThatIsNotTheCertificates(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	l, other := c.Leaf(hospital), c.Leaf(hospital)
	ec := udaptest.Key(t, authority.P256, 0)
	for name, key := range map[string]crypto.Signer{"another RSA key": other.Key, "a key of another type": ec, "none": nil} {
		if _, err := udap.NewSigner(l.Chain, key); err == nil {
			t.Errorf("%s: got a signer, want an error", name)
		}
	}
	if _, err := udap.NewSigner(nil, l.Key); err == nil {
		t.Error("no chain: got a signer, want an error")
	}
}

// RFC 7638: the thumbprint is of the key, so a renewed certificate of the same key keeps its kid.
func TestKeyIDIsOfTheKey(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	first := c.Leaf(hospital)
	renewed := c.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = []string{hospital}, first.Key })
	if a, b := first.Signer().KeyID(), renewed.Signer().KeyID(); a != b || len(a) != 43 {
		t.Errorf("got kid %q and %q, want the same of 43 characters", a, b)
	}
}
