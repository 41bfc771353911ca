package idp

import (
	"context"
	"time"
)

// ChangeOver lets another certificate of ours sign in its community.
type ChangeOver struct {
	CertificateID string    // signs from now on
	Stopped       string    // id of the one that signed until now, "" when that was none or the same
	Revision      int64     // TrustRevision of what was looked at
	At            time.Time // Stopped signs nothing after it
}

// RetiredKey is a key that was in the key set. Its private part is gone; what it was stays on record.
type RetiredKey struct {
	ID          string // of the certificate
	CommunityID string
	KeyID       string
	Certificate []byte // DER
	CreatedAt   time.Time
	StoppedAt   time.Time // zero when it never signed, or signed until the end
	RetiredAt   time.Time
	How         RetiredHow
	Reason      string // of one that was withdrawn
	By          string // actor, as in AuditEvent; "" when its time was over
}

// RetiredHow is how a key left the key set.
type RetiredHow string

const (
	RetiredOver      RetiredHow = "over"      // whatever it signed had expired
	RetiredRemoved   RetiredHow = "removed"   // somebody deleted it; it did not sign
	RetiredWithdrawn RetiredHow = "withdrawn" // somebody took it out at once
)

// Keys changes which certificate of ours signs, and takes keys out of the key set. Both raise the TrustRevision.
type Keys interface {
	// ChangeOver makes a certificate the first of its community. ErrStale: the communities changed since Revision; ErrNotFound.
	ChangeOver(ctx context.Context, c ChangeOver, trail Trail) error
	// RetireKeys deletes certificates of ours with their keys, whichever signs, and keeps what they were. ErrStale; ErrNotFound when
	// one is not there; then nothing is deleted.
	RetireKeys(ctx context.Context, revision int64, keys []RetiredKey, trail Trail) error
	// RetiredKeys returns the last to retire first.
	RetiredKeys(ctx context.Context, limit int) ([]RetiredKey, error)
}
