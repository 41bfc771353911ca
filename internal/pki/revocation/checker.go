package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"udap-idp/internal/pki/fetch"
)

// Options of a Checker. Fetcher is needed, the rest may be zero.
type Options struct {
	Fetcher *fetch.Fetcher
	// Folder keeps evidence over a restart; "" keeps it in memory only. It is made with mode 0700.
	Folder string
	// Interval is after how long evidence is asked for anew though it is still in force; 0 is an hour.
	Interval time.Duration
	// Wait is how long one Check waits for all sources of a certificate together; 0 is ten seconds. What has not come by
	// then is not waited for, and serves the next one.
	Wait time.Duration
	// MaxEntries bounds how many sources are remembered; 0 is 4096.
	MaxEntries int
	Log        *slog.Logger // nil logs nothing
}

// Checker answers whether certificates are revoked. It is safe for use by many goroutines.
type Checker struct {
	fetcher    *fetch.Fetcher
	disk       disk
	interval   time.Duration
	wait       time.Duration
	maxEntries int
	log        *slog.Logger
	generation atomic.Uint64

	life context.Context // ends with Close
	end  context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	entries map[string]*entry
}

// New makes a Checker, and the folder if there is none.
func New(o Options) (*Checker, error) {
	if o.Fetcher == nil {
		return nil, errors.New("revocation: no fetcher")
	}
	if o.Interval < 0 || o.Wait < 0 || o.MaxEntries < 0 {
		return nil, errors.New("revocation: the interval, the wait and the number of entries cannot be negative")
	}
	d, err := openDisk(o.Folder)
	if err != nil {
		return nil, err
	}
	c := &Checker{fetcher: o.Fetcher, disk: d, interval: o.Interval, wait: o.Wait,
		maxEntries: o.MaxEntries, log: o.Log, entries: map[string]*entry{}}
	if c.interval == 0 {
		c.interval = time.Hour
	}
	if c.wait == 0 {
		c.wait = 10 * time.Second
	}
	if c.maxEntries == 0 {
		c.maxEntries = 4096
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.life, c.end = context.WithCancel(context.Background())
	return c, nil
}

// Close ends what is under way and waits for it. Checks after it use what is known.
func (c *Checker) Close() {
	c.mu.Lock() // no attempt may begin between the end of life and the wait
	c.end()
	c.mu.Unlock()
	c.wg.Wait()
}

// Generation changes whenever new evidence says something else than the evidence before: an answer of Check that was
// remembered under another generation must be asked for again.
func (c *Checker) Generation() uint64 { return c.generation.Load() }

// Check looks at every certificate of the path below its last, the anchor, at now. until is when nil must be asked for again. The
// error is *Revoked, *Unchecked or that of ctx; a revoked certificate counts more than one that cannot be checked.
func (c *Checker) Check(ctx context.Context, path []*x509.Certificate, p Policy, now time.Time) (until time.Time, err error) {
	if p.Mode == NoCheck || len(path) < 2 {
		return now.Add(c.interval), nil
	}
	verdicts := make([]verdict, len(path)-1)
	var wg sync.WaitGroup
	for i := range verdicts {
		wg.Go(func() { verdicts[i] = c.checkOne(ctx, path[i], path[i+1], i, p, now) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return time.Time{}, fmt.Errorf("check revocation: %w", err)
	}
	return worst(verdicts, now.Add(c.interval))
}

// verdict is about one certificate.
type verdict struct {
	until time.Time
	err   error
}

func worst(verdicts []verdict, until time.Time) (time.Time, error) {
	var unchecked error
	for _, v := range verdicts {
		switch {
		case errors.Is(v.err, ErrRevoked):
			return time.Time{}, v.err
		case v.err != nil && unchecked == nil:
			unchecked = v.err
		case v.err == nil && v.until.Before(until):
			until = v.until
		}
	}
	if unchecked != nil {
		return time.Time{}, unchecked
	}
	return until, nil
}

// checkOne asks the sources of a certificate one after the other until one answers.
func (c *Checker) checkOne(ctx context.Context, cert, issuer *x509.Certificate, position int, p Policy, now time.Time) verdict {
	sources := sourcesOf(cert, issuer)
	if len(sources) == 0 {
		if p.AllowWithoutSource {
			return verdict{until: now.Add(c.interval)}
		}
		return verdict{err: &Unchecked{Certificate: cert, Position: position, Permanent: true,
			Problem: "it names neither a CRL distribution point with an http or https URL nor an OCSP responder"}}
	}
	var first error
	var graced verdict
	unknown := false
	deadline := time.Now().Add(c.wait)
	for i, s := range sources {
		// A slow source leaves the others their part of the time.
		k := c.askFor(ctx, time.Until(deadline)/time.Duration(len(sources)-i), s, now)
		until, err := c.judge(s, k, now)
		if err == nil {
			return verdict{until: until}
		}
		var revoked *Revoked
		if errors.As(err, &revoked) {
			revoked.Position = position
			return verdict{err: revoked}
		}
		if first == nil {
			first = err
		}
		unknown = unknown || k.have != nil && k.have.unknown
		if until := c.grace(s, k, p, now); until.After(graced.until) {
			graced = verdict{until: until}
		}
	}
	if !graced.until.IsZero() && !unknown {
		c.log.Warn("revocation evidence out of date was used", "certificate", Serial(cert.SerialNumber), "problem", first)
		return verdict{until: minTime(graced.until, now.Add(c.retry()))}
	}
	unchecked := &Unchecked{Certificate: cert, Position: position, Problem: first.Error(), Cause: errors.Unwrap(first), Wait: c.retry()}
	return verdict{err: unchecked}
}

// judge tells until when the evidence clears the certificate, or why it does not.
func (c *Checker) judge(s source, k known, now time.Time) (time.Time, error) {
	if k.have == nil {
		return time.Time{}, problem(s, k.problem)
	}
	if err := k.have.part.check(s.cert); err != nil {
		return time.Time{}, problem(s, err)
	}
	if entry, ok := k.have.revoked[serialKey(s.cert.SerialNumber)]; ok {
		return time.Time{}, &Revoked{Certificate: s.cert, At: entry.at, Reason: entry.reason, Source: s.url}
	}
	switch {
	case k.have.unknown:
		return time.Time{}, fmt.Errorf("%s does not know the certificate", s.title())
	case now.Add(skew).Before(k.have.thisUpdate):
		return time.Time{}, fmt.Errorf("%s is of %s, which has not come yet", s.title(), stamp(k.have.thisUpdate))
	case !k.have.inForce(now):
		text := fmt.Sprintf("%s is out of date since %s", s.title(), stamp(k.have.nextUpdate))
		if k.problem != nil {
			text += " and there is no newer one"
		}
		return time.Time{}, withCause(text, k.problem)
	}
	left := c.interval - time.Since(k.fetched)
	if left <= 0 { // it could not be asked for anew
		left = c.retry()
	}
	return minTime(k.have.nextUpdate, now.Add(left)), nil
}

// grace tells until when evidence that is out of date still counts; zero is not at all.
func (c *Checker) grace(s source, k known, p Policy, now time.Time) time.Time {
	if p.Mode != SoftFail || k.have == nil || k.have.unknown || k.have.part.check(s.cert) != nil {
		return time.Time{}
	}
	if end := k.have.nextUpdate.Add(p.Grace); !now.Before(k.have.nextUpdate) && now.Before(end) {
		return end
	}
	return time.Time{}
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// caused is an error whose text can be shown, with a cause that cannot.
type caused struct {
	text  string
	cause error
}

func (c *caused) Error() string { return c.text }
func (c *caused) Unwrap() error { return c.cause }

func withCause(text string, cause error) error { return &caused{text: text, cause: cause} }

// problem tells what is wrong with a source in words that may be shown to the other side. What our network had to say is not
// among them.
func problem(s source, cause error) error {
	if errors.Is(cause, errEvidence) {
		return withCause(s.title()+" is "+cause.Error(), cause)
	}
	words := "cannot be fetched"
	for _, known := range []error{fetch.ErrTooLarge, fetch.ErrTimeout, fetch.ErrStatus, fetch.ErrForbidden} {
		if errors.Is(cause, known) {
			words += ": " + known.Error()
			break
		}
	}
	return withCause(s.title()+" "+words, cause)
}
