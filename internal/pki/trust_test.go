package pki

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/udap"
)

// source is a Source in memory that counts and can fail or hang.
type source struct {
	mu          sync.Mutex
	revision    int64
	communities []Community
	err         error
	hang        bool
	slow        time.Duration
	polls       atomic.Int64
	loads       atomic.Int64
}

func (s *source) set(communities ...Community) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.communities = communities
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *source) TrustRevision(ctx context.Context) (int64, error) {
	s.polls.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hang {
		s.mu.Unlock()
		<-ctx.Done()
		s.mu.Lock()
		return 0, ctx.Err()
	}
	if s.slow > 0 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(s.slow):
		}
	}
	return s.revision, s.err
}

func (s *source) TrustCommunities(context.Context) ([]Community, error) {
	s.loads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.communities, s.err
}

func trustIn(communities ...Community) *Trust {
	s := &source{}
	s.set(communities...)
	return NewTrust(s)
}

func ids(t *testing.T, trust *Trust) []string {
	t.Helper()
	all, err := trust.Communities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range all {
		list = append(list, c.ID)
	}
	return list
}

func signerOf(t testing.TB, n *node) *udap.Signer {
	t.Helper()
	s, err := udap.NewSigner(certs(n), n.key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChangeIsNoticedWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.set(Community{ID: "a"})
		trust := NewTrust(s)
		for range 100 {
			ids(t, trust)
		}
		if s.polls.Load() != 1 || s.loads.Load() != 1 {
			t.Errorf("%d polls and %d loads, want one", s.polls.Load(), s.loads.Load())
		}

		s.set(Community{ID: "a"}, Community{ID: "b"})
		time.Sleep(pollInterval)
		if got := ids(t, trust); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("after %v: %v", pollInterval, got)
		}
		time.Sleep(pollInterval)
		ids(t, trust)
		if s.polls.Load() != 3 || s.loads.Load() != 2 {
			t.Errorf("%d polls and %d loads, want 3 and 2: an unchanged revision loads nothing", s.polls.Load(), s.loads.Load())
		}
	})
}

func TestFailingSourceIsRiddenOutForTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("database is down")
		s := &source{}
		s.set(Community{ID: "a"})
		trust := NewTrust(s)
		ids(t, trust)
		s.fail(down)

		time.Sleep(graceTime)
		if got := ids(t, trust); !slices.Equal(got, []string{"a"}) {
			t.Errorf("after %v: %v", graceTime, got)
		}
		time.Sleep(pollInterval)
		_, err := trust.Identify(t.Context(), nil, now)
		if !errors.Is(err, down) || errors.Is(err, ErrUntrusted) {
			t.Errorf("got %v, want the source's error, which is no verdict on the chain", err)
		}

		polls := s.polls.Load()
		for range 100 {
			_, _ = trust.Communities(t.Context())
		}
		if s.polls.Load() != polls {
			t.Error("a source that fails is asked more often than every 500 ms")
		}
		s.fail(nil)
		time.Sleep(pollInterval)
		if got := ids(t, trust); !slices.Equal(got, []string{"a"}) {
			t.Errorf("after it came back: %v", got)
		}
	})
}

func TestHangingSourceIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		trust := NewTrust(&source{hang: true})
		begun := time.Now()
		if _, err := trust.Communities(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want a deadline", err)
		}
		if took := time.Since(begun); took != pollTimeout {
			t.Errorf("gave up after %v, want %v", took, pollTimeout)
		}
	})
}

func TestConcurrentCallersShareOneLoad(t *testing.T) {
	t.Parallel()
	s := &source{}
	s.set(Community{ID: "a"})
	trust := NewTrust(s)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			<-begin
			if _, err := trust.Communities(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	wg.Wait()
	if s.loads.Load() != 1 {
		t.Errorf("%d loads, want 1", s.loads.Load())
	}
}

func TestCallerWhoGivesUpDoesNotSpoilTheLoadForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{slow: time.Second}
		s.set(Community{ID: "a"})
		trust := NewTrust(s)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		go func() {
			if _, err := trust.Communities(impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one got %v, want a deadline", err)
			}
		}()
		synctest.Wait() // she has started the load
		if got := ids(t, trust); !slices.Equal(got, []string{"a"}) {
			t.Errorf("got %v", got)
		}
		if s.polls.Load() != 1 {
			t.Errorf("%d polls, want 1", s.polls.Load())
		}
	})
}

func TestFirstCommunityHasPrecedence(t *testing.T) {
	t.Parallel()
	root, other := newCA(t, nil, "Root"), newCA(t, nil, "Other")
	leaf := newLeaf(t, root)
	trust := trustIn(
		Community{ID: "none", Name: "None", Anchors: certs(other)},
		Community{ID: "old", Name: "Old", Anchors: certs(other, root)},
		Community{ID: "new", Name: "New", Anchors: certs(root)},
	)
	c, err := trust.Identify(t.Context(), certs(leaf), now)
	if err != nil || c.ID != "old" {
		t.Errorf("identified %q, %v; want old", c.ID, err)
	}
	for _, id := range []string{"old", "new"} {
		if err := trust.VerifyIn(t.Context(), id, certs(leaf), now); err != nil {
			t.Errorf("in %s: %v", id, err)
		}
	}
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "none", certs(leaf), now), "no path to an anchor of 'None'")
	err = trust.VerifyIn(t.Context(), "gone", certs(leaf), now)
	if !errors.Is(err, ErrUnknownCommunity) || errors.Is(err, ErrUntrusted) {
		t.Errorf("unknown community: %v", err)
	}
}

func TestIdentifyTellsOfTheCommunityThatComesClosest(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	expired := newCA(t, root, "Expired", dates(now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)))
	between := newCA(t, expired, "Between")
	trust := trustIn(
		Community{ID: "1", Name: "Far", Anchors: certs(newCA(t, nil, "Far"))},
		Community{ID: "2", Name: "Near", Anchors: certs(root), Intermediates: certs(expired, between)},
	)
	_, err := trust.Identify(t.Context(), certs(newLeaf(t, between)), now)
	mustBeUntrusted(t, err, "no path to an anchor of 'Near'", "'CN=Expired' expired on")
	_, err = trust.Identify(t.Context(), certs(newLeaf(t, newCA(t, nil, "Nobody"))), now)
	mustBeUntrusted(t, err, "any of the 2 trust communities", "the issuer 'CN=Nobody'")
	_, err = trustIn().Identify(t.Context(), certs(newLeaf(t, root)), now)
	mustBeUntrusted(t, err, "no trust community is configured")
}

func TestSigners(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	active, old := signerOf(t, newLeaf(t, root)), signerOf(t, newLeaf(t, root))
	trust := trustIn(
		Community{ID: "0", URI: "udap://none"},
		Community{ID: "1", URI: "udap://one", Signers: []*udap.Signer{active, old}},
		Community{ID: "2", URI: "udap://two", Signers: []*udap.Signer{active}},
	)
	if s, err := trust.DefaultSigner(t.Context(), now); err != nil || s != active {
		t.Errorf("default: %v, %v", s, err)
	}
	if s, err := trust.SignerFor(t.Context(), "udap://two", now); err != nil || s != active {
		t.Errorf("udap://two: %v, %v", s, err)
	}
	if _, err := trust.SignerFor(t.Context(), "udap://none", now); !errors.Is(err, ErrNoSigner) {
		t.Errorf("udap://none: %v, want ErrNoSigner", err)
	}
	for _, uri := range []string{"udap://ONE", "udap://one/", ""} {
		if _, err := trust.SignerFor(t.Context(), uri, now); !errors.Is(err, ErrUnknownCommunity) {
			t.Errorf("%q: %v, want ErrUnknownCommunity", uri, err)
		}
	}
	all, err := trust.Signers(t.Context(), now)
	if err != nil || !slices.Equal(all, []*udap.Signer{active, old}) {
		t.Errorf("all: %v, %v", all, err)
	}
	if _, err := trustIn().DefaultSigner(t.Context(), now); !errors.Is(err, ErrNoSigner) {
		t.Errorf("no community: %v, want ErrNoSigner", err)
	}
}

func TestCheckOwn(t *testing.T) {
	t.Parallel()
	const issuer = "https://idp.example.org"
	root := newCA(t, nil, "Root")
	c := Community{Name: "Big Trust", Anchors: certs(root)}
	cases := []struct {
		name string
		leaf *node
		want string // "" when it is good
	}{
		{"exact", newLeaf(t, root, withURI(issuer)), ""},
		{"with a slash", newLeaf(t, root, withURI(issuer+"/")), ""},
		{"one of several", newLeaf(t, root, withURI("https://a.example.org"), withURI(issuer)), ""},
		{"another URI", newLeaf(t, root, withURI("https://a.example.org")), `does not name the issuer https://idp.example.org as a URI in its Subject Alternative Name; it names ["https://a.example.org"]`},
		{"DNS name only", newLeaf(t, root), "does not name the issuer"},
		{"expired", newLeaf(t, root, withURI(issuer), dates(now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1))), "would be refused in 'Big Trust': 'CN=General Hospital' expired on"},
		{"another community", newLeaf(t, newCA(t, nil, "Other"), withURI(issuer)), "would be refused in 'Big Trust': no path to an anchor"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := CheckOwn(c, signerOf(t, tc.leaf), issuer, now)
			if tc.want == "" && err != nil {
				t.Error(err)
			}
			if tc.want != "" {
				mustContain(t, err, tc.want)
			}
		})
	}
}
