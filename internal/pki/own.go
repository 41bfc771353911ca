package pki

import (
	"crypto/x509"
	"time"
)

// State is how one of our certificates stands among those of its community.
type State string

const (
	Active   State = "active"   // it signs
	Next     State = "next"     // it will sign, when the active one ends or when its own time comes
	Retiring State = "retiring" // it signs nothing any more; its key stays in the JWKS until it is removed
	Expired  State = "expired"
)

// States tells how our certificates in a community stand, in the order of preference in which they are given. An expired
// one that signs because there is no other is Expired all the same.
func States(own []*x509.Certificate, now time.Time) []State {
	states := make([]State, len(own))
	for i := range own {
		states[i] = state(own, i, active(own, now), now)
	}
	return states
}

// States tells how our certificates in the community stand, in the order of Signers.
func (c Community) States(now time.Time) []State { return States(c.own(), now) }

func state(own []*x509.Certificate, i, active int, now time.Time) State {
	switch {
	case now.After(own[i].NotAfter):
		return Expired
	case now.Before(own[i].NotBefore):
		return Next
	case i == active:
		return Active
	case own[i].NotAfter.After(own[active].NotAfter):
		return Next
	}
	return Retiring
}

// active is which certificate signs at now: the first that is valid, or else the first.
func active(own []*x509.Certificate, now time.Time) int {
	for i, cert := range own {
		if valid(cert, now) {
			return i
		}
	}
	return 0
}

func valid(cert *x509.Certificate, now time.Time) bool {
	return !now.Before(cert.NotBefore) && !now.After(cert.NotAfter)
}

// replaced reports whether another of ours takes over from own[i] without a gap.
func replaced(own []*x509.Certificate, i int) bool {
	for j, other := range own {
		if j != i && !other.NotBefore.After(own[i].NotAfter) && other.NotAfter.After(own[i].NotAfter) {
			return true
		}
	}
	return false
}

// Signs is which of our certificates signs at now, -1 when there are none.
func Signs(own []*x509.Certificate, now time.Time) int {
	if len(own) == 0 {
		return -1
	}
	return active(own, now)
}
