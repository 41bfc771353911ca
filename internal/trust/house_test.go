package trust

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

const issuer = "https://idp.example.org"

// turned seals by turning every byte over, so that a test sees what was sealed.
type turned struct{}

func (turned) Seal(plain []byte, purpose string) ([]byte, error) {
	if purpose != KeyPurpose {
		return nil, errors.New("sealed for " + purpose)
	}
	return turn(plain), nil
}

func (turned) Unseal(sealed []byte, _ string) ([]byte, error) { return turn(sealed), nil }

func turn(data []byte) []byte {
	out := make([]byte, len(data))
	for i, b := range data {
		out[i] = ^b
	}
	return out
}

// house is the rules on a real store, with a community that is trusted.
type house struct {
	*testing.T
	store *sqlstore.Store
	rules *Communities
	one   *udaptest.Community
	row   idp.Community
}

func newHouse(t *testing.T) *house {
	h := &house{T: t, store: sqltest.Open(t, sqlstore.Open), one: udaptest.New(t, udaptest.WithoutServer())}
	h.rules = New(Config{Store: h.store, Sealer: turned{}, Issuer: issuer})
	h.row = h.change(idp.TrustChange{URI: h.one.URI, Name: "Community One", AddAnchors: ders(h.one.Anchor()), AddIntermediates: ders(h.one.Intermediates()...)})
	return h
}

var by = idp.Reading{Actor: "somebody", RequestID: "7F3K-Q2", IP: "192.0.2.7"}

func ders(certificates ...*x509.Certificate) [][]byte { return DER(certificates) }

func (h *house) change(c idp.TrustChange) idp.Community {
	h.Helper()
	row, err := h.rules.Change(h.Context(), c, nil, by)
	if err != nil {
		h.Fatal(err)
	}
	return row
}

func (h *house) stored() idp.Community {
	h.Helper()
	all, err := h.store.Communities(h.Context())
	if err != nil || len(all) == 0 {
		h.Fatalf("communities: %d (%v)", len(all), err)
	}
	return all[0]
}

func (h *house) wantRefusal(err error, code string) {
	h.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code != code {
		h.Errorf("got %v, want the refusal %q", err, code)
	}
}

func (h *house) events(action string) []idp.AuditEvent {
	h.Helper()
	events, err := h.store.AuditEvents(h.Context(), idp.AuditFilter{Action: action})
	if err != nil {
		h.Fatal(err)
	}
	return events
}

// register stores a client of the community as its registration left it.
func (h *house) register(uri string, statement string, leaf []byte) idp.Client {
	h.Helper()
	c, _, err := h.store.RegisterClient(h.Context(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: h.row.ID, URI: uri, Name: uri, RedirectURIs: []string{uri + "/cb"}, GrantTypes: []string{"authorization_code"},
		ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt", Scope: "openid udap", SoftwareStatement: statement, Certificate: leaf,
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	})
	if err != nil {
		h.Fatal(err)
	}
	return c
}

// public is the key of a request: all that a community gets to see of it.
type public struct{ key crypto.PublicKey }

func (p public) Public() crypto.PublicKey { return p.key }
func (public) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this key is not ours")
}

// issued is what a community answers to a request, as PEM: the certificate with what is above it.
func (h *house) issued(c *udaptest.Community, request idp.CertificateRequest, change func(*authority.Leaf)) []byte {
	h.Helper()
	csr, err := x509.ParseCertificateRequest(request.Request)
	if err != nil {
		h.Fatal(err)
	}
	leaf := c.LeafWith(func(l *authority.Leaf) {
		l.Key = public{csr.PublicKey}
		for _, uri := range csr.URIs {
			l.URIs = append(l.URIs, uri.String())
		}
		if change != nil {
			change(l)
		}
	})
	return pemOf(leaf.Chain...)
}

func pemOf(certificates ...*x509.Certificate) []byte {
	var text strings.Builder
	for _, certificate := range certificates {
		text.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
	}
	return []byte(text.String())
}
