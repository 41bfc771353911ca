package idp

import (
	"context"
	"time"
)

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

	Revision        int64     // counts changes by ChangeCommunity
	SuspendedAt     time.Time // zero unless the operator has suspended it
	SuspendedReason string
}

// CommunityCertificate is a certificate of ours in a community, with its private key sealed under the master key.
type CommunityCertificate struct {
	ID        string
	KeyID     string   // kid in the JWKS
	Chain     [][]byte // DER, leaf first
	SealedKey []byte   // PKCS #8 sealed by vault
	CreatedAt time.Time
	// StoppedAt is when a change-over made it stop signing; zero while it signs, or is to.
	StoppedAt time.Time
}

// CertificateRequest is a certificate of ours that a community has not issued yet.
type CertificateRequest struct {
	ID          string
	CommunityID string
	KeyID       string // kid in the JWKS, later
	Request     []byte // PKCS #10, DER
	SealedKey   []byte // PKCS #8 sealed by vault
	CreatedBy   string // a person's id, or the name of a command
	CreatedAt   time.Time
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

// Communities keeps the trust communities. Each change raises the trust revision, in the same transaction. Of a community that the
// operator suspended, the clients are refused everywhere as if each of them were.
type Communities interface {
	// AddCommunity returns ErrExists when one has the same URI.
	AddCommunity(ctx context.Context, c Community, events ...AuditEvent) error
	// Communities returns all, oldest first: where a certificate chains to two, the older community has precedence.
	Communities(ctx context.Context) ([]Community, error)
	// TrustRevision grows with every change of the communities, in the same transaction.
	TrustRevision(ctx context.Context) (int64, error)

	// ChangeCommunity replaces the name, the anchors, the intermediates, the settings and the suspension, if c.Revision is still
	// its own. Its certificates are not touched. ErrNotFound; ErrStale: somebody else changed it meanwhile.
	ChangeCommunity(ctx context.Context, c Community, events ...AuditEvent) error
	// DeleteCommunity deletes it with our certificates in it, their keys and our requests, and ends the registrations of its clients, if
	// revision is still its own. ErrNotFound; ErrStale.
	DeleteCommunity(ctx context.Context, id string, revision int64, now time.Time, events ...AuditEvent) error
	// ClientsOf returns up to limit clients of a community, not the cancelled ones, whose id is greater than after, in order of id.
	ClientsOf(ctx context.Context, communityID, after string, limit int) ([]Client, error)

	// CountClientsOf is how many there are.
	CountClientsOf(ctx context.Context, communityID string) (int, error)

	// AddCertificate adds a certificate of ours behind those that are there. ErrNotFound: no such community; ErrExists: we
	// hold one with that key in it.
	AddCertificate(ctx context.Context, communityID string, c CommunityCertificate, events ...AuditEvent) error

	// AddCertificateRequest returns ErrNotFound when there is no such community.
	AddCertificateRequest(ctx context.Context, r CertificateRequest, events ...AuditEvent) error
	// CertificateRequests returns those of a community that wait for a certificate, the oldest first.
	CertificateRequests(ctx context.Context, communityID string) ([]CertificateRequest, error)
	// CertificateRequest returns ErrNotFound when there is none.
	CertificateRequest(ctx context.Context, id string) (CertificateRequest, error)
	// AcceptCertificate is AddCertificate for what a request was answered with: the key is the request's, and the request is gone.
	// ErrNotFound: no such request, or it was answered before; ErrMismatch: c.KeyID is another; ErrExists.
	AcceptCertificate(ctx context.Context, requestID string, c CommunityCertificate, events ...AuditEvent) error
	// DiscardCertificateRequest deletes a request with its key. ErrNotFound.
	DiscardCertificateRequest(ctx context.Context, id string, events ...AuditEvent) error
}
