package keys

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
)

const (
	// follow is within which a server acts on what is stored: half a second, or the ten for which it goes on without a database.
	follow = 15 * time.Second
	// Lead is how long a key is in the key set before it signs: the key set may be kept for five minutes (Cache-Control).
	Lead = 5*time.Minute + follow
	// Keep is how long a key stays in the key set after it signed last: signed metadata is good for a day, an ID Token for five minutes.
	Keep = 24*time.Hour + 5*time.Minute
	// TokenLifetime is for how long an ID Token is good: what a withdrawal takes away.
	TokenLifetime = 5 * time.Minute
)

// Store is the part of idp.Store that is used.
type Store interface {
	idp.Keys
	Communities(ctx context.Context) ([]idp.Community, error)
	TrustRevision(ctx context.Context) (int64, error)
}

// Keys is the keys of a server. It is safe for use by many goroutines.
type Keys struct {
	Store Store
	Now   func() time.Time // nil: the system's clock
}

// State is how a key stands.
type State string

const (
	Next     State = "next"
	Active   State = "active"
	Retiring State = "retiring"
	Expired  State = "expired" // its certificate has ended; if there is no other it signs all the same, and is refused
	Retired  State = "retired"
)

// Key is a key of ours with its certificate.
type Key struct {
	ID          string // of the certificate
	CommunityID string
	KeyID       string // kid in the key set
	Algorithm   string // RS256 …, "" when the certificate cannot be read
	Subject     string
	State       State
	Signs       bool // now
	CreatedAt   time.Time
	Begins      time.Time
	Ends        time.Time
	ReadyAt     time.Time // of a next one: from when it may sign without an invalid moment
	StoppedAt   time.Time // of a retiring one: when it signed last, as far as that is known
	LeavesAt    time.Time // of a retiring or expired one: when it leaves the key set; zero when it stays until somebody removes it
	Retired     idp.RetiredKey
}

// Ring is the keys of one community: those in the key set in the order in which they would sign, then those that were.
type Ring struct {
	Community idp.Community
	Keys      []Key
	Retired   []Key
	// TakesOver is the key that signs by itself when the active one ends, "" when there is none.
	TakesOver string
}

// retiredShown is how many retired keys are listed, of all communities.
const retiredShown = 100

// Rings are the keys of every community.
func (k *Keys) Rings(ctx context.Context) ([]Ring, error) {
	communities, err := k.Store.Communities(ctx)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	retired, err := k.Store.RetiredKeys(ctx, retiredShown)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	now := k.now()
	rings := make([]Ring, len(communities))
	for i, c := range communities {
		if rings[i], err = ringOf(c, now); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		for _, r := range retired {
			if r.CommunityID == c.ID {
				rings[i].Retired = append(rings[i].Retired, retiredKey(r))
			}
		}
	}
	return rings, nil
}

// ringOf tells how the keys of a community stand.
func ringOf(c idp.Community, now time.Time) (Ring, error) {
	ring := Ring{Community: c}
	leaves := make([]*x509.Certificate, len(c.Certificates))
	for i, own := range c.Certificates {
		leaf, err := leafOf(own)
		if err != nil {
			return ring, fmt.Errorf("our certificate %s in %s: %w", own.ID, c.URI, err)
		}
		leaves[i] = leaf
	}
	states := pki.States(leaves, now)
	signs := pki.Signs(leaves, now)
	for i, own := range c.Certificates {
		key := keyOf(own, leaves[i])
		key.CommunityID, key.State, key.Signs = c.ID, State(states[i]), i == signs
		key.stand(own, c.Certificates[signs].CreatedAt)
		ring.Keys = append(ring.Keys, key)
	}
	if signs >= 0 {
		then := leaves[signs].NotAfter.Add(time.Second)
		if after := pki.Signs(leaves, then); after != signs && leaves[after].NotAfter.After(then) {
			ring.TakesOver = c.Certificates[after].ID
		}
	}
	return ring, nil
}

// stand fills in what follows from the state. A change-over says more than the dates: what it stopped is not the next one, and what
// came after the active one and was never stopped has not signed yet, though it may end before.
func (k *Key) stand(own idp.CommunityCertificate, activeSince time.Time) {
	switch {
	case k.State == Next && !own.StoppedAt.IsZero():
		k.State = Retiring
	case k.State == Retiring && own.StoppedAt.IsZero() && own.CreatedAt.After(activeSince):
		k.State = Next
	}
	switch k.State {
	case Next:
		k.ReadyAt = own.CreatedAt.Add(Lead)
		if k.Begins.After(k.ReadyAt) {
			k.ReadyAt = k.Begins
		}
	case Retiring:
		k.StoppedAt = own.StoppedAt
	case Expired:
		k.StoppedAt = k.Ends
		if !own.StoppedAt.IsZero() && own.StoppedAt.Before(k.Ends) {
			k.StoppedAt = own.StoppedAt
		}
	}
	if !k.StoppedAt.IsZero() && !k.Signs {
		k.LeavesAt = k.StoppedAt.Add(Keep)
	}
}

func keyOf(own idp.CommunityCertificate, leaf *x509.Certificate) Key {
	return Key{
		ID: own.ID, KeyID: own.KeyID, Algorithm: algorithmOf(leaf), Subject: subjectOf(leaf), CreatedAt: own.CreatedAt,
		Begins: leaf.NotBefore.UTC(), Ends: leaf.NotAfter.UTC(),
	}
}

func retiredKey(r idp.RetiredKey) Key {
	key := Key{ID: r.ID, CommunityID: r.CommunityID, KeyID: r.KeyID, State: Retired, CreatedAt: r.CreatedAt, StoppedAt: r.StoppedAt, Retired: r}
	if leaf, err := x509.ParseCertificate(r.Certificate); err == nil {
		key.Algorithm, key.Subject, key.Begins, key.Ends = algorithmOf(leaf), subjectOf(leaf), leaf.NotBefore.UTC(), leaf.NotAfter.UTC()
	}
	return key
}

func leafOf(own idp.CommunityCertificate) (*x509.Certificate, error) {
	if len(own.Chain) == 0 {
		return nil, fmt.Errorf("it has no certificate")
	}
	return x509.ParseCertificate(own.Chain[0])
}

// algorithmOf is what a key signs with (UDAP Security IG §7.1.2).
func algorithmOf(leaf *x509.Certificate) string {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RS256"
	case *ecdsa.PublicKey:
		if key.Curve.Params().BitSize == 384 {
			return "ES384"
		}
		return "ES256"
	}
	return ""
}

func subjectOf(leaf *x509.Certificate) string {
	if leaf.Subject.CommonName != "" {
		return leaf.Subject.CommonName
	}
	return leaf.Subject.String()
}

func (k *Keys) now() time.Time {
	if k.Now == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return k.Now().UTC().Truncate(time.Microsecond)
}
