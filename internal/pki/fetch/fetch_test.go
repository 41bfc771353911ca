package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func newFetcher(t *testing.T, o Options) *Fetcher {
	t.Helper()
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func loopback(t *testing.T) *Fetcher { return newFetcher(t, Options{Allow: []string{"127.0.0.0/8"}}) }

func wantKind(t *testing.T, err, kind error) {
	t.Helper()
	var typed *Error
	if !errors.As(err, &typed) || !errors.Is(err, kind) {
		t.Errorf("got %v, want *Error of kind %q", err, kind)
	}
}

func TestOnlyPublicAddressesArePublic(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"} {
		if !Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public, want public", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1",
		"192.0.0.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
		"64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2001:0:1::", "2001:db8::1", "100::1",
	} {
		if Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is public, want not", text)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address at all is public")
	}
}

func TestAddressThatIsNotPublicIsRefused(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	f := newFetcher(t, Options{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"} {
		_, err := f.Get(t.Context(), "http://"+host+":"+port+"/", MaxCert)
		wantKind(t, err, ErrForbidden)
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived, want none", hits.Load())
	}
}

func TestURLThatIsNotOfTheWebIsRefused(t *testing.T) {
	t.Parallel()
	f := loopback(t)
	for _, url := range []string{
		"", "ftp://127.0.0.1/a", "file:///etc/passwd", "ldap://127.0.0.1/", "gopher://127.0.0.1/", "//127.0.0.1/", "http:///a",
		"http://a:b@127.0.0.1/", "http://\x7f/", "http://127.0.0.1/" + strings.Repeat("a", maxURL),
	} {
		_, err := f.Get(t.Context(), url, MaxCert)
		wantKind(t, err, ErrForbidden)
	}
}

func TestAllowedAddressesAndHostsAreAsked(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "list") })
	byName := strings.Replace(url, "127.0.0.1", "LocalHost", 1)
	cases := []struct{ name, allow, url string }{
		{"prefix", "127.0.0.0/8", url},
		{"address", "127.0.0.1", url},
		{"mapped address", "::ffff:127.0.0.1", url},
		{"host", "localhost", byName},
	}
	for _, tc := range cases {
		data, err := newFetcher(t, Options{Allow: []string{tc.allow}}).Get(t.Context(), tc.url, 4)
		if err != nil || string(data) != "list" {
			t.Errorf("%s: %q, %v", tc.name, data, err)
		}
	}
	_, err := newFetcher(t, Options{Allow: []string{"localhost"}}).Get(t.Context(), url, 4)
	wantKind(t, err, ErrForbidden) // the name is allowed, the address by itself is not
	for _, entry := range []string{"", "a:80", "*.example.org", "10.0.0.0/40", "http://a"} {
		if _, err := New(Options{Allow: []string{entry}}); err == nil {
			t.Errorf("allowed %q, want an error", entry)
		}
	}
}

func TestRedirectToLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	inside := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	outside := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside, http.StatusFound) })
	f := newFetcher(t, Options{Allow: []string{"localhost"}}) // localhost stands for a public host
	_, err := f.Get(t.Context(), strings.Replace(outside, "127.0.0.1", "localhost", 1), MaxCert)
	wantKind(t, err, ErrForbidden)
	if hits.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestRedirectsAreBounded(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("headers %v, want no referrer and no cookie", r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		if r.URL.Path == "/aaa" {
			_, _ = io.WriteString(w, "there")
			return
		}
		http.Redirect(w, r, r.URL.Path+"a", http.StatusFound)
	})
	f := loopback(t)
	if data, err := f.Get(t.Context(), url+"/", MaxCert); err != nil || string(data) != "there" {
		t.Errorf("three redirects: %q, %v", data, err)
	}
	hits.Store(0)
	_, err := f.Get(t.Context(), url+"/b", MaxCert)
	wantKind(t, err, ErrForbidden)
	if hits.Load() != maxRedirects+1 {
		t.Errorf("%d requests, want %d", hits.Load(), maxRedirects+1)
	}
	_, err = f.Get(t.Context(), serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	}), MaxCert)
	wantKind(t, err, ErrForbidden)
	_, err = f.Post(t.Context(), url+"/", "text/plain", []byte("x"), MaxCert)
	wantKind(t, err, ErrForbidden)
}

// resolver answers every question for an IPv4 address with the next of a list.
func resolver(t *testing.T, answers ...[4]byte) *net.Resolver {
	t.Helper()
	var asked atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			answer(theirs, &asked, answers)
		}()
		return ours, nil
	}}
}

// answer speaks DNS over a stream, where a length of two bytes goes before each message.
func answer(conn net.Conn, asked *atomic.Int64, answers [][4]byte) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	raw := make([]byte, int(head[0])<<8|int(head[1]))
	if _, err := io.ReadFull(conn, raw); err != nil {
		return
	}
	var message dnsmessage.Message
	if message.Unpack(raw) != nil || len(message.Questions) != 1 {
		return
	}
	message.Response, message.Additionals = true, nil
	if question := message.Questions[0]; question.Type == dnsmessage.TypeA {
		i := min(int(asked.Add(1)), len(answers)) - 1
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class},
			Body:   &dnsmessage.AResource{A: answers[i]},
		}}
	}
	packed, err := message.Pack()
	if err != nil {
		return
	}
	_, _ = conn.Write(append([]byte{byte(len(packed) >> 8), byte(len(packed))}, packed...))
}

func TestNameThatLeadsInsideIsRefused(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	// Whatever it leads to at first or later, each connection is checked for itself.
	f := newFetcher(t, Options{resolver: resolver(t, [4]byte{127, 0, 0, 1}, [4]byte{10, 0, 0, 1}, [4]byte{169, 254, 169, 254})})
	for range 3 {
		_, err := f.Get(t.Context(), "http://rebinding.example:"+port+"/", MaxCert)
		wantKind(t, err, ErrForbidden)
	}
	if hits.Load() != 0 {
		t.Error("a request arrived")
	}
}

func TestBodyIsBounded(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("x"), 1000)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stream" {
			_ = http.NewResponseController(w).Flush() // no Content-Length
			for range 100 {
				_, _ = w.Write(body)
			}
			return
		}
		_, _ = w.Write(body)
	})
	f := loopback(t)
	if data, err := f.Get(t.Context(), url, 1000); err != nil || len(data) != 1000 {
		t.Errorf("%d bytes, %v; want all 1000", len(data), err)
	}
	_, err := f.Get(t.Context(), url, 999)
	wantKind(t, err, ErrTooLarge)
	_, err = f.Get(t.Context(), url+"/stream", 1000)
	wantKind(t, err, ErrTooLarge)
}

func TestFailuresAreTold(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) })
	f := loopback(t)
	_, err := f.Get(t.Context(), url, 10)
	wantKind(t, err, ErrStatus)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	_, err = f.Get(t.Context(), "http://"+closed, 10)
	wantKind(t, err, ErrUnreachable)
	f.Close()
	_, err = f.Get(t.Context(), url, 10)
	wantKind(t, err, ErrUnreachable)
}

// onPipes replaces the network, so that the clock of synctest can run.
func onPipes(f *Fetcher, server func(net.Conn)) {
	f.client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go server(theirs)
		return ours, nil
	}
}

func TestSlowServerIsLeftAfterTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, err := New(Options{Parallel: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		onPipes(f, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() }) // never answers
		start := time.Now()
		_, err = f.Get(t.Context(), "http://slow.example/", 10)
		wantKind(t, err, ErrTimeout)
		if took := time.Since(start); took != defaultTimeout {
			t.Errorf("took %v, want %v", took, defaultTimeout)
		}

		// The wait for a free place is part of it: the second request may not take 20 seconds.
		start = time.Now()
		var wg sync.WaitGroup
		for _, url := range []string{"http://slow.example/1", "http://slow.example/2"} {
			wg.Go(func() {
				_, err := f.Get(t.Context(), url, 10)
				wantKind(t, err, ErrTimeout)
			})
		}
		wg.Wait()
		if took := time.Since(start); took != defaultTimeout {
			t.Errorf("two took %v, want %v", took, defaultTimeout)
		}
	})
}

func TestTimeoutIsAnOption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, err := New(Options{Timeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		onPipes(f, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() })
		start := time.Now()
		_, err = f.Get(t.Context(), "http://slow.example/", 10)
		wantKind(t, err, ErrTimeout)
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want a second", took)
		}
	})
}

func TestImpatientCallerLeavesTheOthersTheirAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	arrived := make(chan struct{})
	var hits atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if hits.Add(1) == 1 {
			close(arrived)
		}
		<-release
		_, _ = io.WriteString(w, "list")
	})
	f := loopback(t)
	impatient, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := f.Get(impatient, url, 10); left <- err }()
	<-arrived
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if data, err := f.Get(t.Context(), url, 10); err != nil || string(data) != "list" {
				t.Errorf("got %q, %v", data, err)
			}
		})
	}
	close(release)
	wg.Wait()
	if _, err := f.Get(t.Context(), url, 10); err != nil {
		t.Error(err)
	}
	if hits.Load() < 2 {
		t.Errorf("%d requests, want a new one for who comes later", hits.Load())
	}
}

func TestParallelRequestsAreSharedAndBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, err := New(Options{Parallel: 2})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var dialled atomic.Int64
		onPipes(f, func(conn net.Conn) { dialled.Add(1); _, _ = io.Copy(io.Discard, conn); _ = conn.Close() })
		var wg sync.WaitGroup
		for i := range 30 {
			wg.Go(func() {
				_, err := f.Get(t.Context(), "http://list.example/"+string(rune('a'+i%3)), 10)
				wantKind(t, err, ErrTimeout)
			})
		}
		synctest.Wait()
		if dialled.Load() != 2 {
			t.Errorf("%d connections for 30 requests to 3 URLs, want 2", dialled.Load())
		}
		wg.Wait()
	})
}
