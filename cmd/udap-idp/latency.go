package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

// latencyInterval is how often what was measured goes to the store. What a server measured since is lost when it is killed, and only then.
const latencyInterval = time.Minute

// latencies measures how long requests take, for the dashboard. Each server counts for itself and adds to what all have counted, so that the
// figures are those of all servers, and outlive each.
type latencies struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[idp.Latency]int // by everything but the count
}

// observe counts a request. Its form is that of server.Config.Observe.
func (l *latencies) observe(_, route string, _ int, took time.Duration) {
	family := latencyFamily(route)
	if family == "" {
		return
	}
	key := idp.Latency{Day: l.now().UTC().Truncate(24 * time.Hour), Family: family, Step: idp.LatencyStep(took)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[idp.Latency]int{}
	}
	l.counts[key]++
}

// latencyFamily is the group of a route, "" for what is measured nowhere: files, probes, and downloads that last as long as their reader.
func latencyFamily(route string) string {
	within := func(roots ...string) bool {
		for _, root := range roots {
			if route == root || strings.HasPrefix(route, root+"/") {
				return true
			}
		}
		return false
	}
	switch {
	case route == "none", within("/static", "/brand", "/logo", "/healthz", "/readyz"), strings.Contains(route, "export"), strings.Contains(route, "download"):
		return ""
	case within("/admin"):
		return idp.LatencyDesk
	case within("/authorize", "/token", "/userinfo", "/register", "/jwks", "/.well-known/udap", "/.well-known/openid-configuration"):
		return idp.LatencyHolders
	}
	return idp.LatencyPeople
}

// flush hands what was counted to the store. What it does not take is kept for the next time.
func (l *latencies) flush(ctx context.Context, add func(ctx context.Context, latencies []idp.Latency) error) error {
	l.mu.Lock()
	taken := l.counts
	l.counts = nil
	l.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	var list []idp.Latency
	for latency, n := range taken {
		latency.Count = n
		list = append(list, latency)
	}
	err := add(ctx, list)
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[idp.Latency]int{}
	}
	for latency, n := range taken {
		l.counts[latency] += n
	}
	return err
}

// keepLatencies hands over what was counted, every minute and at the end.
func (s *site) keepLatencies(ctx context.Context) {
	flush := func(ctx context.Context) {
		if err := s.latencies.flush(ctx, s.store.AddLatencies); err != nil {
			s.log.WarnContext(ctx, "how long requests took was not written down; it is tried again", "error", err)
		}
	}
	every := time.NewTicker(latencyInterval)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			flush(last)
			return
		case <-every.C:
			flush(ctx)
		}
	}
}
