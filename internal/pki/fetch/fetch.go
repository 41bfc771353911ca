package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limits of one body, in bytes.
const (
	MaxCRL  = 20 << 20
	MaxCert = 64 << 10
	MaxOCSP = 64 << 10
)

const (
	defaultTimeout = 10 * time.Second
	maxRedirects   = 3
	maxHeader      = 64 << 10 // bytes
)

// Options of a Fetcher. The zero value is good.
type Options struct {
	// Allow names what may be asked though it is not public: host names (exactly, without port), addresses and prefixes.
	Allow []string
	// Parallel is how many requests may be under way at once; 0 is 8.
	Parallel int
	// Timeout is for one request with everything in it, the wait for a free place included; 0 is ten seconds.
	Timeout time.Duration

	resolver *net.Resolver // of tests
}

// Fetcher sends guarded requests. It is safe for use by many goroutines.
type Fetcher struct {
	allowed  allowed
	resolver *net.Resolver
	client   *http.Client
	timeout  time.Duration
	slots    chan struct{}

	life context.Context // ends with Close
	end  context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	flights map[flightKey]*flight
}

// New makes a Fetcher. The error is about Allow.
func New(o Options) (*Fetcher, error) {
	a, err := parseAllowed(o.Allow)
	if err != nil {
		return nil, err
	}
	if o.Parallel <= 0 {
		o.Parallel = 8
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	f := &Fetcher{allowed: a, resolver: o.resolver, timeout: o.Timeout, slots: make(chan struct{}, o.Parallel), flights: map[flightKey]*flight{}}
	f.life, f.end = context.WithCancel(context.Background())
	f.client = &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            f.dial,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxHeader,
			TLSHandshakeTimeout:    o.Timeout,
		},
		CheckRedirect: checkRedirect,
	}
	return f, nil
}

// Close ends what is under way and waits for it. Requests after it fail.
func (f *Fetcher) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.end()
	f.wg.Wait()
}

// Get fetches at most limit bytes. The result is shared with others who asked for the same: do not change it. The error is
// *Error, or that of ctx.
func (f *Fetcher) Get(ctx context.Context, target string, limit int) ([]byte, error) {
	return f.share(ctx, flightKey{method: http.MethodGet, url: target, limit: limit})
}

// Post sends body and reads at most limit bytes, otherwise as Get.
func (f *Fetcher) Post(ctx context.Context, target, contentType string, body []byte, limit int) ([]byte, error) {
	return f.share(ctx, flightKey{method: http.MethodPost, url: target, contentType: contentType, body: string(body), limit: limit})
}

func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &Error{URL: next.URL.Redacted(), Kind: ErrForbidden, Detail: fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	if next.Method != via[0].Method {
		return &Error{URL: next.URL.Redacted(), Kind: ErrForbidden, Detail: "a redirect that turns POST into GET"}
	}
	next.Header.Del("Referer")
	return checkURL(next.URL)
}

func (f *Fetcher) send(ctx context.Context, key flightKey) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	if len(key.url) > maxURL {
		return nil, &Error{URL: key.url[:maxURL], Kind: ErrForbidden, Detail: fmt.Sprintf("the URL is longer than %d bytes", maxURL)}
	}
	u, err := url.Parse(key.url)
	if err != nil {
		return nil, &Error{URL: key.url, Kind: ErrForbidden, Detail: "it is not a URL"}
	}
	if err := checkURL(u); err != nil {
		return nil, err
	}
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, classify(u.Redacted(), ctx.Err())
	}
	return f.exchange(ctx, u, key)
}

func (f *Fetcher) exchange(ctx context.Context, u *url.URL, key flightKey) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, key.method, u.String(), bytes.NewReader([]byte(key.body)))
	if err != nil {
		return nil, &Error{URL: u.Redacted(), Kind: ErrForbidden, Cause: err}
	}
	request.Header.Set("User-Agent", "udap-idp")
	if key.contentType != "" {
		request.Header.Set("Content-Type", key.contentType)
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, classify(u.Redacted(), err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, &Error{URL: u.Redacted(), Kind: ErrStatus, Detail: fmt.Sprintf("%d, expected 200", response.StatusCode)}
	}
	return readLimited(response, u.Redacted(), key.limit)
}

func readLimited(response *http.Response, target string, limit int) ([]byte, error) {
	tooLarge := &Error{URL: target, Kind: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes", limit)}
	if response.ContentLength > int64(limit) {
		return nil, tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	if err != nil {
		return nil, classify(target, err)
	}
	if len(data) > limit {
		return nil, tooLarge
	}
	return data, nil
}
