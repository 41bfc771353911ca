//go:build unix

package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// The benchmarks of this file measure what a registration and a client authentication cost the server, as a ratio to the raw
// signature verifications that they contain. The whole handler of "serve" answers, with the database on disk, in process: what
// counts is the processor time of the process, so that waiting for the disk and sharing the machine do not, and the requests
// are signed before. e2e measures the same over HTTP.
//
// The verifications counted are those that the specifications ask for, whether they are made or remembered: the signature of
// the statement or assertion, and that of every certificate of the path below the anchor: the client's by the intermediate and
// the intermediate's by the root. Three, with an RSA-2048 or a P-256 key each. That of the anchor is nobody's to check,
// and revocation is as the settings have it by default, not checked. They are measured in the same run, with crypto/rsa and
// crypto/ecdsa alone, on messages that are hashed already.
//
// "cached" is a data holder that was here before: its certificates are known, and it registers again before a sign-in (200),
// or authenticates. "uncached" is one that was not: every request brings a certificate of its own, and registers anew (201).
// "alone" sends one request at a time, "crowd" 64 at once, who share the transactions of the database.

func BenchmarkRegistration(b *testing.B) { benchmark(b, (*benchHouse).registrations) }

func BenchmarkClientAuthentication(b *testing.B) { benchmark(b, (*benchHouse).authentications) }

func benchmark(b *testing.B, prepare func(h *benchHouse, cached bool, n int) []*http.Request) {
	for _, kind := range []struct {
		name string
		key  authority.KeyType
	}{{"RSA", authority.RSA2048}, {"P-256", authority.P256}} {
		for _, known := range []string{"cached", "uncached"} {
			for _, crowd := range []struct {
				name string
				size int
			}{{"alone", 1}, {"crowd", 64}} {
				b.Run(kind.name+"/"+known+"/"+crowd.name, func(b *testing.B) {
					h := newBenchHouse(b, kind.key)
					raw := h.verifications()
					requests := prepare(h, known == "cached", b.N)
					spent := h.serve(requests, crowd.size)
					b.ReportMetric(float64(spent)/float64(b.N)/float64(raw), "ratio-"+known)
					b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/op")
					b.ReportMetric(float64(raw.Nanoseconds()), "raw-ns/op")
				})
			}
		}
	}
}

// benchHouse is the provider in process.
type benchHouse struct {
	b         *testing.B
	handler   http.Handler
	community *udaptest.Community
	id        string // of the community
	leaf      *udaptest.Leaf
	site      *site
}

const benchIssuer = "https://idp.example.org"

func newBenchHouse(b *testing.B, kind authority.KeyType) *benchHouse {
	b.Helper()
	dir := b.TempDir()
	issuer := benchIssuer
	s := settings{config.Settings{DataDir: &dir, Issuer: &issuer}}
	cfg, err := s.Resolve(nil)
	if err != nil {
		b.Fatal(err)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	opened, err := openSite(context.Background(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(opened.close)
	h := &benchHouse{b: b, site: opened}
	options := []udaptest.Option{udaptest.WithoutServer()}
	if kind == authority.RSA2048 {
		options = append(options, udaptest.WithRSAAuthorities())
	}
	h.community = udaptest.New(b, options...)
	h.id = idp.NewID()
	err = opened.store.AddCommunity(context.Background(), idp.Community{ID: h.id, URI: h.community.URI, Name: "Bench",
		Anchors: [][]byte{h.community.Anchor().Raw}, CreatedAt: time.Now()})
	if err != nil {
		b.Fatal(err)
	}
	h.leaf = h.member("https://bench.example", kind)
	if h.handler, err = opened.handler(); err != nil {
		b.Fatal(err)
	}
	return h
}

// member is a certificate with the one key of its kind.
func (h *benchHouse) member(uri string, kind authority.KeyType) *udaptest.Leaf {
	return h.community.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = []string{uri}, udaptest.Key(h.b, kind, 0) })
}

func (h *benchHouse) kind() authority.KeyType {
	if _, ok := h.leaf.Key.(*rsa.PrivateKey); ok {
		return authority.RSA2048
	}
	return authority.P256
}

// verifications is the processor time of the three signatures.
func (h *benchHouse) verifications() time.Duration {
	digest := sha256.Sum256([]byte("a statement"))
	keys := []crypto.Signer{h.leaf.Key, h.community.Issuer.Key, h.community.Root.Key}
	signatures := make([][]byte, len(keys))
	for i, key := range keys {
		var err error
		if signatures[i], err = key.Sign(nil, digest[:], crypto.SHA256); err != nil {
			h.b.Fatal(err)
		}
	}
	const times = 1000
	before := processorTime()
	for range times {
		for i, key := range keys {
			switch public := key.Public().(type) {
			case *rsa.PublicKey:
				if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signatures[i]); err != nil {
					h.b.Fatal(err)
				}
			case *ecdsa.PublicKey:
				if !ecdsa.VerifyASN1(public, digest[:], signatures[i]) {
					h.b.Fatal("the signature does not verify")
				}
			}
		}
	}
	return (processorTime() - before) / times
}

// processorTime is what the process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// each makes n things with all cores.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

func post(path, contentType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, benchIssuer+path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func (h *benchHouse) registration(leaf *udaptest.Leaf) *http.Request {
	return post("/register", "application/json", fmt.Sprintf(`{"software_statement":%q,"udap":"1"}`, leaf.Statement(benchIssuer+"/register")))
}

// registrations: cached, one data holder again and again; uncached, each one once.
func (h *benchHouse) registrations(cached bool, n int) []*http.Request {
	requests := make([]*http.Request, n)
	each(n, func(i int) {
		leaf := h.leaf
		if !cached {
			leaf = h.member(fmt.Sprintf("https://bench-%d.example", i), h.kind())
		}
		requests[i] = h.registration(leaf)
	})
	if cached {
		h.serve([]*http.Request{h.registration(h.leaf)}, 1)
	}
	return requests
}

// authentications have a code that is none, which is looked at after the client has authenticated.
func (h *benchHouse) authentications(cached bool, n int) []*http.Request {
	client, _, err := h.site.store.RegisterClient(context.Background(), idp.Client{ID: idp.NewUUIDv4(), CommunityID: h.id, URI: h.leaf.URI, Name: "Bench",
		RedirectURIs: []string{"https://bench.example/cb"}, CreatedAt: time.Now(), UpdatedAt: time.Now()})
	if err != nil {
		h.b.Fatal(err)
	}
	authentication := func(leaf *udaptest.Leaf) *http.Request {
		return post("/token", "application/x-www-form-urlencoded", url.Values{
			"grant_type": {"authorization_code"}, "code": {"none"}, "client_assertion_type": {udap.AssertionType},
			"client_assertion": {leaf.Assertion(client.ID, benchIssuer+"/token")}, "udap": {"1"},
		}.Encode())
	}
	requests := make([]*http.Request, n)
	each(n, func(i int) {
		leaf := h.leaf
		if !cached {
			leaf = h.member(h.leaf.URI, h.kind())
		}
		requests[i] = authentication(leaf)
	})
	if cached {
		h.serve([]*http.Request{authentication(h.leaf)}, 1)
	}
	return requests
}

// serve answers the requests, so many at once, and returns the processor time that took.
func (h *benchHouse) serve(requests []*http.Request, crowd int) time.Duration {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(gcPercent)) // as serve does
	}
	runtime.GC()
	h.b.ResetTimer()
	h.b.StartTimer()
	before := processorTime()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range crowd {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(requests); i = int(next.Add(1)) - 1 {
				answer := httptest.NewRecorder()
				h.handler.ServeHTTP(answer, requests[i])
				if code := answer.Code; code != 200 && code != 201 && !strings.Contains(answer.Body.String(), `"invalid_grant"`) {
					h.b.Errorf("%d %s", code, answer.Body)
				}
			}
		})
	}
	wg.Wait()
	h.b.StopTimer()
	return processorTime() - before
}
