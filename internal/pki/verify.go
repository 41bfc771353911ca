package pki

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/pki/revocation"
)

// verified is a chain that was found good in a community.
type verified struct {
	community   Community
	from, until time.Time // while it is so
	generation  uint64    // of the revocation evidence
}

// verify returns the first of the communities that the chain leads into. If there is none, the chain is tried once more with
// the issuers that can be fetched.
func (t *Trust) verify(ctx context.Context, communities []Community, chain []*x509.Certificate, now time.Time) (verified, error) {
	v, err := t.firstOf(ctx, communities, chain, now)
	if err == nil || t.issuers == nil || !errors.Is(err, ErrUntrusted) || errors.Is(err, ErrRevoked) {
		return v, err
	}
	more := t.issuers.chase(ctx, checked(communities), chain, now)
	if len(more) == 0 {
		return v, err
	}
	longer := append([]*x509.Certificate{chain[0]}, more...)
	return t.firstOf(ctx, communities, append(longer, chain[1:]...), now)
}

// checked are the communities whose members' revocation is checked. For the others nobody is asked for anything.
func checked(communities []Community) []Community {
	var some []Community
	for _, c := range communities {
		if c.Revocation.Mode != revocation.NoCheck {
			some = append(some, c)
		}
	}
	return some
}

// firstOf goes through the communities in order. One that cannot be checked ends the search: otherwise a chain would
// belong to another community whenever a list cannot be fetched.
func (t *Trust) firstOf(ctx context.Context, communities []Community, chain []*x509.Certificate, now time.Time) (verified, error) {
	best := &Untrusted{links: -1}
	for _, c := range communities {
		v, err := t.verifyIn(ctx, c, chain, now)
		if err == nil {
			return v, nil
		}
		var untrusted *Untrusted
		if !errors.As(err, &untrusted) {
			return verified{}, err
		}
		if revokedItself(err) {
			return verified{}, untrusted // no community trusts a key whose own issuer has withdrawn it
		}
		if untrusted.links > best.links {
			best = untrusted
		}
	}
	if best.links == 0 && best.problem != "" && len(communities) > 1 {
		best = &Untrusted{Reason: fmt.Sprintf("no path to an anchor of any of the %d trust communities known here: %s", len(communities), best.problem)}
	}
	return verified{}, best
}

func revokedItself(err error) bool {
	var revoked *Revoked
	return errors.As(err, &revoked) && revoked.Position == 0
}

// verifyIn builds the paths into one community and takes the first that is not revoked.
func (t *Trust) verifyIn(ctx context.Context, c Community, chain []*x509.Certificate, now time.Time) (verified, error) {
	t.built.Add(1)
	v := verified{community: c, generation: t.generation()}
	good, err := paths(c, chain, now)
	if err != nil {
		return verified{}, err
	}
	var refused error
	for _, path := range good {
		v.from, v.until = validity(path)
		until, err := t.checkRevocation(ctx, c, path, now)
		if err == nil {
			if !until.IsZero() && until.Before(v.until) {
				v.until = until
			}
			return v, nil
		}
		refused = worse(refused, err)
	}
	return verified{}, refused
}

// worse picks what is told of two paths that were refused: that the participant's own certificate is revoked, then that
// one of them cannot be checked, because that one may still turn out good.
func worse(a, b error) error {
	if a == nil || !revokedItself(a) && (revokedItself(b) || errors.Is(a, ErrUntrusted) && !errors.Is(b, ErrUntrusted)) {
		return b
	}
	return a
}

// validity is the time in which every certificate of the path is valid.
func validity(path []*x509.Certificate) (from, until time.Time) {
	from, until = path[0].NotBefore, path[0].NotAfter
	for _, cert := range path[1:] { // crypto/x509 checks the dates of an anchor as well
		if cert.NotBefore.After(from) {
			from = cert.NotBefore
		}
		if cert.NotAfter.Before(until) {
			until = cert.NotAfter
		}
	}
	return from, until
}

// checkRevocation returns until when the answer holds; zero is as long as the certificates.
func (t *Trust) checkRevocation(ctx context.Context, c Community, path []*x509.Certificate, now time.Time) (time.Time, error) {
	if t.revocation == nil {
		return time.Time{}, nil
	}
	until, err := t.revocation.Check(ctx, path, c.Revocation, now)
	var revoked *Revoked
	if errors.As(err, &revoked) {
		return time.Time{}, &Untrusted{Reason: revoked.Error(), links: maxPath, cause: revoked}
	}
	return until, err
}

func (t *Trust) generation() uint64 {
	if t.revocation == nil {
		return 0
	}
	return t.revocation.Generation()
}
