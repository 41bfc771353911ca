package revocation

import (
	"context"
	"testing"
	"time"
)

func TestSourceIsAskedAnewByHandThoughItsListIsInForce(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{})
	leaf, issuer := tr.leaf.cert, tr.between.cert
	if sources, revoked := c.Look(leaf, issuer); len(sources) != 1 || !sources[0].Fetched.IsZero() || revoked != nil || tr.hits.Load() != 0 {
		t.Fatalf("before anybody asked: %+v, %v, %d requests", sources, revoked, tr.hits.Load())
	}
	if err := tr.check(t, c, Policy{}); err != nil {
		t.Fatal(err)
	}
	tr.set("/between.crl", list{number: 2, revoked: []*node{tr.leaf}}.sign(t, tr.between))
	c.mu.Lock()
	for _, e := range c.entries {
		e.tried = e.tried.Add(-renewPause)
	}
	c.mu.Unlock()
	before := tr.hits.Load()
	c.Renew(t.Context(), leaf, issuer)
	sources, revoked := c.Look(leaf, issuer)
	if tr.hits.Load() != before+1 || len(sources) != 1 || !sources[0].Fresh || revoked == nil {
		t.Errorf("%d requests, sources %+v, revoked %v", tr.hits.Load()-before, sources, revoked)
	}
	c.Renew(t.Context(), leaf, issuer) // a moment later: left alone
	if tr.hits.Load() != before+1 {
		t.Errorf("%d requests for two in a row", tr.hits.Load()-before)
	}
	wantRevoked(t, tr.check(t, c, Policy{}), 0)
}

func TestAskingAnewWaitsNoLongerThanItsCaller(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{})
	hold := make(chan struct{})
	tr.mu.Lock()
	tr.hold = hold
	tr.mu.Unlock()
	t.Cleanup(func() { close(hold) }) // before the server closes: cleanups run backwards
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	c.Renew(ctx, tr.leaf.cert, tr.between.cert)
	if sources, _ := c.Look(tr.leaf.cert, tr.between.cert); !sources[0].Fetched.IsZero() {
		t.Error("the list came before it was sent")
	}
}
