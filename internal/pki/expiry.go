package pki

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"time"
)

// Kind is what a certificate is to a community.
type Kind string

const (
	KindOwn          Kind = "own"
	KindAnchor       Kind = "anchor"
	KindIntermediate Kind = "intermediate"
)

// Level is how near the end of a certificate is. A higher one is worse.
type Level int

const (
	Fine     Level = iota // more than 60 days
	Within60              // 60 days or less: order a new one
	Within30              // 30 days or less
	Within7               // 7 days or less
	Over                  // expired
)

// Day is what days left are counted in.
const Day = 24 * time.Hour

// LevelOf is the level of a certificate with this much time left.
func LevelOf(left time.Duration) Level {
	switch {
	case left < 0:
		return Over
	case left <= 7*Day:
		return Within7
	case left <= 30*Day:
		return Within30
	case left <= 60*Day:
		return Within60
	}
	return Fine
}

// Expiry is when one certificate of a community ends.
type Expiry struct {
	Community   string // its URI
	CommunityID string
	Kind        Kind
	Subject     string
	SHA256      string // of the DER, in hex
	NotAfter    time.Time
	Days        int // left, whole ones; negative once it is over
	Level       Level
	// Replaced says that another of our certificates takes over without a gap: there is nothing to do.
	Replaced bool
}

// Expiries tells when the certificates of the communities end: ours, the anchors and the intermediates, the first to end
// first.
func Expiries(communities []Community, now time.Time) []Expiry {
	var all []Expiry
	for _, c := range communities {
		add := func(kind Kind, cert *x509.Certificate, replaced bool) {
			all = append(all, expiryOf(c, kind, cert, replaced, now))
		}
		own := c.own()
		for i, cert := range own {
			add(KindOwn, cert, replaced(own, i))
		}
		for _, cert := range c.Anchors {
			add(KindAnchor, cert, false)
		}
		for _, cert := range c.Intermediates {
			add(KindIntermediate, cert, false)
		}
	}
	slices.SortStableFunc(all, func(a, b Expiry) int { return cmp.Compare(a.NotAfter.Unix(), b.NotAfter.Unix()) })
	return all
}

func expiryOf(c Community, kind Kind, cert *x509.Certificate, replaced bool, now time.Time) Expiry {
	sum := sha256.Sum256(cert.Raw)
	left := cert.NotAfter.Sub(now)
	return Expiry{
		Community: c.URI, CommunityID: c.ID, Kind: kind, Subject: cert.Subject.String(), SHA256: hex.EncodeToString(sum[:]),
		NotAfter: cert.NotAfter.UTC(), Days: DaysLeft(left), Level: LevelOf(left), Replaced: replaced,
	}
}

// DaysLeft are the whole days in left, rounded down: -1 in the first day after the end.
func DaysLeft(left time.Duration) int {
	days := int(left / Day)
	if left%Day < 0 {
		days--
	}
	return days
}
