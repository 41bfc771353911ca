package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// What a page may cost: bytes over the wire with an empty cache, headers included, and requests.
const (
	maxPageBytes    = 60_000
	maxPageRequests = 7
)

// traffic is what the browser asked for since the last reset.
type traffic struct {
	mu       sync.Mutex
	requests []*exchange
}

// exchange is one request with its answer.
type exchange struct {
	id       network.RequestID
	loader   cdp.LoaderID // the document that it belongs to
	document bool
	url      string
	headers  network.Headers
	bytes    float64
	ended    bool
}

// watch keeps the browser's network log from now on, with the cache off.
func (b *browser) watch() *traffic {
	b.t.Helper()
	log := &traffic{}
	if err := chromedp.Listen(b.ctx, log.note); err != nil {
		b.t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	b.caches(false)
	return log
}

func (b *browser) caches(yes bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: !yes}); err != nil {
		b.t.Fatal(err)
	}
}

func (l *traffic) note(event any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(e.Request.URL, "data:") { // the browser's own pictures, such as that of a calendar
			return
		}
		l.requests = append(l.requests, &exchange{id: e.RequestID, loader: e.LoaderID, document: e.Type == "Document", url: e.Request.URL})
	case *network.EventResponseReceived:
		if x := l.find(e.RequestID); x != nil {
			x.headers = e.Response.Headers
		}
	case *network.EventLoadingFinished:
		if x := l.find(e.RequestID); x != nil {
			x.bytes, x.ended = e.EncodedDataLength, true
		}
	case *network.EventLoadingFailed:
		if x := l.find(e.RequestID); x != nil {
			x.ended = true
		}
	}
}

// find is the last of that id: a redirect keeps it.
func (l *traffic) find(id network.RequestID) *exchange {
	for _, x := range slices.Backward(l.requests) {
		if x.id == id {
			return x
		}
	}
	return nil
}

func (l *traffic) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}

// page is everything that the last document asked for, when all of it has arrived.
func (l *traffic) page(t testing.TB) []*exchange {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if list, whole := l.lastPage(); whole {
			return list
		}
	}
	t.Fatal("the page did not arrive")
	return nil
}

func (l *traffic) lastPage() (list []*exchange, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var loader cdp.LoaderID
	for _, x := range l.requests {
		if x.document {
			loader = x.loader
		}
	}
	whole = loader != ""
	for i, x := range l.requests {
		if x.loader != loader || slices.ContainsFunc(l.requests[i+1:], func(later *exchange) bool { return later.id == x.id }) {
			continue // of a page before, or a step of a redirect
		}
		copied := *x
		list, whole = append(list, &copied), whole && x.ended
	}
	return list, whole
}

func weight(list []*exchange) (bytes float64) {
	for _, x := range list {
		bytes += x.bytes
	}
	return bytes
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// checkTraffic: the page is light, asks nobody but us, and carries the headers that guard it.
func checkTraffic(t *testing.T, list []*exchange) {
	t.Helper()
	document := list[slices.IndexFunc(list, func(x *exchange) bool { return x.document })]
	if bytes := weight(list); bytes > maxPageBytes || len(list) > maxPageRequests {
		t.Errorf("the page weighs %.0f bytes in %d requests, more than %d in %d", bytes, len(list), maxPageBytes, maxPageRequests)
	}
	for _, x := range list {
		if origin(x.url) != origin(document.url) {
			t.Errorf("the page asks somebody else: %s", x.url)
		}
	}
	header := func(name string) string {
		for key, value := range document.headers {
			if strings.EqualFold(key, name) {
				return fmt.Sprint(value)
			}
		}
		return ""
	}
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(header("Content-Security-Policy"), want) {
			t.Errorf("the content security policy %q has no %s", header("Content-Security-Policy"), want)
		}
	}
	if strings.Contains(header("Content-Security-Policy"), "unsafe") {
		t.Errorf("the content security policy %q allows what it should not", header("Content-Security-Policy"))
	}
	for name, want := range map[string]string{
		"Content-Encoding": "", // BREACH: a page holds secrets beside what its address says
		"Referrer-Policy":  "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8",
	} {
		if header(name) != want {
			t.Errorf("%s: %q, want %q", name, header(name), want)
		}
	}
}

// BenchmarkSignInPage measures what somebody waits for who comes from a hospital with an empty cache: bytes and requests of the sign-in
// page, and the time from the start of its request until the button does something, in Chromium on the machine of the server.
func BenchmarkSignInPage(b *testing.B) {
	h := newSignInBench(b)
	var bytes, requests, ready float64
	for b.Loop() {
		h.log.reset()
		h.open(h.provider.issuer + "/login")
		h.page("sign-in")
		ready += evaluate[float64](h.browser, "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
		list := h.log.page(b)
		bytes, requests = weight(list), float64(len(list))
	}
	b.ReportMetric(bytes, "bytes/page")
	b.ReportMetric(requests, "requests/page")
	b.ReportMetric(ready/float64(b.N), "ms-to-interactive")
}

type signInBench struct {
	*browser
	provider *provider
	log      *traffic
}

func newSignInBench(b *testing.B) *signInBench {
	h := &signInBench{browser: newBrowser(b), provider: startProvider(b)}
	h.log = h.watch()
	return h
}
