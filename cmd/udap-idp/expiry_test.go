package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/discovery"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
	"udap-idp/internal/udap/authority"
)

// issuedBy makes certificates for the tests of time.
type issuedBy struct {
	t  *testing.T
	ca *authority.Authority
}

func newIssuer(t *testing.T, lasts time.Duration) issuedBy {
	t.Helper()
	ca, err := authority.New("Test CA", authority.Options{KeyType: authority.P256, NotAfter: time.Now().Add(lasts)})
	if err != nil {
		t.Fatal(err)
	}
	return issuedBy{t, ca}
}

func (i issuedBy) signer(name string, from, until time.Time) *udap.Signer {
	i.t.Helper()
	identity, err := i.ca.IssueLeaf(authority.Leaf{
		Name: name, URIs: []string{"https://idp.example.org"}, KeyType: authority.P256, NotBefore: from, NotAfter: until,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	signer, err := udap.NewSigner(identity.Chain, identity.Key)
	if err != nil {
		i.t.Fatal(err)
	}
	return signer
}

// communities is a pki.Source.
type communities struct {
	revision int64
	list     []pki.Community
}

func (c *communities) TrustRevision(context.Context) (int64, error)              { return c.revision, nil }
func (c *communities) TrustCommunities(context.Context) ([]pki.Community, error) { return c.list, nil }

// logText is a log that is read while others write it.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// take returns what was written since the last time.
func (l *logText) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

var warning = regexp.MustCompile(`level=(\w+) msg="([^"]+)" community=(\S+) kind=(\w+) .*days_left=(-?\d+)`)

func TestExpiryIsWarnedOfOncePerThreshold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		begun := time.Now()
		i := newIssuer(t, 45*day)
		c := pki.Community{ID: "1", URI: "urn:one", Signers: []*udap.Signer{i.signer("Us", begun, begun.Add(62*day))}}
		c.Anchors = append(c.Anchors, i.ca.Certificate)
		source := &communities{list: []pki.Community{c}}
		var log logText
		w := newExpiryWatch(pki.NewTrust(source).Communities, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); w.run(ctx) }()

		lines := func() (found []string) {
			t.Helper()
			synctest.Wait()
			for _, m := range warning.FindAllStringSubmatch(log.take(), -1) {
				found = append(found, strings.Join(m[1:], " "))
			}
			return found
		}
		for _, step := range []struct {
			day  int
			want []string
		}{
			{0, []string{"WARN a certificate expires soon urn:one anchor 45"}},
			{1, nil},
			{3, []string{"WARN a certificate expires soon urn:one own 60"}},
			{14, nil},
			{16, []string{"WARN a certificate expires soon urn:one anchor 30"}},
			{40, []string{"WARN a certificate expires soon urn:one own 30", "WARN a certificate expires soon urn:one anchor 7"}},
			{50, []string{"ERROR a certificate has expired urn:one anchor -1"}},
			{90, []string{"WARN a certificate expires soon urn:one own 7", "ERROR a certificate has expired urn:one own -1"}},
		} {
			time.Sleep(time.Until(begun.Add(time.Duration(step.day)*day + time.Minute)))
			got := lines()
			slices.Sort(got)
			slices.Sort(step.want)
			if !slices.Equal(got, step.want) {
				t.Errorf("day %d: %q, want %q", step.day, got, step.want)
			}
		}
		stop()
		<-ended
	})
}

// With the next one in its place there is nothing to do, and nothing is said.
func TestExpiryOfAReplacedCertificateIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	i, now := newIssuer(t, 1000*24*time.Hour), time.Now()
	c := pki.Community{ID: "1", URI: "urn:one", Signers: []*udap.Signer{
		i.signer("Us", now.Add(-time.Hour), now.Add(time.Hour)), i.signer("Us", now.Add(time.Minute), now.AddDate(1, 0, 0)),
	}}
	var log bytes.Buffer
	all := []pki.Community{c}
	w := newExpiryWatch(func(context.Context) ([]pki.Community, error) { return all, nil }, slog.New(slog.NewTextHandler(&log, nil)))
	w.look(t.Context(), now)
	if log.Len() > 0 {
		t.Errorf("warned: %s", &log)
	}
	all[0].Signers = c.Signers[:1] // the next one was taken away again
	w.look(t.Context(), now)
	if !strings.Contains(log.String(), "a certificate expires soon") {
		t.Errorf("not warned: %s", &log)
	}
}

func TestExpiryWatchSurvivesADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newExpiryWatch(func(context.Context) ([]pki.Community, error) { return nil, errors.New("gone") }, slog.New(slog.NewTextHandler(&log, nil)))
	w.look(t.Context(), time.Now())
	if !strings.Contains(log.String(), "could not be read") {
		t.Errorf("log: %s", &log)
	}
}

// Discovery keeps what it signed for an hour; across a renewal it must never serve what a certificate signed that has ended.
func TestMetadataIsSignedWithAValidCertificateAcrossARenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i, begun := newIssuer(t, 1000*24*time.Hour), time.Now()
		ends := begun.Add(10*time.Hour + 20*time.Minute)
		source := &communities{list: []pki.Community{{
			ID: "1", URI: "urn:one", Signers: []*udap.Signer{
				i.signer("Us", begun, ends), i.signer("Us", begun.Add(5*time.Hour), ends.AddDate(1, 0, 0)),
			},
		}}}
		h := discovery.New(discovery.Config{
			Endpoints: udap.NewEndpoints("https://idp.example.org"), Scopes: []string{"openid"}, Trust: discoveryTrust{pki.NewTrust(source)},
		})
		seen := map[string]bool{}
		for ; time.Since(begun) < 12*time.Hour; time.Sleep(3 * time.Minute) {
			for _, query := range []string{"", "?community=urn:one"} {
				leaf := signedBy(t, h, query)
				if now := time.Now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
					t.Fatalf("after %v: signed with a certificate of %v to %v", time.Since(begun), leaf.NotBefore, leaf.NotAfter)
				}
				seen[leaf.SerialNumber.String()] = true
			}
		}
		if len(seen) != 2 {
			t.Errorf("%d certificates signed, want both", len(seen))
		}
	})
}

// signedBy is the certificate that signed the metadata.
func signedBy(t *testing.T, h http.Handler, query string) *x509.Certificate {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/udap"+query, nil))
	var metadata struct {
		Signed string `json:"signed_metadata"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &metadata); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	token, err := udap.ParseJWT(metadata.Signed)
	if err != nil {
		t.Fatal(err)
	}
	return token.Chain[0]
}
