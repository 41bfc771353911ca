package pki

import (
	"crypto/x509"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/udap"
)

func TestOurCertificatesAreChosenByTime(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	leaf := func(from, until int) *node { return newLeaf(t, root, dates(day(from), day(until))) }
	current, longer, over, coming := leaf(-100, 10), leaf(-1, 300), leaf(-300, -1), leaf(5, 300)

	cases := []struct {
		name   string
		own    []*node
		signs  int
		states []State
	}{
		{"one", []*node{current}, 0, []State{Active}},
		{"the next one is valid already", []*node{current, longer}, 0, []State{Active, Next}},
		{"the next one is not valid yet", []*node{current, coming}, 0, []State{Active, Next}},
		{"the next one was made active", []*node{longer, current}, 0, []State{Active, Retiring}},
		{"the active one has run out", []*node{over, longer}, 1, []State{Expired, Active}},
		{"the active one has run out, the next comes later", []*node{over, coming, longer}, 2, []State{Expired, Next, Active}},
		{"the first is not valid yet", []*node{coming, current}, 1, []State{Next, Active}},
		{"all have run out", []*node{over, over}, 0, []State{Expired, Expired}},
		{"none is valid now", []*node{over, coming}, 0, []State{Expired, Next}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := Community{URI: "udap://one"}
			for _, n := range tc.own {
				c.Signers = append(c.Signers, signerOf(t, n))
			}
			if got, err := c.Signer(now); err != nil || got != c.Signers[tc.signs] {
				t.Errorf("signs with %v, %v; want number %d", got, err, tc.signs)
			}
			if got := States(certs(tc.own...), now); !slices.Equal(got, tc.states) {
				t.Errorf("states %v, want %v", got, tc.states)
			}
		})
	}
	if got := States(nil, now); len(got) != 0 {
		t.Errorf("states of nothing: %v", got)
	}
}

// The next certificate is added ahead of time; nobody touches anything afterwards, and at every moment what signs is valid.
func TestRenewalLeavesNoGap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		root := newCA(t, nil, "Root", dates(time.Now().AddDate(-1, 0, 0), time.Now().AddDate(5, 0, 0)))
		ends := time.Now().Add(40 * time.Hour)
		current := signerOf(t, newLeaf(t, root, dates(time.Now().Add(-time.Hour), ends)))
		next := signerOf(t, newLeaf(t, root, dates(time.Now().Add(20*time.Hour), ends.AddDate(1, 0, 0))))
		community := func(signers ...*udap.Signer) Community {
			return Community{ID: "1", URI: "udap://one", Anchors: certs(root), Signers: signers}
		}
		s := &source{}
		s.set(community(current))
		trust := NewTrust(s)
		signing := func() *x509.Certificate {
			t.Helper()
			signer, err := trust.SignerFor(t.Context(), "udap://one", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			byDefault, err := trust.DefaultSigner(t.Context(), time.Now())
			if err != nil || byDefault != signer {
				t.Fatalf("by default %v, %v", byDefault, err)
			}
			return signer.Chain()[0]
		}
		keys := func() (ids []string) {
			all, err := trust.Signers(t.Context(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if !all[0].Chain()[0].Equal(signing()) {
				t.Error("the first of all is not the one that signs")
			}
			for _, s := range all {
				ids = append(ids, s.KeyID())
			}
			slices.Sort(ids)
			return ids
		}
		both := []string{current.KeyID(), next.KeyID()}
		slices.Sort(both)
		signing()
		s.set(community(current, next))
		time.Sleep(time.Second)

		changes := 0
		last := signing()
		for begun := time.Now(); time.Since(begun) < 60*time.Hour; time.Sleep(7 * time.Minute) {
			cert := signing()
			if !valid(cert, time.Now()) {
				t.Fatalf("%v after the start: %v to %v signs", time.Since(begun), cert.NotBefore, cert.NotAfter)
			}
			if !cert.Equal(last) {
				changes, last = changes+1, cert
			}
			if got := keys(); !slices.Equal(got, both) {
				t.Fatalf("%v after the start: keys %v", time.Since(begun), got)
			}
		}
		if changes != 1 || !last.Equal(next.Chain()[0]) {
			t.Errorf("%d changes, the last one to %v", changes, last.NotAfter)
		}

		s.set(community(next)) // only the operator ends the old key
		time.Sleep(time.Second)
		if got := keys(); !slices.Equal(got, []string{next.KeyID()}) {
			t.Errorf("after the removal: keys %v", got)
		}
	})
}
