package revocation

import (
	"context"
	"testing"
	"time"
)

// until waits for something that another goroutine does.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-ticker.C:
		}
	}
}

func TestRevocationIsNoticedAfterTheIntervalThoughTheListIsInForce(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{Interval: 100 * time.Millisecond})
	if err := tr.check(t, c, Policy{}); err != nil {
		t.Fatal(err)
	}
	before := c.Generation()
	tr.set("/between.crl", list{number: 2, revoked: []*node{tr.leaf}}.sign(t, tr.between))
	until(t, "the leaf is refused", func() bool { return tr.check(t, c, Policy{}) != nil })
	wantRevoked(t, tr.check(t, c, Policy{}), 0)
	if c.Generation() == before {
		t.Error("the generation did not change")
	}
	// Evidence in force goes on counting when the source is gone.
	tr.set("/between.crl", list{number: 3}.sign(t, tr.between))
	until(t, "the leaf is let in again", func() bool { return tr.check(t, c, Policy{}) == nil })
	tr.set("/between.crl", nil)
	hits := tr.hits.Load()
	until(t, "it was asked for again", func() bool { _ = tr.check(t, c, Policy{}); return tr.hits.Load() > hits+4 })
	if err := tr.check(t, c, Policy{}); err != nil {
		t.Errorf("with the source gone: %v", err)
	}
}

func TestBackgroundRefreshesBeforeTheEnd(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{Interval: 200 * time.Millisecond})
	if err := tr.check(t, c, Policy{}); err != nil {
		t.Fatal(err)
	}
	tr.set("/between.crl", list{number: 2, revoked: []*node{tr.leaf}}.sign(t, tr.between))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	// Nobody checks: Run alone brings the new list.
	until(t, "the new list is here", func() bool {
		for _, s := range c.Status() {
			if s.Number == "2" && s.Entries == 1 && s.Fresh {
				return true
			}
		}
		return false
	})
	cancel()
	<-ended
}

func TestEvidenceIsDueBeforeItEnds(t *testing.T) {
	t.Parallel()
	clock := time.Now()
	have := func(life, left time.Duration) *evidence {
		return &evidence{thisUpdate: clock.Add(left - life), nextUpdate: clock.Add(left)}
	}
	cases := []struct {
		name string
		e    entry
		want bool
	}{
		{"new", entry{}, true},
		{"just tried", entry{tried: clock.Add(-time.Second)}, false},
		{"young", entry{have: have(24*time.Hour, 12*time.Hour), fetched: clock.Add(-time.Minute), tried: clock.Add(-time.Minute)}, false},
		{"three quarters of the interval", entry{have: have(24*time.Hour, 12*time.Hour), fetched: clock.Add(-46 * time.Minute), tried: clock.Add(-46 * time.Minute)}, true},
		{"ends in nine minutes", entry{have: have(24*time.Hour, 9*time.Minute), fetched: clock.Add(-time.Minute), tried: clock.Add(-time.Minute)}, true},
		{"last tenth of a short life", entry{have: have(20*time.Minute, time.Minute), fetched: clock.Add(-time.Minute), tried: clock.Add(-time.Minute)}, true},
		{"under way", entry{flight: make(chan struct{})}, false},
	}
	for _, tc := range cases {
		if got := tc.e.due(clock, time.Hour); got != tc.want {
			t.Errorf("%s: due %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestSourcesRememberedAreBounded(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	c := newChecker(t, Options{MaxEntries: 3})
	for i := range 10 {
		leaf := issue(t, root, "Leaf", false, withCDP(w.url+"/"+string(rune('a'+i))))
		_, err := c.Check(t.Context(), path(leaf, root), Policy{}, time.Now())
		wantUnchecked(t, err, "cannot be fetched")
	}
	if n := len(c.Status()); n != 3 {
		t.Errorf("%d sources remembered, want 3", n)
	}
}
