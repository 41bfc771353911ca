package main

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
	"udap-idp/internal/vault"
)

type communityAddCommand struct {
	URI          string   `name:"uri" required:"" placeholder:"URI" group:"Community" help:"The community's identifier, compared letter by letter with the community parameter."`
	Name         string   `name:"name" required:"" group:"Community" help:"What people call the community; patients read it."`
	Anchor       []string `name:"anchor" required:"" sep:"none" placeholder:"FILE" group:"Community" help:"Certificate of a trust anchor, PEM or DER. Repeatable."`
	Intermediate []string `name:"intermediate" sep:"none" placeholder:"FILE" group:"Community" help:"Certificate of an authority between an anchor and the members. Repeatable."`
	Certificate  string   `name:"certificate" placeholder:"FILE" group:"Community" help:"Our certificate in the community, with its chain, ours first; needs --key."`
	Key          string   `name:"key" placeholder:"FILE" group:"Community" help:"Private key of our certificate, PEM; needs --certificate. It is stored encrypted."`
	outputFlag
	settings
}

// Run checks the community and our certificate in it, and stores them. A running server notices within a second.
func (c *communityAddCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if err := c.check(cfg); err != nil {
		return asUsage(err)
	}
	now := time.Now()
	community, err := c.community()
	if err != nil {
		return err
	}
	own, err := c.own(community, cfg.Issuer, now)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()

	row, err := addCommunity(ctx, cfg, store, community, own, now)
	if err != nil {
		return err
	}
	warnExpired(term, community, now)
	return c.print(term, row)
}

// check looks at the flags alone.
func (c *communityAddCommand) check(cfg config.Config) error {
	u, err := url.Parse(c.URI)
	if err != nil || !u.IsAbs() || badText(c.URI) || strings.ContainsAny(c.URI, " \t") {
		return fmt.Errorf("--uri: %q is not an absolute URI such as https://example.org/community", c.URI)
	}
	if c.Name = tidy(c.Name); c.Name == "" || badText(c.Name) || len(c.Name) > maxAddressLine {
		return errors.New("--name: must be a name of at most 200 characters")
	}
	if c.Certificate != "" && c.Key == "" {
		return errors.New("--certificate: --key is missing. Give both, or neither to trust the community without a certificate of ours")
	}
	if c.Key != "" && c.Certificate == "" {
		return errors.New("--key: --certificate is missing. Give both, or neither to trust the community without a certificate of ours")
	}
	if c.Certificate != "" {
		return cfg.RequireIssuer() // the certificate must name it
	}
	return nil
}

// community is what the anchors and intermediates make.
func (c *communityAddCommand) community() (pki.Community, error) {
	anchors, err := readAuthorities("--anchor", c.Anchor)
	if err != nil {
		return pki.Community{}, err
	}
	intermediates, err := readAuthorities("--intermediate", c.Intermediate)
	if err != nil {
		return pki.Community{}, err
	}
	return pki.Community{ID: idp.NewID(), URI: c.URI, Name: c.Name, Anchors: anchors, Intermediates: intermediates}, nil
}

// ownCertificate is a certificate of ours with its private key.
type ownCertificate struct {
	signer *udap.Signer
	key    crypto.Signer
}

// own reads our certificate and checks that data holders will accept what it signs; nil when none was given.
func (c *communityAddCommand) own(community pki.Community, issuer string, now time.Time) (*ownCertificate, error) {
	if c.Certificate == "" {
		return nil, nil
	}
	chain, err := readCertificates("--certificate", c.Certificate)
	if err != nil {
		return nil, err
	}
	pem, err := readFile(c.Key)
	if err != nil {
		return nil, usage("--key: %w", err)
	}
	key, err := pki.ParsePrivateKey(pem)
	if err != nil {
		return nil, fmt.Errorf("--key %s: %w", c.Key, err)
	}
	signer, err := udap.NewSigner(chain, key)
	if err != nil {
		return nil, fmt.Errorf("--certificate %s with --key %s: %w", c.Certificate, c.Key, err)
	}
	if err := pki.CheckOwn(community, signer, issuer, now); err != nil {
		return nil, fmt.Errorf("--certificate %s: %w", c.Certificate, err)
	}
	return &ownCertificate{signer, key}, nil
}

// addCommunity stores a community that is checked, the key of own sealed under the master key.
func addCommunity(ctx context.Context, cfg config.Config, store idp.Store, c pki.Community, own *ownCertificate, now time.Time) (idp.Community, error) {
	row := idp.Community{
		ID: c.ID, URI: c.URI, Name: c.Name, Anchors: rawDER(c.Anchors), Intermediates: rawDER(c.Intermediates), CreatedAt: now,
	}
	if own != nil {
		v, err := openVault(ctx, cfg, store)
		if err != nil {
			return row, err
		}
		certificate, err := own.seal(v, now)
		if err != nil {
			return row, err
		}
		row.Certificates = []idp.CommunityCertificate{certificate}
	}
	err := store.AddCommunity(ctx, row)
	if errors.Is(err, idp.ErrExists) {
		return row, fmt.Errorf("--uri: there is a community %s already; udap-idp community list shows it", c.URI)
	}
	if err != nil {
		return row, fmt.Errorf("the community could not be stored: %w", err)
	}
	return row, nil
}

func (o *ownCertificate) seal(v *vault.Vault, now time.Time) (idp.CommunityCertificate, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(o.key)
	if err != nil {
		return idp.CommunityCertificate{}, fmt.Errorf("private key: %w", err)
	}
	sealed, err := v.Seal(plain, communityKeyPurpose)
	clear(plain)
	if err != nil {
		return idp.CommunityCertificate{}, fmt.Errorf("private key: %w", err)
	}
	return idp.CommunityCertificate{
		ID: idp.NewID(), KeyID: o.signer.KeyID(), Chain: rawDER(o.signer.Chain()), SealedKey: sealed, CreatedAt: now,
	}, nil
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("the stored private key is damaged")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the stored private key cannot sign")
	}
	return signer, nil
}

// readAuthorities reads the certificates of all files, each certificate once.
func readAuthorities(flag string, files []string) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for _, file := range files {
		some, err := readCertificates(flag, file)
		if err != nil {
			return nil, err
		}
		for _, certificate := range some {
			if certificate.Version == 3 && !certificate.IsCA {
				return nil, fmt.Errorf("%s %s: %s is not the certificate of an authority", flag, file, plain(certificate.Subject.String()))
			}
			if !slices.ContainsFunc(found, certificate.Equal) {
				found = append(found, certificate)
			}
		}
	}
	return found, nil
}

func readCertificates(flag, file string) ([]*x509.Certificate, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, usage("%s: %w", flag, err)
	}
	certificates, err := pki.ParseCertificates(data)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, file, err)
	}
	return certificates, nil
}

func rawDER(certificates []*x509.Certificate) [][]byte {
	ders := make([][]byte, len(certificates))
	for i, certificate := range certificates {
		ders[i] = certificate.Raw
	}
	return ders
}

func warnExpired(term terminal, c pki.Community, now time.Time) {
	for _, certificate := range slices.Concat(c.Anchors, c.Intermediates) {
		if now.After(certificate.NotAfter) {
			fmt.Fprintf(term.Err, "udap-idp: %s expired on %s; nothing below it is trusted.\n",
				plain(certificate.Subject.String()), day(certificate.NotAfter))
		}
	}
}

func fingerprint(der []byte) string { return fmt.Sprintf("%X", sha256.Sum256(der)) }

func (c *communityAddCommand) print(term terminal, row idp.Community) error {
	line, err := newCommunityLine(row)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, line)
	}
	fmt.Fprintf(term.Out, "%s was added. Compare the anchors with what the community publishes (SHA-256):\n", plain(line.Name))
	for _, anchor := range line.Anchors {
		fmt.Fprintf(term.Out, "  %s  %s, until %s\n", anchor.SHA256, plain(anchor.Subject), day(anchor.Expires))
	}
	if len(line.Certificates) == 0 {
		_, err = fmt.Fprintln(term.Out, "We hold no certificate in it: its members can register, but nobody can sign in to them.")
		return err
	}
	_, err = fmt.Fprintf(term.Out, "Our certificate in it is valid until %s.\n", day(line.Certificates[0].Expires))
	return err
}
