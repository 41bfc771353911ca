package mail_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"udap-idp/internal/mail"
)

func TestTextMessageGoesToTheGateway(t *testing.T) {
	t.Parallel()
	var got struct{ To, Text string }
	var header http.Header
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &got); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s %s: %v", r.Method, body, err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer gateway.Close()
	g, err := mail.NewGateway(gateway.URL+"/send", "secret-token")
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	m := mail.Outgoing{ID: "1", To: "+12025550143", Letter: mail.Letter{Text: "Su código es 123456 «ñ»"}}
	if err := g.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got.To != m.To || got.Text != m.Text || header.Get("Authorization") != "Bearer secret-token" || header.Get("Idempotency-Key") != "1" {
		t.Errorf("got %+v with %v", got, header)
	}
}

func TestGatewaysAnswerIsJudgedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ permanent, way bool }{
		400: {true, false}, 422: {true, false}, 401: {false, true}, 403: {false, true}, 404: {false, true}, 429: {false, true},
		500: {false, true}, 503: {false, true}, 302: {false, true},
	} {
		gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "your text was: code 123456")
		}))
		g, err := mail.NewGateway(gateway.URL+"/?key=query-secret", "secret-token")
		if err != nil {
			t.Fatal(err)
		}
		err = g.Send(t.Context(), mail.Outgoing{ID: "1", To: "+12025550143", Letter: mail.Letter{Text: "123456"}})
		var failure *mail.Failure
		if !errors.As(err, &failure) || failure.Permanent != want.permanent || failure.Way != want.way {
			t.Errorf("%d: %+v", status, failure)
		}
		gateway.Close()
		unreachable := g.Send(t.Context(), mail.Outgoing{ID: "1", To: "+12025550143"})
		for _, secret := range []string{"123456", "secret", "elsewhere"} {
			if strings.Contains(err.Error()+unreachable.Error(), secret) {
				t.Errorf("%d: the failure says %q: %v, %v", status, secret, err, unreachable)
			}
		}
		g.Close()
	}
}

func TestGatewayIsReachedByHTTPSOnly(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://gateway.example.org/send": true, "http://127.0.0.1:9000/": true, "http://localhost/": true, "http://[::1]:9/": true,
		"http://gateway.example.org/": false, "http://10.0.0.1/": false, "ftp://gateway.example.org/": false, "gateway": false,
		"https://user:password@gateway.example.org/": false, "http://localhost.example.org/": false,
	} {
		if _, err := mail.NewGateway(address, ""); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}
