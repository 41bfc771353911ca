package dataholder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

const (
	fetchTimeout = 10 * time.Second
	maxAnswer    = 1 << 20 // bytes
)

// answer is an HTTP answer with its body read.
type answer struct {
	status      int
	contentType string
	body        []byte
}

var errAddress = errors.New("an address that this hospital does not connect to")

// newHTTPClient is for addresses that strangers chose. A loopback address is reached only when allowed.
func newHTTPClient(allowLoopback bool) *http.Client {
	dialer := &net.Dialer{
		Timeout: fetchTimeout,
		// The address is looked at after the name was resolved, so a name cannot point elsewhere in between.
		Control: func(_, address string, _ syscall.RawConn) error { return checkAddress(address, allowLoopback) },
	}
	return &http.Client{Transport: &http.Transport{
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   fetchTimeout,
		ResponseHeaderTimeout: fetchTimeout,
		MaxIdleConns:          16,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       30 * time.Second,
		ForceAttemptHTTP2:     true,
	}}
}

func checkAddress(address string, allowLoopback bool) error {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errAddress, err)
	}
	ip := parsed.Addr().Unmap()
	if ip.IsLoopback() && allowLoopback {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return errAddress
	}
	return nil
}

// hardened is the client with our limits, whatever it had.
func hardened(client *http.Client) *http.Client {
	limited := *client
	limited.Timeout = fetchTimeout
	limited.Jar = nil
	// UDAP Security IG §2.1 has no redirect; one would let a host answer for another.
	limited.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &limited
}

func (c *Client) get(ctx context.Context, step *Step, address, accept string, header ...string) (*answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Problem{Step: step.Name, Reason: ReasonBadAddress, Message: "The address " + quoted(address) + " cannot be read.", Cause: err}
	}
	request.Header.Set("Accept", accept)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return c.do(step, request)
}

func (c *Client) post(ctx context.Context, step *Step, address, contentType, body string) (*answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, &Problem{Step: step.Name, Reason: ReasonBadAddress, Message: "The address " + quoted(address) + " cannot be read.", Cause: err}
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	return c.do(step, request)
}

// do sends the request, records it, and reads the answer within the limits.
func (c *Client) do(step *Step, request *http.Request) (*answer, error) {
	exchange := Exchange{Method: request.Method, URL: request.URL.String()}
	defer func() { step.Exchanges = append(step.Exchanges, exchange) }()
	what := request.Method + " " + exchange.URL

	response, err := c.http.Do(request)
	if err != nil {
		return nil, &Problem{Step: step.Name, Reason: ReasonUnreachable, Message: what + " got no answer.", Cause: err}
	}
	defer response.Body.Close()
	exchange.Status = response.StatusCode

	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, &Problem{Step: step.Name, Reason: ReasonUnreachable, Message: "The answer to " + what + " broke off.", Cause: err}
	}
	if len(body) > maxAnswer {
		message := fmt.Sprintf("The answer to %s is larger than %d bytes.", what, maxAnswer)
		return nil, &Problem{Step: step.Name, Reason: ReasonTooLarge, Message: message}
	}
	return &answer{status: response.StatusCode, contentType: response.Header.Get("Content-Type"), body: body}, nil
}

// object reads the answer as a JSON object of the type application/json.
func (a *answer) object(step *Step) (object, error) {
	mediaType, _, err := mime.ParseMediaType(a.contentType)
	if err := step.verify(rule{
		reason: ReasonContentType, ok: err == nil && mediaType == "application/json",
		what: "the answer is application/json", source: "RFC 8259 §11",
		found: "its Content-Type is " + quoted(a.contentType),
	}); err != nil {
		return nil, err
	}
	o, err := parseObject(a.body)
	if err := step.verify(rule{
		reason: ReasonNotJSON, ok: err == nil,
		what: "the answer is one JSON object with unique names", source: "RFC 8259 §4",
		found: "it cannot be read as one",
	}); err != nil {
		return nil, err
	}
	return o, nil
}

// expect checks that the answer has one of the statuses.
func (a *answer) expect(step *Step, source string, statuses ...int) error {
	wanted := make([]string, len(statuses))
	ok := false
	for i, status := range statuses {
		wanted[i] = fmt.Sprint(status)
		ok = ok || a.status == status
	}
	return step.verify(rule{
		reason: ReasonStatus, ok: ok,
		what: "the answer has status " + strings.Join(wanted, " or "), source: source,
		found: fmt.Sprintf("it has %d", a.status),
	})
}

// refusal reads an OAuth error answer; nil when it is not one.
func (a *answer) refusal() *ServerError {
	o, err := parseObject(a.body)
	if err != nil || o.text("error") == "" {
		return nil
	}
	return &ServerError{
		Status:      a.status,
		Code:        shorten(o.text("error"), 100),
		Description: shorten(o.text("error_description"), 500),
	}
}

// isUsable reports whether an address may be called: absolute, https or http on a loopback host, and nothing in it that
// does not belong to an endpoint.
//
// RFC 6749 §3.1, §3.2: no fragment. UDAP Security IG §2.2: absolute.
func isUsable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || strings.Contains(address, "#") {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
