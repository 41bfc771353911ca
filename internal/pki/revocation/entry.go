package revocation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ocsp"

	"udap-idp/internal/pki/fetch"
)

// retryAfter is the least time between two attempts at one source, unless the interval is shorter.
const retryAfter = 30 * time.Second

// entry is what is known from one source. Checker.mu guards its fields, source apart.
type entry struct {
	source  source
	key     string
	have    *evidence // the last that was accepted; it may be out of date
	fetched time.Time // when have came
	tried   time.Time // the last attempt
	problem error     // of that attempt
	used    time.Time
	flight  chan struct{} // closed when the attempt under way has ended
	onDisk  bool          // the disk was asked
}

// fresh reports whether the entry answers without an attempt.
func (e *entry) fresh(now, clock time.Time, interval time.Duration) bool {
	return e.have != nil && e.have.inForce(now) && clock.Sub(e.fetched) < interval
}

// due reports whether the background should try, ahead of those who would have to wait.
func (e *entry) due(clock time.Time, interval time.Duration) bool {
	if e.flight != nil || clock.Sub(e.tried) < min(retryAfter, interval/2) {
		return false
	}
	if e.have == nil {
		return true
	}
	return clock.Sub(e.fetched) >= interval*3/4 || !clock.Before(e.have.nextUpdate.Add(-refreshLead(e.have)))
}

func (c *Checker) retry() time.Duration { return min(retryAfter, c.interval) }

// known is what an entry had to say at one moment.
type known struct {
	have    *evidence
	fetched time.Time
	problem error
}

// ask returns what is known from a source, after an attempt if that is due.
func (c *Checker) ask(ctx context.Context, s source, now time.Time) known {
	clock := time.Now()
	c.mu.Lock()
	e := c.entryFor(s, clock)
	if e.fresh(now, clock, c.interval) || e.flight == nil && clock.Sub(e.tried) < c.retry() {
		defer c.mu.Unlock()
		return known{e.have, e.fetched, e.problem}
	}
	flight := c.start(e)
	c.mu.Unlock()

	var left error
	select {
	case <-flight:
	case <-ctx.Done():
		left = context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if left != nil {
		return known{e.have, e.fetched, left}
	}
	return known{e.have, e.fetched, e.problem}
}

// askFor is ask for one who waits no longer than patience.
func (c *Checker) askFor(ctx context.Context, patience time.Duration, s source, now time.Time) known {
	waiting, cancel := context.WithTimeoutCause(ctx, patience, errNotInTime)
	defer cancel()
	return c.ask(waiting, s, now)
}

// errNotInTime: the source is slower than a caller waits. The attempt goes on.
var errNotInTime = fmt.Errorf("%w: still waiting for it", fetch.ErrTimeout)

// entryFor finds or makes the entry. The caller holds c.mu.
func (c *Checker) entryFor(s source, clock time.Time) *entry {
	key := s.key()
	e, ok := c.entries[key]
	if !ok {
		c.makeRoom()
		e = &entry{source: s, key: key}
		c.entries[key] = e
	}
	e.used = clock
	return e
}

// makeRoom drops what was not used for the longest time. The caller holds c.mu.
func (c *Checker) makeRoom() {
	if len(c.entries) < c.maxEntries {
		return
	}
	var oldest *entry
	for _, e := range c.entries {
		if e.flight == nil && (oldest == nil || e.used.Before(oldest.used)) {
			oldest = e
		}
	}
	if oldest != nil {
		delete(c.entries, oldest.key)
	}
}

var errClosed = errors.New("the checker is closed")

// start joins the attempt under way or begins one, which does not end with whoever asked for it. The caller holds c.mu.
func (c *Checker) start(e *entry) chan struct{} { return c.begin(e, false) }

// startAnew is start for who wants the source asked even if the disk has evidence in force. The caller holds c.mu.
func (c *Checker) startAnew(e *entry) chan struct{} { return c.begin(e, true) }

func (c *Checker) begin(e *entry, anew bool) chan struct{} {
	if e.flight != nil {
		return e.flight
	}
	flight := make(chan struct{})
	if c.life.Err() != nil {
		e.problem = errClosed
		close(flight)
		return flight
	}
	e.flight = flight
	fromDisk := !e.onDisk
	e.onDisk = true
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		if loaded := fromDisk && c.loadInto(e); anew || !loaded {
			c.attempt(e)
		}
		c.mu.Lock()
		e.flight = nil
		c.mu.Unlock()
		close(flight)
	}()
	return flight
}

// loadInto reports whether the disk had evidence that makes an attempt needless.
func (c *Checker) loadInto(e *entry) bool {
	raw, fetched, err := c.disk.load(e.key, e.source.kind)
	if err != nil {
		if !errors.Is(err, errNotOnDisk) {
			c.log.Warn("kept revocation evidence cannot be read", "url", e.source.url, "error", err)
		}
		return false
	}
	have, err := e.source.read(raw, fetched)
	if err != nil {
		c.log.Warn("kept revocation evidence is not used", "url", e.source.url, "error", err)
		return false
	}
	have.raw = nil
	clock := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	e.have, e.fetched = have, fetched
	return e.fresh(clock, clock, c.interval)
}

// attempt fetches, verifies and keeps.
func (c *Checker) attempt(e *entry) {
	have, err := c.obtain(e.source)
	clock := time.Now()
	// e.have is written by attempts only, of which there is one at a time: it can be read here without the lock.
	if err == nil {
		err = e.accept(have, clock)
	}
	if err != nil {
		c.mu.Lock()
		e.tried, e.problem = clock, err
		c.mu.Unlock()
		c.log.Warn("revocation evidence cannot be had", "url", e.source.url, "error", err)
		return
	}
	news := e.have != nil && !e.have.saysSame(have) || e.have == nil && len(have.revoked) > 0
	raw := have.raw
	have.raw = nil // the disk has it
	c.mu.Lock()
	e.have, e.fetched, e.tried, e.problem = have, clock, clock, nil
	c.mu.Unlock()
	if news {
		c.generation.Add(1)
	}
	if err := c.disk.save(e.key, e.source.kind, raw); err != nil {
		c.log.Warn("revocation evidence cannot be kept", "url", e.source.url, "error", err)
	}
}

// accept refuses evidence from the future and evidence that would take back what is known.
func (e *entry) accept(next *evidence, clock time.Time) error {
	if clock.Add(skew).Before(next.thisUpdate) {
		return unacceptable("it is of %s, which has not come yet", stamp(next.thisUpdate))
	}
	if e.source.kind == kindOCSP && len(next.revoked) > 0 {
		return nil // responders behind one address may differ by seconds, and a revocation must not be lost by that
	}
	return checkSuccessor(e.have, next)
}

// obtain asks the source.
func (c *Checker) obtain(s source) (*evidence, error) {
	if s.kind == kindCRL {
		raw, err := c.fetcher.Get(c.life, s.url, fetch.MaxCRL)
		if err != nil {
			return nil, err
		}
		return s.read(raw, time.Now())
	}
	request, err := ocsp.CreateRequest(s.cert, s.issuer, nil)
	if err != nil {
		return nil, fmt.Errorf("OCSP request: %w", err)
	}
	raw, err := c.fetcher.Post(c.life, s.url, "application/ocsp-request", request, fetch.MaxOCSP)
	if err != nil {
		return nil, err
	}
	return s.read(raw, time.Now())
}

// read verifies what came from the source at a time.
func (s source) read(raw []byte, at time.Time) (*evidence, error) {
	if s.kind == kindCRL {
		return readCRL(raw, s.issuer)
	}
	return readOCSP(raw, s.cert, s.issuer, at)
}
