package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

// The keys that are not RSA-2048 are made once, when the first case wants them.
var (
	p256    = sync.OnceValue(func() crypto.Signer { return must(authority.NewKey(authority.P256)) })
	p384    = sync.OnceValue(func() crypto.Signer { return must(authority.NewKey(authority.P384)) })
	p521    = sync.OnceValue(func() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) })
	rsa1024 = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 1024)) })
	ed      = sync.OnceValue(func() crypto.Signer { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) })
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// otherKey is an RSA key that is not that of the cases' certificates.
func otherKey(h *caseHouse) crypto.Signer { return udaptest.Key(h.t, authority.RSA2048, 1) }

// withKey registers somebody new who has a key of another kind.
func withKey(key func() crypto.Signer) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		uri := h.fresh().URI
		leaf := h.community.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = []string{uri}, key() })
		return registrationOf(leaf.Statement(h.registerURL()))
	}
}

// named is a certificate of our community for the applicant, with something changed.
func (h *caseHouse) named(change func(*authority.Leaf)) *udaptest.Leaf {
	return h.community.LeafWith(func(l *authority.Leaf) {
		l.URIs, l.Key = []string{"https://applicant.example"}, h.key
		change(l)
	})
}

// comes registers with the certificate that is made here.
func comes(with func(h *caseHouse) *udaptest.Leaf) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest { return registrationOf(with(h).Statement(h.registerURL())) }
}

// issued is the applicant with a certificate that is made here, of which authority makes none: issuer nil is self-signed.
func issued(h *caseHouse, issuer *authority.Identity, change func(*x509.Certificate)) *udaptest.Leaf {
	leaf := h.named(func(*authority.Leaf) {})
	template := *leaf.Certificate()
	template.SerialNumber, template.AuthorityKeyId, template.SubjectKeyId = big.NewInt(time.Now().UnixNano()), nil, nil
	template.SignatureAlgorithm = x509.UnknownSignatureAlgorithm
	for _, extension := range template.Extensions {
		if extension.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			template.ExtraExtensions = []pkix.Extension{extension}
		}
	}
	change(&template)
	parent, key := &template, leaf.Key
	if issuer != nil {
		parent, key = issuer.Certificate(), issuer.Key
	}
	der := must(x509.CreateCertificate(rand.Reader, &template, parent, leaf.Key.Public(), key))
	leaf.Chain = append([]*x509.Certificate{must(x509.ParseCertificate(der))}, leaf.Chain[1:]...)
	return leaf
}

// identity is the authority as an issuer for issued.
func identity(a *authority.Authority) *authority.Identity {
	return &authority.Identity{Chain: []*x509.Certificate{a.Certificate}, Key: a.Key}
}

// below is the applicant under an authority of its own below the root.
func below(h *caseHouse, o authority.Options, depth int) *udaptest.Leaf {
	leaf := h.named(func(*authority.Leaf) {})
	o.KeyType = authority.P256
	issuer := h.community.Root
	for i := range depth {
		issuer = must(issuer.IssueIntermediate(fmt.Sprintf("Authority %d", i), o))
	}
	leaf.Identity = *must(issuer.IssueLeaf(authority.Leaf{URIs: []string{leaf.URI}, Key: h.key}))
	return leaf
}

// unreadable is the applicant with a certificate whose name no parser takes.
func unreadable(uri string) func(*caseHouse) caseRequest {
	return applies(claim("iss", uri), claim("sub", uri), x5c(func(h *caseHouse, _ []string) any {
		der := must(h.community.Issuer.SignLeaf(authority.Leaf{URIs: []string{uri}, Key: h.key}))
		return []string{base64.StdEncoding.EncodeToString(der)}
	}))
}

// registersAs registers somebody new whose certificate has these names; the first is its iss.
func registersAs(iss func(own string) string, names ...func(own string) string) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		own := h.fresh().URI
		var uris []string
		for _, name := range names {
			uris = append(uris, name(own))
		}
		return registrationOf(h.leaf(h.community, uris...).Statement(h.registerURL(), func(c map[string]any) { c["iss"], c["sub"] = iss(own), iss(own) }))
	}
}

func itself(own string) string { return own }

func with(format string) func(string) string {
	return func(own string) string { return fmt.Sprintf(format, strings.TrimPrefix(own, "https://")) }
}

// trustCases: UDAP Security IG §7.1.6, UDAP Dynamic Client Registration §4.2, the certificate and where it leads.
var trustCases = []protocolCase{
	{"certificate of a stranger", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.strange, "https://applicant.example") }), nil},
	{"certificate of a stranger before ours", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.leaf(h.strange, "https://applicant.example")
		leaf.Chain = append(append(leaf.Chain, h.applicant.Chain...), h.community.Anchor())
		return leaf
	}), nil},
	{"certificate of a stranger with a bad scope", "D-4", 400, unapproved, func(h *caseHouse) caseRequest {
		leaf := h.leaf(h.strange, "https://applicant.example")
		return registrationOf(leaf.Statement(h.registerURL(), func(c map[string]any) { delete(c, "scope") }))
	}, nil},
	{"certificate self-signed", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf { return issued(h, nil, func(*x509.Certificate) {}) }), nil},
	{"certificate signed by a false authority of the same name", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		false_ := must(authority.New(h.community.Issuer.Certificate.Subject.CommonName, authority.Options{KeyType: authority.P256}))
		return issued(h, identity(false_), func(*x509.Certificate) {})
	}), nil},
	{"certificate signed by a member", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := issued(h, &authority.Identity{Chain: h.client.Chain, Key: h.client.Key}, func(*x509.Certificate) {})
		leaf.Chain = append(leaf.Chain[:1], h.client.Chain...)
		return leaf
	}), nil},
	{"certificate of an authority", "D-4", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		return issued(h, identity(h.community.Issuer), func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature
		})
	}), nil},
	{"certificate expired", "J-7", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		return h.named(func(l *authority.Leaf) {
			l.NotBefore, l.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(-time.Second)
		})
	}), nil},
	{"certificate not yet valid", "J-7", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		return h.named(func(l *authority.Leaf) {
			l.NotBefore, l.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		})
	}), nil},
	{"intermediate expired", "J-7", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf {
		return below(h, authority.Options{NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(-time.Minute)}, 1)
	}), nil},
	{"path of seven certificates", "part 4.7", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf { return below(h, authority.Options{}, 5) }), nil},
	{"path of six certificates that name no revocation list", "part 4.7", 503, "temporarily_unavailable", comes(func(h *caseHouse) *udaptest.Leaf { return below(h, authority.Options{}, 4) }), nil},
	{"certificate signed with SHA-1", "part 4.7", 400, unapproved, comes(sha1Signed), nil},
	{"certificate revoked", "D-4, part 4.8", 400, unapproved, comes(func(h *caseHouse) *udaptest.Leaf { return h.revoked }), nil},
	{"revocation list that cannot be had", "D-4, part 4.8", 503, "temporarily_unavailable", comes(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.broken, "https://applicant.example") }), nil},
	{"certificate that names no revocation list", "D-4, part 4.8", 503, "temporarily_unavailable", comes(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.silent, "https://applicant.example") }), nil},

	{"key RSA-1024", "part 4.7", 400, badStatement, comes(func(h *caseHouse) *udaptest.Leaf { return h.named(func(l *authority.Leaf) { l.Key = rsa1024() }) }), nil},
	{"key P-521 called ES256", "part 4.7", 400, badStatement, func(h *caseHouse) caseRequest {
		m := h.named(func(l *authority.Leaf) { l.Key = p521() }).StatementMessage(h.registerURL())
		m.Header["alg"] = "ES256"
		return registrationOf(m.Sign())
	}, nil},
	{"key P-521 called ES512", "J-2", 400, badStatement, func(h *caseHouse) caseRequest {
		m := h.named(func(l *authority.Leaf) { l.Key = p521() }).StatementMessage(h.registerURL())
		m.Header["alg"] = "ES512"
		return registrationOf(m.Sign())
	}, nil},
	{"key P-384 called ES256", "J-2", 400, badStatement, func(h *caseHouse) caseRequest {
		m := h.named(func(l *authority.Leaf) { l.Key = p384() }).StatementMessage(h.registerURL())
		m.Header["alg"] = "ES256"
		return registrationOf(m.Sign())
	}, nil},
	{"key P-256 called RS256", "J-2", 400, badStatement, applies(x5c(func(h *caseHouse, _ []string) any {
		return udaptest.X5C(h.named(func(l *authority.Leaf) { l.Key = p256() }).Chain)
	})), nil},
	{"key Ed25519", "part 4.7", 400, badStatement, applies(x5c(func(h *caseHouse, _ []string) any {
		return udaptest.X5C(h.named(func(l *authority.Leaf) { l.Key = ed() }).Chain)
	})), nil},

	{"SAN of a DNS name alone", "part 4.3", 400, badStatement, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.named(func(l *authority.Leaf) { l.URIs, l.DNSNames = nil, []string{"applicant.example"} })
		leaf.URI = "https://applicant.example"
		return leaf
	}), nil},
	{"SAN missing", "part 4.3", 400, badStatement, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.named(func(l *authority.Leaf) { l.URIs = nil })
		leaf.URI = "https://applicant.example"
		return leaf
	}), nil},
	{"SAN of five other URIs", "part 4.3", 400, badStatement, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.named(func(l *authority.Leaf) {
			l.URIs = []string{"https://a.example", "https://b.example", "c:c", "d:d", "e:e"}
		})
		leaf.URI = "https://applicant.example"
		return leaf
	}), nil},
	{"SAN that begins with the iss", "J-6", 400, badStatement, comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.named(func(l *authority.Leaf) { l.URIs = []string{"https://applicant.example.evil.example"} })
		leaf.URI = "https://applicant.example"
		return leaf
	}), nil},
	{"SAN with a letter that is not ASCII", "part 4.3", 400, badStatement, unreadable("https://äpplicant.example"), nil},
	{"SAN with an empty label", "part 4.3", 400, badStatement, unreadable("https://applicant..example"), nil},
	{"SAN with a NUL", "part 4.3", 400, badStatement, unreadable("https://applicant.example\x00.evil.example"), nil},
	{"SAN that is no URI", "part 4.3", 400, badStatement, unreadable("https://[applicant"), nil},

	{"SAN whose second URI is the iss", "part 4.3", 201, "", registersAs(itself, with("https://first.%s"), itself), nil},
	{"SAN with a slash", "part 4.3", 201, "", registersAs(with("https://%s/"), with("https://%s/")), nil},
	{"SAN in upper case", "part 4.3", 201, "", registersAs(with("HTTPS://%s/FHIR"), with("HTTPS://%s/FHIR")), nil},
	{"SAN with a space", "part 4.3", 201, "", registersAs(with("https://%s/a b"), with("https://%s/a b")), nil},
	{"SAN of another scheme", "part 4.3", 201, "", registersAs(with("urn:example:%s"), with("urn:example:%s")), nil},
	{"certificate of the root itself", "J-7", 201, "", comes(func(h *caseHouse) *udaptest.Leaf {
		leaf := h.fresh()
		leaf.Identity = *must(h.community.Root.IssueLeaf(authority.Leaf{URIs: []string{leaf.URI}, Key: h.key, CRLURL: h.community.URL + "/root.crl"}))
		return leaf
	}), nil},
	{"certificate of the second community", "D-21", 201, "", comes(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.second, h.fresh().URI) }), nil},
	{"the same URI in two communities", "D-21", 201, "", func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		h.last = h.registered(leaf)
		return registrationOf(h.leaf(h.second, leaf.URI).Statement(h.registerURL()))
	}, func(h *caseHouse, body map[string]any) error {
		if body["client_id"] == h.last {
			return errors.New("two communities share a client_id")
		}
		return nil
	}},
}

// sha1Signed is signed by an authority below our root whose signature is made with SHA-1: no library makes one, so the
// algorithm of a good certificate is renamed and the certificate signed anew.
func sha1Signed(h *caseHouse) *udaptest.Leaf {
	leaf := h.named(func(*authority.Leaf) {})
	var parts struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	must(asn1.Unmarshal(leaf.Certificate().Raw, &parts))
	withSHA256, withSHA1 := must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2})), must(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}))
	var tbs struct{ Members []asn1.RawValue }
	var members []asn1.RawValue
	must(asn1.Unmarshal(parts.TBS.FullBytes, &members))
	for i, member := range members {
		if strings.Contains(string(member.FullBytes), string(withSHA256)) && len(member.FullBytes) == len(withSHA256)+2 {
			members[i] = asn1.RawValue{FullBytes: must(asn1.Marshal([]asn1.RawValue{{FullBytes: withSHA1}}))}
		}
	}
	tbs.Members = members
	parts.TBS = asn1.RawValue{FullBytes: must(asn1.Marshal(tbs.Members))}
	parts.Algorithm.Algorithm = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}
	digest := crypto.SHA1.New()
	digest.Write(parts.TBS.FullBytes)
	signature := must(h.community.Issuer.Key.Sign(rand.Reader, digest.Sum(nil), crypto.SHA1))
	parts.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	leaf.Chain[0] = must(x509.ParseCertificate(must(asn1.Marshal(parts))))
	if leaf.Chain[0].SignatureAlgorithm != x509.ECDSAWithSHA1 {
		h.t.Errorf("the certificate is signed with %s", leaf.Chain[0].SignatureAlgorithm)
	}
	return leaf
}

// registered registers the leaf, before its case begins, and returns the client_id.
func (h *caseHouse) registered(leaf *udaptest.Leaf, all ...edit) string {
	h.t.Helper()
	got, err := h.send(registrationOf(edits(h, leaf.StatementMessage(h.registerURL()), all)))
	if err != nil || got.status > http.StatusCreated {
		h.t.Errorf("a registration that a case builds on: %d %s %v", got.status, got.text("error_description"), err)
	}
	return got.text("client_id")
}

// sameClient looks whether the answer has the client_id that the case noted.
func sameClient(h *caseHouse, body map[string]any) error {
	if body["client_id"] != h.last {
		return fmt.Errorf("got client_id %v, want %s", body["client_id"], h.last)
	}
	return nil
}

// again registers somebody and then sends the next statement, of the leaf that renew makes of the first.
func again(renew func(h *caseHouse, first *udaptest.Leaf) *udaptest.Leaf, all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		h.last = h.registered(leaf)
		return registrationOf(edits(h, renew(h, leaf).StatementMessage(h.registerURL()), all))
	}
}

func unchanged(_ *caseHouse, first *udaptest.Leaf) *udaptest.Leaf { return first }

// renewed is another certificate with the same URI and another key.
func renewed(h *caseHouse, first *udaptest.Leaf) *udaptest.Leaf {
	return h.community.LeafWith(func(l *authority.Leaf) { l.URIs, l.Key = []string{first.URI}, p256() })
}

func elsewhere(h *caseHouse, first *udaptest.Leaf) *udaptest.Leaf { return h.leaf(h.second, first.URI) }

func ofAStranger(h *caseHouse, first *udaptest.Leaf) *udaptest.Leaf {
	return h.leaf(h.strange, first.URI)
}

var cancels = claim("grant_types", []string{})

// onlyCancels leaves everything out that a cancellation does not need.
func onlyCancels(_ *caseHouse, m *udaptest.Message) {
	for _, name := range []string{"client_name", "redirect_uris", "contacts", "logo_uri", "response_types", "token_endpoint_auth_method", "scope"} {
		delete(m.Claims, name)
	}
	m.Claims["grant_types"] = []string{}
}

// lifeCases: UDAP Security IG §3.4, modification and cancellation.
var lifeCases = []protocolCase{
	{"modification with the same words", "D-23, D-26", 200, "", again(unchanged), sameClient},
	{"modification of everything", "D-20, D-23, D-25", 200, "", again(unchanged, claim("client_name", "New Name"), redirect("https://new.example/cb"), claim("scope", "openid udap")),
		func(h *caseHouse, body map[string]any) error {
			return errors.Join(sameClient(h, body), has("client_name", "New Name")(h, body), has("redirect_uris", []string{"https://new.example/cb"})(h, body), has("scope", "openid udap")(h, body))
		}},
	{"modification with a renewed certificate", "D-10, D-22", 200, "", again(renewed), sameClient},
	{"modification with a bad redirect URI", "D-22", 400, badRedirect, again(unchanged, redirect("http://new.example/cb")), nil},
	{"modification without a scope", "D-22", 200, "", again(unchanged, noClaim("scope")), nil},
	{"modification by a stranger", "D-22", 400, unapproved, again(ofAStranger), nil},
	{"modification from another community is another client", "D-21", 201, "", again(elsewhere), func(h *caseHouse, body map[string]any) error {
		if sameClient(h, body) == nil {
			return errors.New("a certificate of another community took the registration over")
		}
		return nil
	}},
	{"cancellation", "D-24", 200, "", again(unchanged, cancels), func(h *caseHouse, body map[string]any) error {
		return errors.Join(sameClient(h, body), has("grant_types", []string{})(h, body))
	}},
	{"cancellation without other parameters", "D-24", 200, "", again(unchanged, onlyCancels), sameClient},
	{"cancellation with a renewed certificate", "D-24", 200, "", again(renewed, cancels), sameClient},
	{"cancellation of nothing", "D-24, part 4.1", 400, badMetadata, applies(cancels), nil},
	{"cancellation a second time", "D-24", 400, badMetadata, func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		h.registered(leaf)
		h.registered(leaf, cancels)
		return registrationOf(edits(h, leaf.StatementMessage(h.registerURL()), []edit{cancels}))
	}, nil},
	{"cancellation from another community", "D-21, D-24", 400, badMetadata, again(elsewhere, cancels), nil},
	{"cancellation by a stranger", "D-24", 400, unapproved, again(ofAStranger, cancels), nil},
	{"registration after a cancellation", "D-24", 201, "", func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		h.last = h.registered(leaf)
		h.registered(leaf, cancels)
		return registrationOf(leaf.Statement(h.registerURL()))
	}, func(h *caseHouse, body map[string]any) error {
		if sameClient(h, body) == nil {
			return errors.New("the client_id of the registration that was cancelled came back")
		}
		return nil
	}},
}
