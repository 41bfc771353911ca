package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
)

func many(n int, value string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = value
	}
	return list
}

// redirect asks for one redirect URI.
func redirect(uri string) edit { return claim("redirect_uris", []string{uri}) }

// parameterCases: UDAP Security IG §3.1, what a client asks for.
var parameterCases = []protocolCase{
	{"client_name missing", "D-6", 400, badMetadata, applies(noClaim("client_name")), nil},
	{"client_name null", "D-6", 400, badMetadata, applies(claim("client_name", nil)), nil},
	{"client_name a number", "D-6", 400, badMetadata, applies(claim("client_name", 7)), nil},
	{"client_name of spaces", "D-6", 400, badMetadata, applies(claim("client_name", "  ")), nil},
	{"client_name of 201 characters", "D-6", 400, badMetadata, applies(claim("client_name", strings.Repeat("n", 201))), nil},
	{"client_name with a line break", "D-6", 400, badMetadata, applies(claim("client_name", "a\nb")), nil},
	{"client_name that turns the writing", "D-6", 400, badMetadata, applies(claim("client_name", "a\u202eb")), nil},
	{"client_name that cannot be seen", "D-6", 400, badMetadata, applies(claim("client_name", "\u200b")), nil},

	{"redirect_uris missing", "D-6", 400, badMetadata, applies(noClaim("redirect_uris")), nil},
	{"redirect_uris a string", "D-6", 400, badMetadata, applies(claim("redirect_uris", "https://applicant.example/cb")), nil},
	{"redirect_uris empty", "D-6", 400, badMetadata, applies(claim("redirect_uris", []string{})), nil},
	{"redirect_uris with a number", "D-6", 400, badMetadata, applies(claim("redirect_uris", []any{"https://applicant.example/cb", 7})), nil},
	{"redirect_uris of 21", "D-6", 400, badMetadata, applies(claim("redirect_uris", many(21, "https://applicant.example/cb"))), nil},
	{"redirect URI http", "D-6", 400, badRedirect, applies(redirect("http://applicant.example/cb")), nil},
	{"redirect URI of an app", "D-6", 400, badRedirect, applies(redirect("com.example.app:/cb")), nil},
	{"redirect URI javascript", "D-6", 400, badRedirect, applies(redirect("javascript:alert(1)")), nil},
	{"redirect URI data", "D-6", 400, badRedirect, applies(redirect("data:text/html,x")), nil},
	{"redirect URI ftp", "D-6", 400, badRedirect, applies(redirect("ftp://applicant.example/cb")), nil},
	{"redirect URI relative", "D-6", 400, badRedirect, applies(redirect("/cb")), nil},
	{"redirect URI without a scheme", "D-6", 400, badRedirect, applies(redirect("//applicant.example/cb")), nil},
	{"redirect URI without a host", "D-6", 400, badRedirect, applies(redirect("https:///cb")), nil},
	{"redirect URI empty", "D-6", 400, badRedirect, applies(redirect("")), nil},
	{"redirect URI with a fragment", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/cb#x")), nil},
	{"redirect URI with an empty fragment", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/cb#")), nil},
	{"redirect URI with a user name", "D-6", 400, badRedirect, applies(redirect("https://applicant.example@evil.example/cb")), nil},
	{"redirect URI with a space", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/c b")), nil},
	{"redirect URI with a backslash", "D-6", 400, badRedirect, applies(redirect(`https://applicant.example\@evil.example/`)), nil},
	{"redirect URI with a line break", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/\r\nX: y")), nil},
	{"redirect URI with a letter that is not ASCII", "D-6", 400, badRedirect, applies(redirect("https://äpplicant.example/cb")), nil},
	{"redirect URI with a bad port", "D-6", 400, badRedirect, applies(redirect("https://applicant.example:port/cb")), nil},
	{"redirect URI with a bad escape", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/%zz")), nil},
	{"redirect URI of 2100 bytes", "D-6", 400, badRedirect, applies(redirect("https://applicant.example/" + strings.Repeat("r", 2100))), nil},
	{"redirect URI wrong behind a good one", "D-6", 400, badRedirect, applies(claim("redirect_uris", []string{"https://applicant.example/cb", "http://applicant.example/cb"})), nil},

	{"contacts missing", "D-6", 400, badMetadata, applies(noClaim("contacts")), nil},
	{"contacts a string", "D-6", 400, badMetadata, applies(claim("contacts", "mailto:a@applicant.example")), nil},
	{"contacts empty", "D-6", 400, badMetadata, applies(claim("contacts", []string{})), nil},
	{"contacts without an e-mail address", "D-6", 400, badMetadata, applies(claim("contacts", []string{"https://applicant.example/help"})), nil},
	{"contacts with a name", "D-6, part 4.13", 400, badMetadata, applies(claim("contacts", []string{"Helpdesk <a@applicant.example>"})), nil},
	{"contacts with a bad mailto", "D-6", 400, badMetadata, applies(claim("contacts", []string{"mailto:nobody"})), nil},
	{"contacts with a script", "D-6", 400, badMetadata, applies(claim("contacts", []string{"mailto:a@applicant.example", "javascript:x"})), nil},

	{"logo_uri missing", "D-6", 400, badMetadata, applies(noClaim("logo_uri")), nil},
	{"logo_uri empty", "D-6", 400, badMetadata, applies(claim("logo_uri", "")), nil},
	{"logo_uri an array", "D-6", 400, badMetadata, applies(claim("logo_uri", []string{"https://applicant.example/l.png"})), nil},
	{"logo_uri http", "D-6", 400, badMetadata, applies(claim("logo_uri", "http://applicant.example/l.png")), nil},
	{"logo_uri relative", "D-6", 400, badMetadata, applies(claim("logo_uri", "l.png")), nil},
	{"logo_uri data", "D-6", 400, badMetadata, applies(claim("logo_uri", "data:image/png;base64,AAAA")), nil},

	{"logo_uri with a user name", "D-6", 400, badMetadata, applies(claim("logo_uri", "https://a@applicant.example/l.png")), nil},
	{"logo_uri with a space", "D-6", 400, badMetadata, applies(claim("logo_uri", "https://applicant.example/my logo.png")), nil},
	{"logo_uri with a bad escape", "D-6", 400, badMetadata, applies(claim("logo_uri", "https://applicant.example/%zz")), nil},
	{"logo_uri of 2100 bytes", "D-6", 400, badMetadata, applies(claim("logo_uri", "https://applicant.example/"+strings.Repeat("l", 2100))), nil},

	{"grant_types missing", "D-6", 400, badMetadata, applies(noClaim("grant_types")), nil},
	{"grant_types a string", "D-6", 400, badMetadata, applies(claim("grant_types", "authorization_code")), nil},
	{"grant_types client_credentials", "D-6", 400, badMetadata, applies(claim("grant_types", []string{"client_credentials"})), nil},
	{"grant_types implicit beside the code", "D-6", 400, badMetadata, applies(claim("grant_types", []string{"authorization_code", "implicit"})), nil},
	{"grant_types refresh_token alone", "D-6, part 4.9", 400, badMetadata, applies(claim("grant_types", []string{"refresh_token"})), nil},
	{"response_types missing", "D-6", 400, badMetadata, applies(noClaim("response_types")), nil},
	{"response_types token", "D-6", 400, badMetadata, applies(claim("response_types", []string{"token"})), nil},
	{"response_types two", "D-6", 400, badMetadata, applies(claim("response_types", []string{"code", "id_token"})), nil},
	{"response_types empty", "D-6", 400, badMetadata, applies(claim("response_types", []string{})), nil},
	{"response_types a string", "D-6", 400, badMetadata, applies(claim("response_types", "code")), nil},
	{"token_endpoint_auth_method missing", "D-6", 400, badMetadata, applies(noClaim("token_endpoint_auth_method")), nil},
	{"token_endpoint_auth_method client_secret_basic", "D-6", 400, badMetadata, applies(claim("token_endpoint_auth_method", "client_secret_basic")), nil},
	{"token_endpoint_auth_method none", "D-6", 400, badMetadata, applies(claim("token_endpoint_auth_method", "none")), nil},

	{"scope an array", "D-6", 400, badMetadata, applies(claim("scope", []string{"openid", "udap"})), nil},
	{"scope empty", "D-6, D-17", 400, badMetadata, applies(claim("scope", "")), nil},
	{"scope without udap", "A-5, D-17", 400, badMetadata, applies(claim("scope", "openid profile")), nil},
	{"scope without openid", "A-5, D-17", 400, badMetadata, applies(claim("scope", "udap profile")), nil},
	{"scope in upper case", "D-17", 400, badMetadata, applies(claim("scope", "OPENID UDAP")), nil},
	{"scope with none of ours", "D-17", 400, badMetadata, applies(claim("scope", "patient/Patient.read")), nil},
	{"scope with a wildcard", "D-17", 400, badMetadata, applies(claim("scope", "openid udap system/*.*")), nil},
	{"scope of 5000 bytes", "D-6", 400, badMetadata, applies(claim("scope", "openid udap "+strings.Repeat("s", 5000))), nil},

	{"scope missing", "D-6, D-17", 201, "", registers(noClaim("scope")), has("scope", "openid udap")},
	{"scope with some that are not ours", "D-17", 201, "", registers(claim("scope", "openid fhirUser udap offline_access")), has("scope", "openid udap")},
	{"scope twice", "D-17", 201, "", registers(claim("scope", "udap openid udap")), has("scope", "udap openid")},
	{"scope of all", "D-17", 201, "", registers(claim("scope", allScopes)), has("scope", allScopes)},
	{"grant_types with refresh_token", "D-11, part 4.9", 201, "", registers(claim("grant_types", []string{"authorization_code", "refresh_token"})), has("grant_types", []string{"authorization_code"})},
	{"contacts without mailto", "part 4.13", 201, "", registers(claim("contacts", []string{"a@applicant.example"})), has("contacts", []string{"mailto:a@applicant.example"})},
	{"contacts of three kinds", "D-6", 201, "", registers(claim("contacts", []string{"tel:+1-702-555-0123", "https://applicant.example/help", "mailto:a@applicant.example"})), nil},
	{"redirect URI http on loopback of a server on loopback", "part 4.13", 201, "", registers(redirect("http://localhost:4567/cb")), nil},
	{"redirect URI with a query", "A-4", 201, "", registers(redirect("https://applicant.example/cb?a=b&c=%20")), has("redirect_uris", []string{"https://applicant.example/cb?a=b&c=%20"})},
	{"redirect_uris of 20", "D-6", 201, "", registers(claim("redirect_uris", many(20, "https://applicant.example/cb"))), nil},
	{"client_name in another writing", "D-6", 201, "", registers(claim("client_name", "Клиника 東京 مستشفى")), has("client_name", "Клиника 東京 مستشفى")},
	{"client_name of 200 characters", "D-6", 201, "", registers(claim("client_name", strings.Repeat("é", 200))), nil},
	{"the answer has no empty members and no claims of the statement", "D-9, D-12, D-13", 201, "", registers(claim("extensions", nil)), answerIsWhole},
}

// answerIsWhole: UDAP Dynamic Client Registration §5.1, UDAP Security IG §3.2.3.
func answerIsWhole(_ *caseHouse, body map[string]any) error {
	for _, name := range []string{"client_id", "software_statement", "client_name", "redirect_uris", "contacts", "logo_uri", "grant_types",
		"response_types", "token_endpoint_auth_method", "scope"} {
		if body[name] == nil {
			return fmt.Errorf("the answer has no %s", name)
		}
		delete(body, name)
	}
	if len(body) > 0 {
		rest, _ := json.Marshal(body)
		return fmt.Errorf("the answer has more: %s", rest)
	}
	return nil
}
