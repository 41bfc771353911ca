package udap

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Endpoints are the URLs of the provider. They are the same text in the UDAP metadata, in signed_metadata and in
// openid-configuration: relying parties take them from different places and compare.
type Endpoints struct {
	Issuer, Authorization, Token, Registration, UserInfo, JWKS string
}

// NewEndpoints puts every endpoint under the issuer, which has no trailing slash; one that is there is taken off.
func NewEndpoints(issuer string) Endpoints {
	issuer = strings.TrimSuffix(issuer, "/")
	return Endpoints{
		Issuer:        issuer,
		Authorization: issuer + "/authorize",
		Token:         issuer + "/token",
		Registration:  issuer + "/register",
		UserInfo:      issuer + "/userinfo",
		JWKS:          issuer + "/jwks",
	}
}

const (
	// metadataBackdate is for clients that want iat before their own clock.
	metadataBackdate = 60 * time.Second
	// MetadataLifetime is how long signed_metadata is good; UDAP Security IG §2.3 allows a year.
	MetadataLifetime = 24 * time.Hour
)

// Metadata is the answer of /.well-known/udap (UDAP Security IG §2.2). A list is never absent: [] says that something is
// not supported (UDAP Server Metadata §1).
type Metadata struct {
	UDAPVersionsSupported                            []string `json:"udap_versions_supported"`
	UDAPProfilesSupported                            []string `json:"udap_profiles_supported"`
	UDAPAuthorizationExtensionsSupported             []string `json:"udap_authorization_extensions_supported"`
	UDAPAuthorizationExtensionsRequired              []string `json:"udap_authorization_extensions_required"`
	UDAPCertificationsSupported                      []string `json:"udap_certifications_supported"`
	UDAPCertificationsRequired                       []string `json:"udap_certifications_required"`
	GrantTypesSupported                              []string `json:"grant_types_supported"`
	ScopesSupported                                  []string `json:"scopes_supported"`
	AuthorizationEndpoint                            string   `json:"authorization_endpoint"`
	TokenEndpoint                                    string   `json:"token_endpoint"`
	TokenEndpointAuthMethodsSupported                []string `json:"token_endpoint_auth_methods_supported"`
	TokenEndpointAuthSigningAlgValuesSupported       []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RegistrationEndpoint                             string   `json:"registration_endpoint"`
	RegistrationEndpointJWTSigningAlgValuesSupported []string `json:"registration_endpoint_jwt_signing_alg_values_supported"`
	SignedMetadata                                   string   `json:"signed_metadata,omitempty"`

	issuer string
}

// NewMetadata describes the provider, without signed_metadata. scopes are all that a UDAP client can be granted.
func NewMetadata(e Endpoints, scopes []string) Metadata {
	return Metadata{
		UDAPVersionsSupported: []string{"1"},
		// UDAP Security IG §2.2: udap_to because Tiered OAuth is supported; no udap_authz without client_credentials.
		UDAPProfilesSupported:                []string{"udap_dcr", "udap_authn", "udap_to"},
		UDAPAuthorizationExtensionsSupported: []string{},
		UDAPAuthorizationExtensionsRequired:  []string{},
		UDAPCertificationsSupported:          []string{},
		// There are clients that refuse metadata without this member, even when nothing is supported.
		UDAPCertificationsRequired: []string{},
		// UDAP Tiered OAuth §4.3: no refresh token, so no refresh_token here (UDAP Security IG §2.2).
		GrantTypesSupported:                              []string{"authorization_code"},
		ScopesSupported:                                  append([]string{}, scopes...),
		AuthorizationEndpoint:                            e.Authorization,
		TokenEndpoint:                                    e.Token,
		TokenEndpointAuthMethodsSupported:                []string{privateKeyJWT},
		TokenEndpointAuthSigningAlgValuesSupported:       Algorithms(),
		RegistrationEndpoint:                             e.Registration,
		RegistrationEndpointJWTSigningAlgValuesSupported: Algorithms(),
		issuer: e.Issuer,
	}
}

// MetadataPolicy is what the metadata says in one trust community. The zero value says what NewMetadata does.
type MetadataPolicy struct {
	CertificationsSupported []string
	CertificationsRequired  []string // a part of them
	// ListRefreshToken is for clients that refuse metadata without refresh_token. It is never granted.
	ListRefreshToken bool
}

// In returns the metadata as it is in a trust community (UDAP Security IG §2.4: members may differ).
func (m Metadata) In(p MetadataPolicy) Metadata {
	// UDAP Security IG §2.2, §3.3: every certification that is required SHALL be listed.
	m.UDAPCertificationsSupported = append([]string{}, p.CertificationsSupported...)
	m.UDAPCertificationsRequired = append([]string{}, p.CertificationsRequired...)
	if p.ListRefreshToken {
		m.GrantTypesSupported = append(slices.Clone(m.GrantTypesSupported), refreshToken)
	}
	return m
}

// ErrNotNamed: a certificate of ours does not name the issuer among its URIs.
var ErrNotNamed = errors.New("the certificate does not name the issuer")

// signedMetadata are the claims of UDAP Security IG §2.3.
type signedMetadata struct {
	Issuer                string `json:"iss"`
	Subject               string `json:"sub"`
	IssuedAt              int64  `json:"iat"`
	Expiry                int64  `json:"exp"`
	ID                    string `json:"jti"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	RegistrationEndpoint  string `json:"registration_endpoint"`
}

// Signed returns the metadata with signed_metadata by s: iat a minute before now, exp MetadataLifetime after now.
// ErrNotNamed when the certificate of s names neither the issuer nor the issuer with a trailing slash.
func (m Metadata) Signed(s *Signer, now time.Time) (Metadata, error) {
	name, err := issuerName(m.issuer, s)
	if err != nil {
		return Metadata{}, err
	}
	signed, err := s.Sign(signedMetadata{
		Issuer: name,
		// UDAP Security IG §2.3: sub SHALL be the same as iss.
		Subject:               name,
		IssuedAt:              now.Add(-metadataBackdate).Unix(),
		Expiry:                now.Add(MetadataLifetime).Unix(),
		ID:                    rand.Text(),
		AuthorizationEndpoint: m.AuthorizationEndpoint,
		TokenEndpoint:         m.TokenEndpoint,
		RegistrationEndpoint:  m.RegistrationEndpoint,
	})
	if err != nil {
		return Metadata{}, fmt.Errorf("signed_metadata: %w", err)
	}
	m.SignedMetadata = signed
	return m, nil
}

// issuerName is the iss of signed_metadata: UDAP Security IG §2.3: iss SHALL be a URI of the certificate's SAN. That is the
// issuer, or, where a community only certifies it with a trailing slash, that spelling: clients compare iss with the SAN
// exactly, and with our base URL mostly without regard to the slash.
func issuerName(issuer string, s *Signer) (string, error) {
	uris, err := URISANs(s.chain[0])
	if err != nil {
		return "", err
	}
	for _, name := range []string{issuer, issuer + "/"} {
		if slices.Contains(uris, name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w %s: its URIs are %s", ErrNotNamed, issuer, list(uris))
}
