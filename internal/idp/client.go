package idp

import "time"

// Client is a data holder that registered itself by UDAP dynamic client registration.
type Client struct {
	ID          string // client_id: UUIDv4
	CommunityID string
	URI         string // iss of its software statements: a URI SAN of its certificate, byte for byte

	Name                    string
	Organization            string // O of the certificate's subject, "" when it has none
	RedirectURIs            []string
	Contacts                []string
	LogoURI                 string
	GrantTypes              []string
	ResponseTypes           []string
	TokenEndpointAuthMethod string
	Scope                   string   // what was granted, separated by spaces
	SoftwareStatement       string   // as received
	Certificate             []byte   // DER of the leaf that signed it
	Certifications          []string // the certifications and endorsements that were accepted, as received

	// Settings are the operator's, and outlive a changed registration.
	Settings ClientSettings

	CreatedAt       time.Time
	UpdatedAt       time.Time
	CancelledAt     time.Time // zero while registered
	SuspendedAt     time.Time // zero unless the operator has suspended it
	SuspendedReason string    // the operator's words
}

// ClientSettings is what the operator decides about one client, in place of what its community says.
type ClientSettings struct {
	NoPKCE           *bool `json:"no_pkce,omitempty"`           // nil: as the community
	LoopbackRedirect *bool `json:"loopback_redirect,omitempty"` // nil: as the community

	Payload  string `json:"payload,omitempty"`  // payload profile: oidc, udap (the default), cms_can, tefca_ias, unified
	Audience string `json:"audience,omitempty"` // aud of its ID Tokens in place of the client_id: a canonical application id
}

// Sector is what a person's sub is stable for: the (trust community, URI) that identifies a registration (UDAP Security
// IG §3.4), so that a data holder that cancels and registers anew still recognises its patients.
func (c Client) Sector() string { return c.CommunityID + " " + c.URI }
