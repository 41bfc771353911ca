package idp

import "time"

// Community is a trust community: whom it trusts, and our certificates in it.
type Community struct {
	ID            string
	URI           string // as in the community parameter, compared exactly
	Name          string
	Anchors       [][]byte // DER
	Intermediates [][]byte // DER
	// Certificates are ours: the first is the active one, unless it has run out. The others' keys are in the JWKS as well:
	// the next ones, and those that were active before.
	Certificates []CommunityCertificate
	Settings     CommunitySettings
	CreatedAt    time.Time
}

// CommunityCertificate is a certificate of ours in a community, with its private key sealed under the master key.
type CommunityCertificate struct {
	ID        string
	KeyID     string   // kid in the JWKS
	Chain     [][]byte // DER, leaf first
	SealedKey []byte   // PKCS #8 sealed by vault
	CreatedAt time.Time
}

// CommunitySettings is what the operator decides about a community. The zero value is the strictest.
type CommunitySettings struct {
	Revocation     RevocationSettings    `json:"revocation,omitzero"`
	Compatibility  Compatibility         `json:"compatibility,omitzero"`
	Certifications CertificationSettings `json:"certifications,omitzero"`
	// Healthcare says that the members are healthcare organisations that are trusted with Digital Identifiers.
	Healthcare bool `json:"healthcare,omitempty"`
}

// RevocationSettings is how the revocation of a community's certificates is checked.
type RevocationSettings struct {
	Mode          string        `json:"mode,omitempty"`           // hard-fail, soft-fail or no-check; "" is hard-fail
	Grace         time.Duration `json:"grace,omitempty"`          // with soft-fail: how long a list counts after its end
	WithoutSource bool          `json:"without_source,omitempty"` // accept certificates that name no list and no responder
}

// Compatibility is what the strict reading of the specification refuses, and the operator allows. Each use is recorded.
type Compatibility struct {
	NoPKCE           bool `json:"no_pkce,omitempty"`            // clients of UDAP Security IG STU1 send no code_challenge
	LoopbackRedirect bool `json:"loopback_redirect,omitempty"`  // http redirect URIs to the client's own machine
	ListRefreshToken bool `json:"list_refresh_token,omitempty"` // refresh_token in grant_types_supported, though it is never granted
}

// For is what holds for one client of the community.
func (c Compatibility) For(client ClientSettings) Compatibility {
	if client.NoPKCE != nil {
		c.NoPKCE = *client.NoPKCE
	}
	if client.LoopbackRedirect != nil {
		c.LoopbackRedirect = *client.LoopbackRedirect
	}
	return c
}

// CertificationSettings is which certifications and endorsements a community asks its clients for (UDAP Certifications and
// Endorsements for Client Applications). With none supported, whatever a client sends is ignored.
type CertificationSettings struct {
	Supported []string `json:"supported,omitempty"` // URIs of certifications
	Required  []string `json:"required,omitempty"`  // a part of Supported
	Anchors   [][]byte `json:"anchors,omitempty"`   // DER: who may certify; none: who leads to an anchor of the community
}
