package check

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/dataholder"
)

const (
	fetchTimeout = 10 * time.Second
	maxAnswer    = 1 << 20 // bytes
)

// httpClient follows no redirect: one would let a host answer for another.
func httpClient(base string, allowPrivate bool) *http.Client {
	if !allowPrivate {
		return dataholder.HTTPClient(isLoopback(base))
	}
	return &http.Client{
		Transport:     &http.Transport{TLSHandshakeTimeout: fetchTimeout, ForceAttemptHTTP2: true},
		Timeout:       fetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.Unmap().IsLoopback()
}

// answer is an HTTP answer with its body read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var errTooLarge = errors.New("the answer is larger than 1 MiB")

func (r *run) get(address string) (*answer, error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return r.do(request)
}

func (r *run) post(address, contentType, body string) (*answer, error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	return r.do(request)
}

func (r *run) do(request *http.Request) (*answer, error) {
	request.Header.Set("Accept", "application/json")
	response, err := r.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

func (a *answer) isJSON() bool {
	mediaType, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// document reads the body as one JSON object; nil when it is none.
func (a *answer) document() document { return parseDocument(a.body) }

// document is a JSON object from outside; its names are case-sensitive.
type document map[string]json.RawMessage

func parseDocument(data []byte) document {
	var d document
	if json.Unmarshal(data, &d) != nil {
		return nil
	}
	return d
}

func (d document) has(name string) bool { _, ok := d[name]; return ok }

// text is a string member, "" when it is absent or of another type.
func (d document) text(name string) string {
	var s string
	if json.Unmarshal(d[name], &s) != nil {
		return ""
	}
	return s
}

// list is an array of strings; ok is false when it is absent or of another type.
func (d document) list(name string) (values []string, ok bool) {
	if json.Unmarshal(d[name], &values) != nil || values == nil {
		return nil, false
	}
	return values, true
}

// seconds is a NumericDate in whole seconds; zero when it is absent or anything else.
func (d document) seconds(name string) time.Time {
	var n int64
	if json.Unmarshal(d[name], &n) != nil || n <= 0 || n > 253402300799 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
