package udap_test

import (
	"reflect"
	"strings"
	"testing"

	"udap-idp/internal/udap"
)

var policy = udap.RegistrationPolicy{Scopes: []string{"openid", "udap", "profile", "email", "phone"}}

func TestRegistrationIsNormalised(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL, func(c map[string]any) {
		c["redirect_uris"] = []string{"https://Hospital.example:8443/a?b=c&d=%2f", "https://hospital.example/callback"}
		c["contacts"] = []string{"it@hospital.example", "mailto:desk@hospital.example", "https://hospital.example/help", "tel:+15551234567"}
		c["grant_types"] = []string{"authorization_code", "refresh_token"}
		c["scope"] = "  email fhirUser udap  openid email offline_access profile "
	}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Registration(policy)
	if err != nil {
		t.Fatal(err)
	}
	want := udap.Registration{
		ClientName:              "General Hospital",
		RedirectURIs:            []string{"https://Hospital.example:8443/a?b=c&d=%2f", "https://hospital.example/callback"},
		Contacts:                []string{"mailto:it@hospital.example", "mailto:desk@hospital.example", "https://hospital.example/help", "tel:+15551234567"},
		LogoURI:                 "https://hospital.example/logo.png",
		GrantTypes:              []string{"authorization_code"},
		ResponseTypes:           []string{"code"},
		TokenEndpointAuthMethod: "private_key_jwt",
		Scope:                   "email udap openid profile",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEmptyGrantTypesAsksForCancellation(t *testing.T) {
	t.Parallel()
	s, err := udap.ParseSoftwareStatement(leaf(t).Statement(registrationURL, func(c map[string]any) {
		c["grant_types"] = []string{}
		delete(c, "redirect_uris")
		delete(c, "scope")
	}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Registration(policy)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, udap.Registration{Cancel: true}) {
		t.Errorf("got %+v, want a cancellation and nothing else", got)
	}
}

func TestRegistrationParametersAreChecked(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	redirect := func(uris ...any) func(map[string]any) { return set("redirect_uris", uris) }
	contacts := func(values ...any) func(map[string]any) { return set("contacts", values) }
	grants := func(values ...any) func(map[string]any) { return set("grant_types", values) }
	const metadata, uri = udap.InvalidClientMetadata, udap.InvalidRedirectURI

	tests := []struct {
		name       string
		change     func(claims map[string]any)
		code, want string
	}{
		{"client_name missing", remove("client_name"), metadata, "client_name is missing"},
		{"client_name null", set("client_name", nil), metadata, "client_name is missing"},
		{"client_name blank", set("client_name", " \t"), metadata, "client_name is empty"},
		{"client_name a number", set("client_name", 1), metadata, "client_name is a number, expected a string"},
		{"client_name of 201 characters", set("client_name", strings.Repeat("ö", 201)), metadata, "201 characters"},
		{"client_name of two lines", set("client_name", "General\nHospital"), metadata, "control characters"},
		{"client_name that turns the text around", set("client_name", "General \u202elatipsoH"), metadata, "control characters"},
		{"client_name of invisible characters", set("client_name", "\u200b\u2060"), metadata, "nothing that can be seen"},

		{"redirect_uris missing", remove("redirect_uris"), metadata, "redirect_uris is missing"},
		{"redirect_uris empty", set("redirect_uris", []string{}), metadata, "redirect_uris is empty"},
		{"redirect_uris a string", set("redirect_uris", "https://hospital.example/cb"), metadata, "redirect_uris is a string, expected an array"},
		{"redirect_uris of a number", redirect(1), metadata, "something other than strings"},
		{"redirect_uris of 21", set("redirect_uris", make([]string, 21)), metadata, "21 entries"},
		{"redirect URI with http", redirect("http://hospital.example/cb"), uri, "is not https"},
		{"redirect URI with http on loopback", redirect("http://localhost:4567/cb"), uri, "is not https"},
		{"redirect URI with a scheme of its own", redirect("hospital://callback"), uri, "is not https"},
		{"redirect URI that is script", redirect("javascript:alert(1)"), uri, "not an absolute URI with a host"},
		{"redirect URI without a host", redirect("https:///cb"), uri, "not an absolute URI with a host"},
		{"redirect URI that is a path", redirect("/cb"), uri, "not an absolute URI with a host"},
		{"redirect URI empty", redirect(""), uri, "not an absolute URI"},
		{"redirect URI with a fragment", redirect("https://hospital.example/cb#x"), uri, "has a fragment"},
		{"redirect URI with an empty fragment", redirect("https://hospital.example/cb#"), uri, "has a fragment"},
		{"redirect URI with a user", redirect("https://idp.example.org@evil.example/cb"), uri, "holds a user name"},
		{"redirect URI with a space", redirect("https://hospital.example/c b"), uri, "holds the byte 0x20"},
		{"redirect URI with a backslash", redirect(`https://hospital.example\@evil.example/`), uri, "holds the byte 0x5c"},
		{"redirect URI with a line break", redirect("https://hospital.example/\r\nLocation: x"), uri, "holds the byte 0x0d"},
		{"redirect URI with a wildcard host and broken port", redirect("https://hospital.example:x/cb"), uri, "cannot be read"},
		{"redirect URI too long", redirect("https://hospital.example/" + strings.Repeat("a", 2048)), uri, "is 2073 bytes long, the limit is 2048"},
		{"the second redirect URI bad", redirect("https://hospital.example/cb", "http://evil.example/"), uri, "'http://evil.example/' is not https"},

		{"contacts missing", remove("contacts"), metadata, "contacts is missing"},
		{"contacts empty", set("contacts", []string{}), metadata, "no e-mail address"},
		{"contacts a string", set("contacts", "mailto:a@b.example"), metadata, "contacts is a string"},
		{"contacts without mail", contacts("https://hospital.example/help"), metadata, "no e-mail address"},
		{"contacts with an empty mailto", contacts("mailto:"), metadata, "has 'mailto:'"},
		{"contacts with no address", contacts("mailto:nobody"), metadata, "has 'mailto:nobody'"},
		{"contacts with a display name", contacts("IT <it@hospital.example>"), metadata, "expected a mailto"},
		{"contacts with an encoded display name", contacts("mailto:IT%20%3Cit@hospital.example%3E"), metadata, "expected a mailto"},
		{"contacts with two addresses", contacts("mailto:a@b.example,c@d.example"), metadata, "expected a mailto"},
		{"contacts with script", contacts("mailto:a@b.example", "javascript:alert(1)"), metadata, "has 'javascript:alert(1)'"},
		{"contacts with a name", contacts("the help desk"), metadata, "expected a mailto"},

		{"logo_uri missing", remove("logo_uri"), metadata, "logo_uri is missing"},
		{"logo_uri with http", set("logo_uri", "http://hospital.example/logo.png"), metadata, "is not https"},
		{"logo_uri of data", set("logo_uri", "data:image/png;base64,AAAA"), metadata, "not an absolute URI with a host"},
		{"logo_uri an array", set("logo_uri", []string{"https://hospital.example/logo.png"}), metadata, "logo_uri is an array"},

		{"grant_types missing", remove("grant_types"), metadata, "grant_types is missing"},
		{"grant_types null", set("grant_types", nil), metadata, "grant_types is missing"},
		{"grant_types a string", set("grant_types", "authorization_code"), metadata, "grant_types is a string"},
		{"client_credentials", grants("client_credentials"), metadata, "has 'client_credentials', expected authorization_code"},
		{"both grants", grants("authorization_code", "client_credentials"), metadata, "has 'client_credentials'"},
		{"implicit", grants("implicit"), metadata, "has 'implicit'"},
		{"only refresh_token", grants("refresh_token"), metadata, "only refresh_token"},

		{"response_types missing", remove("response_types"), metadata, "response_types is missing"},
		{"response_types empty", set("response_types", []string{}), metadata, "expected ['code']"},
		{"response_types token", set("response_types", []string{"token"}), metadata, "is ['token'], expected ['code']"},
		{"response_types code and token", set("response_types", []string{"code", "token"}), metadata, "expected ['code']"},
		{"response_types a string", set("response_types", "code"), metadata, "response_types is a string"},

		{"auth method missing", remove("token_endpoint_auth_method"), metadata, "token_endpoint_auth_method is missing"},
		{"auth method another", set("token_endpoint_auth_method", "client_secret_basic"), metadata, "expected private_key_jwt"},

		{"scope empty", set("scope", ""), metadata, "scope is empty"},
		{"scope an array", set("scope", []string{"openid", "udap"}), metadata, "scope is an array"},
		{"scope without openid", set("scope", "udap profile"), metadata, "expected openid and udap in it"},
		{"scope without udap", set("scope", "openid profile"), metadata, "expected openid and udap in it"},
		{"scope of none that is known", set("scope", "fhirUser launch"), metadata, "supported are openid udap profile email phone"},
		{"scope with a wildcard", set("scope", "openid udap patient/*.rs"), metadata, "wildcard 'patient/*.rs', which is not supported"},
		{"scope in another case", set("scope", "OpenID UDAP"), metadata, "expected openid and udap in it"},
		{"scope too long", set("scope", "openid udap "+strings.Repeat("x ", 2048)), metadata, "the limit is 4096"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL, test.change))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Registration(policy)
			wantError(t, err, test.code, test.want)
		})
	}
}

func TestLoopbackHTTPIsASwitch(t *testing.T) {
	t.Parallel()
	l := leaf(t)
	open := policy
	open.AllowLoopbackHTTP = true
	tests := []struct {
		uri  string
		good bool
	}{
		{"http://localhost:4567/cb", true},
		{"http://127.0.0.1:4567/cb", true},
		{"http://[::1]:4567/cb", true},
		{"https://hospital.example/cb", true},
		{"http://localhost.evil.example/cb", false},
		{"http://127.0.0.1.evil.example/cb", false},
		{"http://hospital.example/cb", false},
		{"http://10.0.0.1/cb", false},
	}
	for _, test := range tests {
		t.Run(test.uri, func(t *testing.T) {
			t.Parallel()
			s, err := udap.ParseSoftwareStatement(l.Statement(registrationURL, set("redirect_uris", []string{test.uri})))
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Registration(open)
			if test.good {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantError(t, err, udap.InvalidRedirectURI, "is not https")
		})
	}
}
