package attempts

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"udap-idp/internal/idp"
)

// Store is the part of idp.Store that the log writes to.
type Store interface {
	RecordAttempts(ctx context.Context, attempts []idp.Attempt) error
	TrimAttempts(ctx context.Context, limits idp.AttemptLimits, now time.Time) (int64, error)
}

// Config is what a Log is made of.
type Config struct {
	Store Store
	Log   *slog.Logger // a line for each attempt; slog.Default() when nil
	// RequestID is the number of the request that ctx belongs to. Nil: they have none.
	RequestID func(ctx context.Context) string
	// Limits are what Trim keeps, at the moment. Nil: nothing.
	Limits func() idp.AttemptLimits
	// PerMinute is how many attempts of strangers get a row of their own within a minute, and PerAddress how many of these
	// from one address; 0 is 120 and 20.
	PerMinute, PerAddress int
}

const (
	defaultPerMinute  = 120
	defaultPerAddress = 20

	// maxProved and maxStrangers bound the two queues. What finds its queue full is summed.
	maxProved    = 2000
	maxStrangers = 300

	maxBatch = 200                    // rows in one transaction
	gather   = 250 * time.Millisecond // how long the first row of a batch waits for others
)

// Log takes attempts and writes them to the store in the background, until Close.
type Log struct {
	Config

	mu        sync.Mutex
	closed    bool
	proved    []*Record // waiting to be written
	strangers []*Record
	bound     bound

	wake    chan struct{}      // something waits
	full    chan struct{}      // a whole batch waits
	closing chan struct{}      // nothing will come any more
	ended   chan struct{}      // the writer has ended
	hurry   context.Context    // ends when the writer may take no more time
	cut     context.CancelFunc // ends hurry

	dropped atomic.Int64
}

// New makes a log and starts its writer.
func New(c Config) *Log {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.RequestID == nil {
		c.RequestID = func(context.Context) string { return "" }
	}
	if c.PerMinute == 0 {
		c.PerMinute = defaultPerMinute
	}
	if c.PerAddress == 0 {
		c.PerAddress = defaultPerAddress
	}
	l := &Log{
		Config: c,
		wake:   make(chan struct{}, 1), full: make(chan struct{}, 1),
		closing: make(chan struct{}), ended: make(chan struct{}),
	}
	l.hurry, l.cut = context.WithCancel(context.Background())
	go l.write()
	return l
}

// Begin starts the record of a request. It must be ended with Succeed or Refuse, or nothing is recorded.
func (l *Log) Begin(kind idp.AttemptKind, r *http.Request) *Record {
	address := addressOf(r)
	return &Record{
		log: l, ctx: r.Context(), address: address,
		row: idp.Attempt{
			ID: idp.NewID(), Kind: kind, At: time.Now().UTC(), RequestID: l.RequestID(r.Context()), RemoteIP: address.String(), Count: 1,
		},
	}
}

// Trim deletes what exceeds the limits and returns the number of rows.
func (l *Log) Trim(ctx context.Context, now time.Time) (int64, error) {
	var limits idp.AttemptLimits
	if l.Limits != nil {
		limits = l.Limits()
	}
	return l.Store.TrimAttempts(ctx, limits, now)
}

// Dropped is how many attempts could not be recorded since the start.
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// Close writes what waits, for as long as ctx lets it, and ends the writer. Nothing is recorded afterwards.
func (l *Log) Close(ctx context.Context) {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	if first {
		close(l.closing)
	}
	select {
	case <-l.ended:
	case <-ctx.Done():
		l.cut()
		<-l.ended
	}
	l.cut()
}

// add queues a finished record, or counts it among those that are too many, and reports whether it gets a row of its own.
func (l *Log) add(r *Record, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.dropped.Add(1)
		return false
	}
	l.bound.turn(now)
	own := l.queue(r)
	if !own {
		l.bound.sum(r, now)
	}
	signal(l.wake)
	if len(l.proved)+len(l.strangers) >= maxBatch {
		signal(l.full)
	}
	return own
}

func (l *Log) queue(r *Record) bool {
	if r.row.Proved {
		if len(l.proved) >= maxProved {
			return false
		}
		l.proved = append(l.proved, r)
		return true
	}
	if len(l.strangers) >= maxStrangers || !l.bound.admit(r.address, l.PerMinute, l.PerAddress) {
		return false
	}
	l.strangers = append(l.strangers, r)
	return true
}

// signal leaves a note for the writer, unless there is one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
