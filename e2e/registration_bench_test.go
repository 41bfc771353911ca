//go:build linux

package e2e

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// BenchmarkRegistration and BenchmarkClientAuthentication send requests that were prepared before to the real binary on SQLite,
// on 8 connections at once. They report the rate, and the processor time of the server for a request as a ratio to that of the
// raw signature verifications in it, measured in the same run with crypto/rsa or crypto/ecdsa alone: the signature of the
// statement or assertion, that of the client's certificate by the intermediate, and that of the intermediate by the root,
// all RSA-2048 or all P-256. The processor time is all of it: HTTP and TCP in the kernel as well, and the commits on disk.
//
// "cached" is one data holder again and again; "uncached" has another certificate in every request. The benchmark of the same
// name in cmd/udap-idp leaves the network out.
func BenchmarkRegistration(b *testing.B) {
	benchmarkOverHTTP(b, func(h *benchHouse, i int, cached bool) (path, contentType, body string) {
		leaf := h.leaf
		if !cached {
			leaf = h.member(fmt.Sprintf("https://bench-%d.example", i))
		}
		return "/register", "application/json", `{"software_statement":"` + leaf.Statement(h.issuer+"/register") + `","udap":"1"}`
	})
}

// BenchmarkClientAuthentication sends a code that is none, which is looked at after the client has authenticated.
func BenchmarkClientAuthentication(b *testing.B) {
	benchmarkOverHTTP(b, func(h *benchHouse, _ int, cached bool) (path, contentType, body string) {
		leaf := h.leaf
		if !cached {
			leaf = h.member(h.leaf.URI)
		}
		return "/token", "application/x-www-form-urlencoded", tokenForm("none", "https://bench.example/cb", leaf.Assertion(h.clientID, h.issuer+"/token")).Encode()
	})
}

// benchHouse is a server with one data holder.
type benchHouse struct {
	*provider
	b        *testing.B
	kind     authority.KeyType
	members  *udaptest.Community
	leaf     *udaptest.Leaf
	clientID string
}

func (h *benchHouse) member(uri string) *udaptest.Leaf {
	return h.members.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = []string{uri}, udaptest.Key(h.b, h.kind, 0) })
}

func benchmarkOverHTTP(b *testing.B, message func(h *benchHouse, i int, cached bool) (path, contentType, body string)) {
	for name, kind := range map[string]authority.KeyType{"RSA": authority.RSA2048, "P-256": authority.P256} {
		for _, known := range []string{"cached", "uncached"} {
			b.Run(name+"/"+known, func(b *testing.B) {
				h := newBenchHouse(b, kind)
				raw := h.verifications()
				var path, contentType string
				bodies := make([]string, b.N)
				for i := range bodies {
					path, contentType, bodies[i] = message(h, i, known == "cached")
				}
				before := h.processorTime()
				b.ResetTimer()
				h.send(path, contentType, bodies)
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
				spent := float64(h.processorTime()-before) / float64(b.N)
				b.ReportMetric(spent/float64(raw), "ratio-"+known)
				b.ReportMetric(spent, "cpu-ns/op")
				b.ReportMetric(float64(raw), "raw-ns/op")
			})
		}
	}
}

func newBenchHouse(b *testing.B, kind authority.KeyType) *benchHouse {
	b.Helper()
	h := &benchHouse{provider: newProvider(b), b: b, kind: kind}
	options := []udaptest.Option{udaptest.WithURI("urn:example:bench")}
	if kind == authority.RSA2048 {
		options = append(options, udaptest.WithRSAAuthorities())
	}
	h.members = udaptest.New(b, options...)
	h.join(h.members)
	h.leaf = h.member("https://bench.example")
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if status, _ := h.tryRegister(h.leaf); status == 201 { // the server has learnt of the community
			h.clientID = h.registeredID()
			return h
		}
	}
	b.Fatal("the server does not learn of the community")
	return nil
}

// registeredID is the client_id of the data holder, who registered a moment ago.
func (h *benchHouse) registeredID() string {
	var clients []struct {
		ID string `json:"id"`
	}
	run(h.b, &clients, append([]string{"client", "list"}, h.settings...)...)
	if len(clients) != 1 {
		h.b.Fatalf("%d clients, want 1", len(clients))
	}
	return clients[0].ID
}

// send distributes the requests over the connections.
func (h *benchHouse) send(path, contentType string, bodies []string) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			c := dial(h.b, h.issuer)
			if c == nil {
				return
			}
			defer c.Close()
			for i := next.Add(1) - 1; i < int64(len(bodies)); i = next.Add(1) - 1 {
				status, answer := c.post(path, contentType, bodies[i])
				if status != 200 && status != 201 && !bytes.Contains(answer, []byte(`"invalid_grant"`)) {
					h.b.Errorf("%d %s", status, answer)
					return
				}
			}
		})
	}
	wg.Wait()
}

// verifications is the processor time of the three signatures. Not the time that passes: the machine may have other work, and
// the server is measured in processor time as well.
func (h *benchHouse) verifications() time.Duration {
	digest := sha256.Sum256([]byte("a statement"))
	var verify []func() bool
	for _, key := range []crypto.Signer{h.leaf.Key, h.members.Issuer.Key, h.members.Root.Key} {
		signature := must(key.Sign(nil, digest[:], crypto.SHA256))
		switch public := key.Public().(type) {
		case *rsa.PublicKey:
			verify = append(verify, func() bool { return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil })
		case *ecdsa.PublicKey:
			verify = append(verify, func() bool { return ecdsa.VerifyASN1(public, digest[:], signature) })
		}
	}
	const times = 1000
	begin := h.ownTime()
	for range times {
		for _, v := range verify {
			if !v() {
				h.b.Fatal("a signature does not verify")
			}
		}
	}
	return (h.ownTime() - begin) / times
}

// ownTime is the processor time of this process.
func (h *benchHouse) ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		h.b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// processorTime is what the server has used, as Linux tells it, in hundredths of a second.
func (h *benchHouse) processorTime() time.Duration {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", h.process.cmd.Process.Pid))
	if err != nil {
		h.b.Skip("the processor time of another process is read from /proc")
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, system := must(strconv.Atoi(fields[11])), must(strconv.Atoi(fields[12])) // proc(5): utime and stime
	return time.Duration(user+system) * 10 * time.Millisecond
}
