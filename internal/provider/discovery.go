package provider

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/claims"
	"udap-idp/internal/udap"
)

// configuration is openid-configuration (OpenID Connect Discovery §3). It says what is true: every endpoint is under the
// issuer, and is the same text as in the UDAP metadata.
type configuration struct {
	Issuer                                     string   `json:"issuer"`
	AuthorizationEndpoint                      string   `json:"authorization_endpoint"`
	TokenEndpoint                              string   `json:"token_endpoint"`
	UserInfoEndpoint                           string   `json:"userinfo_endpoint"`
	RegistrationEndpoint                       string   `json:"registration_endpoint"`
	JWKSURI                                    string   `json:"jwks_uri"`
	ScopesSupported                            []string `json:"scopes_supported"`
	ResponseTypesSupported                     []string `json:"response_types_supported"`
	ResponseModesSupported                     []string `json:"response_modes_supported"`
	GrantTypesSupported                        []string `json:"grant_types_supported"`
	ACRValuesSupported                         []string `json:"acr_values_supported"`
	SubjectTypesSupported                      []string `json:"subject_types_supported"`
	IDTokenSigningAlgValuesSupported           []string `json:"id_token_signing_alg_values_supported"`
	TokenEndpointAuthMethodsSupported          []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthSigningAlgValuesSupported []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	CodeChallengeMethodsSupported              []string `json:"code_challenge_methods_supported"`
	ClaimTypesSupported                        []string `json:"claim_types_supported"`
	ClaimsSupported                            []string `json:"claims_supported"`
	PromptValuesSupported                      []string `json:"prompt_values_supported"`
	AuthorizationResponseISSParameterSupported bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
	ClaimsParameterSupported                   bool     `json:"claims_parameter_supported"`
	// OpenID Connect for Identity Assurance 1.0 §7. The last one is of its drafts, for older clients.
	TrustFrameworksSupported        []string `json:"trust_frameworks_supported"`
	ClaimsInVerifiedClaimsSupported []string `json:"claims_in_verified_claims_supported"`
	EvidenceSupported               []string `json:"evidence_supported"`
	DocumentsSupported              []string `json:"documents_supported"`
	DocumentsMethodsSupported       []string `json:"documents_methods_supported"`
	DocumentsCheckMethodsSupported  []string `json:"documents_check_methods_supported"`
	VerifiedClaimsSupported         bool     `json:"verified_claims_supported"`
	RequestParameterSupported       bool     `json:"request_parameter_supported"`
	RequestURIParameterSupported    bool     `json:"request_uri_parameter_supported"`
	ServiceDocumentation            string   `json:"service_documentation,omitempty"`
	OPPolicyURI                     string   `json:"op_policy_uri,omitempty"`
	OPTOSURI                        string   `json:"op_tos_uri,omitempty"`
}

// protocolClaims are those of an ID Token, or of UserInfo, besides the identity claims.
var protocolClaims = []string{
	"iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "jti", "nonce", "at_hash", "sid", "acr", "amr",
	"ial", "aal", "fal", "identity_assurance_level", "verified_at",
}

// keysMaxAge is how long a client may keep the documents: a new key is in them this long before it is needed, if the
// operator waits so long.
const keysMaxAge = "public, max-age=300"

// servePublic hands openid-configuration and the JWKS to the library. Both are public and hold no person's data, so a page
// of any origin may read them.
func (p *Provider) servePublic(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		e := refuse(udap.InvalidRequest, "the method must be GET")
		e.Status = http.StatusMethodNotAllowed
		writeError(w, r, e)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	public := r.Clone(r.Context())
	public.URL = &url.URL{Path: r.URL.Path} // the documents have no parameters
	public.Form, public.PostForm = url.Values{}, url.Values{}
	p.library.ServeHTTP(w, public)
}

// Discovery is openid-configuration.
func (s server) Discovery(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	signers, err := s.p.Trust.Signers(ctx)
	if err != nil {
		return nil, forLibrary(internal(fmt.Errorf("signers: %w", err)))
	}
	return public(s.p.configuration(signers)), nil
}

func (p *Provider) configuration(signers []*udap.Signer) configuration {
	e := p.Endpoints
	return configuration{
		Issuer:                                     e.Issuer,
		AuthorizationEndpoint:                      e.Authorization,
		TokenEndpoint:                              e.Token,
		UserInfoEndpoint:                           e.UserInfo,
		RegistrationEndpoint:                       e.Registration,
		JWKSURI:                                    e.JWKS,
		ScopesSupported:                            Scopes(),
		ResponseTypesSupported:                     []string{"code"},
		ResponseModesSupported:                     []string{"query"},
		GrantTypesSupported:                        []string{"authorization_code"},
		ACRValuesSupported:                         claims.ACRValues(),
		SubjectTypesSupported:                      []string{"pairwise"},
		IDTokenSigningAlgValuesSupported:           signingAlgorithms(signers),
		TokenEndpointAuthMethodsSupported:          []string{"private_key_jwt"},
		TokenEndpointAuthSigningAlgValuesSupported: udap.Algorithms(),
		CodeChallengeMethodsSupported:              []string{"S256"},
		ClaimTypesSupported:                        []string{"normal"},
		ClaimsSupported:                            append(slices.Clone(protocolClaims), claims.Names()...),
		PromptValuesSupported:                      slices.Clone(prompts),
		AuthorizationResponseISSParameterSupported: true,
		ClaimsParameterSupported:                   true,
		TrustFrameworksSupported:                   claims.TrustFrameworks(p.AssertIAL2),
		ClaimsInVerifiedClaimsSupported:            claims.VerifiedNames(),
		EvidenceSupported:                          []string{"document"},
		DocumentsSupported:                         claims.DocumentTypes(),
		DocumentsMethodsSupported:                  claims.Methods(),
		DocumentsCheckMethodsSupported:             claims.CheckMethods(),
		VerifiedClaimsSupported:                    true,
		// HL7 Identity Matching IG 2.0.0, Digital Identity: the policy and the terms are published, so that no contract is needed.
		ServiceDocumentation: p.Documents.Guide,
		OPPolicyURI:          p.Documents.Policy,
		OPTOSURI:             p.Documents.Terms,
	}
}

// signingAlgorithms are the algorithms of our keys in the order of UDAP, RS256 first: there are clients that take the first
// they read.
func signingAlgorithms(signers []*udap.Signer) []string {
	out := []string{}
	for _, algorithm := range udap.Algorithms() {
		if slices.ContainsFunc(signers, func(s *udap.Signer) bool { return s.Algorithm() == algorithm }) {
			out = append(out, algorithm)
		}
	}
	if len(out) == 0 {
		return []string{"RS256"} // before the first certificate; OIDC Discovery §3: RS256 MUST be included
	}
	return out
}

// Keys is the JWKS: every key that an ID Token may be signed with, once.
func (s server) Keys(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	signers, err := s.p.Trust.Signers(ctx)
	if err != nil {
		return nil, forLibrary(internal(fmt.Errorf("signers: %w", err)))
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, signer := range signers {
		if len(set.Key(signer.KeyID())) == 0 {
			set.Keys = append(set.Keys, signer.JWK())
		}
	}
	return public(set), nil
}

func public(data any) *op.Response {
	response := op.NewResponse(data)
	response.Header.Set("Cache-Control", keysMaxAge)
	return response
}
