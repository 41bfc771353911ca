package revocation

import (
	"context"
	"crypto/x509"
	"time"
)

// renewPause is the least time between two attempts at one source that somebody asks for by hand.
const renewPause = 5 * time.Second

// Look tells what is known of one certificate from each of its sources, lists first, without asking anybody. A source that was not
// asked yet has no times. revoked is nil unless the evidence says so.
func (c *Checker) Look(cert, issuer *x509.Certificate) (sources []Status, revoked *Revoked) {
	clock := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range sourcesOf(cert, issuer) {
		e, ok := c.entries[s.key()]
		if !ok {
			e = &entry{source: s}
		}
		sources = append(sources, e.status(clock))
		if e.have == nil || revoked != nil || e.have.part.check(cert) != nil {
			continue
		}
		if entry, ok := e.have.revoked[serialKey(cert.SerialNumber)]; ok {
			revoked = &Revoked{Certificate: cert, At: entry.at, Reason: entry.reason, Source: s.url}
		}
	}
	return sources, revoked
}

// Renew asks every source of a certificate anew, though what is known may be in force, and waits for the answers or the end of ctx.
// What has not come by then goes on, and serves the next one who looks. A source that was asked a moment ago is left alone.
func (c *Checker) Renew(ctx context.Context, cert, issuer *x509.Certificate) {
	clock := time.Now()
	var flights []chan struct{}
	c.mu.Lock()
	for _, s := range sourcesOf(cert, issuer) {
		flights = c.again(c.entryFor(s, clock), clock, flights)
	}
	c.mu.Unlock()
	await(ctx, flights)
}

// RenewSource is Renew for one source of Status.
func (c *Checker) RenewSource(ctx context.Context, known Status) {
	clock := time.Now()
	var flights []chan struct{}
	c.mu.Lock()
	if e, ok := c.entries[known.key]; ok {
		flights = c.again(e, clock, nil)
	}
	c.mu.Unlock()
	await(ctx, flights)
}

// again asks a source anew, unless that was done a moment ago. The caller holds c.mu.
func (c *Checker) again(e *entry, clock time.Time, flights []chan struct{}) []chan struct{} {
	if e.flight == nil && clock.Sub(e.tried) < min(renewPause, c.retry()) {
		return flights
	}
	return append(flights, c.startAnew(e))
}

func await(ctx context.Context, flights []chan struct{}) {
	for _, flight := range flights {
		select {
		case <-flight:
		case <-ctx.Done():
			return
		}
	}
}
