package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/trust"
	"udap-idp/internal/udap/authority"
)

const (
	demoCommunityName = "Sample Trust Community"
	demoOperator      = "Sample Health ID"
	hospitalName      = "General Hospital"
	demoCRLPath       = "/crl/sample-trust-community.crl"
)

// demoCommunity is a trust community of the demo's own: an authority, and a certificate for each of the two members.
// What it needs next time lies in files of the data folder; our own key is in the store besides, as everywhere.
type demoCommunity struct {
	uri       string
	authority *authority.Authority
	ours      *authority.Identity
	theirs    *authority.Identity // the hospital's
}

// demoPorts are what the certificates of a demo were made for.
type demoPorts struct {
	Issuer   string `json:"issuer"`
	Hospital string `json:"hospital"`
}

// openDemoCommunity reads the community of an earlier start, or makes one.
func openDemoCommunity(dir string, p *ports) (*demoCommunity, error) {
	want := demoPorts{Issuer: p.issuer, Hospital: p.hospitalURL}
	data, err := os.ReadFile(filepath.Join(dir, "demo.json"))
	if errors.Is(err, os.ErrNotExist) {
		return makeDemoCommunity(dir, want)
	}
	var have demoPorts
	if err == nil {
		err = json.Unmarshal(data, &have)
	}
	if err != nil {
		return nil, fmt.Errorf("the demo in %s cannot be read: %w. Name another folder with --data-dir", dir, err)
	}
	if have != want {
		return nil, usage("--data-dir: the demo kept there runs at %s and %s, and its certificates say so. "+
			"Give the same --port and --hospital-port, or another --data-dir", have.Issuer, have.Hospital)
	}
	c := &demoCommunity{uri: communityURI(have)}
	if c.authority, err = readAuthority(dir); err != nil {
		return nil, err
	}
	if c.ours, err = readIdentity(dir, "provider"); err != nil {
		return nil, err
	}
	c.theirs, err = readIdentity(dir, "hospital")
	return c, err
}

func communityURI(p demoPorts) string { return p.Hospital + "/community" }

// makeDemoCommunity issues everything and writes it down. demo.json comes last: without it the next start begins anew.
func makeDemoCommunity(dir string, p demoPorts) (*demoCommunity, error) {
	crl := p.Hospital + demoCRLPath
	root, err := authority.New(demoCommunityName+" CA", authority.Options{Organization: demoCommunityName})
	if err != nil {
		return nil, err
	}
	// Data holders in the field compare the issuer with and without a trailing slash: ours names both.
	ours, err := root.IssueLeaf(authority.Leaf{
		Name: demoOperator, Organization: demoOperator, URIs: []string{p.Issuer, p.Issuer + "/"}, CRLURL: crl,
	})
	if err != nil {
		return nil, err
	}
	theirs, err := root.IssueLeaf(authority.Leaf{
		Name: hospitalName, Organization: hospitalName, URIs: []string{p.Hospital}, CRLURL: crl,
	})
	if err != nil {
		return nil, err
	}
	c := &demoCommunity{uri: communityURI(p), authority: root, ours: ours, theirs: theirs}
	return c, c.write(dir, p)
}

func (c *demoCommunity) write(dir string, p demoPorts) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("demo folder: %w", err)
	}
	note, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return errors.Join(
		writeIdentity(dir, "authority", []*x509.Certificate{c.authority.Certificate}, c.authority.Key),
		writeIdentity(dir, "provider", c.ours.Chain, c.ours.Key),
		writeIdentity(dir, "hospital", c.theirs.Chain, c.theirs.Key),
		os.WriteFile(filepath.Join(dir, "demo.json"), note, 0o600),
	)
}

// join adds the community with our certificate to the provider, unless it is there from an earlier start.
func (c *demoCommunity) join(ctx context.Context, s *site) error {
	rows, err := s.store.Communities(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.URI == c.uri {
			return nil
		}
	}
	ours, err := trust.NewOwn(c.ours.Chain, c.ours.Key)
	if err != nil {
		return err
	}
	own := &ownCertificate{Own: ours, file: "provider.pem"}
	change := idp.TrustChange{
		URI: c.uri, Name: demoCommunityName, AddAnchors: [][]byte{c.authority.Certificate.Raw},
		// The sample hospital is a healthcare organisation: it may have the Digital Identifier.
		Settings: &idp.CommunitySettings{Healthcare: true},
	}
	community := pki.Community{URI: c.uri, Name: demoCommunityName, Anchors: []*x509.Certificate{c.authority.Certificate}}
	if err := own.checkIn(community, s.config.Issuer, time.Now()); err != nil {
		return err
	}
	_, err = addCommunity(ctx, s.config, s.store, change, own, "demo")
	return err
}

// crlLifetime is how long a revocation list of the demo is good; a new one is made for every request.
const crlLifetime = 24 * time.Hour

// serveCRL answers with the authority's revocation list of this moment.
func (c *demoCommunity) serveCRL(w http.ResponseWriter, _ *http.Request) {
	now := time.Now()
	der, err := c.authority.CRL(now.Add(-time.Minute), now.Add(crlLifetime))
	if err != nil {
		http.Error(w, "The revocation list could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/pkix-crl") // RFC 2585 §4.2
	w.Write(der)
}

// writeIdentity writes a certificate chain as name.pem and its private key as name.key.
func writeIdentity(dir, name string, chain []*x509.Certificate, key crypto.Signer) error {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	var certificates []byte
	for _, certificate := range chain {
		certificates = append(certificates, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, name+".pem"), certificates, 0o600),
		os.WriteFile(filepath.Join(dir, name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain}), 0o600),
	)
}

func readIdentity(dir, name string) (*authority.Identity, error) {
	chainFile, keyFile := filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	chainData, err := os.ReadFile(chainFile)
	if err != nil {
		return nil, fmt.Errorf("the demo's certificates cannot be read: %w. Name another folder with --data-dir", err)
	}
	keyData, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("the demo's keys cannot be read: %w. Name another folder with --data-dir", err)
	}
	chain, err := pki.ParseCertificates(chainData)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", chainFile, err)
	}
	key, err := pki.ParsePrivateKey(keyData)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	return &authority.Identity{Chain: chain, Key: key}, nil
}

func readAuthority(dir string) (*authority.Authority, error) {
	identity, err := readIdentity(dir, "authority")
	if err != nil {
		return nil, err
	}
	return &authority.Authority{Certificate: identity.Certificate(), Key: identity.Key}, nil
}
