package udap_test

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// A header is read once; what is remembered of it proves nothing about the next JWT that has it.
//
// Not parallel: the headers of other tests could push this one out.
func TestHeaderIsRememberedAndProvesNothing(t *testing.T) {
	c := udaptest.New(t, udaptest.WithoutServer())
	leaf, other := c.Leaf("https://a.example"), c.Leaf("https://b.example")
	const audience = "https://idp.example/token"
	good := leaf.Assertion("client", audience)
	first, err := udap.ParseJWT(good)
	if err != nil {
		t.Fatal(err)
	}
	second, err := udap.ParseJWT(leaf.Assertion("client", audience))
	if err != nil {
		t.Fatal(err)
	}
	if first.Chain[0] != second.Chain[0] {
		t.Error("the certificate was read a second time")
	}
	if second.Algorithm != "RS256" || len(second.Chain) != len(leaf.Chain) || string(first.Payload) == string(second.Payload) {
		t.Errorf("got %s, %d certificates, payload %s", second.Algorithm, len(second.Chain), second.Payload)
	}

	// Another's signature, and none, over the known header.
	forged := leaf.AssertionMessage("client", audience)
	forged.Key = other.Key
	for name, raw := range map[string]string{"another key": forged.Sign(), "no signature": good[:strings.LastIndexByte(good, '.')+1]} {
		if _, err := udap.ParseClientAssertion(raw); err == nil || !strings.Contains(err.Error(), "signature") {
			t.Errorf("%s: got %v, want a wrong signature", name, err)
		}
	}
	// An old assertion with the known header.
	old, err := udap.ParseClientAssertion(leaf.Assertion("client", audience, func(m map[string]any) { m["iat"], m["exp"] = 1700000000, 1700000060 }))
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Validate(audience, time.Now()); err == nil {
		t.Error("an old assertion is good")
	}
	// What a caller does with its list is nobody else's.
	certificate := first.Chain[0]
	first.Chain[0], second.Chain[0] = other.Certificate(), other.Certificate()
	third, err := udap.ParseJWT(good)
	if err != nil || third.Chain[0] != certificate {
		t.Errorf("the list of certificates is shared: %v", err)
	}
}

// Headers that differ in one thing are not taken for each other, and a refused one is refused again.
func TestHeaderIsRememberedByAllOfItsText(t *testing.T) {
	t.Parallel()
	leaf := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://a.example")
	sign := func(change func(map[string]any)) string {
		m := leaf.Message()
		change(m.Header)
		return m.Sign()
	}
	for range 2 {
		for name, test := range map[string]struct {
			raw  string
			want string // of Algorithm, Type and KeyID, or of the error
		}{
			"RS256":   {sign(func(map[string]any) {}), "RS256  "},
			"RS384":   {sign(func(h map[string]any) { h["alg"] = "RS384" }), "RS384  "},
			"typ":     {sign(func(h map[string]any) { h["typ"] = "JWT" }), "RS256 JWT "},
			"kid":     {sign(func(h map[string]any) { h["kid"] = "1" }), "RS256  1"},
			"none":    {sign(func(h map[string]any) { h["alg"] = "none" }), "the header alg is 'none', expected one of RS256, ES256, RS384, ES384"},
			"crit":    {sign(func(h map[string]any) { h["crit"] = []string{"x5c"} }), "the header crit is there, expected a JWT without extensions"},
			"no x5c":  {sign(func(h map[string]any) { delete(h, "x5c") }), "the header x5c is missing, expected an array with the certificate of the signer"},
			"garbage": {sign(func(h map[string]any) { h["x5c"] = []string{"AAAA"} }), "x5c[0] cannot be read as an X.509 certificate"},
		} {
			token, err := udap.ParseJWT(test.raw)
			got := ""
			if err == nil {
				got = token.Algorithm + " " + token.Type + " " + token.KeyID
			} else {
				got = err.Error()
			}
			if got != test.want && !strings.HasPrefix(got, test.want+": ") {
				t.Errorf("%s: got %q, want %q", name, got, test.want)
			}
		}
	}
}
