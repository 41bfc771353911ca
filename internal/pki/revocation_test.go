package pki

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
)

func mustBeUnchecked(t *testing.T, err error) {
	t.Helper()
	var unchecked *Unchecked
	if !errors.As(err, &unchecked) || !errors.Is(err, ErrCannotCheck) || errors.Is(err, ErrUntrusted) || errors.Is(err, ErrRevoked) {
		t.Fatalf("got %v, want *Unchecked and nothing else", err)
	}
}

func TestRevokedAndUncheckedAreDifferentAnswers(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, root, withCDP(w.url+"/crl"))
	c := Community{ID: "1", Name: "Big Trust", Anchors: certs(root)}

	w.set("/crl", crl(t, root, leaf))
	trust, _ := trustWith(Options{Revocation: newChecker(t, time.Hour)}, c)
	_, err := trust.Identify(t.Context(), certs(leaf), now)
	mustBeUntrusted(t, err, "'CN=General Hospital'", "was revoked on 2026-11-24T11:00:00Z (key compromise)")
	if !errors.Is(err, ErrRevoked) || errors.Is(err, ErrCannotCheck) {
		t.Errorf("got %v, want ErrRevoked", err)
	}
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now), "was revoked on")

	w.set("/crl", []byte("<html>"))
	trust, _ = trustWith(Options{Revocation: newChecker(t, time.Hour)}, c)
	_, err = trust.Identify(t.Context(), certs(leaf), now)
	mustBeUnchecked(t, err)
	mustBeUnchecked(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now))

	trust, _ = trustWith(Options{}, c)
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf), now); err != nil {
		t.Errorf("without a checker: %v", err)
	}
}

func TestRevokedIntermediateRefusesTheChain(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	between := newCA(t, root, "Between", withCDP(w.url+"/root"))
	leaf := newLeaf(t, between, withCDP(w.url+"/between"))
	w.set("/root", crl(t, root, between))
	w.set("/between", crl(t, between))
	trust, _ := trustWith(Options{Revocation: newChecker(t, time.Hour)}, Community{ID: "1", Anchors: certs(root)})
	_, err := trust.Identify(t.Context(), certs(leaf, between), now)
	mustBeUntrusted(t, err, "'CN=Between'", "was revoked on")
}

func TestAnotherPathHelpsWhenAnIntermediateIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	old, root := newCA(t, nil, "Old"), newCA(t, nil, "Root")
	between := newCA(t, old, "Between", withCDP(w.url+"/old"))
	cross := issueFor(t, between.key, root, "Between", true, withCDP(w.url+"/root"))
	leaf := newLeaf(t, between, withCDP(w.url+"/between"))
	w.set("/old", crl(t, old, between))
	w.set("/root", crl(t, root))
	w.set("/between", crl(t, between))
	trust, _ := trustWith(Options{Revocation: newChecker(t, time.Hour)}, Community{ID: "1", Anchors: certs(old, root)})
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf, between, cross), now); err != nil {
		t.Error(err)
	}
}

func TestPolicyIsTheCommunitys(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, root) // names no list
	with := func(id string, p revocation.Policy) Community {
		return Community{ID: id, Anchors: certs(root), Revocation: p}
	}
	trust, _ := trustWith(Options{Revocation: newChecker(t, time.Hour)},
		with("hard", revocation.Policy{}),
		with("soft", revocation.Policy{Mode: revocation.SoftFail, Grace: time.Hour}),
		with("none", revocation.Policy{Mode: revocation.NoCheck}),
		with("open", revocation.Policy{AllowWithoutSource: true}),
	)
	for id, good := range map[string]bool{"hard": false, "soft": false, "none": true, "open": true} {
		err := trust.VerifyIn(t.Context(), id, certs(leaf), now)
		if good && err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if !good {
			mustBeUnchecked(t, err)
		}
	}
	_, err := trust.Identify(t.Context(), certs(leaf), now)
	mustBeUnchecked(t, err) // the first community cannot tell: the chain does not fall to a later one
}

func TestRevokedLeafIsTrustedInNoCommunity(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, root, withCDP(w.url+"/crl"))
	w.set("/crl", crl(t, root, leaf))
	trust, _ := trustWith(Options{Revocation: newChecker(t, time.Hour)},
		Community{ID: "1", Anchors: certs(root)},
		Community{ID: "2", Anchors: certs(root), Revocation: revocation.Policy{Mode: revocation.NoCheck}},
	)
	_, err := trust.Identify(t.Context(), certs(leaf), now)
	mustBeUntrusted(t, err, "was revoked on")
}

func TestVerifiedChainCostsNoPathBuildingUntilSomethingEnds(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, root, withCDP(w.url+"/crl"), dates(now.Add(-time.Hour), now.Add(10*time.Minute)))
	w.set("/crl", crl(t, root))
	trust, s := trustWith(Options{Revocation: newChecker(t, time.Hour)}, Community{ID: "1", Anchors: certs(root)})
	identify := func(at time.Time) error {
		_, err := trust.Identify(t.Context(), certs(leaf), at)
		return err
	}
	wantBuilt := func(want int64) {
		t.Helper()
		if got := trust.built.Load(); got != want {
			t.Errorf("paths were built %d times, want %d", got, want)
		}
	}
	for range 5 {
		if err := identify(now); err != nil {
			t.Fatal(err)
		}
	}
	wantBuilt(1)
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf), now); err != nil {
		t.Fatal(err)
	}
	wantBuilt(2) // another question
	if identify(now.Add(11*time.Minute)) == nil {
		t.Error("an expired certificate is trusted because it was before")
	}
	wantBuilt(3)
	if identify(now.Add(-2*time.Hour)) == nil {
		t.Error("a certificate is trusted before it is valid")
	}
	wantBuilt(4)

	s.set(Community{ID: "1"})
	trust.mu.Lock()
	trust.polled = time.Time{} // as if half a second had passed
	trust.mu.Unlock()
	if identify(now) == nil {
		t.Error("the anchor was withdrawn and the chain is still trusted")
	}
}

func TestVerifiedChainEndsWithItsList(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, root, withCDP(w.url+"/crl"))
	w.set("/crl", crl(t, root))
	trust, _ := trustWith(Options{Revocation: newChecker(t, 1000*time.Hour)}, Community{ID: "1", Anchors: certs(root)})
	end := now.AddDate(0, 0, 1)
	for _, at := range []time.Time{now, end.Add(-time.Second)} {
		if err := trust.VerifyIn(t.Context(), "1", certs(leaf), at); err != nil {
			t.Errorf("at %v: %v", at, err)
		}
	}
	mustBeUnchecked(t, trust.VerifyIn(t.Context(), "1", certs(leaf), end))
}

func TestVerifiedChainEndsWhenItIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	leaf, other := newLeaf(t, root, withCDP(w.url+"/crl")), newLeaf(t, root, withCDP(w.url+"/crl"))
	w.set("/crl", crl(t, root))
	const interval = 50 * time.Millisecond
	trust, _ := trustWith(Options{Revocation: newChecker(t, interval)}, Community{ID: "1", Anchors: certs(root)})
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf), now); err != nil {
		t.Fatal(err)
	}
	w.set("/crl", crl(t, root, leaf))
	ticker := time.NewTicker(interval / 5)
	defer ticker.Stop()
	deadline := time.Now().Add(20 * time.Second)
	for trust.generation() == 0 && time.Now().Before(deadline) { // a check of another certificate brings the new list
		_, _ = trust.revocation.Check(t.Context(), certs(other, root), revocation.Policy{}, now)
		<-ticker.C
	}
	// The remembered answer was for now, which has not moved: only the generation ends it.
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now), "was revoked on")
}

func TestRememberedChainsAreBounded(t *testing.T) {
	t.Parallel()
	var k verifiedChains
	v := verified{from: now.Add(-time.Hour), until: now.Add(time.Hour)}
	id := func(i int) chainID { return chainID{byte(i), byte(i >> 8)} }
	for i := range maxChains + 10 {
		k.put(id(i), 1, v, now)
	}
	if len(k.chains) != maxChains {
		t.Errorf("%d chains, want %d", len(k.chains), maxChains)
	}
	if _, ok := k.get(id(maxChains+9), 0, now); !ok {
		t.Error("the last one was dropped")
	}
	if _, ok := k.get(id(maxChains+9), 1, now); ok {
		t.Error("remembered under another generation")
	}
	k.put(id(1), 2, v, now)
	if len(k.chains) != 1 {
		t.Errorf("%d chains after the communities have changed, want 1", len(k.chains))
	}
}

func BenchmarkVerifyIn(b *testing.B) {
	root := newCA(b, nil, "Root")
	between := newCA(b, root, "Between")
	leaf := newLeaf(b, between)
	c := Community{ID: "1", Anchors: certs(root)}
	chain := certs(leaf, between)
	b.Run("cached", func(b *testing.B) {
		trust, _ := trustWith(Options{}, c)
		for b.Loop() {
			if err := trust.VerifyIn(b.Context(), "1", chain, now); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("not cached", func(b *testing.B) {
		for b.Loop() {
			if _, err := paths(c, chain, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A chain that passed because its community was not checked is judged again as soon as it is.
func TestChangedPolicyJudgesRememberedChainsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		root := newCA(t, nil, "Root", dates(time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0)))
		leaf := newLeaf(t, root, dates(time.Now().AddDate(-1, 0, 0), time.Now().AddDate(1, 0, 0))) // names no list
		with := func(p revocation.Policy) Community {
			return Community{ID: "1", Anchors: certs(root), Revocation: p}
		}
		fetcher, err := fetch.New(fetch.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer fetcher.Close()
		checker, err := revocation.New(revocation.Options{Fetcher: fetcher})
		if err != nil {
			t.Fatal(err)
		}
		defer checker.Close()
		trust, s := trustWith(Options{Revocation: checker}, with(revocation.Policy{Mode: revocation.NoCheck}))
		ask := func() error {
			_, err := trust.Identify(t.Context(), certs(leaf), time.Now())
			if in := trust.VerifyIn(t.Context(), "1", certs(leaf), time.Now()); (in == nil) != (err == nil) {
				t.Errorf("VerifyIn says %v, Identify %v", in, err)
			}
			return err
		}
		for range 3 {
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		}
		if built := trust.built.Load(); built != 2 {
			t.Fatalf("paths were built %d times: the chain is not remembered", built)
		}

		s.set(with(revocation.Policy{}))
		time.Sleep(time.Second)
		mustBeUnchecked(t, ask())
		s.set(with(revocation.Policy{AllowWithoutSource: true}))
		time.Sleep(time.Second)
		if err := ask(); err != nil {
			t.Errorf("accepted without a source: %v", err)
		}
		s.set(with(revocation.Policy{Mode: revocation.SoftFail, Grace: time.Hour}))
		time.Sleep(time.Second)
		mustBeUnchecked(t, ask())
	})
}

func TestNobodyIsAskedForACommunityThatIsNotChecked(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	between := newCA(t, root, "Between", withCDP(w.url+"/root"))
	leaf := newLeaf(t, between, withCDP(w.url+"/between"), withAIA(w.url+"/ca"))
	w.set("/ca", between.cert.Raw)
	options := Options{Revocation: newChecker(t, time.Hour), Issuers: newFetcher(t, "127.0.0.1")}
	c := Community{ID: "1", Name: "Big Trust", Anchors: certs(root), Revocation: revocation.Policy{Mode: revocation.NoCheck}}
	trust, _ := trustWith(options, c)
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now), "the issuer 'CN=Between'")
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf, between), now); err != nil {
		t.Error(err)
	}
	if hits := w.hits.Load(); hits != 0 {
		t.Errorf("%d requests, want none", hits)
	}
	c.Revocation.Mode = revocation.HardFail
	w.set("/root", crl(t, root))
	w.set("/between", crl(t, between))
	trust, _ = trustWith(options, c)
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf), now); err != nil || w.hits.Load() != 3 {
		t.Errorf("checked: %v after %d requests, want 3", err, w.hits.Load())
	}
}

func TestSourcesOfACommunity(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root, other := newCA(t, nil, "Root"), newCA(t, nil, "Other")
	upper := newCA(t, root, "Upper", withCDP(w.url+"/root"))
	lower := newCA(t, upper, "Lower", withCDP(w.url+"/upper"))
	leaf, second := newLeaf(t, lower, withCDP(w.url+"/lower")), newLeaf(t, other, withCDP(w.url+"/other"))
	checker := newChecker(t, time.Hour)
	one := Community{ID: "1", Anchors: certs(root)} // knows neither of the two authorities between
	two := Community{ID: "2", Anchors: certs(other)}
	trust, _ := trustWith(Options{Revocation: checker}, one, two)
	for _, chain := range [][]*node{{leaf, lower, upper}, {second}} {
		_, err := trust.Identify(t.Context(), certs(chain...), now)
		mustBeUnchecked(t, err)
	}
	for _, tc := range []struct {
		c    Community
		want []string
	}{
		{one, []string{"/lower", "/root", "/upper"}}, {two, []string{"/other"}}, {Community{}, nil},
	} {
		var got []string
		for _, s := range tc.c.Sources(checker.Status(), now) {
			got = append(got, strings.TrimPrefix(s.URL, w.url))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.c.ID, got, tc.want)
		}
	}
}
