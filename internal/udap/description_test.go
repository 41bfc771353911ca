package udap_test

import (
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// Whoever is refused reads which claim, what was expected and what came: the texts are part of what we answer.
func TestRefusalsSayWhatWasExpectedAndWhatCame(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	now := time.Unix(1800000000, 0)
	const (
		day     = "2027-01-15T08:00:00Z" // now
		seconds = "expected a number of seconds since 1970-01-01T00:00:00Z"
		names   = "expected a URI of the Subject Alternative Name of the certificate x5c[0]: 'https://hospital.example/fhir'"
		algs    = "expected one of RS256, ES256, RS384, ES384"
	)
	claim := func(change func(map[string]any)) func(*udaptest.Message) {
		return func(m *udaptest.Message) { change(m.Claims) }
	}
	header := func(change func(map[string]any)) func(*udaptest.Message) {
		return func(m *udaptest.Message) { change(m.Header) }
	}
	const statement, metadata, redirect = udap.InvalidSoftwareStatement, udap.InvalidClientMetadata, udap.InvalidRedirectURI
	tests := []struct {
		change     func(*udaptest.Message)
		code, want string
	}{
		{header(remove("alg")), statement, "software statement: the header alg is missing, " + algs},
		{header(set("alg", 1)), statement, "software statement: the header alg is a number, " + algs},
		{header(set("alg", "none")), statement, "software statement: the header alg is 'none', " + algs},
		{header(set("crit", []string{"x"})), statement, "software statement: the header crit is there, expected a JWT without extensions"},
		{header(remove("x5c")), statement, "software statement: the header x5c is missing, expected an array with the certificate of the signer"},
		{header(set("x5c", "x")), statement, "software statement: the header x5c is a string, expected an array of strings"},
		{header(set("x5c", []string{})), statement, "software statement: the header x5c is an empty array, expected the certificate of the signer in it"},
		{header(set("x5c", []int{1})), statement, "software statement: x5c[0] is a number, expected a string"},
		{header(set("x5c", []string{"-_"})), statement, "software statement: x5c[0] is not standard base64 (with padding, not base64url) of a DER certificate: illegal base64 data at input byte 0"},
		{header(set("x5c", []string{"AA\n=="})), statement, "software statement: x5c[0] holds line breaks, expected the base64 of the DER certificate in one piece"},
		{header(set("x5c", []string{"AAAA"})), statement, "software statement: x5c[0] cannot be read as an X.509 certificate: x509: malformed certificate"},
		{header(set("alg", "ES256")), statement, "software statement: the header alg is ES256, but the certificate x5c[0] has an RSA key"},

		{claim(remove("iss")), statement, "the claim iss is missing, " + names},
		{claim(set("iss", 1)), statement, "the claim iss is a number, expected a string"},
		{claim(set("iss", "x")), statement, "the claim iss is 'x', " + names},
		{claim(remove("sub")), statement, "the claim sub is missing, expected the same as iss, 'https://hospital.example/fhir'"},
		{claim(set("sub", "x")), statement, "the claim sub is 'x', expected the same as iss, 'https://hospital.example/fhir'"},
		{claim(remove("aud")), statement, "the claim aud is missing, expected https://idp.example.org/register"},
		{claim(set("aud", "x")), statement, "the claim aud is 'x', expected https://idp.example.org/register"},
		{claim(set("aud", 1)), statement, "the claim aud is a number, expected a string or an array of strings"},
		{claim(set("aud", []int{1})), statement, "the claim aud is an array with something else than strings in it, expected a string or an array of strings"},
		{claim(remove("iat")), statement, "the claim iat is missing, " + seconds},
		{claim(set("iat", "1")), statement, "the claim iat is a string, " + seconds},
		{claim(set("iat", 1.5)), statement, "the claim iat is '1.5', expected whole seconds"},
		{claim(set("iat", -1)), statement, "the claim iat is '-1', which is out of range, expected 1 to 253402300799"},
		{claim(remove("exp")), statement, "the claim exp is missing, " + seconds},
		{claim(set("exp", now.Unix())), statement, "the claim exp is " + day + ", which is not after iat, " + day},
		{claim(set("exp", now.Unix()+301)), statement, "the claim exp is 301 seconds after iat, the limit is 300"},
		{claim(window(now, -60, 0)), statement, "the claim exp is " + day + ", which has passed; it is " + day},
		{claim(window(now, 120, 240)), statement, "the claim iat is 2027-01-15T08:02:00Z, which is in the future; it is " + day},
		{claim(remove("jti")), statement, "the claim jti is missing, expected a string that names this JWT alone"},
		{claim(set("jti", strings.Repeat("x", 513))), statement, "the claim jti is 513 bytes long, the limit is 512"},

		{claim(remove("grant_types")), metadata, "the parameter grant_types is missing, expected ['authorization_code']"},
		{claim(set("grant_types", "authorization_code")), metadata, "the parameter grant_types is a string, expected an array of strings"},
		{claim(set("grant_types", []int{1})), metadata, "the parameter grant_types holds something other than strings, expected ['authorization_code']"},
		{claim(set("grant_types", []string{"implicit"})), metadata, "the parameter grant_types has 'implicit', expected authorization_code"},
		{claim(remove("client_name")), metadata, "the parameter client_name is missing, expected the name that people read"},
		{claim(set("client_name", " ")), metadata, "the parameter client_name is empty, expected the name that people read"},
		{claim(set("client_name", 1)), metadata, "the parameter client_name is a number, expected a string"},
		{claim(set("client_name", "a\nb")), metadata, "the parameter client_name holds control characters, expected text on one line"},
		{claim(set("client_name", strings.Repeat("x", 201))), metadata, "the parameter client_name has 201 characters, the limit is 200"},
		{claim(remove("redirect_uris")), metadata, "the parameter redirect_uris is missing, expected an array of https URIs"},
		{claim(set("redirect_uris", []string{})), metadata, "the parameter redirect_uris is empty, expected at least one https URI"},
		{claim(set("redirect_uris", []string{"x"})), redirect, "the redirect URI 'x' is not an absolute URI with a host, expected https"},
		{claim(set("redirect_uris", []string{"http://a.example/"})), redirect, "the redirect URI 'http://a.example/' is not https"},
		{claim(set("redirect_uris", []string{"https://a.example/#x"})), redirect, "the redirect URI 'https://a.example/#x' has a fragment, expected none"},
		{claim(set("redirect_uris", []string{"https://me@a.example/"})), redirect, "the redirect URI 'https://me@a.example/' holds a user name, expected none"},
		{claim(set("redirect_uris", []string{"https://a.example/ b"})), redirect, "the redirect URI 'https://a.example/ b' holds the byte 0x20, which is not allowed in a URI"},
		{claim(set("redirect_uris", []string{"https://a.example/%zz"})), redirect, "the redirect URI 'https://a.example/%zz' cannot be read as a URI, expected https"},
		{claim(remove("contacts")), metadata, "the parameter contacts is missing, expected an array with at least one mailto URI"},
		{claim(set("contacts", []string{"x"})), metadata, "the parameter contacts has 'x', expected a mailto, tel or https URI"},
		{claim(set("contacts", []string{"tel:+1"})), metadata, "the parameter contacts has no e-mail address, expected at least one mailto URI"},
		{claim(remove("logo_uri")), metadata, "the parameter logo_uri is missing, expected the https URI of a picture"},
		{claim(set("logo_uri", "http://a.example/")), metadata, "the parameter logo_uri 'http://a.example/' is not https"},
		{claim(remove("response_types")), metadata, "the parameter response_types is missing, expected ['code']"},
		{claim(set("response_types", []string{"token"})), metadata, "the parameter response_types is ['token'], expected ['code']"},
		{claim(remove("token_endpoint_auth_method")), metadata, "the parameter token_endpoint_auth_method is missing, expected private_key_jwt"},
		{claim(set("token_endpoint_auth_method", "none")), metadata, "the parameter token_endpoint_auth_method is 'none', expected private_key_jwt"},
		{claim(set("scope", " ")), metadata, "the parameter scope is empty, expected openid and udap in it"},
		{claim(set("scope", "openid")), metadata, "the parameter scope is 'openid', expected openid and udap in it; supported are openid udap profile email phone"},
		{claim(set("scope", "openid udap x/*")), metadata, "the parameter scope has the wildcard 'x/*', which is not supported; supported are openid udap profile email phone"},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			m := l.StatementMessage(registrationURL)
			m.Claims["iat"], m.Claims["exp"] = now.Unix(), now.Unix()+300
			test.change(m)
			s, err := udap.ParseSoftwareStatement(m.Sign())
			if err == nil {
				err = s.Validate(registrationURL, now)
			}
			if err == nil {
				_, err = s.Registration(policy)
			}
			wantDescription(t, err, test.code, test.want)
		})
	}
}

func TestRefusalsOfWhatIsNoJWTSayWhatCame(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	header := l.Message().Header
	for raw, want := range map[string]string{
		"a.b":        "software statement: a JWT in compact serialisation has 3 parts separated by dots, this has 2",
		"e30.e=.AA":  "software statement: the payload of the JWT is not base64url without padding: illegal base64 data at input byte 1",
		"W10.e30.AA": "software statement: the header of the JWT is not a JSON object with unique names: another JSON value",
		udaptest.Compact(t, header, []byte(`{"iss":"a","iss":"b"}`), l.Key): "the payload of the software statement is not a JSON object with unique names: name 'iss' occurs twice",
		udaptest.Compact(t, header, []byte("\xff"), l.Key):                  "the payload of the software statement is not a JSON object with unique names: not UTF-8",
		udaptest.Compact(t, header, []byte("x"), l.Key):                     "the payload of the software statement is not a JSON object with unique names: not JSON: invalid character 'x' looking for beginning of value",
	} {
		_, err := udap.ParseSoftwareStatement(raw)
		wantDescription(t, err, udap.InvalidSoftwareStatement, want)
	}
}

// UDAP Security IG §7.3 (4): a wildcard that is supported is granted as it is.
func TestWildcardThatIsSupportedIsGranted(t *testing.T) {
	t.Parallel()
	s := statementOf(t, leaf(t), set("scope", "openid udap patient/*.rs"))
	wild := udap.RegistrationPolicy{Scopes: []string{"openid", "udap", "patient/*.rs"}}
	if got, err := s.Registration(wild); err != nil || got.Scope != "openid udap patient/*.rs" {
		t.Errorf("got %q, %v", got.Scope, err)
	}
}
