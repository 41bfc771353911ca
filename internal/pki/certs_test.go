package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// now is when the generated certificates are looked at.
var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// node is a certificate with its key, and the one that issued it.
type node struct {
	cert   *x509.Certificate
	key    crypto.Signer
	issuer *node
}

type change func(*x509.Certificate)

func newKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issueFor makes a certificate for key, self-signed when issuer is nil.
func issueFor(t testing.TB, key crypto.Signer, issuer *node, name string, isCA bool, changes ...change) *node {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.AddDate(-1, 0, 0),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  isCA,
	}
	if isCA {
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	for _, change := range changes {
		change(template)
	}
	parent, parentKey := template, key
	if issuer != nil {
		parent, parentKey = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &node{cert: cert, key: key, issuer: issuer}
}

func newCA(t testing.TB, issuer *node, name string, changes ...change) *node {
	t.Helper()
	return issueFor(t, newKey(t, elliptic.P256()), issuer, name, true, changes...)
}

func newLeaf(t testing.TB, issuer *node, changes ...change) *node {
	t.Helper()
	return issueFor(t, newKey(t, elliptic.P256()), issuer, "General Hospital", false, changes...)
}

func withURI(uri string) change {
	return func(c *x509.Certificate) {
		u, err := url.Parse(uri)
		if err != nil {
			panic(err)
		}
		c.URIs = append(c.URIs, u)
	}
}

func dates(from, until time.Time) change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, until }
}

func certs(nodes ...*node) []*x509.Certificate {
	list := make([]*x509.Certificate, len(nodes))
	for i, n := range nodes {
		list[i] = n.cert
	}
	return list
}

// mustBeUntrusted checks that err is a verdict whose Reason has the words and can go on the wire.
func mustBeUntrusted(t *testing.T, err error, words ...string) {
	t.Helper()
	var untrusted *Untrusted
	if !errors.As(err, &untrusted) || !errors.Is(err, ErrUntrusted) {
		t.Fatalf("got %v, want *Untrusted", err)
	}
	for _, word := range words {
		if !strings.Contains(untrusted.Reason, word) {
			t.Errorf("reason %q, want it to contain %q", untrusted.Reason, word)
		}
	}
	for _, c := range untrusted.Reason {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			t.Errorf("reason %q has %q, which an error_description must not have", untrusted.Reason, c)
		}
	}
}

// vector reads a file of ../shared/vectors beside the checkout.
func vector(t testing.TB, name string) []byte {
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
	data, err := os.ReadFile(filepath.Join(root, "..", "shared", "vectors", name))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("vector %s is not here", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func vectorCerts(t testing.TB, name string) []*x509.Certificate {
	t.Helper()
	list, err := ParseCertificates(vector(t, name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return list
}

// x5cOf returns the certificates in the header of a JWT.
func x5cOf(t *testing.T, jwt []byte) []*x509.Certificate {
	t.Helper()
	encoded, _, _ := strings.Cut(string(jwt), ".")
	header, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		X5C [][]byte `json:"x5c"`
	}
	if err := json.Unmarshal(header, &parsed); err != nil {
		t.Fatal(err)
	}
	var chain []*x509.Certificate
	for _, der := range parsed.X5C {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, cert)
	}
	return chain
}
