package udap_test

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

func TestStatementIsRead(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	raw := l.Statement(registrationURL)
	s, err := udap.ParseSoftwareStatement(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(registrationURL, time.Now()); err != nil {
		t.Fatal(err)
	}
	if s.Raw != raw || s.Issuer != hospital || s.Subject != hospital || s.ID == "" || len(s.Audience) != 1 {
		t.Errorf("got iss %q sub %q jti %q aud %q", s.Issuer, s.Subject, s.ID, s.Audience)
	}
	if got := s.Expiry.Sub(s.IssuedAt); got != 5*time.Minute {
		t.Errorf("got a lifetime of %v, want 5m", got)
	}
	if !s.ReplayUntil().Equal(s.Expiry) {
		t.Errorf("got replay until %v, want exp", s.ReplayUntil())
	}
}

func TestStatementClaimsAreChecked(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	now := time.Now()
	long := strings.Repeat("x", 513)
	tests := []struct {
		name   string
		change func(claims map[string]any)
		want   string
	}{
		{"iss missing", remove("iss"), "iss is missing"},
		{"iss null", set("iss", nil), "iss is missing"},
		{"iss a number", set("iss", 1), "iss is a number"},
		{"iss another", set("iss", "https://other.example"), "iss is 'https://other.example', expected a URI"},
		{"iss with a slash", set("iss", hospital+"/"), "expected a URI of the Subject Alternative Name"},
		{"iss in another case", set("iss", "https://Hospital.example/fhir"), "expected a URI of the Subject Alternative Name"},
		{"sub missing", remove("sub"), "sub is missing"},
		{"sub another", set("sub", "https://other.example"), "expected the same as iss"},
		{"sub an array", set("sub", []string{hospital}), "sub is an array"},
		{"aud missing", remove("aud"), "aud is missing"},
		{"aud empty", set("aud", []string{}), "aud is missing"},
		{"aud another", set("aud", tokenURL), "aud is 'https://idp.example.org/token', expected " + registrationURL},
		{"aud with a slash", set("aud", registrationURL+"/"), "expected " + registrationURL},
		{"aud in another case", set("aud", "https://IDP.example.org/register"), "expected " + registrationURL},
		{"aud as http", set("aud", "http://idp.example.org/register"), "expected " + registrationURL},
		{"aud others", set("aud", []string{"a", "b"}), "aud is 'a' and 1 more"},
		{"aud of a number", set("aud", []any{registrationURL, 1}), "expected a string or an array of strings"},
		{"aud an object", set("aud", map[string]any{}), "expected a string or an array of strings"},
		{"iat missing", remove("iat"), "iat is missing"},
		{"iat a string", set("iat", "1700000000"), "iat is a string, expected a number"},
		{"iat a fraction", set("iat", 1700000000.5), "expected whole seconds"},
		{"iat negative", set("iat", -1), "out of range"},
		{"iat huge", set("iat", 1e300), "out of range"},
		{"exp missing", remove("exp"), "exp is missing"},
		{"exp a string", set("exp", "1700000000"), "exp is a string"},
		{"exp zero", set("exp", 0), "out of range"},
		{"exp true", set("exp", true), "exp is a boolean"},
		{"exp equal to iat", set("exp", now.Unix()), "not after iat"},
		{"lifetime of 301 seconds", window(now, 0, 301), "301 seconds after iat, the limit is 300"},
		{"expired now", window(now, -300, 0), "has passed"},
		{"expired long ago", window(now, -86400, -86100), "has passed"},
		{"iat 61 seconds ahead", window(now, 61, 300), "in the future"},
		{"jti missing", remove("jti"), "jti is missing"},
		{"jti empty", set("jti", ""), "jti is missing"},
		{"jti a number", set("jti", 1), "jti is a number"},
		{"jti of 513 bytes", set("jti", long), "513 bytes long, the limit is 512"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := l.StatementMessage(registrationURL)
			m.Claims["iat"], m.Claims["exp"] = now.Unix(), now.Unix()+300
			test.change(m.Claims)
			s, err := udap.ParseSoftwareStatement(m.Sign())
			if err == nil {
				err = s.Validate(registrationURL, now.Truncate(time.Second))
			}
			wantError(t, err, udap.InvalidSoftwareStatement, test.want)
		})
	}
}

func TestStatementClaimsThatAreGood(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	now := time.Now().Truncate(time.Second)
	tests := []struct {
		name   string
		change func(claims map[string]any)
	}{
		{"aud in an array", set("aud", []string{"https://other.example", registrationURL})},
		{"iat a minute ahead", window(now, 60, 300)},
		{"a second to live", window(now, -299, 1)},
		{"a jti of 512 bytes", set("jti", strings.Repeat("x", 512))},
		{"a constant jti", set("jti", "1")},
		{"unknown claims", set("nbf", "whatever")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := l.StatementMessage(registrationURL)
			test.change(m.Claims)
			s, err := udap.ParseSoftwareStatement(m.Sign())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(registrationURL, now); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWholeSecondsMayBeSpeltAsAFraction(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	for _, spelling := range []string{"1700000000", "1700000000.0", "1.7e9", "17e8"} {
		payload := `{"iss" : "` + hospital + `" ,"iat": ` + spelling + ` ,"exp":` + spelling + `}`
		raw := udaptest.Compact(t, l.Message().Header, []byte(payload), l.Key)
		s, err := udap.ParseSoftwareStatement(raw)
		if err != nil {
			t.Errorf("%s: %v", spelling, err)
			continue
		}
		if s.IssuedAt.Unix() != 1700000000 || s.Issuer != hospital {
			t.Errorf("%s: got iat %v and iss %q", spelling, s.IssuedAt, s.Issuer)
		}
	}
}

func TestPayloadMustBeAnObjectWithUniqueNames(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	for _, payload := range []string{"", "null", "[]", `"x"`, "{", `{"iss":"a","iss":"b"}`, `{"iss":"a","\u0069ss":"b"}`, "{} x", "{\"iss\":\"\xff\"}"} {
		raw := udaptest.Compact(t, l.Message().Header, []byte(payload), l.Key)
		_, err := udap.ParseSoftwareStatement(raw)
		wantError(t, err, udap.InvalidSoftwareStatement, "JSON object with unique names")
	}
}

func TestClaimNamesAreCaseSensitive(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	raw := l.Statement(registrationURL, func(c map[string]any) { c["ISS"] = "https://other.example"; c["Jti"] = "x"; delete(c, "jti") })
	s, err := udap.ParseSoftwareStatement(raw)
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != hospital || s.ID != "" {
		t.Errorf("got iss %q and jti %q, want only the names in lower case read", s.Issuer, s.ID)
	}
}

func TestIssuerMustBeAURIOfTheCertificate(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	tests := []struct {
		name   string
		leaf   authority.Leaf
		issuer string
		want   string // "" when it is good
	}{
		{"the second of two", authority.Leaf{URIs: []string{"https://a.example", hospital}}, hospital, ""},
		{"with a trailing slash", authority.Leaf{URIs: []string{hospital + "/"}}, hospital + "/", ""},
		{"another scheme", authority.Leaf{URIs: []string{"urn:oid:1.2.3"}}, "urn:oid:1.2.3", ""},
		{"a spelling that a URL parser would change", authority.Leaf{URIs: []string{"HTTPS://IdP.Example.com/"}}, "HTTPS://IdP.Example.com/", ""},
		{"that spelling normalised", authority.Leaf{URIs: []string{"HTTPS://IdP.Example.com/"}}, "https://IdP.Example.com/", "expected a URI"},
		{"only a DNS name", authority.Leaf{DNSNames: []string{"hospital.example"}}, "hospital.example", "no URI in its Subject Alternative Name"},
		{"only an e-mail address", authority.Leaf{Emails: []string{"a@hospital.example"}}, "a@hospital.example", "no URI in its Subject Alternative Name"},
		{"no alternative name", authority.Leaf{}, hospital, "no URI in its Subject Alternative Name"},
		{"of another certificate in x5c", authority.Leaf{URIs: []string{"https://a.example"}}, hospital, "expected a URI"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := c.LeafWith(func(l *authority.Leaf) { *l = test.leaf })
			m := l.StatementMessage(registrationURL)
			m.Claims["iss"], m.Claims["sub"] = test.issuer, test.issuer
			m.Header["x5c"] = append(udaptest.X5C(l.Chain), udaptest.X5C(c.Leaf(hospital).Chain)...)
			s, err := udap.ParseSoftwareStatement(m.Sign())
			if err != nil {
				t.Fatal(err)
			}
			err = s.Validate(registrationURL, time.Now())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, udap.InvalidSoftwareStatement, test.want)
		})
	}
}

func TestIssuerHasABound(t *testing.T) {
	t.Parallel()
	long := "https://hospital.example/" + strings.Repeat("a", 2048)
	l := udaptest.New(t, udaptest.WithoutServer()).Leaf(long)
	s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL))
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Validate(registrationURL, time.Now()), udap.InvalidSoftwareStatement, "the limit is 2048")
}

// A certificate that the standard library refuses for its URI is the statement's fault, not ours.
func TestUnreadableURIOfTheCertificateIsNamed(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	key := udaptest.Key(t, authority.RSA2048, 0)
	for _, uri := range []string{"https://a..example/", "https://h\xc3\xb6spital.example", "https://[::1", "%zz"} {
		der, err := c.Issuer.SignLeaf(authority.Leaf{URIs: []string{uri}, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		l := c.LeafWith(func(l *authority.Leaf) { l.Key, l.URIs = key, []string{hospital} })
		m := l.StatementMessage(registrationURL)
		m.Header["x5c"] = []any{der} // []byte marshals as standard base64
		_, err = udap.ParseSoftwareStatement(m.Sign())
		wantError(t, err, udap.InvalidSoftwareStatement, "which cannot be read as a URI")
	}
}

// window sets iat and exp to so many seconds from now.
func window(now time.Time, iat, exp int64) func(map[string]any) {
	return func(c map[string]any) { c["iat"], c["exp"] = now.Unix()+iat, now.Unix()+exp }
}
