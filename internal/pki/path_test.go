package pki

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/udap"
)

func TestPathsThatAreTrusted(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	between := newCA(t, root, "Between")
	leaf := newLeaf(t, between)
	stranger := newCA(t, nil, "Stranger")
	namesake := newCA(t, nil, "Between") // same name, another key
	withEKU := newCA(t, nil, "Root with usages", func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	})
	anchorAndOld := newCA(t, nil, "Old root", dates(now.AddDate(-3, 0, 0), now.AddDate(-1, 0, 0)))

	deep := root
	for range maxPath - 2 {
		deep = newCA(t, deep, "Deep")
	}
	var above []*node
	for n := deep; n != root; n = n.issuer {
		above = append(above, n)
	}

	configured := Community{Name: "C", Anchors: certs(anchorAndOld, root), Intermediates: certs(between)}
	plain := Community{Name: "C", Anchors: certs(root)}
	cases := []struct {
		name      string
		community Community
		chain     []*x509.Certificate
	}{
		{"intermediate configured", configured, certs(leaf)},
		{"intermediate sent", plain, certs(leaf, between)},
		{"root sent as well", plain, certs(leaf, between, root)},
		{"order of garbage", plain, certs(leaf, stranger, root, namesake, leaf, between, stranger)},
		{"namesake before the real one", plain, certs(leaf, namesake, between)},
		{"issued by the anchor", plain, certs(newLeaf(t, root))},
		{"anchor that is not self-signed", Community{Name: "C", Anchors: certs(between)}, certs(leaf)},
		{"anchor with extended key usages", Community{Name: "C", Anchors: certs(withEKU)}, certs(newLeaf(t, withEKU))},
		{"critical extended key usage in the leaf", plain, certs(newLeaf(t, root, func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
				Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03}}}
		}))},
		{"six certificates", plain, certs(append([]*node{newLeaf(t, deep)}, above...)...)},
		{"P-384", plain, certs(issueFor(t, newKey(t, elliptic.P384()), root, "x", false))},
		{"last moment", plain, certs(newLeaf(t, root, dates(now.AddDate(0, 0, -1), now)))},
		{"first moment", plain, certs(newLeaf(t, root, dates(now, now.AddDate(0, 0, 1))))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := paths(c.community, c.chain, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range found {
				if path[0] != c.chain[0] || !c.community.isAnchor(path[len(path)-1]) {
					t.Errorf("path from %v to %v", path[0].Subject, path[len(path)-1].Subject)
				}
			}
		})
	}
}

func TestPathsThatAreRefusedSayWhy(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	between := newCA(t, root, "Between")
	leaf := newLeaf(t, between)
	c := Community{Name: "Big Trust", Anchors: certs(root)}

	expired := newCA(t, root, "Expired", dates(now.AddDate(-2, 0, 0), now.AddDate(0, 0, -1)))
	namesake := newCA(t, nil, "Between")
	noSign := newCA(t, root, "No sign", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	lone := newCA(t, root, "Lone", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := newCA(t, lone, "Below")
	fenced := newCA(t, root, "Fenced", func(c *x509.Certificate) { c.PermittedURIDomains = []string{".example.org"} })
	private := newCA(t, root, "Private", func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	})
	self := newLeaf(t, nil)

	deep := root
	var above []*node
	for range maxPath - 1 {
		deep = newCA(t, deep, "Deep")
		above = append(above, deep)
	}
	slices.Reverse(above)

	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	smallKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallCA := issueFor(t, smallKey, root, "Small", true)
	p521CA := issueFor(t, newKey(t, elliptic.P521()), root, "P521", true)
	p521Root := issueFor(t, newKey(t, elliptic.P521()), nil, "P521 Root", true)
	hostile := newLeaf(t, newCA(t, nil, "Evil \"CA\"\\\r\n\x00é\u202e"+strings.Repeat("x", 300)))

	cases := []struct {
		name      string
		community Community
		chain     []*x509.Certificate
		words     []string
	}{
		{"nothing sent", c, nil, []string{"no certificate was sent"}},
		{"leaf expired", c, certs(newLeaf(t, root, dates(now.AddDate(-1, 0, 0), now.Add(-time.Second)))), []string{"'CN=General Hospital' expired on 2026-11-24T11:59:59Z"}},
		{"leaf not yet valid", c, certs(newLeaf(t, root, dates(now.Add(time.Second), now.AddDate(1, 0, 0)))), []string{"not valid before 2026-11-24T12:00:01Z"}},
		{"issuer not known", c, certs(leaf), []string{"no path to an anchor of 'Big Trust'", "the issuer 'CN=Between' of 'CN=General Hospital' is not known"}},
		{"namesake of the issuer", c, certs(leaf, namesake), []string{"'CN=General Hospital' is not signed by 'CN=Between'"}},
		{"no anchors", Community{Name: "Empty"}, certs(leaf, between, root), []string{"'CN=Root' is issued by itself and is not an anchor"}},
		{"sent root is no anchor", Community{Name: "Other", Anchors: certs(newCA(t, nil, "Other root"))}, certs(leaf, between, root), []string{"'CN=Root' is issued by itself and is not an anchor"}},
		{"self-signed", c, certs(self), []string{"'CN=General Hospital' is issued by itself and is not an anchor"}},
		{"leaf is an anchor", Community{Name: "C", Anchors: certs(self)}, certs(self), []string{"is itself an anchor of 'C'"}},
		{"leaf is a CA", c, certs(between), []string{"'CN=Between' is the certificate of a CA"}},
		{"leaf is the root", c, certs(root), []string{"is the certificate of a CA"}},
		{"intermediate expired", c, certs(newLeaf(t, expired), expired), []string{"'CN=Expired' expired on 2026-11-23T12:00:00Z"}},
		{"expired one tells more than a namesake", c, certs(newLeaf(t, expired), newCA(t, nil, "Expired"), expired), []string{"'CN=Expired' expired on"}},
		{"anchor expired", Community{Name: "C", Anchors: certs(expired)}, certs(newLeaf(t, expired)), []string{"'CN=Expired' expired on 2026-11-23T12:00:00Z"}},
		{"issuer is no CA", c, certs(newLeaf(t, newLeaf(t, root)), newLeaf(t, root)), []string{"is issued by itself"}},
		{"issuer may not sign", c, certs(newLeaf(t, noSign), noSign), []string{"'CN=No sign'", "key usage does not allow"}},
		{"path length constraint", c, certs(newLeaf(t, below), below, lone), []string{"path length constraint"}},
		{"name constraint", c, certs(newLeaf(t, fenced, withURI("https://hospital.example.com/")), fenced), []string{"name constraints"}},
		{"critical extension above", c, certs(newLeaf(t, private), private), []string{"critical extension"}},
		{"seven certificates", c, certs(append([]*node{newLeaf(t, deep)}, above...)...), []string{"the path has 7 certificates, the limit is 6"}},
		{"leaf on P-521", c, certs(issueFor(t, newKey(t, elliptic.P521()), root, "x", false)), []string{"'CN=x' has a P-521 key"}},
		{"leaf with Ed25519", c, certs(issueFor(t, edKey, root, "x", false)), []string{"'CN=x' has a key of another type"}},
		{"leaf with a small RSA key", c, certs(issueFor(t, smallKey, root, "x", false)), []string{"an RSA key of 1024 bits, expected 2048 to 8192"}},
		{"small RSA key sent", c, certs(newLeaf(t, p521CA), p521CA), []string{"'CN=P521' has a P-521 key"}},
		{"weak intermediate configured", Community{Name: "C", Anchors: certs(root), Intermediates: certs(p521CA)}, certs(newLeaf(t, p521CA)), []string{"'CN=P521' has a P-521 key"}},
		{"weak anchor", Community{Name: "C", Anchors: certs(p521Root)}, certs(newLeaf(t, p521Root)), []string{"'CN=P521 Root' has a P-521 key"}},
		{"small RSA CA", Community{Name: "C", Anchors: certs(root), Intermediates: certs(smallCA)}, certs(newLeaf(t, smallCA)), []string{"'CN=Small' has an RSA key of 1024 bits"}},
		{"names that could harm", c, certs(hostile), []string{"is not known"}},
		{"intermediate sent too far back", c, certs(append([]*node{leaf}, append(slices.Repeat([]*node{namesake}, maxSent), between)...)...), []string{"is not signed by"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := paths(tc.community, tc.chain, now)
			mustBeUntrusted(t, err, tc.words...)
		})
	}
}

func TestLeafIssuedByALeafIsRefused(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	clinic := issueFor(t, newKey(t, elliptic.P256()), root, "Clinic", false, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageCertSign })
	_, err := paths(Community{Name: "C", Anchors: certs(root)}, certs(newLeaf(t, clinic), clinic), now)
	mustBeUntrusted(t, err, "'CN=Clinic' issued 'CN=General Hospital' but is not the certificate of a CA")
}

func TestWeakSignaturesBelowTheAnchorAreRefused(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	root := issueFor(t, key, nil, "Root", true)
	leaf := newLeaf(t, root)
	for _, weak := range []x509.SignatureAlgorithm{x509.SHA1WithRSA, x509.MD5WithRSA, x509.ECDSAWithSHA1, x509.PureEd25519, x509.UnknownSignatureAlgorithm} {
		// crypto/x509 will not make such a signature, so the parsed certificate is told that it has one.
		copied := *leaf.cert
		copied.SignatureAlgorithm = weak
		_, err := paths(Community{Name: "C", Anchors: certs(root)}, []*x509.Certificate{&copied}, now)
		mustBeUntrusted(t, err, "is signed with "+weak.String())
		if err := checkPath([]*x509.Certificate{leaf.cert, &copied, root.cert}); err == nil {
			t.Errorf("%v in the middle of a path is accepted", weak)
		}
		anchor := *root.cert
		anchor.SignatureAlgorithm = weak // nobody relies on what an anchor is signed with
		if err := checkPath([]*x509.Certificate{leaf.cert, &anchor}); err != nil {
			t.Errorf("anchor signed with %v: %v", weak, err)
		}
	}
}

func TestKeyRules(t *testing.T) {
	t.Parallel()
	for _, bits := range []int{2048} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		if err := udap.CheckKey(&key.PublicKey); err != nil {
			t.Errorf("RSA of %d bits: %v", bits, err)
		}
	}
	for curve, good := range map[elliptic.Curve]bool{elliptic.P224(): false, elliptic.P256(): true, elliptic.P384(): true, elliptic.P521(): false} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := udap.CheckKey(&key.PublicKey); (err == nil) != good {
			t.Errorf("%s: %v, want good %v", curve.Params().Name, err, good)
		}
	}
}

func TestCertificatesThatCostTooMuchAreNotTried(t *testing.T) {
	t.Parallel()
	huge := &x509.Certificate{PublicKey: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), udap.MaxRSABits), E: 65537}}
	good := newCA(t, nil, "Good").cert
	if got := affordable([]*x509.Certificate{huge, good}); len(got) != 1 || got[0] != good {
		t.Errorf("%d certificates are tried, want the one with an ordinary key", len(got))
	}
}

func TestNameConstraintsHoldForGoodNames(t *testing.T) {
	t.Parallel()
	root := newCA(t, nil, "Root")
	fenced := newCA(t, root, "Fenced", func(c *x509.Certificate) { c.PermittedURIDomains = []string{".example.org"} })
	leaf := newLeaf(t, fenced, func(c *x509.Certificate) {
		c.URIs = []*url.URL{{Scheme: "https", Host: "a.example.org", Path: "/fhir"}}
	})
	if _, err := paths(Community{Anchors: certs(root)}, certs(leaf, fenced), now); err != nil {
		t.Error(err)
	}
}
