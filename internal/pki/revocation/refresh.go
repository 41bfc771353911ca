package revocation

import (
	"context"
	"sync"
	"time"
)

const (
	refreshers = 2              // at once, so that callers find free places
	keepFresh  = 24 * time.Hour // after its last use
)

// Run asks for evidence anew before it goes out of date or becomes older than the interval, until ctx ends. Evidence that
// was not used for a day is left alone.
func (c *Checker) Run(ctx context.Context) {
	ticker := time.NewTicker(min(max(c.interval/8, time.Millisecond), retryAfter))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.life.Done():
			return
		case <-ticker.C:
			c.refresh(ctx)
		}
	}
}

// refresh makes an attempt at everything that is due.
func (c *Checker) refresh(ctx context.Context) {
	due := make(chan *entry)
	var wg sync.WaitGroup
	for range refreshers {
		wg.Go(func() {
			for e := range due {
				c.mu.Lock()
				flight := c.start(e)
				c.mu.Unlock()
				<-flight // ends by itself, at the latest with Close
			}
		})
	}
	for _, e := range c.due() {
		if ctx.Err() != nil {
			break
		}
		due <- e
	}
	close(due)
	wg.Wait()
}

func (c *Checker) due() []*entry {
	clock := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []*entry
	for _, e := range c.entries {
		if clock.Sub(e.used) < keepFresh && e.due(clock, c.interval) {
			list = append(list, e)
		}
	}
	return list
}
