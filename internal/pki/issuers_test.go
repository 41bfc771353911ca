package pki

import (
	"encoding/asn1"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// pkcs7 is a message with certificates and no signature, as authorities publish (.p7c).
func pkcs7(t testing.TB, nodes ...*node) []byte {
	t.Helper()
	var all []byte
	for _, n := range nodes {
		all = append(all, n.cert.Raw...)
	}
	marshal := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	wrap := func(class, tag int, content []byte) asn1.RawValue {
		return asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: content}
	}
	data := marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1})
	inside := slices.Concat(marshal(1), marshal(wrap(0, asn1.TagSet, nil)), marshal(wrap(0, asn1.TagSequence, data)),
		marshal(wrap(asn1.ClassContextSpecific, 0, all)), marshal(wrap(0, asn1.TagSet, nil)))
	outside := slices.Concat(marshal(oidSignedData), marshal(wrap(asn1.ClassContextSpecific, 0, marshal(wrap(0, asn1.TagSequence, inside)))))
	return marshal(wrap(0, asn1.TagSequence, outside))
}

func TestIssuerIsFetchedWhenThePathLacksIt(t *testing.T) {
	t.Parallel()
	root, other := newCA(t, nil, "Root"), newCA(t, nil, "Other")
	between := newCA(t, root, "Between")
	for name, body := range map[string][]byte{
		"DER":             between.cert.Raw,
		"PEM":             []byte(block("CERTIFICATE", between.cert.Raw)),
		"PKCS #7":         pkcs7(t, other, between),
		"PKCS #7 in PEM":  pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: pkcs7(t, between)}),
		"one of several":  append(slices.Clone(other.cert.Raw), between.cert.Raw...),
		"nothing":         nil,
		"another":         other.cert.Raw,
		"a namesake":      newCA(t, root, "Between").cert.Raw,
		"rubbish":         []byte("<html>"),
		"rubbish PKCS #7": pkcs7(t, between)[:300],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t)
			if body != nil {
				w.set("/between", body)
			}
			leaf := newLeaf(t, between, withAIA("ldap://x", w.url+"/between"))
			trust, _ := trustWith(Options{Issuers: newFetcher(t, "127.0.0.1")}, Community{ID: "1", Name: "Big Trust", Anchors: certs(root)})
			good := slices.Contains([]string{"DER", "PEM", "PKCS #7", "PKCS #7 in PEM", "one of several"}, name)
			for _, at := range []int{0, 1, 2} { // the second time it is remembered, the failure too
				_, err := trust.Identify(t.Context(), certs(leaf), now.AddDate(0, 0, at))
				if good && err != nil {
					t.Error(err)
				}
				if !good {
					mustBeUntrusted(t, err, "the issuer 'CN=Between'", "is not known")
				}
			}
			if w.hits.Load() != 1 {
				t.Errorf("%d requests, want 1", w.hits.Load())
			}
		})
	}
}

func TestIssuerIsNotFetchedWithoutNeed(t *testing.T) {
	t.Parallel()
	w := newWeb(t)
	root := newCA(t, nil, "Root")
	between := newCA(t, root, "Between", withAIA(w.url+"/root"))
	w.set("/between", between.cert.Raw)
	leaf := newLeaf(t, between, withAIA(w.url+"/between"))
	sent := Community{ID: "1", Anchors: certs(root)}
	configured := Community{ID: "1", Anchors: certs(root), Intermediates: certs(between)}
	with := Options{Issuers: newFetcher(t, "127.0.0.1")}

	trust, _ := trustWith(with, sent)
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf, between), now); err != nil {
		t.Errorf("sent: %v", err)
	}
	trust, _ = trustWith(with, configured)
	if err := trust.VerifyIn(t.Context(), "1", certs(leaf), now); err != nil {
		t.Errorf("configured: %v", err)
	}
	trust, _ = trustWith(with, sent)
	expired := newLeaf(t, between, withAIA(w.url+"/between"), dates(now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1)))
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(expired), now), "expired on")
	trust, _ = trustWith(Options{}, sent)
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now), "is not known")
	trust, _ = trustWith(Options{Issuers: newFetcher(t)}, sent) // loopback is not allowed
	mustBeUntrusted(t, trust.VerifyIn(t.Context(), "1", certs(leaf), now), "is not known")
	if w.hits.Load() != 0 {
		t.Errorf("%d requests, want none", w.hits.Load())
	}
}

func TestIssuersAreFetchedUpToTheLimitOfAPath(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		between int
		good    bool
		fetched int64
	}{
		"as long as a path may be": {maxPath - 2, true, maxPath - 2},
		"longer":                   {maxPath + 2, false, maxFetched},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWeb(t)
			root := newCA(t, nil, "Root")
			at := root
			var above []change
			for i := range tc.between {
				at = newCA(t, at, "CA "+string(rune('A'+i)), above...)
				url := "/" + string(rune('a'+i))
				w.set(url, at.cert.Raw)
				above = []change{withAIA(w.url + url)}
			}
			trust, _ := trustWith(Options{Issuers: newFetcher(t, "127.0.0.1")}, Community{ID: "1", Anchors: certs(root)})
			err := trust.VerifyIn(t.Context(), "1", certs(newLeaf(t, at, above...)), now)
			if (err == nil) != tc.good || w.hits.Load() != tc.fetched {
				t.Errorf("%v after %d requests, want good %v after %d", err, w.hits.Load(), tc.good, tc.fetched)
			}
		})
	}
}

func TestFetchedIssuersAreBounded(t *testing.T) {
	t.Parallel()
	i := newIssuers(newFetcher(t), nil)
	for n := range maxIssuerPages + 20 {
		i.at(t.Context(), "http://127.0.0.1/"+string(rune('a'+n)))
	}
	if len(i.pages) != maxIssuerPages {
		t.Errorf("%d pages remembered, want %d", len(i.pages), maxIssuerPages)
	}
}

// The issuers never come while the test runs: that a verdict comes at all is what is looked for.
func TestSlowIssuersHoldNobodyLongerThanThePatience(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(end) }) // before the server closes: cleanups run backwards
	root := newCA(t, nil, "Root")
	leaf := newLeaf(t, newCA(t, root, "Between"), withAIA(slow.URL+"/1", slow.URL+"/2"))
	trust, _ := trustWith(Options{Issuers: newFetcher(t, "127.0.0.1")}, Community{ID: "1", Anchors: certs(root)})
	trust.issuers.patience = 50 * time.Millisecond
	_, err := trust.Identify(t.Context(), certs(leaf), now)
	mustBeUntrusted(t, err, "is not known")
}

func FuzzIssuers(f *testing.F) {
	root := newCA(f, nil, "Root")
	f.Add(root.cert.Raw)
	f.Add([]byte(block("CERTIFICATE", root.cert.Raw)))
	f.Add(pkcs7(f, root))
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: pkcs7(f, root)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := parseIssuers(data)
		if err == nil && (len(certs) == 0 || len(certs) > maxSent) {
			t.Errorf("%d certificates", len(certs))
		}
	})
}
