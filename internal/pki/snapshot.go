package pki

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"udap-idp/internal/pki/revocation"
)

const (
	pollInterval = 500 * time.Millisecond // between two looks at the Source's revision
	pollTimeout  = 2 * time.Second        // for one look, with the loading it may lead to
	graceTime    = 10 * time.Second       // how long a snapshot serves after the Source last answered
)

// Source keeps the communities.
type Source interface {
	// TrustRevision changes whenever what TrustCommunities returns has changed.
	TrustRevision(ctx context.Context) (int64, error)
	// TrustCommunities returns all in order of precedence.
	TrustCommunities(ctx context.Context) ([]Community, error)
}

// Trust answers from a snapshot of a Source. It is safe for use by many goroutines.
type Trust struct {
	source     Source
	revocation *revocation.Checker // nil: not checked
	issuers    *issuers            // nil: not fetched
	known      verifiedChains
	built      atomic.Int64 // how often paths were looked for

	mu       sync.Mutex
	last     snapshot
	answered time.Time // when the Source last answered
	polled   time.Time // when it was last asked, whether it answered or not
	pollErr  error     // of that time
	poll     *poll     // under way, shared by all who wait for it
}

// snapshot is what a Source said at one revision. It is never changed.
type snapshot struct {
	loaded      bool
	revision    int64
	communities []Community
}

// poll is one look at the Source.
type poll struct{ done chan struct{} }

// NewTrust asks nothing yet: the first use does. Of options only the first counts.
func NewTrust(source Source, options ...Options) *Trust {
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	t := &Trust{source: source, revocation: o.Revocation}
	if o.Issuers != nil {
		t.issuers = newIssuers(o.Issuers, o.Log)
	}
	return t
}

// communities returns the current ones. The slice is shared: do not change it.
func (t *Trust) communities(ctx context.Context) ([]Community, error) {
	s, err := t.current(ctx)
	return s.communities, err
}

// current returns the snapshot, after a look at the Source when that is due.
func (t *Trust) current(ctx context.Context) (snapshot, error) {
	t.mu.Lock()
	if t.polled.IsZero() || time.Since(t.polled) >= pollInterval {
		under := t.startPoll(ctx)
		t.mu.Unlock()
		select {
		case <-under.done:
		case <-ctx.Done():
			return snapshot{}, fmt.Errorf("trust communities: %w", ctx.Err())
		}
		t.mu.Lock()
	}
	defer t.mu.Unlock()
	if t.pollErr != nil && (!t.last.loaded || time.Since(t.answered) > graceTime) {
		return snapshot{}, fmt.Errorf("trust communities: %w", t.pollErr)
	}
	return t.last, nil
}

// startPoll joins the poll under way, or starts one that does not end with the caller who happened to be first. The caller
// holds t.mu.
func (t *Trust) startPoll(ctx context.Context) *poll {
	if t.poll != nil {
		return t.poll
	}
	under := &poll{done: make(chan struct{})}
	t.poll = under
	last := t.last
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTimeout)
		defer cancel()
		next, err := load(ctx, t.source, last)
		t.finish(next, err)
		close(under.done)
	}()
	return under
}

func (t *Trust) finish(next snapshot, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.poll, t.polled, t.pollErr = nil, time.Now(), err
	if err == nil {
		t.last, t.answered = next, t.polled
	}
}

// load returns the snapshot of the Source's revision, which may be the last one. The revision is read first: a change in
// between makes the communities newer than their revision, and the next poll loads them again.
func load(ctx context.Context, source Source, last snapshot) (snapshot, error) {
	revision, err := source.TrustRevision(ctx)
	if err != nil {
		return snapshot{}, err
	}
	if last.loaded && last.revision == revision {
		return last, nil
	}
	communities, err := source.TrustCommunities(ctx)
	if err != nil {
		return snapshot{}, err
	}
	return snapshot{loaded: true, revision: revision, communities: communities}, nil
}
