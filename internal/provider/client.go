package provider

import (
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/idp"
)

// client is a data holder as the library sees it.
type client struct {
	idp.Client
}

func (c client) GetID() string          { return c.ID }
func (c client) RedirectURIs() []string { return c.Client.RedirectURIs }

// ApplicationType: a data holder is a confidential web client (UDAP Security IG §3: clients without a key of their own are
// not registered).
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodPrivateKeyJWT }

// ResponseTypes and GrantTypes: what the tiered flow has (UDAP Tiered OAuth §3.4), whatever was registered besides.
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) GrantTypes() []oidc.GrantType { return []oidc.GrantType{oidc.GrantTypeCode} }

func (c client) IsScopeAllowed(scope string) bool {
	return slices.Contains(words(c.Scope), scope)
}

func (c client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeBearer }
func (c client) IDTokenLifetime() time.Duration      { return TokenLifetime }

// The rest is for parts of the library that are not in use: its login page, its token code, its logout.
func (c client) LoginURL(string) string               { return "" }
func (c client) PostLogoutRedirectURIs() []string     { return nil }
func (c client) DevMode() bool                        { return false }
func (c client) IDTokenUserinfoClaimsAssertion() bool { return false }
func (c client) ClockSkew() time.Duration             { return 0 }
func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return func([]string) []string { return nil }
}
func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return func([]string) []string { return nil }
}
