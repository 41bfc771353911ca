package udap_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

const (
	board   = "https://board.example/"
	audited = "https://board.example/audited"
)

func TestCertificationsMemberIsReadInTheFormsItComesIn(t *testing.T) {
	t.Parallel()
	const expected = ", expected an array of strings, each a signed JWT"
	tests := []struct {
		name, value string
		want        []string
		refused     string // the description; "" when it is good
	}{
		{"absent", ``, nil, ""},
		{"null", `null`, nil, ""},
		{"empty", `[]`, []string{}, ""},
		{"an empty string", `""`, nil, ""},
		{"an empty array in a string", `"[]"`, []string{}, ""},
		{"one", `["a.b.c"]`, []string{"a.b.c"}, ""},
		{"two", `["a.b.c","d.e.f"]`, []string{"a.b.c", "d.e.f"}, ""},
		{"two in a string", `"[\"a.b.c\",\"d.e.f\"]"`, []string{"a.b.c", "d.e.f"}, ""},
		{"one as a string", `"a.b.c"`, []string{"a.b.c"}, ""},
		{"a number", `1`, nil, "the member certifications is a number" + expected},
		{"an object", `{}`, nil, "the member certifications is an object" + expected},
		{"true", `true`, nil, "the member certifications is a boolean" + expected},
		{"half an array in a string", `"["`, nil, "the member certifications is the string '['" + expected},
		{"a number in it", `["a.b.c",1]`, nil, "the member certifications has a number at position 2, expected a string with a signed JWT"},
		{"null in it", `[null]`, nil, "the member certifications has null at position 1, expected a string with a signed JWT"},
		{"eleven", `["1","2","3","4","5","6","7","8","9","10","11"]`, nil, "the member certifications has 11 entries, the limit is 10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := udap.ReadCertifications(json.RawMessage(test.value))
			if test.refused != "" {
				wantDescription(t, err, udap.InvalidClientMetadata, test.refused)
				return
			}
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, %v, want %#v", got, err, test.want)
			}
		})
	}
}

// wantDescription checks that err is a *udap.Error with the code and exactly this description.
func wantDescription(t *testing.T, err error, code, description string) {
	t.Helper()
	var e *udap.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want %s", err, code)
	}
	if e.Code != code || e.Status != 400 || e.Description != description {
		t.Errorf("got  %d %s %s\nwant 400 %s %s", e.Status, e.Code, e.Description, code, description)
	}
}

func statementOf(t *testing.T, l *udaptest.Leaf, change ...func(map[string]any)) *udap.SoftwareStatement {
	t.Helper()
	s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL, change...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCertificationIsRead(t *testing.T) {
	t.Parallel()
	c, err := udap.ParseCertification(leaf(t).Certification(hospital, audited, set("certification_uris", []string{audited, "x", audited})))
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != hospital || c.Subject != hospital || c.Name != "Example Certification" || len(c.Audience) != 0 || c.ID == "" {
		t.Errorf("got %+v", c)
	}
	if got := c.Among([]string{"y", "x", audited}); !reflect.DeepEqual(got, []string{audited, "x"}) {
		t.Errorf("got %q among the supported", got)
	}
	if got := c.Among(nil); got != nil {
		t.Errorf("got %q among none", got)
	}
}

func TestCertificationThatIsNoJWTIsRefused(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	lower := l.CertificationMessage(hospital, audited)
	lower.Header["alg"] = "rs256" // as the example in UDAP Certifications and Endorsements §2 has it
	for raw, want := range map[string]string{
		"x": "certification: a JWT in compact serialisation has 3 parts separated by dots, this has 1",
		udaptest.Compact(t, l.Message().Header, []byte("[]"), l.Key): "the payload of the certification is not a JSON object with unique names: another JSON value",
		lower.Sign(): "certification: the header alg is 'rs256', expected one of RS256, ES256, RS384, ES384",
	} {
		_, err := udap.ParseCertification(raw)
		wantDescription(t, err, udap.InvalidCertification, want)
	}
}

func TestCertificationIsChecked(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	client, certifier := c.Leaf(hospital), c.Leaf(board)
	now := time.Now().Truncate(time.Second)
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	text := func(d time.Duration) string { return now.Add(d).UTC().Format(time.RFC3339) }
	three := now.AddDate(3, 0, 0)
	tests := []struct {
		name   string
		change func(map[string]any)
		want   string // "" when it is good
	}{
		{"good", func(map[string]any) {}, ""},
		{"iss missing", remove("iss"), "the claim iss is missing, expected a URI of the Subject Alternative Name of the certificate x5c[0]: 'https://board.example/'"},
		{"iss another", set("iss", hospital), "the claim iss is 'https://hospital.example/fhir', expected a URI of the Subject Alternative Name of the certificate x5c[0]: 'https://board.example/'"},
		{"sub missing", remove("sub"), "the claim sub is missing, expected the iss of the software statement, 'https://hospital.example/fhir'"},
		{"sub another client", set("sub", "https://other.example"), "the claim sub is 'https://other.example', expected the iss of the software statement, 'https://hospital.example/fhir'"},
		{"sub the certifier", set("sub", board), "the claim sub is 'https://board.example/', expected the iss of the software statement, 'https://hospital.example/fhir'"},
		{"aud ours", set("aud", registrationURL), ""},
		{"aud ours among others", set("aud", []string{"https://other.example/register", registrationURL}), ""},
		{"aud null", set("aud", nil), ""},
		{"aud another", set("aud", "https://other.example/register"), "the claim aud is 'https://other.example/register', expected https://idp.example.org/register"},
		{"aud empty", set("aud", []string{}), "the claim aud is missing, expected https://idp.example.org/register"},
		{"aud a number", set("aud", 1), "the claim aud is a number, expected a string or an array of strings"},
		{"iat missing", remove("iat"), "the claim iat is missing, expected a number of seconds since 1970-01-01T00:00:00Z"},
		{"exp missing", remove("exp"), "the claim exp is missing, expected a number of seconds since 1970-01-01T00:00:00Z"},
		{"exp before iat", set("exp", at(-time.Hour)), "the claim exp is " + text(-time.Hour) + ", which is not after iat, " + text(0)},
		{"three years", set("exp", three.Unix()), ""},
		{"a second more than three years", set("exp", three.Unix()+1), "the claim exp is " + three.Add(time.Second).UTC().Format(time.RFC3339) +
			", expected at most 3 years after iat, " + three.UTC().Format(time.RFC3339)},
		{"expired", func(m map[string]any) { m["iat"], m["exp"] = at(-2*time.Hour), at(0) }, "the claim exp is " + text(0) + ", which has passed; it is " + text(0)},
		{"a year old", func(m map[string]any) { m["iat"], m["exp"] = at(-365*24*time.Hour), at(time.Hour) }, ""},
		{"of tomorrow", func(m map[string]any) { m["iat"] = at(24 * time.Hour) }, "the claim iat is " + text(24*time.Hour) + ", which is in the future; it is " + text(0)},
		{"jti missing", remove("jti"), "the claim jti is missing, expected a string that names this JWT alone"},
		{"name missing", remove("certification_name"), "the claim certification_name is missing, expected the name of the certification"},
		{"name empty", set("certification_name", ""), "the claim certification_name is empty, expected the name of the certification"},
		{"name a number", set("certification_name", 1), "the claim certification_name is a number, expected the name of the certification"},
		{"URIs missing", remove("certification_uris"), "the claim certification_uris is missing or not an array of strings, expected the URIs of the certification"},
		{"grant_types missing", remove("grant_types"), "the claim grant_types is missing, expected an array of strings"},
		{"grant_types empty", set("grant_types", []string{}), "the claim grant_types is [], expected authorization_code or client_credentials in it, and not both"},
		{"both grants", set("grant_types", []string{"authorization_code", "client_credentials"}),
			"the claim grant_types is ['authorization_code', 'client_credentials'], expected authorization_code or client_credentials in it, and not both"},
		{"client_credentials", set("grant_types", []string{"client_credentials"}),
			"the software statement has the grant_types 'authorization_code', expected what is certified: ['client_credentials']"},
		{"response_types missing", remove("response_types"), "the claim response_types is missing, expected ['code']"},
		{"response_types others", set("response_types", []string{"token"}), "the software statement has the response_types 'code', expected what is certified: ['token']"},
		{"locked to a key", set("jwks", map[string]any{}), "the claim jwks is a limit that this server cannot keep, expected a certification without it"},
		{"limited to an address", set("ip_allowed", []string{"192.0.2.1"}), "the claim ip_allowed is a limit that this server cannot keep, expected a certification without it"},
		{"an extension and what else there may be", func(m map[string]any) {
			m["extensions"], m["is_endorsement"], m["developer_name"] = map[string]any{"purpose": "x"}, true, "Hospital Software"
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := certifier.CertificationMessage(hospital, audited)
			m.Claims["iat"] = now.Unix()
			test.change(m.Claims)
			certification, err := udap.ParseCertification(m.Sign())
			if err != nil {
				t.Fatal(err)
			}
			err = certification.Validate(statementOf(t, client), registrationURL, now)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantDescription(t, err, udap.InvalidCertification, "certification: "+test.want)
		})
	}
}

func TestCertificationMustBeSignedByTheCertifier(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	client, certifier := c.Leaf(hospital), c.Leaf(board)
	m := certifier.CertificationMessage(hospital, audited)
	m.Key = client.Key
	certification, err := udap.ParseCertification(m.Sign())
	if err != nil {
		t.Fatal(err)
	}
	err = certification.Validate(statementOf(t, client), registrationURL, time.Now())
	wantDescription(t, err, udap.InvalidCertification, "certification: the signature does not verify with the key of the certificate x5c[0]")
}

// UDAP Certifications and Endorsements §6.5: what the client asks for matches, or is a part of an array.
func TestClientAsksForNoMoreThanIsCertified(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	client, certifier := c.Leaf(hospital), c.Leaf(board)
	tests := []struct {
		name             string
		parameter        string
		certified, asked any    // asked nil: not in the statement
		want             string // "" when it is good
	}{
		{"the name", "client_name", "General Hospital", "General Hospital", ""},
		{"another name", "client_name", "Clinic", "General Hospital", "the software statement has the client_name 'General Hospital', expected what is certified: 'Clinic'"},
		{"a name that is no string", "client_name", 1, "General Hospital", "the claim client_name is a number, expected a string"},
		{"the version", "software_version", "2", "2", ""},
		{"another version", "software_version", "2", "3", "the software statement has the software_version '3', expected what is certified: '2'"},
		{"no version", "software_version", "2", nil, "the software statement has no software_version, expected what is certified: '2'"},
		{"a policy that the statement does not repeat", "policy_uri", "https://hospital.example/policy", nil, ""},
		{"another policy", "policy_uri", "https://hospital.example/policy", "https://evil.example/", "the software statement has the policy_uri 'https://evil.example/', expected what is certified: 'https://hospital.example/policy'"},
		{"a part of the redirect URIs", "redirect_uris", []string{"https://a.example/1", "https://a.example/2"}, []string{"https://a.example/2"}, ""},
		{"one redirect URI more", "redirect_uris", []string{"https://a.example/1"}, []string{"https://a.example/1", "https://a.example/2"},
			"the software statement has the redirect_uris 'https://a.example/2', expected what is certified: ['https://a.example/1']"},
		{"no redirect URI certified", "redirect_uris", []string{}, []string{"https://a.example/1"},
			"the software statement has the redirect_uris 'https://a.example/1', expected what is certified: []"},
		{"contacts in another spelling", "contacts", []string{"mailto:it@hospital.example"}, []string{"it@hospital.example"}, ""},
		{"other contacts", "contacts", []string{"mailto:it@hospital.example"}, []string{"mailto:x@hospital.example"},
			"the software statement has the contacts 'mailto:x@hospital.example', expected what is certified: ['mailto:it@hospital.example']"},
		{"fewer grants", "grant_types", []string{"authorization_code", "refresh_token"}, []string{"authorization_code"}, ""},
		{"more grants", "grant_types", []string{"authorization_code"}, []string{"authorization_code", "refresh_token"},
			"the software statement has the grant_types 'refresh_token', expected what is certified: ['authorization_code']"},
		{"fewer scopes", "scope", "openid udap profile", "udap openid", ""},
		{"more scopes", "scope", "openid udap", "openid udap email", "the software statement has the scope 'email', expected what is certified: 'openid udap'"},
		{"the default scopes", "scope", "openid profile", nil, "the software statement has the scope 'udap', expected what is certified: 'openid profile'"},
		{"a scope that is no string", "scope", []string{"openid"}, "openid udap", "the claim scope is an array, expected a string"},
		{"redirect URIs that are no array", "redirect_uris", "https://a.example/1", []string{"https://a.example/1"}, "the claim redirect_uris is a string, expected an array of strings"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			asked := set(test.parameter, test.asked)
			if test.asked == nil {
				asked = remove(test.parameter)
			}
			certification, err := udap.ParseCertification(certifier.Certification(hospital, audited, set(test.parameter, test.certified)))
			if err != nil {
				t.Fatal(err)
			}
			err = certification.Validate(statementOf(t, client, asked), registrationURL, time.Now())
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantDescription(t, err, udap.InvalidCertification, "certification: "+test.want)
		})
	}
}

// UDAP Certifications and Endorsements §1: an asterisk is one component of the path, or the value of one query parameter.
func TestAsteriskInACertifiedRedirectURIStandsForOneComponent(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	client, certifier := c.Leaf(hospital), c.Leaf(board)
	tests := []struct {
		certified, asked string
		good             bool
	}{
		{"https://a.example/cb/*", "https://a.example/cb/one", true},
		{"https://a.example/*/cb", "https://a.example/one/cb", true},
		{"https://a.example/cb?server=*", "https://a.example/cb?server=one", true},
		{"https://a.example/*?server=*&x=1", "https://a.example/cb?server=one&x=1", true},
		{"https://a.example/cb/*", "https://a.example/cb/", false},
		{"https://a.example/cb/*", "https://a.example/cb", false},
		{"https://a.example/cb/*", "https://a.example/cb/one/two", false},
		{"https://a.example/cb/*", "https://a.example/cb/one?x=1", false},
		{"https://a.example/cb/*", "https://a.example/cb/..", false},
		{"https://a.example/cb/*", "https://a.example/cb/%2e%2E", false},
		{"https://a.example/cb/*", "https://a.example/cb/*", true}, // the same text
		{"https://a.example/cb/*/x", "https://a.example/cb/**/x", false},
		{"https://a.example/cb/%2A", "https://a.example/cb/one", false},
		{"https://a.example/c*", "https://a.example/cb", false},
		{"https://*/cb", "https://evil.example/cb", false},
		{"https://*.example/cb", "https://evil.example/cb", false},
		{"*://a.example/cb", "http://a.example/cb", false},
		{"*", "https://evil.example/cb", false},
		{"https://a.example/cb?*=one", "https://a.example/cb?server=one", false},
		{"https://a.example/cb?server=*", "https://a.example/cb?server=", false},
		{"https://a.example/cb?server=*", "https://a.example/cb?server=one&x=1", false},
		{"https://a.example/cb?server=*", "https://a.example/cb?other=one", false},
		{"https://a.example/cb/*", "https://b.example/cb/one", false},
	}
	for _, test := range tests {
		t.Run(test.certified+" "+test.asked, func(t *testing.T) {
			t.Parallel()
			certification, err := udap.ParseCertification(certifier.Certification(hospital, audited, set("redirect_uris", []string{test.certified})))
			if err != nil {
				t.Fatal(err)
			}
			err = certification.Validate(statementOf(t, client, set("redirect_uris", []string{test.asked})), registrationURL, time.Now())
			if (err == nil) != test.good {
				t.Errorf("got %v, want good %v", err, test.good)
			}
		})
	}
}

func FuzzCertification(f *testing.F) {
	certifier := quickLeaf(f)
	m := certifier.CertificationMessage(hospital, audited)
	good, err := json.Marshal(m.Claims)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"redirect_uris":["https://a.example/*?b=*"],"scope":"openid udap"}`))
	f.Add([]byte(`{"certification_uris":[1],"grant_types":{},"aud":[],"certification_status_endpoint":"http://[::1"}`))
	s, err := udap.ParseSoftwareStatement(quickLeaf(f).Statement(registrationURL))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := udap.ParseCertification(udaptest.Compact(t, m.Header, payload, certifier.Key))
		if err != nil {
			onlyError(t, err)
			return
		}
		_, err = c.StatusURL()
		onlyError(t, err)
		err = c.Validate(s, registrationURL, time.Now())
		onlyError(t, err)
		if err == nil && (c.Issuer != hospital || c.Subject != hospital || len(c.URIs) == 0) {
			t.Errorf("accepted %q", payload)
		}
	})
}
