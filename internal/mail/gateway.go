package mail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Gateway is a Sender of text messages. It posts {"to": "+1…", "text": "…"} with a bearer token, and takes any 2xx for an
// answer. Idempotency-Key is the message's id, for gateways that know it.
type Gateway struct {
	url    string
	token  string
	client *http.Client
}

// answerLimit is what is read of an answer, so that the connection can be used again. Nobody looks at it.
const answerLimit = 64 << 10

// NewGateway makes the sender. The address is https, or on this machine.
func NewGateway(address, token string) (*Gateway, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("the gateway's address is no URL like https://gateway.example.org/messages")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("codes would go to %s without TLS, where everybody on the way can read them; that is for loopback only", u.Host)
	}
	return &Gateway{url: address, token: token, client: &http.Client{
		Timeout: 15 * time.Second,
		// Where the operator sends codes is the operator's decision, not that of whoever answers.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: answerLimit},
	}}, nil
}

// Send gives a message to the gateway. What it answers is not repeated: it may hold the text, and the text a code.
func (g *Gateway) Send(ctx context.Context, m Outgoing) error {
	body, err := json.Marshal(struct {
		To   string `json:"to"`
		Text string `json:"text"`
	}{m.To, m.Text})
	if err != nil {
		return &Failure{Permanent: true, Cause: err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return &Failure{Way: true, Cause: err}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", m.ID)
	if g.token != "" {
		request.Header.Set("Authorization", "Bearer "+g.token)
	}
	answer, err := g.client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // the address may hold a secret in its query
		}
		return &Failure{Way: true, Cause: fmt.Errorf("text-message gateway: %w", err)}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, answerLimit))
	return gatewayVerdict(answer.StatusCode)
}

func gatewayVerdict(status int) error {
	if status >= 200 && status < 300 {
		return nil
	}
	f := &Failure{Cause: fmt.Errorf("text-message gateway: it answered %d %s", status, http.StatusText(status))}
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusGone, http.StatusRequestEntityTooLarge:
		f.Permanent = true // about this message
	default:
		f.Way = true // about us, or about the gateway
	}
	return f
}

// Close ends the connections that are kept.
func (g *Gateway) Close() { g.client.CloseIdleConnections() }
