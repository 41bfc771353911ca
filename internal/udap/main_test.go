package udap_test

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"udap-idp/internal/udap"
	"udap-idp/internal/udap/udaptest"
)

const (
	registrationURL = "https://idp.example.org/register"
	tokenURL        = "https://idp.example.org/token"
	hospital        = "https://hospital.example/fhir"
	clientID        = "6a8c7f8e-0d0f-4c55-9a53-0f0f4f1f9a10"
)

// leaf is a party whose community nobody looks at: these tests are about what a message says.
func leaf(t testing.TB) *udaptest.Leaf {
	t.Helper()
	return udaptest.New(t, udaptest.WithoutServer()).Leaf(hospital)
}

// wantError checks that err is a *udap.Error with the code and a description that holds text.
func wantError(t *testing.T, err error, code, text string) {
	t.Helper()
	var e *udap.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *udap.Error with %s", err, code)
	}
	if e.Code != code || e.Status != 400 {
		t.Errorf("got %d %s (%s), want 400 %s", e.Status, e.Code, e.Description, code)
	}
	if !strings.Contains(e.Description, text) {
		t.Errorf("got description %q, want %q in it", e.Description, text)
	}
}

// vector reads a file of ../shared/vectors, beside the root of the checkout. Without it the test is skipped, in CI it fails.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	data := vectorOrNone(t, name)
	if data == nil {
		t.Skipf("vector %s is not here", name)
	}
	return data
}

// vectorOrNone returns nil where vector skips: a fuzz target has other seeds.
func vectorOrNone(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(checkout(t), "..", "shared", "vectors", name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkout is the folder of go.mod.
func checkout(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for folder != filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		folder = filepath.Dir(folder)
	}
	t.Fatal("no go.mod above the test")
	return ""
}

func pemCertificate(t testing.TB, data []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(data)
	if block == nil {
		t.Fatal("no PEM block")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}
