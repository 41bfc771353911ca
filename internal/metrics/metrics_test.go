package metrics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d\n%s", w.Code, w.Body)
	}
	return w.Body.String()
}

func mustHave(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func newMetrics(certificates []Certificate, sources []Source) *Metrics {
	return New(Config{
		Version: "v1", Certificates: func(context.Context) []Certificate { return certificates },
		Sources: func() []Source { return sources }, Messages: fewMessages, Now: func() time.Time { return now },
	})
}

func TestRequestsAreCountedByRouteAndStatus(t *testing.T) {
	t.Parallel()
	m := newMetrics(nil, nil)
	m.Request("POST", "/token", 200, 30*time.Millisecond)
	m.Request("POST", "/token", 200, 2*time.Second)
	m.Request("POST", "/token", 401, time.Millisecond)
	m.CertificateCheck("registration", "revoked")
	mustHave(t, scrape(t, m),
		`udap_idp_http_requests_total{method="POST",route="/token",status="200"} 2`,
		`udap_idp_http_requests_total{method="POST",route="/token",status="401"} 1`,
		`udap_idp_http_request_duration_seconds_bucket{route="/token",le="0.05"} 2`,
		`udap_idp_http_request_duration_seconds_count{route="/token"} 3`,
		`udap_idp_certificate_checks_total{outcome="revoked",purpose="registration"} 1`,
		`udap_idp_build_info{version="v1"} 1`,
	)
}

func TestCertificatesAndSourcesAreAskedForAtEachScrape(t *testing.T) {
	t.Parallel()
	own := Certificate{Community: "urn:a", Kind: "own", Subject: "CN=Us", SHA256: "aa", NotAfter: now.Add(time.Hour)}
	over := Certificate{Community: "urn:a", Kind: "own", Subject: "CN=Us", SHA256: "bb", NotAfter: now.Add(-time.Minute)}
	strange := Certificate{Community: "urn:a", Kind: "anchor", Subject: "CN=\xff", SHA256: "cc", NotAfter: now}
	responder := func(fetched, next time.Duration, fresh bool) Source {
		return Source{Kind: "ocsp", URL: "http://o", Issuer: "CN=CA", Fetched: now.Add(fetched), NextUpdate: now.Add(next), Fresh: fresh}
	}
	m := newMetrics([]Certificate{own, over, strange, own}, []Source{
		{Kind: "crl", URL: "http://never", Issuer: "CN=CA", Failed: true},
		responder(-time.Minute, time.Hour, true), responder(-time.Hour, -time.Second, false), responder(-2*time.Minute, time.Minute, true),
	})
	text := scrape(t, m)
	mustHave(t, text,
		`udap_idp_certificate_expires_seconds{community="urn:a",kind="own",sha256="aa",subject="CN=Us"} 3600`,
		`udap_idp_certificate_expires_seconds{community="urn:a",kind="own",sha256="bb",subject="CN=Us"} -60`,
		`udap_idp_certificate_expires_seconds{community="urn:a",kind="anchor",sha256="cc",subject="CN=?"} 0`,
		`udap_idp_revocation_source_fresh{issuer="CN=CA",kind="crl",url="http://never"} 0`,
		`udap_idp_revocation_source_failed{issuer="CN=CA",kind="crl",url="http://never"} 1`,
		`udap_idp_revocation_source_fresh{issuer="CN=CA",kind="ocsp",url="http://o"} 0`,
		`udap_idp_revocation_source_failed{issuer="CN=CA",kind="ocsp",url="http://o"} 0`,
		`udap_idp_revocation_source_age_seconds{issuer="CN=CA",kind="ocsp",url="http://o"} 3600`,
		`udap_idp_revocation_source_next_update_seconds{issuer="CN=CA",kind="ocsp",url="http://o"} -1`,
	)
	if strings.Contains(text, `age_seconds{issuer="CN=CA",kind="crl"`) {
		t.Error("a source of which nothing is known has an age")
	}
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	h := newMetrics(nil, nil).Handler()
	for _, tc := range []struct {
		method, path string
		want         int
	}{{"GET", "/", 404}, {"GET", "/metrics/x", 404}, {"POST", "/metrics", 405}, {"GET", "/debug/pprof/", 404}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, nil))
		if w.Code != tc.want {
			t.Errorf("%s %s: %d, want %d", tc.method, tc.path, w.Code, tc.want)
		}
	}
}
