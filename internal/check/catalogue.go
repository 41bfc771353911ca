package check

// Level is how strongly a text demands something.
type Level string

// The levels. Interop is not in a text: relying parties in the field fail without it.
const (
	Shall   Level = "SHALL"
	Should  Level = "SHOULD"
	May     Level = "MAY"
	Interop Level = "interop"
)

// Requirement is one thing that is looked at.
type Requirement struct {
	ID     string
	Level  Level
	Text   string
	Source string
}

var catalogue = []Requirement{
	{"M-1", Shall, "anybody may GET /.well-known/udap under the base URL", "UDAP Security IG §2.1"},
	{"M-2", Shall, "the metadata is one JSON object, answered with 200 and application/json", "UDAP Security IG §2.1"},
	{"M-3", Shall, "a server without UDAP answers 404", "UDAP Security IG §2.1"},
	{"M-4", Shall, "the metadata lists only what UDAP clients can use", "UDAP Security IG §2.2"},
	{"M-5", Should, "what is not supported is an empty list, not an absent member", "UDAP Server Metadata, introduction"},
	{"M-6", Should, "members agree: authorization_endpoint goes with authorization_code", "UDAP Server Metadata §1"},
	{"M-7", Shall, "udap_versions_supported is [\"1\"]", "UDAP Security IG §2.2"},
	{"M-8", Shall, "udap_profiles_supported has udap_dcr and udap_authn, udap_to with the scope udap, and udap_authz exactly with client_credentials", "UDAP Security IG §2.2"},
	{"M-9", Shall, "udap_authorization_extensions_supported is a list", "UDAP Security IG §2.2"},
	{"M-10", Shall, "udap_authorization_extensions_required is there when extensions are supported, and a part of them", "UDAP Security IG §2.2"},
	{"M-11", Shall, "udap_certifications_supported is a list", "UDAP Security IG §2.2"},
	{"M-12", Shall, "udap_certifications_required is there when certifications are supported, and a part of them", "UDAP Security IG §2.2"},
	{"M-13", Shall, "grant_types_supported is not empty, and has refresh_token only with authorization_code", "UDAP Security IG §2.2"},
	{"M-14", Shall, "scopes_supported is a list, with openid and udap when Tiered OAuth is supported", "UDAP Security IG §2.2, §6"},
	{"M-15", Shall, "authorization_endpoint is an absolute https address", "UDAP Security IG §2.2"},
	{"M-16", Shall, "token_endpoint is an absolute https address", "UDAP Security IG §2.2"},
	{"M-17", Shall, "token_endpoint_auth_methods_supported is [\"private_key_jwt\"]", "UDAP Security IG §2.2"},
	{"M-18", Shall, "token_endpoint_auth_signing_alg_values_supported has RS256", "UDAP Security IG §2.2, §7.1.2"},
	{"M-19", Shall, "registration_endpoint is an absolute https address", "UDAP Security IG §2.2"},
	{"M-20", Shall, "registration_endpoint_jwt_signing_alg_values_supported has RS256", "UDAP Security IG §2.2, §7.1.2"},
	{"M-21", Shall, "signed_metadata is there", "UDAP Security IG §2.2, §2.3"},
	{"M-22", May, "further members are allowed", "UDAP Security IG §2.2"},
	{"M-23", May, "one registration endpoint may serve several base URLs", "UDAP Security IG §2.2"},
	{"M-30", Shall, "signed_metadata is a compact JWS with alg RS256 and x5c", "UDAP Security IG §2.3, §7.1"},
	{"M-31", Shall, "iss is a URI of the certificate and the base URL, and sub is the same", "UDAP Security IG §2.3"},
	{"M-32", Shall, "iat and exp are whole seconds, now is between them, and they are a year apart at most", "UDAP Security IG §2.3"},
	{"M-33", Shall, "jti is there, and another JWT has another", "UDAP Security IG §2.3, §7.1.4"},
	{"M-34", Shall, "each endpoint is signed with the value that stands unsigned", "UDAP Security IG §2.3"},
	{"M-35", May, "the member is called signed_metadata; signed_endpoints is an older name", "UDAP Server Metadata §2"},
	{"M-36", Shall, "signed_metadata is signed with the key of its first certificate", "UDAP Server Metadata §3.1"},
	{"M-40", Shall, "the query parameter community is supported", "UDAP Security IG §2.4"},
	{"M-41", Shall, "the metadata for a community is signed with a certificate from it", "UDAP Security IG §2.4"},
	{"M-42", May, "members may differ between communities", "UDAP Security IG §2.4"},
	{"M-43", Should, "an unknown community is answered with 204 or the default metadata", "UDAP Security IG §2.4"},

	{"J-1", Shall, "the JWT is a JWS in compact serialisation", "UDAP Security IG §7.1.1"},
	{"J-2", Shall, "alg is RS256, ES256, RS384 or ES384", "UDAP Security IG §7.1.2"},
	{"J-3", Shall, "x5c is an array of standard base64 DER certificates, the signer's first", "UDAP Security IG §7.1.3"},
	{"J-4", Shall, "the claims iss, exp and jti are there", "UDAP Security IG §7.1.4"},
	{"J-5", Shall, "a jti is not used for two JWTs while one is good", "UDAP Security IG §7.1.4"},
	{"J-6", Should, "iss is spelt as the base URL is asked, without a trailing slash of its own", "UDAP Security IG §7.1.5"},
	{"J-7a", Shall, "the certificate leads to an anchor, and all on the way are in date", "UDAP Security IG §7.1.6"},
	{"J-7b", Shall, "no certificate below the anchor is revoked, by its issuer's list, which is signed, complete and up to date", "UDAP Security IG §7.1.6, RFC 5280 §6.3"},
	{"J-8", May, "jku in place of x5c is experimental", "UDAP Security IG §7.6"},

	{"O-1", Shall, "openid-configuration is one JSON object, answered with 200 and application/json", "OpenID Connect Discovery §4.2"},
	{"O-2", Shall, "issuer is the base URL", "OpenID Connect Discovery §4.3"},
	{"O-3", Interop, "authorization_endpoint and token_endpoint are those of the UDAP metadata", "UDAP Security IG §2.3, §6"},
	{"O-4", Interop, "every endpoint and jwks_uri is under the issuer", "relying parties refuse others"},
	{"O-5", Shall, "response_types_supported has code", "OpenID Connect Discovery §3"},
	{"O-6", Shall, "id_token_signing_alg_values_supported has RS256", "OpenID Connect Discovery §3"},
	{"O-7", Should, "code_challenge_methods_supported has S256", "UDAP Security IG §7.2.2"},
	{"O-8", Shall, "jwks_uri is an absolute https address that answers a key set", "OpenID Connect Discovery §3"},
	{"O-9", Interop, "the key set has an RSA key for RS256 with a kid", "relying parties find the key by kid"},
	{"O-10", Shall, "the first certificate of a key's x5c has that key", "RFC 7517 §4.7"},
	{"O-11", Interop, "the key of the UDAP certificate is in the key set", "UDAP Security IG §6.2"},

	{"D-3", Shall, "a statement with a broken signature is refused: invalid_software_statement", "UDAP Dynamic Client Registration §4.1, §5.2"},
	{"D-4", Shall, "a statement of an untrusted certificate is refused: unapproved_software_statement", "UDAP Dynamic Client Registration §4.2, §5.2"},
	{"D-5a", Shall, "a statement with a wrong aud is refused", "UDAP Dynamic Client Registration §4.3"},
	{"D-5b", Shall, "an expired statement is refused", "UDAP Dynamic Client Registration §4.3"},
	{"D-5c", Shall, "a statement whose iss is no URI of the certificate is refused", "UDAP Dynamic Client Registration §4.3"},
	{"D-5d", Shall, "a statement whose sub is not iss is refused", "UDAP Dynamic Client Registration §4.3"},
	{"D-5e", Shall, "a statement that lives longer than five minutes is refused", "UDAP Security IG §3.1"},
	{"D-5f", Shall, "a statement without jti is refused", "UDAP Security IG §3.1"},
	{"D-5g", Shall, "a statement with alg none is refused", "UDAP Security IG §7.1.2"},
	{"D-6a", Shall, "a request without udap is refused", "UDAP Security IG §3.2.3"},
	{"D-6b", Shall, "a request that is not JSON is refused", "UDAP Security IG §3.2.3"},
	{"D-6c", Shall, "a request with a Content-Type other than application/json is refused", "UDAP Security IG §3.2.3"},
	{"D-6d", Shall, "a statement with a redirect URI that is not https is refused", "UDAP Security IG §3.1"},
	{"D-8", Shall, "a new registration is answered with 201 and JSON", "UDAP Security IG §3.2.3"},
	{"D-8b", Shall, "the answer is not to be stored: Cache-Control no-store", "RFC 7591 §3.2.1"},
	{"D-9", Shall, "the answer has a client_id, the statement as it was sent, and the parameters", "UDAP Dynamic Client Registration §5.1"},
	{"D-12", Should, "the answer has no member without a value", "UDAP Security IG §3.2.3"},
	{"D-13", Should, "the answer has none of iss, sub, aud, exp, iat, jti", "UDAP Security IG §3.2.3"},
	{"D-15", Shall, "a certification that is not known is ignored", "UDAP Security IG §3.3"},
	{"D-20", Shall, "a modification replaces the parameters", "UDAP Security IG §3.4"},
	{"D-23", Should, "a modification is answered with 200 and keeps the client_id", "UDAP Security IG §3.4"},
	{"D-24", Should, "empty grant_types cancel: 200, with the client_id and empty grant_types", "UDAP Security IG §3.4"},
	{"D-26", Interop, "the same registration again is answered with 200 and the same client_id", "relying parties register at every sign-in"},

	{"A-3", Shall, "an authorization request of an unknown client is not redirected", "RFC 6749 §4.1.2.1"},
	{"A-4", Shall, "an authorization request with a redirect URI that is not registered is not redirected to it", "RFC 6749 §4.1.2.1"},
	{"C-1a", Shall, "a token request without client_assertion is refused", "UDAP JWT Client Authentication §5"},
	{"C-1b", Shall, "a token request with another client_assertion_type is refused", "UDAP JWT Client Authentication §5"},
	{"C-1c", Shall, "a token request by GET is refused", "RFC 6749 §3.2"},
	{"C-4", Shall, "an assertion of an untrusted certificate is refused: invalid_client", "UDAP JWT Client Authentication §6.2, §7.2"},
	{"C-5", Shall, "an assertion of a cancelled client is refused", "UDAP JWT Client Authentication §6.3"},
	{"C-8", Shall, "a code that was never issued is refused: invalid_grant", "RFC 6749 §5.2"},
}

var byID = func() map[string]Requirement {
	m := make(map[string]Requirement, len(catalogue))
	for _, q := range catalogue {
		m[q.ID] = q
	}
	return m
}()

// requirement panics for an id that is not in the catalogue: that is a mistake in this package.
func requirement(id string) Requirement {
	q, ok := byID[id]
	if !ok {
		panic("check: no requirement " + id)
	}
	return q
}
