package revocation

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ocsp"

	"udap-idp/internal/pki/fetch"
)

// tree is a root, an intermediate and a leaf, each naming a list of its issuer, served by a web.
type tree struct {
	*web
	root, between, leaf *node
}

func newTree(t *testing.T) *tree {
	t.Helper()
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	between := issue(t, root, "Between", true, withCDP(w.url+"/root.crl"))
	leaf := issue(t, between, "Leaf", false, withCDP(w.url+"/between.crl"))
	tr := &tree{web: w, root: root, between: between, leaf: leaf}
	tr.set("/root.crl", list{}.sign(t, root))
	tr.set("/between.crl", list{}.sign(t, between))
	return tr
}

func (tr *tree) check(t *testing.T, c *Checker, p Policy) error {
	t.Helper()
	_, err := c.Check(t.Context(), path(tr.leaf, tr.between, tr.root), p, time.Now())
	return err
}

func TestEveryCertificateBelowTheAnchorIsChecked(t *testing.T) {
	t.Parallel()
	t.Run("good", func(t *testing.T) {
		t.Parallel()
		tr, c := newTree(t), newChecker(t, Options{})
		for range 3 {
			if err := tr.check(t, c, Policy{}); err != nil {
				t.Error(err)
			}
		}
		if tr.hits.Load() != 2 {
			t.Errorf("%d requests for two lists, want 2", tr.hits.Load())
		}
	})
	t.Run("leaf revoked", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t)
		tr.set("/between.crl", list{revoked: []*node{tr.leaf}}.sign(t, tr.between))
		wantRevoked(t, tr.check(t, newChecker(t, Options{}), Policy{}), 0)
		wantRevoked(t, tr.check(t, newChecker(t, Options{}), Policy{Mode: SoftFail, Grace: time.Hour}), 0)
		if err := tr.check(t, newChecker(t, Options{}), Policy{Mode: NoCheck}); err != nil {
			t.Errorf("without a check: %v", err)
		}
	})
	t.Run("intermediate revoked", func(t *testing.T) {
		t.Parallel()
		tr := newTree(t)
		tr.set("/root.crl", list{revoked: []*node{tr.between}}.sign(t, tr.root))
		tr.set("/between.crl", nil) // a revoked certificate counts more than one that cannot be checked
		wantRevoked(t, tr.check(t, newChecker(t, Options{}), Policy{}), 1)
	})
}

func TestWithoutEvidenceInForceNobodyCanTell(t *testing.T) {
	t.Parallel()
	now := time.Now()
	huge := bytes.Repeat([]byte{0x30}, fetch.MaxCRL+1)
	cases := []struct {
		name string
		body func(t *testing.T, tr *tree) []byte
		want string
	}{
		{"unreachable", func(*testing.T, *tree) []byte { return nil }, "unexpected status"},
		{"stale", func(t *testing.T, tr *tree) []byte {
			return list{this: now.Add(-2 * time.Hour), next: now.Add(-time.Hour)}.sign(t, tr.between)
		}, "is out of date since"},
		{"not yet valid", func(t *testing.T, tr *tree) []byte { return list{this: now.Add(time.Hour)}.sign(t, tr.between) }, "has not come yet"},
		{"wrong signer", func(t *testing.T, tr *tree) []byte { return list{}.sign(t, issue(t, nil, "Between", true)) }, "not signed with the key of 'CN=Between'"},
		{"another issuer's", func(t *testing.T, tr *tree) []byte { return list{}.sign(t, tr.root) }, "is a list of 'CN=Root'"},
		{"rubbish", func(*testing.T, *tree) []byte { return []byte("<html>") }, "no revocation list"},
		{"huge", func(*testing.T, *tree) []byte { return huge }, "answer too large"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t)
			tr.set("/between.crl", tc.body(t, tr))
			c := newChecker(t, Options{})
			for range 2 {
				wantUnchecked(t, tr.check(t, c, Policy{}), tc.want)
			}
			wantUnchecked(t, tr.check(t, c, Policy{Mode: SoftFail}), tc.want)
			if tr.hits.Load() != 2 {
				t.Errorf("%d requests, want 2: a source is not asked again at once", tr.hits.Load())
			}
		})
	}
}

func TestAddressThatIsNotAllowedIsAFailureOfTheCheck(t *testing.T) {
	t.Parallel()
	f, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	tr := newTree(t)
	wantUnchecked(t, tr.check(t, newChecker(t, Options{Fetcher: f}), Policy{}), "address not allowed")
	if tr.hits.Load() != 0 {
		t.Error("loopback was asked")
	}
}

func TestListOutOfDateStillRevokes(t *testing.T) {
	t.Parallel()
	tr := newTree(t)
	now := time.Now()
	tr.set("/between.crl", list{this: now.Add(-2 * time.Hour), next: now.Add(-time.Hour), revoked: []*node{tr.leaf}}.sign(t, tr.between))
	wantRevoked(t, tr.check(t, newChecker(t, Options{}), Policy{Mode: SoftFail, Grace: 24 * time.Hour}), 0)
}

func TestSoftFailHasAGraceAndNoMore(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{})
	now := time.Now()
	tr.set("/between.crl", list{this: now.Add(-3 * time.Hour), next: now.Add(-2 * time.Hour)}.sign(t, tr.between))
	wantUnchecked(t, tr.check(t, c, Policy{}), "out of date")
	wantUnchecked(t, tr.check(t, c, Policy{Mode: SoftFail, Grace: time.Hour}), "out of date")
	if err := tr.check(t, c, Policy{Mode: SoftFail, Grace: 3 * time.Hour}); err != nil {
		t.Errorf("within the grace: %v", err)
	}
	until, err := c.Check(t.Context(), path(tr.leaf, tr.between, tr.root), Policy{Mode: SoftFail, Grace: 3 * time.Hour}, now)
	if err != nil || until.After(now.Add(retryAfter)) {
		t.Errorf("good until %v, %v; want a new check after %v", until, err, retryAfter)
	}
}

func TestCertificateWithoutSourceFollowsThePolicy(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, "Root", true)
	c := newChecker(t, Options{})
	for name, leaf := range map[string]*node{
		"none": issue(t, root, "Leaf", false),
		"ldap": issue(t, root, "Leaf", false, withCDP("ldap://ca.example/cn=crl")),
	} {
		for _, p := range []Policy{{}, {Mode: SoftFail, Grace: time.Hour}} {
			_, err := c.Check(t.Context(), path(leaf, root), p, time.Now())
			wantUnchecked(t, err, "names neither a CRL distribution point")
			var unchecked *Unchecked
			if errors.As(err, &unchecked); !unchecked.Permanent {
				t.Errorf("%s: not permanent", name)
			}
		}
		if _, err := c.Check(t.Context(), path(leaf, root), Policy{AllowWithoutSource: true}, time.Now()); err != nil {
			t.Errorf("%s, allowed: %v", name, err)
		}
	}
}

func TestSecondDistributionPointHelps(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	leaf := issue(t, root, "Leaf", false, withCDP("ldap://x", w.url+"/gone.crl", w.url+"/mirror.crl"))
	w.set("/mirror.crl", list{}.sign(t, root))
	if _, err := newChecker(t, Options{}).Check(t.Context(), path(leaf, root), Policy{}, time.Now()); err != nil {
		t.Error(err)
	}
}

func TestOCSPAnswers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	cases := []struct {
		name   string
		change func(*ocsp.Response)
		other  bool   // signed by a participant
		want   string // "" is good, "revoked" is revoked
	}{
		{"good", nil, false, ""},
		{"revoked", func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, now }, false, "revoked"},
		{"unknown", func(r *ocsp.Response) { r.Status = ocsp.Unknown }, false, "does not know the certificate"},
		{"expired", func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = now.Add(-2*time.Hour), now.Add(-time.Hour) }, false, "out of date since"},
		{"from the future", func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = now.Add(time.Hour), now.Add(2*time.Hour) }, false, "has not come yet"},
		{"other responder", nil, true, "lacks the usage id-kp-OCSPSigning"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t)
			root := issue(t, nil, "Root", true)
			leaf := issue(t, root, "Leaf", false, withOCSP(w.url+"/ocsp"))
			signer := responderOf(t, root)
			if tc.other {
				signer = issue(t, root, "Participant", false)
			}
			w.set("/ocsp", answerFor(t, leaf, root, signer, tc.change))
			c := newChecker(t, Options{})
			_, err := c.Check(t.Context(), path(leaf, root), Policy{}, now)
			switch tc.want {
			case "":
				if err != nil {
					t.Error(err)
				}
			case "revoked":
				wantRevoked(t, err, 0)
			default:
				wantUnchecked(t, err, tc.want)
			}
		})
	}
}

func TestUnknownOfAResponderHasNoGrace(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	leaf := issue(t, root, "Leaf", false, withCDP(w.url+"/root.crl"), withOCSP(w.url+"/ocsp"))
	now := time.Now()
	w.set("/root.crl", list{this: now.Add(-2 * time.Hour), next: now.Add(-time.Hour)}.sign(t, root))
	w.set("/ocsp", answerFor(t, leaf, root, root, func(r *ocsp.Response) { r.Status = ocsp.Unknown }))
	_, err := newChecker(t, Options{}).Check(t.Context(), path(leaf, root), Policy{Mode: SoftFail, Grace: 24 * time.Hour}, now)
	wantUnchecked(t, err, "out of date")
}

func TestOCSPIsAskedWhereNoListAnswers(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	leaf := issue(t, root, "Leaf", false, withCDP(w.url+"/root.crl"), withOCSP(w.url+"/ocsp"))
	w.set("/root.crl", nil)
	w.set("/ocsp", answerFor(t, leaf, root, root, nil))
	c := newChecker(t, Options{})
	if _, err := c.Check(t.Context(), path(leaf, root), Policy{}, time.Now()); err != nil {
		t.Error(err)
	}
	status := c.Status()
	if len(status) != 2 || status[0].Kind != "ocsp" || status[0].Serial == "" || !status[0].Fresh || status[1].Problem == "" || status[1].Fresh {
		t.Errorf("status %+v", status)
	}
}

func TestSharedFetchIsCountedOnce(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{})
	tr.hold = make(chan struct{})
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if err := tr.check(t, c, Policy{}); err != nil {
				t.Error(err)
			}
		})
	}
	close(tr.hold)
	wg.Wait()
	if tr.hits.Load() != 2 {
		t.Errorf("%d requests for two lists, want 2", tr.hits.Load())
	}
}

func TestSlowSourceDoesNotHoldACallerWhoLeaves(t *testing.T) {
	t.Parallel()
	tr, c := newTree(t), newChecker(t, Options{})
	hold := make(chan struct{})
	tr.mu.Lock()
	tr.hold = hold
	tr.mu.Unlock()
	t.Cleanup(func() { close(hold) }) // before the server closes: cleanups run backwards
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Check(ctx, path(tr.leaf, tr.between, tr.root), Policy{}, time.Now())
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrRevoked) {
		t.Errorf("got %v, want canceled", err)
	}
}

// The list never answers while the test runs: that a verdict comes at all is what is looked for.
func TestSlowSourceHoldsNobodyLongerThanTheWait(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(end) }) // before the server closes: cleanups run backwards
	w := newWeb(t)
	root := issue(t, nil, "Root", true)
	c := newChecker(t, Options{Wait: 100 * time.Millisecond})

	alone := issue(t, root, "Leaf", false, withCDP(slow.URL+"/1", slow.URL+"/2"), withOCSP(slow.URL+"/3"))
	_, err := c.Check(t.Context(), path(alone, root), Policy{}, time.Now())
	wantUnchecked(t, err, "cannot be fetched: no answer in time")

	helped := issue(t, root, "Leaf", false, withCDP(slow.URL+"/4"), withOCSP(w.url+"/ocsp"))
	w.set("/ocsp", answerFor(t, helped, root, root, nil))
	patient := newChecker(t, Options{Wait: 2 * time.Second})
	if _, err := patient.Check(t.Context(), path(helped, root), Policy{}, time.Now()); err != nil {
		t.Errorf("with a responder behind the slow list: %v", err)
	}
}

func TestVerdictTellsWhenToAskAgain(t *testing.T) {
	t.Parallel()
	root := issue(t, nil, "Root", true)
	w := newWeb(t)
	for _, tc := range []struct {
		name  string
		leaf  *node
		o     Options
		want  time.Duration
		words string
	}{
		{"unreachable", issue(t, root, "Leaf", false, withCDP(w.url+"/none")), Options{}, retryAfter, "; please try again later"},
		{"short interval", issue(t, root, "Leaf", false, withCDP(w.url+"/none")), Options{Interval: time.Second}, time.Second, "; please try again later"},
		{"no source", issue(t, root, "Leaf", false), Options{}, 0, "; trying again with this certificate does not help"},
	} {
		_, err := newChecker(t, tc.o).Check(t.Context(), path(tc.leaf, root), Policy{}, time.Now())
		var unchecked *Unchecked
		if !errors.As(err, &unchecked) || unchecked.RetryAfter() != tc.want || !strings.HasSuffix(unchecked.Explain(), tc.words) {
			t.Errorf("%s: %v, want %v and %q", tc.name, err, tc.want, tc.words)
		}
	}
}

// A verdict that was remembered must not outlive the interval by the pause between two attempts.
func TestVerdictHoldsNoLongerThanTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		root := issue(t, nil, "Root", true)
		leaf := issue(t, root, "Leaf", false)
		c := newChecker(t, Options{Fetcher: &fetch.Fetcher{}, Interval: time.Hour})
		fetched := time.Now()
		have := &evidence{thisUpdate: fetched.Add(-time.Minute), nextUpdate: fetched.AddDate(0, 0, 1)}
		for _, tc := range []struct{ age, want time.Duration }{
			{0, time.Hour},
			{time.Hour - 10*time.Second, time.Hour},
			{time.Hour + 10*time.Second, time.Hour + 10*time.Second + retryAfter}, // it could not be asked for anew
		} {
			now := fetched.Add(tc.age)
			time.Sleep(time.Until(now))
			until, err := c.judge(source{cert: leaf.cert, issuer: root.cert}, known{have: have, fetched: fetched}, now)
			if err != nil || !until.Equal(fetched.Add(tc.want)) {
				t.Errorf("after %v: until %v, %v; want %v", tc.age, until.Sub(fetched), err, tc.want)
			}
		}
	})
}

func TestKeptEvidenceSurvivesARestart(t *testing.T) {
	t.Parallel()
	tr := newTree(t)
	folder := filepath.Join(t.TempDir(), "revocation")
	first := newChecker(t, Options{Folder: folder})
	if err := tr.check(t, first, Policy{}); err != nil {
		t.Fatal(err)
	}
	first.Close()
	tr.set("/root.crl", nil)
	tr.set("/between.crl", nil)
	tr.hits.Store(0)
	if err := tr.check(t, newChecker(t, Options{Folder: folder}), Policy{}); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if tr.hits.Load() != 0 {
		t.Errorf("%d requests, want none", tr.hits.Load())
	}
	wantUnchecked(t, tr.check(t, newChecker(t, Options{}), Policy{}), "cannot be fetched")

	// What was tampered with on disk is not believed.
	files, err := filepath.Glob(filepath.Join(folder, "*.crl"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	forged := list{}.sign(t, issue(t, nil, "Between", true))
	for _, file := range files {
		if err := os.WriteFile(file, forged, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantUnchecked(t, tr.check(t, newChecker(t, Options{Folder: folder}), Policy{}), "cannot be fetched")
}

func TestListNumberDoesNotFallOverARestart(t *testing.T) {
	t.Parallel()
	tr, folder := newTree(t), t.TempDir()
	now := time.Now()
	tr.set("/between.crl", list{number: 9, this: now.Add(-2 * time.Hour), next: now.Add(-time.Hour), revoked: []*node{tr.leaf}}.sign(t, tr.between))
	first := newChecker(t, Options{Folder: folder})
	wantRevoked(t, tr.check(t, first, Policy{}), 0)
	first.Close()
	tr.set("/between.crl", list{number: 8}.sign(t, tr.between)) // in force, but older: it knows nothing of the revocation
	second := newChecker(t, Options{Folder: folder})
	wantRevoked(t, tr.check(t, second, Policy{}), 0)
	for _, s := range second.Status() {
		if s.Number == "9" && s.Problem == "" {
			t.Errorf("status %+v, want the problem of the lower number", s)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{}); err == nil {
		t.Error("no fetcher: want an error")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Fetcher: &fetch.Fetcher{}, Folder: file}); err == nil {
		t.Error("the folder is a file: want an error")
	}
	for _, p := range []Policy{{Mode: 7}, {Mode: SoftFail, Grace: -1}, {Grace: time.Hour}} {
		if p.Validate() == nil {
			t.Errorf("%+v: want an error", p)
		}
	}
	for _, m := range []Mode{HardFail, SoftFail, NoCheck} {
		if got, err := ParseMode(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := ParseMode("maybe"); err == nil {
		t.Error("unknown mode: want an error")
	}
}
