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

const issuer = "https://idp.example.org"

func TestEndpointsAreUnderTheIssuer(t *testing.T) {
	t.Parallel()
	want := udap.Endpoints{
		Issuer: "https://h.example/p", Authorization: "https://h.example/p/authorize", Token: "https://h.example/p/token",
		Registration: "https://h.example/p/register", UserInfo: "https://h.example/p/userinfo", JWKS: "https://h.example/p/jwks",
	}
	for _, issuer := range []string{"https://h.example/p", "https://h.example/p/"} {
		if got := udap.NewEndpoints(issuer); got != want {
			t.Errorf("%s: got %+v, want %+v", issuer, got, want)
		}
	}
}

func TestMetadataHasEveryMember(t *testing.T) {
	t.Parallel()
	l := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer, issuer+"/")
	m, err := udap.NewMetadata(udap.NewEndpoints(issuer), []string{"openid", "udap", "profile"}).Signed(l.Signer(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got["signed_metadata"] != m.SignedMetadata || m.SignedMetadata == "" {
		t.Errorf("got signed_metadata %v", got["signed_metadata"])
	}
	delete(got, "signed_metadata")
	algorithms := []any{"RS256", "ES256", "RS384", "ES384"}
	want := map[string]any{
		"udap_versions_supported":                                []any{"1"},
		"udap_profiles_supported":                                []any{"udap_dcr", "udap_authn", "udap_to"},
		"udap_authorization_extensions_supported":                []any{},
		"udap_authorization_extensions_required":                 []any{},
		"udap_certifications_supported":                          []any{},
		"udap_certifications_required":                           []any{},
		"grant_types_supported":                                  []any{"authorization_code"},
		"scopes_supported":                                       []any{"openid", "udap", "profile"},
		"authorization_endpoint":                                 issuer + "/authorize",
		"token_endpoint":                                         issuer + "/token",
		"registration_endpoint":                                  issuer + "/register",
		"token_endpoint_auth_methods_supported":                  []any{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported":       algorithms,
		"registration_endpoint_jwt_signing_alg_values_supported": algorithms,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestSignedMetadataSaysWhatTheMetadataSays(t *testing.T) {
	t.Parallel()
	l := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://first.example", issuer)
	now := time.Unix(1800000000, 0)
	unsigned := udap.NewMetadata(udap.NewEndpoints(issuer), []string{"openid", "udap"})
	first, err := unsigned.Signed(l.Signer(), now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := unsigned.Signed(l.Signer(), now)
	if err != nil {
		t.Fatal(err)
	}
	a, b := claimsOf(t, first.SignedMetadata), claimsOf(t, second.SignedMetadata)
	if a["jti"] == b["jti"] || a["jti"] == "" {
		t.Errorf("got jti %v and %v, want two that differ", a["jti"], b["jti"])
	}
	delete(a, "jti")
	want := map[string]any{
		"iss": issuer, "sub": issuer,
		"iat": 1800000000.0 - 60, "exp": 1800000000.0 + 86400,
		"authorization_endpoint": issuer + "/authorize",
		"token_endpoint":         issuer + "/token",
		"registration_endpoint":  issuer + "/register",
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got  %v\nwant %v", a, want)
	}
	if unsigned.SignedMetadata != "" {
		t.Error("Signed changed the metadata it was called on")
	}
}

func TestSignedMetadataIsNamedAsTheCertificateNamesIt(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	metadata := udap.NewMetadata(udap.NewEndpoints(issuer), nil)
	for name, test := range map[string]struct {
		uris []string
		want string
	}{
		"both spellings":     {[]string{issuer + "/", issuer}, issuer},
		"only with slash":    {[]string{issuer + "/"}, issuer + "/"},
		"only without":       {[]string{issuer}, issuer},
		"another":            {[]string{"https://other.example"}, ""},
		"one that is longer": {[]string{issuer + "/p"}, ""},
		"none":               {nil, ""},
	} {
		m, err := metadata.Signed(c.Leaf(test.uris...).Signer(), time.Now())
		if test.want == "" {
			if !errors.Is(err, udap.ErrNotNamed) {
				t.Errorf("%s: got %v, want ErrNotNamed", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := claimsOf(t, m.SignedMetadata)["iss"]; got != test.want {
			t.Errorf("%s: got iss %v, want %v", name, got, test.want)
		}
	}
}

// claimsOf verifies the signature and returns the claims.
func claimsOf(t *testing.T, raw string) map[string]any {
	t.Helper()
	token, err := udap.ParseJWT(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.VerifySignature(); err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(token.Payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
