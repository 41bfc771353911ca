package revocation

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// vector reads a file of ../shared/vectors beside the checkout; ok is false where there is none.
func vector(t testing.TB, name string) (data []byte, ok bool) {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the test")
		}
		root = filepath.Dir(root)
	}
	data, err = os.ReadFile(filepath.Join(root, "..", "shared", "vectors", name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		return nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return data, true
}

func certVector(t testing.TB, name string) (*x509.Certificate, bool) {
	t.Helper()
	data, ok := vector(t, name)
	if !ok {
		return nil, false
	}
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatalf("%s is no PEM", name)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert, true
}

func infernoVector(t testing.TB) (crl []byte, root *x509.Certificate, ok bool) {
	t.Helper()
	root, ok = certVector(t, "inferno/InfernoCA.pem")
	if !ok {
		return nil, nil, false
	}
	crl, ok = vector(t, "inferno/InfernoCA_CRL.pem")
	return crl, root, ok
}

func TestVectorInfernoListCountsUntilItsDate(t *testing.T) {
	t.Parallel()
	crl, root, ok := infernoVector(t)
	if !ok {
		t.Skip("the vectors of Inferno are not here")
	}
	client, _ := certVector(t, "inferno/TestClient.pem")
	e, err := readCRL(crl, root)
	if err != nil {
		t.Fatal(err)
	}
	if e.number.Int64() != 2 || len(e.revoked) != 0 {
		t.Errorf("number %v with %d entries, want 2 and none", e.number, len(e.revoked))
	}
	// Its distribution point is not ours to ask: the list stands where the fetch would have put it.
	c := newChecker(t, Options{})
	s := sourcesOf(client, root)[0]
	if s.url != "https://inferno.com/mock_crl_endpoint.crl" {
		t.Fatalf("source %q", s.url)
	}
	clock := time.Now()
	c.mu.Lock()
	entry := c.entryFor(s, clock)
	entry.have, entry.fetched, entry.tried = e, clock, clock
	c.mu.Unlock()

	end := time.Date(2026, 11, 26, 17, 4, 46, 0, time.UTC)
	chain := []*x509.Certificate{client, root}
	check := func(p Policy, now time.Time) error {
		_, err := c.Check(t.Context(), chain, p, now)
		return err
	}
	if err := check(Policy{}, end.Add(-time.Second)); err != nil {
		t.Errorf("a second before its end: %v", err)
	}
	wantUnchecked(t, check(Policy{}, end), "out of date since 2026-11-26T17:04:46Z")
	wantUnchecked(t, check(Policy{}, time.Date(2025, 11, 26, 16, 0, 0, 0, time.UTC)), "has not come yet")
	soft := Policy{Mode: SoftFail, Grace: 24 * time.Hour}
	if err := check(soft, end.Add(23*time.Hour)); err != nil {
		t.Errorf("within the grace: %v", err)
	}
	wantUnchecked(t, check(soft, end.Add(24*time.Hour)), "out of date since")
	if err := check(Policy{Mode: NoCheck}, end.AddDate(1, 0, 0)); err != nil {
		t.Errorf("without a check: %v", err)
	}
}
