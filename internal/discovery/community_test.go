package discovery_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"udap-idp/internal/discovery"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

// policies are communities with what the operator has decided about them.
type policies map[string]discovery.Signing

func (p policies) Signing(_ context.Context, community string) (discovery.Signing, error) {
	signing, ok := p[community]
	if !ok {
		return discovery.Signing{}, discovery.ErrNoSigner
	}
	return signing, nil
}

func TestMetadataSaysWhatTheCommunityAsksFor(t *testing.T) {
	t.Parallel()
	const basic, audited = "https://trust.example/basic", "https://trust.example/audited"
	// The same certificate in both: what is kept must not be mixed up.
	signer := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer).Signer()
	asking := discovery.Signing{Community: "udap://asking/", Signer: signer, Policy: udap.MetadataPolicy{
		CertificationsSupported: []string{basic, audited}, CertificationsRequired: []string{audited}, ListRefreshToken: true,
	}}
	trust := policies{"": {Community: "udap://plain/", Signer: signer}, "udap://asking/": asking}
	var log bytes.Buffer
	h := discovery.New(discovery.Config{Endpoints: udap.NewEndpoints(issuer), Trust: trust, Log: slog.New(slog.NewTextHandler(&log, nil))})
	want := func(query string, supported, required, grants []any) {
		t.Helper()
		_, body := get(t, h, query)
		for name, want := range map[string][]any{
			"udap_certifications_supported": supported, "udap_certifications_required": required, "grant_types_supported": grants,
		} {
			if !reflect.DeepEqual(body[name], want) {
				t.Errorf("%q: got %s %v, want %v", query, name, body[name], want)
			}
		}
		signedOf(t, body)
	}
	for range 2 { // made, and kept
		want("", []any{}, []any{}, []any{"authorization_code"})
		want("?community=udap://asking/", []any{basic, audited}, []any{audited}, []any{"authorization_code", "refresh_token"})
	}
	if got := strings.Count(log.String(), "compatibility switch used"); got != 1 || !strings.Contains(log.String(), `switch="list refresh token" community=udap://asking/`) {
		t.Errorf("the use of the switch is logged %d times, want once for the signed document: %s", got, log.String())
	}
	asking.Policy = udap.MetadataPolicy{CertificationsSupported: []string{basic}}
	trust["udap://asking/"] = asking
	want("?community=udap://asking/", []any{basic}, []any{}, []any{"authorization_code"})
}

func TestUnknownCommunityIsAnsweredAsTheOperatorWants(t *testing.T) {
	t.Parallel()
	signer := udaptest.New(t, udaptest.WithoutServer()).Leaf(issuer).Signer()
	known := signers{"": signer, "udap://known/": signer}
	tests := []struct {
		name    string
		unknown discovery.Unknown
		trust   signers
		query   string
		status  int
	}{
		{"default", discovery.UnknownDefault, known, "?community=udap://unknown/", 200},
		{"not set", "", known, "?community=udap://unknown/", 200},
		{"204", discovery.UnknownNoContent, known, "?community=udap://unknown/", 204},
		{"404", discovery.UnknownNotFound, known, "?community=udap://unknown/", 404},
		{"204, known", discovery.UnknownNoContent, known, "?community=udap://known/", 200},
		{"404, known", discovery.UnknownNotFound, known, "?community=udap%3A%2F%2Fknown%2F", 200},
		{"204, none named", discovery.UnknownNoContent, known, "", 200},
		{"404, an empty one", discovery.UnknownNotFound, known, "?community=", 200},
		// UDAP Security IG §2.1: 404 where no UDAP workflow is supported at all, whatever the community.
		{"204, no certificate", discovery.UnknownNoContent, signers{}, "?community=udap://unknown/", 404},
		{"default, no certificate", discovery.UnknownDefault, signers{}, "", 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := discovery.New(discovery.Config{Endpoints: udap.NewEndpoints(issuer), Trust: test.trust, UnknownCommunity: test.unknown})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/udap"+test.query, nil))
			if w.Code != test.status {
				t.Errorf("got %d, want %d", w.Code, test.status)
			}
			if (w.Body.Len() == 0) != (test.status == 204) {
				t.Errorf("got the body %q with %d", w.Body, w.Code)
			}
			if got := w.Header().Get("Cache-Control"); test.status != 200 && got != "no-store" {
				t.Errorf("got Cache-Control %q", got)
			}
		})
	}
}
