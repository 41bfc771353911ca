package dataholder

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// refusal is one thing that is wrong, everything else being right.
type refusal struct {
	name   string
	spoil  func(*portal)
	step   StepName
	reason Reason
}

func (r refusal) check(t *testing.T) {
	t.Helper()
	p := newPortal(t)
	r.spoil(p)
	response, page := p.get(p.connectURL())
	got := p.outcome()
	if got.Error == nil {
		t.Fatalf("the sign-in went through, want %s at %s", r.reason, r.step)
	}
	if got.Error.Step != r.step || got.Error.Reason != r.reason {
		t.Errorf("refused with %s at %s (%s), want %s at %s", got.Error.Reason, got.Error.Step, got.Error.Message, r.reason, r.step)
	}
	if got.Match != nil || got.IDToken.Claims != nil || got.UserInfo != nil {
		t.Error("a refused sign-in has an identity")
	}
	if !strings.Contains(page, `data-page="hospital-problem"`) || response.StatusCode != http.StatusOK {
		t.Errorf("status %d, and the page is not the problem page", response.StatusCode)
	}
	if last := len(got.Steps) - 1; last >= 0 && got.Steps[last].Done {
		t.Errorf("step %s is done", got.Steps[last].Name)
	}
}

func metadata(change func(map[string]any)) func(*portal) {
	return func(p *portal) { p.provider.spoil.metadata = change }
}

func without(name string) func(map[string]any)    { return func(m map[string]any) { delete(m, name) } }
func set(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }
func openID(change func(map[string]any)) func(*portal) {
	return func(p *portal) { p.provider.spoil.openID = change }
}

func signed(change func(claims map[string]any)) func(*portal) {
	return func(p *portal) { p.provider.spoil.signed = func(m *udaptest.Message) { change(m.Claims) } }
}

func wellKnown(answer http.HandlerFunc) func(*portal) {
	return func(p *portal) { p.provider.spoil.wellKnown = answer }
}

func in(d time.Duration) int64 { return time.Now().Add(d).Unix() }

func TestMetadataThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []refusal{
		{"404", wellKnown(http.NotFound), StepDiscovery, ReasonNotUDAP},
		{"204", wellKnown(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), StepDiscovery, ReasonNotUDAP},
		{"500", wellKnown(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), StepDiscovery, ReasonStatus},
		{"HTML", wellKnown(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }), StepDiscovery, ReasonContentType},
		{"not JSON", wellKnown(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`["udap"]`))
		}), StepDiscovery, ReasonNotJSON},
		{"a member twice", wellKnown(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"udap_versions_supported":["1"],"udap_versions_supported":["2"]}`))
		}), StepDiscovery, ReasonNotJSON},
		{"too large", wellKnown(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"a":"` + strings.Repeat("x", maxAnswer) + `"}`))
		}), StepDiscovery, ReasonTooLarge},
		{"another version", metadata(set("udap_versions_supported", []string{"2"})), StepDiscovery, ReasonVersions},
		{"no Tiered OAuth", metadata(set("udap_profiles_supported", []string{"udap_dcr", "udap_authn"})), StepDiscovery, ReasonProfiles},
		{"no registration", metadata(set("udap_profiles_supported", []string{"udap_to", "udap_authn"})), StepDiscovery, ReasonProfiles},
		{"no extensions member", metadata(without("udap_authorization_extensions_supported")), StepDiscovery, ReasonMissingMember},
		{"no certifications member", metadata(without("udap_certifications_supported")), StepDiscovery, ReasonMissingMember},
		{"requires an extension", metadata(set("udap_authorization_extensions_required", []string{"hl7-b2b"})), StepDiscovery, ReasonRequiresExtension},
		{"requires a certification", metadata(set("udap_certifications_required", []string{"https://c.example"})), StepDiscovery, ReasonRequiresCert},
		{"no code flow", metadata(set("grant_types_supported", []string{"client_credentials"})), StepDiscovery, ReasonGrantTypes},
		{"no scope udap", metadata(set("scopes_supported", []string{"openid", "profile"})), StepDiscovery, ReasonScopes},
		{"no scope openid", metadata(set("scopes_supported", []string{"udap", "profile"})), StepDiscovery, ReasonScopes},
		{"no private_key_jwt", metadata(set("token_endpoint_auth_methods_supported", []string{"client_secret_basic"})), StepDiscovery, ReasonAuthMethods},
		{"no algorithm of ours", metadata(set("token_endpoint_auth_signing_alg_values_supported", []string{"ES384"})), StepDiscovery, ReasonAlgorithms},
		{"endpoint on plain http", metadata(set("token_endpoint", "http://idp.example/token")), StepDiscovery, ReasonEndpoint},
		{"registration on plain http", metadata(set("registration_endpoint", "http://idp.example/register")), StepDiscovery, ReasonEndpoint},
		{"no algorithm of ours to register", metadata(set("registration_endpoint_jwt_signing_alg_values_supported", []string{})), StepDiscovery, ReasonAlgorithms},
		{"empty endpoint", metadata(set("authorization_endpoint", "")), StepDiscovery, ReasonEndpoint},
		{"no signed_metadata", metadata(without("signed_metadata")), StepDiscovery, ReasonNoSignedMetadata},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestSignedMetadataThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []refusal{
		{"not a JWT", metadata(set("signed_metadata", "x.y")), StepDiscovery, ReasonMalformedJWT},
		{"alg none", func(p *portal) {
			p.provider.spoil.signed = func(m *udaptest.Message) { m.Header["alg"] = "none" }
		}, StepDiscovery, ReasonMalformedJWT},
		{"no x5c", func(p *portal) {
			p.provider.spoil.signed = func(m *udaptest.Message) { delete(m.Header, "x5c") }
		}, StepDiscovery, ReasonMalformedJWT},
		{"signed with another key", func(p *portal) {
			p.provider.spoil.signed = func(m *udaptest.Message) { m.Key = udaptest.Key(p.t, authority.RSA2048, 9) }
		}, StepDiscovery, ReasonSignature},
		{"iss not in the certificate", func(p *portal) {
			p.provider.leaf = p.provider.community.Leaf("https://other.example")
		}, StepDiscovery, ReasonIssuerSAN},
		{"iss in the certificate as a DNS name only", func(p *portal) {
			p.provider.leaf = p.provider.community.LeafWith(func(l *authority.Leaf) { l.DNSNames = []string{p.provider.base} })
		}, StepDiscovery, ReasonIssuerSAN},
		{"iss of another provider, certified", func(p *portal) {
			p.provider.leaf = p.provider.community.Leaf("https://other.example")
			p.provider.spoil.signed = func(m *udaptest.Message) {
				m.Claims["iss"], m.Claims["sub"] = "https://other.example", "https://other.example"
			}
		}, StepDiscovery, ReasonIssuer},
		{"sub differs", signed(set("sub", "https://other.example")), StepDiscovery, ReasonSubject},
		{"iat missing", signed(without("iat")), StepDiscovery, ReasonIssuedAt},
		{"iat in the future", signed(set("iat", in(10*time.Minute))), StepDiscovery, ReasonIssuedAt},
		{"iat not an integer", signed(set("iat", 1790000000.5)), StepDiscovery, ReasonIssuedAt},
		{"expired", signed(set("exp", in(-time.Second))), StepDiscovery, ReasonExpired},
		{"exp missing", signed(without("exp")), StepDiscovery, ReasonExpired},
		{"lives two years", signed(set("exp", in(2*365*24*time.Hour))), StepDiscovery, ReasonLifetime},
		{"jti missing", signed(without("jti")), StepDiscovery, ReasonID},
		{"token endpoint swapped", metadata(set("token_endpoint", "https://evil.example/token")), StepDiscovery, ReasonEndpointSwapped},
		{"registration endpoint swapped", metadata(set("registration_endpoint", "https://evil.example/register")), StepDiscovery, ReasonEndpointSwapped},
		{"authorization endpoint not signed", signed(without("authorization_endpoint")), StepDiscovery, ReasonEndpointSwapped},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestCertificateThatIsNotGoodTodayIsRefused(t *testing.T) {
	t.Parallel()
	leaf := func(change func(*portal, *authority.Leaf)) func(*portal) {
		return func(p *portal) {
			p.provider.leaf = p.provider.community.LeafWith(func(l *authority.Leaf) {
				l.URIs = []string{p.provider.base}
				change(p, l)
			})
		}
	}
	for _, test := range []refusal{
		{"of another community", func(p *portal) {
			p.provider.leaf = udaptest.New(p.t).Leaf(p.provider.base)
		}, StepDiscovery, ReasonUntrusted},
		{"expired", leaf(func(_ *portal, l *authority.Leaf) {
			l.NotBefore, l.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}), StepDiscovery, ReasonCertificateExpired},
		{"not yet valid", leaf(func(_ *portal, l *authority.Leaf) { l.NotBefore = time.Now().Add(time.Hour) }), StepDiscovery, ReasonCertificateExpired},
		{"revoked", func(p *portal) { p.provider.community.Revoke(p.provider.leaf.Certificate()) }, StepDiscovery, ReasonRevoked},
		{"revoked intermediate", func(p *portal) {
			p.provider.community.Revoke(p.provider.community.Intermediates()[0])
		}, StepDiscovery, ReasonRevoked},
		{"stale list", func(p *portal) { p.provider.community.StaleCRLs() }, StepDiscovery, ReasonCRLStale},
		{"list cannot be had", func(p *portal) { p.provider.community.BreakCRLs() }, StepDiscovery, ReasonCRLUnavailable},
		{"no list named", leaf(func(_ *portal, l *authority.Leaf) { l.CRLURL = "" }), StepDiscovery, ReasonNoCRL},
		{"list of another issuer", leaf(func(p *portal, l *authority.Leaf) { l.CRLURL = p.provider.community.URL + "/root.crl" }), StepDiscovery, ReasonCRLIssuer},
		{"a certificate in place of a list", leaf(func(p *portal, l *authority.Leaf) { l.CRLURL = p.provider.community.URL + "/root.crt" }), StepDiscovery, ReasonCRLMalformed},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestOpenIDConfigurationMustAgree(t *testing.T) {
	t.Parallel()
	for _, test := range []refusal{
		{"another issuer", openID(set("issuer", "https://other.example")), StepOpenID, ReasonOpenIDIssuer},
		{"another token endpoint", openID(set("token_endpoint", "https://evil.example/token")), StepOpenID, ReasonOpenIDEndpoint},
		{"another authorization endpoint", openID(set("authorization_endpoint", "https://evil.example/a")), StepOpenID, ReasonOpenIDEndpoint},
		{"another registration endpoint", openID(set("registration_endpoint", "https://evil.example/r")), StepOpenID, ReasonOpenIDEndpoint},
		{"no jwks_uri", openID(without("jwks_uri")), StepOpenID, ReasonOpenIDMember},
		{"userinfo on plain http", openID(set("userinfo_endpoint", "http://idp.example/userinfo")), StepOpenID, ReasonOpenIDMember},
		{"HMAC only", openID(set("id_token_signing_alg_values_supported", []string{"HS256"})), StepOpenID, ReasonOpenIDMember},
		{"PKCE plain only", openID(set("code_challenge_methods_supported", []string{"plain"})), StepOpenID, ReasonOpenIDMember},
		{"no code", openID(set("response_types_supported", []string{"id_token"})), StepOpenID, ReasonOpenIDMember},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestRegistrationAnswerIsChecked(t *testing.T) {
	t.Parallel()
	registered := func(change func(map[string]any)) func(*portal) {
		return func(p *portal) { p.provider.spoil.registered = change }
	}
	for _, test := range []refusal{
		{"refused", func(p *portal) {
			p.provider.spoil.register = func(w http.ResponseWriter, _ *http.Request) {
				answerJSON(w, http.StatusBadRequest, map[string]any{"error": "unapproved_software_statement", "error_description": "not trusted"})
			}
		}, StepRegistration, ReasonRefused},
		{"202", func(p *portal) {
			p.provider.spoil.register = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }
		}, StepRegistration, ReasonStatus},
		{"no client_id", registered(without("client_id")), StepRegistration, ReasonClientID},
		{"statement not echoed", registered(without("software_statement")), StepRegistration, ReasonStatementEcho},
		{"another statement echoed", registered(set("software_statement", "a.b.c")), StepRegistration, ReasonStatementEcho},
		{"another redirect URI", registered(set("redirect_uris", []string{"https://evil.example/callback"})), StepRegistration, ReasonRegisteredParameter},
		{"another grant", registered(set("grant_types", []string{"client_credentials"})), StepRegistration, ReasonRegisteredParameter},
		{"another response type", registered(set("response_types", []string{"id_token"})), StepRegistration, ReasonRegisteredParameter},
		{"another authentication", registered(set("token_endpoint_auth_method", "none")), StepRegistration, ReasonRegisteredParameter},
		{"without scope udap", registered(set("scope", "openid profile")), StepRegistration, ReasonRegisteredParameter},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestAuthorizationResponseIsChecked(t *testing.T) {
	t.Parallel()
	callback := func(change func(url.Values)) func(*portal) {
		return func(p *portal) { p.provider.spoil.callback = change }
	}
	for _, test := range []refusal{
		{"iss of another provider", callback(func(v url.Values) { v.Set("iss", "https://other.example") }), StepCallback, ReasonResponseIssuer},
		{"iss missing though announced", callback(func(v url.Values) { v.Del("iss") }), StepCallback, ReasonResponseIssuer},
		{"iss of another provider with an error", callback(func(v url.Values) {
			v.Set("iss", "https://other.example")
			v.Set("error", "access_denied")
		}), StepCallback, ReasonResponseIssuer},
		{"code twice", callback(func(v url.Values) { v.Add("code", "another") }), StepCallback, ReasonDuplicate},
		{"no code", callback(func(v url.Values) { v.Del("code") }), StepCallback, ReasonCode},
		{"access_denied", callback(func(v url.Values) { v.Del("code"); v.Set("error", "access_denied") }), StepCallback, ReasonAccessDenied},
		{"another error", callback(func(v url.Values) { v.Del("code"); v.Set("error", "server_error") }), StepCallback, ReasonRefused},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestTokenAnswerIsChecked(t *testing.T) {
	t.Parallel()
	token := func(change func(map[string]any)) func(*portal) {
		return func(p *portal) { p.provider.spoil.token = change }
	}
	for _, test := range []refusal{
		{"refused", func(p *portal) {
			p.provider.spoil.tokenEndpoint = func(w http.ResponseWriter, _ *http.Request) {
				answerJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_client"})
			}
		}, StepToken, ReasonRefused},
		{"no access token", token(without("access_token")), StepToken, ReasonNoAccessToken},
		{"another token type", token(set("token_type", "DPoP")), StepToken, ReasonTokenType},
		{"no ID Token", token(without("id_token")), StepToken, ReasonNoIDToken},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestIDTokenThatIsNotRightIsRefused(t *testing.T) {
	t.Parallel()
	claims := func(change func(map[string]any)) func(*portal) {
		return func(p *portal) { p.provider.spoil.idToken = func(m *udaptest.Message) { change(m.Claims) } }
	}
	// another is a certificate of the same community that names another issuer, with its key.
	another := func(p *portal, m *udaptest.Message) *udaptest.Leaf {
		leaf := p.provider.community.Leaf("https://other.example")
		m.Header["x5c"], m.Header["kid"], m.Key = udaptest.X5C(leaf.Chain), leaf.Signer().KeyID(), leaf.Key
		return leaf
	}
	wrongHash := sha256.Sum256([]byte("another access token"))
	for _, test := range []refusal{
		{"not a JWT", func(p *portal) { p.provider.spoil.token = set("id_token", "nonsense") }, StepIDToken, ReasonMalformedJWT},
		{"alg none", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) { m.Header["alg"] = "none" }
		}, StepIDToken, ReasonMalformedJWT},
		{"no x5c", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) { delete(m.Header, "x5c") }
		}, StepIDToken, ReasonMalformedJWT},
		{"signed by another key", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) { m.Key = udaptest.Key(p.t, authority.RSA2048, 9) }
		}, StepIDToken, ReasonSignature},
		{"kid missing", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) { delete(m.Header, "kid") }
		}, StepIDToken, ReasonKeyID},
		{"kid not in the JWKS", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) { m.Header["kid"] = "unknown" }
		}, StepIDToken, ReasonKeyID},
		{"JWKS key is another one", func(p *portal) {
			p.provider.spoil.jwks = func() any {
				key := p.provider.leaf.Signer().JWK()
				key.Key, key.Certificates = udaptest.Key(p.t, authority.RSA2048, 9).Public(), nil
				return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}
			}
		}, StepIDToken, ReasonKeyMismatch},
		{"JWKS without keys", func(p *portal) {
			p.provider.spoil.jwks = func() any { return map[string]any{"keys": []string{}} }
		}, StepIDToken, ReasonKeys},
		{"certificate of another community", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) {
				m.Header["x5c"] = udaptest.X5C(udaptest.New(p.t).LeafWith(func(l *authority.Leaf) {
					l.URIs, l.Key = []string{p.provider.base}, p.provider.leaf.Key
				}).Chain)
			}
		}, StepIDToken, ReasonUntrusted},
		{"certificate revoked since discovery", func(p *portal) {
			p.provider.spoil.token = func(map[string]any) { p.provider.community.Revoke(p.provider.leaf.Certificate()) }
		}, StepIDToken, ReasonRevoked},
		{"certificate names another issuer", func(p *portal) {
			p.provider.spoil.idToken = func(m *udaptest.Message) {
				leaf := another(p, m)
				p.provider.spoil.jwks = func() any { return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{leaf.Signer().JWK()}} }
			}
		}, StepIDToken, ReasonIssuerSAN},
		{"iss", claims(set("iss", "https://other.example")), StepIDToken, ReasonIssuer},
		{"aud", claims(set("aud", "another-client")), StepIDToken, ReasonAudience},
		{"aud with a stranger", claims(func(m map[string]any) { m["aud"] = []any{m["aud"], "another-client"} }), StepIDToken, ReasonAudience},
		{"azp", claims(set("azp", "another-client")), StepIDToken, ReasonAuthorizedParty},
		{"expired", claims(set("exp", in(-time.Second))), StepIDToken, ReasonExpired},
		{"exp missing", claims(without("exp")), StepIDToken, ReasonExpired},
		{"iat in the future", claims(set("iat", in(10*time.Minute))), StepIDToken, ReasonIssuedAt},
		{"iat of before this sign-in", claims(set("iat", in(-time.Hour))), StepIDToken, ReasonIssuedAt},
		{"nonce of another sign-in", claims(set("nonce", "another")), StepIDToken, ReasonNonce},
		{"nonce missing", claims(without("nonce")), StepIDToken, ReasonNonce},
		{"sub missing", claims(without("sub")), StepIDToken, ReasonSubjectMissing},
		{"jti missing", claims(without("jti")), StepIDToken, ReasonID},
		{"acr missing", claims(without("acr")), StepIDToken, ReasonACR},
		{"at_hash", claims(set("at_hash", base64.RawURLEncoding.EncodeToString(wrongHash[:16]))), StepIDToken, ReasonAccessTokenHash},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}

func TestUserInfoIsChecked(t *testing.T) {
	t.Parallel()
	info := func(change func(map[string]any)) func(*portal) {
		return func(p *portal) { p.provider.spoil.userInfo = change }
	}
	for _, test := range []refusal{
		{"refused", func(p *portal) {
			p.provider.spoil.userInfoPage = func(w http.ResponseWriter, _ *http.Request) {
				answerJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
			}
		}, StepUserInfo, ReasonRefused},
		{"sub of another person", info(set("sub", "another")), StepUserInfo, ReasonUserInfoSubject},
		{"sub missing", info(without("sub")), StepUserInfo, ReasonUserInfoSubject},
		{"iss of another provider", info(set("iss", "https://other.example")), StepUserInfo, ReasonUserInfoIssuer},
		{"a signed answer", func(p *portal) {
			p.provider.spoil.userInfoPage = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/jwt") }
		}, StepUserInfo, ReasonContentType},
	} {
		t.Run(test.name, func(t *testing.T) { t.Parallel(); test.check(t) })
	}
}
