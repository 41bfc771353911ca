package discovery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/discovery"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

const issuer = "https://idp.example.org"

// signers are our certificates by the URI of their community; "" is the default.
type signers map[string]*udap.Signer

func (s signers) Signing(_ context.Context, community string) (discovery.Signing, error) {
	if signer := s[community]; signer != nil {
		return discovery.Signing{Community: community, Signer: signer}, nil
	}
	return discovery.Signing{}, discovery.ErrNoSigner
}

type failing struct{}

func (failing) Signing(context.Context, string) (discovery.Signing, error) {
	return discovery.Signing{}, errors.New("secret detail of the database")
}

func newHandler(trust discovery.Trust, now func() time.Time) *discovery.Handler {
	return discovery.New(discovery.Config{
		Endpoints: udap.NewEndpoints(issuer),
		Scopes:    []string{"openid", "udap", "profile"},
		Trust:     trust,
		Now:       now,
	})
}

func get(t *testing.T, h http.Handler, query string) (*http.Response, map[string]any) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	response, err := http.Get(server.URL + "/.well-known/udap" + query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("got Content-Type %q, want application/json without a charset", got)
	}
	var body map[string]any
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatalf("got %q, want a JSON object", data)
	}
	return response, body
}

// signedOf returns signed_metadata, its signature verified.
func signedOf(t *testing.T, body map[string]any) *udap.JWT {
	t.Helper()
	raw, _ := body["signed_metadata"].(string)
	token, err := udap.ParseJWT(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.VerifySignature(); err != nil {
		t.Fatal(err)
	}
	return token
}

func TestMetadataIsSignedForTheCommunityAskedFor(t *testing.T) {
	t.Parallel()
	first, second := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer), udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer)
	const withPlus, withPercent, withSemicolon = "udap://a+b/", "udap://a%2Fb/", "udap://a;b/"
	trust := signers{"": first.Signer(), "udap://second/": second.Signer(), withPlus: second.Signer(), withPercent: second.Signer(), withSemicolon: second.Signer()}
	h := newHandler(trust, nil)

	tests := []struct {
		name, query string
		want        *udaptest.Leaf
	}{
		{"none", "", first},
		{"empty", "?community=", first},
		{"unknown", "?community=udap://unknown/", first},
		{"as it is", "?community=udap://second/", second},
		{"encoded", "?community=" + url.QueryEscape("udap://second/"), second},
		{"another spelling of the slash", "?community=udap://second", first},
		{"another case", "?community=UDAP://second/", first},
		{"behind another parameter", "?x=1&community=udap://second/", second},
		{"twice", "?community=udap://second/&community=udap://unknown/", second},
		{"plus as it is", "?community=" + withPlus, second},
		{"plus encoded", "?community=" + url.QueryEscape(withPlus), second},
		{"plus as it is, the rest encoded", "?community=udap%3A%2F%2Fa+b%2F", second},
		{"percent as it is", "?community=" + withPercent, second},
		{"percent encoded", "?community=" + url.QueryEscape(withPercent), second},
		{"semicolon as it is", "?community=" + withSemicolon, second},
		{"broken encoding", "?community=%zz", first},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			response, body := get(t, h, test.query)
			if response.StatusCode != http.StatusOK {
				t.Fatalf("got %d, want 200", response.StatusCode)
			}
			if !signedOf(t, body).Chain[0].Equal(test.want.Certificate()) {
				t.Error("signed with another community's certificate")
			}
		})
	}
}

func TestMetadataIsWhole(t *testing.T) {
	t.Parallel()
	l := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer)
	now := time.Unix(1800000000, 0)
	response, body := get(t, newHandler(signers{"": l.Signer()}, func() time.Time { return now }), "")
	if got := response.Header.Get("Cache-Control"); got != "public, max-age=60" {
		t.Errorf("got Cache-Control %q", got)
	}
	var claims map[string]any
	if err := json.Unmarshal(signedOf(t, body).Payload, &claims); err != nil {
		t.Fatal(err)
	}
	// UDAP Security IG §2.3: the signed endpoints are those of the metadata.
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "registration_endpoint"} {
		if body[name] != claims[name] || !strings.HasPrefix(body[name].(string), issuer+"/") {
			t.Errorf("%s: got %v, signed %v", name, body[name], claims[name])
		}
	}
	if claims["iss"] != issuer || claims["iat"] != 1800000000.0-60 || claims["exp"] != 1800000000.0+86400 {
		t.Errorf("got %v", claims)
	}
	if scopes, _ := body["scopes_supported"].([]any); len(scopes) != 3 || scopes[2] != "profile" {
		t.Errorf("got scopes %v", scopes)
	}
	if len(body) != 15 {
		t.Errorf("got %d members, want 15", len(body))
	}
}

func TestWithoutACertificateThereIsNoUDAP(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "?community=udap://second/"} {
		response, body := get(t, newHandler(signers{}, nil), query)
		if response.StatusCode != http.StatusNotFound || body["error"] != "invalid_request" {
			t.Errorf("%q: got %d %v, want 404", query, response.StatusCode, body)
		}
	}
}

func TestCommunityWithACertificateIsServedWithoutADefault(t *testing.T) {
	t.Parallel()
	l := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer)
	response, _ := get(t, newHandler(signers{"udap://second/": l.Signer()}, nil), "?community=udap://second/")
	if response.StatusCode != http.StatusOK {
		t.Errorf("got %d, want 200", response.StatusCode)
	}
}

func TestFailureTellsNothing(t *testing.T) {
	t.Parallel()
	other := udaptest.New(t, udaptest.WithoutServer()).Leaf("https://other.example")
	for name, trust := range map[string]discovery.Trust{"trust fails": failing{}, "certificate of another name": signers{"": other.Signer()}} {
		var log bytes.Buffer
		h := discovery.New(discovery.Config{
			Endpoints: udap.NewEndpoints(issuer), Trust: trust, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		response, body := get(t, h, "")
		if response.StatusCode != http.StatusInternalServerError || body["error"] != "server_error" {
			t.Errorf("%s: got %d %v, want 500", name, response.StatusCode, body)
		}
		if text, _ := body["error_description"].(string); strings.Contains(text, "secret") || strings.Contains(text, "other.example") {
			t.Errorf("%s: got %q", name, text)
		}
		if log.Len() == 0 {
			t.Errorf("%s: the log is empty", name)
		}
	}
}

func TestSignedMetadataIsKeptForAnHour(t *testing.T) {
	t.Parallel()
	c := udaptest.New(t, udaptest.WithoutServer())
	l := c.Leaf(issuer)
	trust := signers{"": l.Signer()}
	now := time.Unix(1800000000, 0)
	h := newHandler(trust, func() time.Time { return now })
	signed := func() string {
		_, body := get(t, h, "")
		return body["signed_metadata"].(string)
	}
	first := signed()
	trust[""] = l.Signer() // the communities were loaded again: the same certificate
	now = now.Add(time.Hour - time.Second)
	if signed() != first {
		t.Error("signed anew within the hour")
	}
	now = now.Add(time.Second)
	second := signed()
	if second == first {
		t.Error("not signed anew after an hour")
	}
	trust[""] = c.Leaf(issuer).Signer()
	if signed() == second {
		t.Error("not signed anew with a new certificate")
	}
	now = time.Unix(1700000000, 0)
	trust[""] = l.Signer()
	if signed() == second {
		t.Error("not signed anew after the clock was set back")
	}
}

func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHandler(signers{"": udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer).Signer()}, nil))
	defer server.Close()
	response, err := http.Head(server.URL + "//.well-known/udap")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || response.ContentLength < 1000 {
		t.Errorf("got %d with %d bytes announced", response.StatusCode, response.ContentLength)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(newHandler(signers{}, nil))
	defer server.Close()
	response, err := http.Post(server.URL, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("got %d, Allow %q", response.StatusCode, response.Header.Get("Allow"))
	}
}

func TestManyAsksAtOnceSignOnce(t *testing.T) {
	t.Parallel()
	h := newHandler(signers{"": udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer).Signer()}, nil)
	bodies := make([]string, 32)
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/udap", nil))
			bodies[i] = w.Body.String()
		})
	}
	all.Wait()
	for _, body := range bodies {
		if body != bodies[0] {
			t.Fatal("got two documents, want one")
		}
	}
}

func FuzzCommunityParameter(f *testing.F) {
	for _, query := range []string{"", "community=", "community=udap://x/", "community=%zz&community", "&&=&community=%75", "community=a;b+c"} {
		f.Add(query)
	}
	h := newHandler(signers{"": udaptest.New(f, udaptest.WithoutServer()).Leaf(issuer).Signer()}, nil)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest(http.MethodGet, "/.well-known/udap", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("got %d, want the default metadata", w.Code)
		}
	})
}
