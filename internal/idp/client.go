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
	Scope                   string // what was granted, separated by spaces
	SoftwareStatement       string // as received
	Certificate             []byte // DER of the leaf that signed it

	CreatedAt   time.Time
	UpdatedAt   time.Time
	CancelledAt time.Time // zero while registered
}

// Sector is what a person's sub is stable for: the (trust community, URI) that identifies a registration (UDAP Security
// IG §3.4), so that a data holder that cancels and registers anew still recognises its patients.
func (c Client) Sector() string { return c.CommunityID + " " + c.URI }

// Community is a trust community: whom it trusts, and our certificate in it.
type Community struct {
	ID            string
	URI           string // as in the community parameter, compared exactly
	Name          string
	Anchors       [][]byte // DER
	Intermediates [][]byte // DER
	Certificates  []CommunityCertificate
	CreatedAt     time.Time
}

// CommunityCertificate is a certificate of ours in a community, with its private key sealed under the master key.
type CommunityCertificate struct {
	ID        string
	KeyID     string   // kid in the JWKS
	Chain     [][]byte // DER, leaf first
	SealedKey []byte   // PKCS #8 sealed by vault
	CreatedAt time.Time
}
