package udap_test

import (
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

func TestAssertionIsRead(t *testing.T) {
	t.Parallel()
	raw := leaf(t).Assertion(clientID, tokenURL, set("extensions", map[string]any{"hl7-b2b": map[string]any{}}))
	a, err := udap.ParseClientAssertion(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Validate(tokenURL, time.Now()); err != nil {
		t.Fatal(err)
	}
	if a.Issuer != clientID || a.Subject != clientID || a.ID == "" || !a.ReplayUntil().Equal(a.Expiry) {
		t.Errorf("got iss %q sub %q jti %q until %v", a.Issuer, a.Subject, a.ID, a.ReplayUntil())
	}
}

func TestAssertionClaimsAreChecked(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	now := time.Now().Truncate(time.Second)
	tests := []struct {
		name   string
		change func(claims map[string]any)
		want   string
	}{
		{"iss missing", remove("iss"), "iss is missing"},
		{"iss with a NUL", set("iss", "a\x00b"), "NUL"},
		{"sub missing", remove("sub"), "sub is missing"},
		{"sub another", set("sub", hospital), "expected the same as iss"},
		{"aud missing", remove("aud"), "aud is missing"},
		{"aud the issuer", set("aud", "https://idp.example.org"), "expected " + tokenURL},
		{"aud the registration endpoint", set("aud", registrationURL), "expected " + tokenURL},
		{"aud an array of others", set("aud", []string{"a", "b", "c"}), "'a' and 2 more"},
		{"iat missing", remove("iat"), "iat is missing"},
		{"iat ahead", window(now, 61, 300), "in the future"},
		{"exp missing", remove("exp"), "exp is missing"},
		{"exp a string", set("exp", "soon"), "exp is a string"},
		{"expired", window(now, -301, -1), "has passed"},
		{"too long", window(now, 0, 301), "the limit is 300"},
		{"jti missing", remove("jti"), "jti is missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a, err := udap.ParseClientAssertion(l.Assertion(clientID, tokenURL, window(now, 0, 300), test.change))
			if err == nil {
				err = a.Validate(tokenURL, now)
			}
			wantError(t, err, udap.InvalidClient, test.want)
		})
	}
}

// UDAP JWT Client Authentication §7.2 has a code of its own for a signature that is wrong.
func TestWrongSignatureOfAnAssertionIsAnInvalidRequest(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	m := c.Leaf(hospital).AssertionMessage(clientID, tokenURL)
	m.Key = c.Leaf("https://other.example").Key
	_, err := udap.ParseClientAssertion(m.Sign())
	wantError(t, err, udap.InvalidRequest, "signature does not verify")
}

func TestUnreadableAssertionIsAnInvalidClient(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	_, err := udap.ParseClientAssertion("a.b")
	wantError(t, err, udap.InvalidClient, "3 parts")
	_, err = udap.ParseClientAssertion(udaptest.Compact(t, l.Message().Header, []byte("[]"), l.Key))
	wantError(t, err, udap.InvalidClient, "JSON object")
}
