package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
)

type communityAddCommand struct {
	URI          string   `name:"uri" required:"" placeholder:"URI" group:"Community" help:"The community's identifier, compared letter by letter with the community parameter."`
	Name         string   `name:"name" required:"" group:"Community" help:"What people call the community; patients read it."`
	Anchor       []string `name:"anchor" required:"" sep:"none" placeholder:"FILE" group:"Community" help:"Certificate of a trust anchor, PEM or DER. Repeatable."`
	Intermediate []string `name:"intermediate" sep:"none" placeholder:"FILE" group:"Community" help:"Certificate of an authority between an anchor and the members. Repeatable."`
	Certificate  string   `name:"certificate" placeholder:"FILE" group:"Community" help:"Our certificate in the community, with its chain, ours first; needs --key."`
	Key          string   `name:"key" placeholder:"FILE" group:"Community" help:"Private key of our certificate, PEM; needs --certificate. It is stored encrypted."`
	communitySettingsFlags
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
	if c.Certificate != "" {
		if community.own, err = readOwn(c.Certificate, c.Key); err != nil {
			return err
		}
		if err := community.own.checkIn(community.Community, cfg.Issuer, now); err != nil {
			return err
		}
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()

	row, err := addCommunity(ctx, cfg, store, community, now)
	if err != nil {
		return err
	}
	warnExpired(term, community.Community, now)
	return c.print(term, row)
}

// check looks at the flags alone.
func (c *communityAddCommand) check(cfg config.Config) error {
	if !isAbsoluteURI(c.URI) {
		return fmt.Errorf("--uri: %q is not an absolute URI such as https://example.org/community", c.URI)
	}
	if c.Name = tidy(c.Name); !goodCommunityName(c.Name) {
		return errCommunityName
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

// errCommunityName is the answer to a name that is not goodCommunityName.
var errCommunityName = errors.New("--name: must be a name of at most 200 characters")

func goodCommunityName(name string) bool {
	return name != "" && !badText(name) && len(name) <= maxAddressLine
}

// newCommunity is a community that is not stored yet.
type newCommunity struct {
	pki.Community
	settings idp.CommunitySettings
	own      *ownCertificate // nil: none
}

// community is what the anchors, the intermediates and the settings make.
func (c *communityAddCommand) community() (newCommunity, error) {
	var n newCommunity
	if err := c.communitySettingsFlags.apply(&n.settings); err != nil {
		return n, err
	}
	anchors, err := readAuthorities("--anchor", c.Anchor)
	if err != nil {
		return n, err
	}
	intermediates, err := readAuthorities("--intermediate", c.Intermediate)
	if err != nil {
		return n, err
	}
	n.Community = pki.Community{ID: idp.NewID(), URI: c.URI, Name: c.Name, Anchors: anchors, Intermediates: intermediates}
	return n, nil
}

// addCommunity stores a community that is checked, the key of our certificate sealed under the master key.
func addCommunity(ctx context.Context, cfg config.Config, store idp.Store, c newCommunity, now time.Time) (idp.Community, error) {
	row := idp.Community{
		ID: c.ID, URI: c.URI, Name: c.Name, Anchors: rawDER(c.Anchors), Intermediates: rawDER(c.Intermediates),
		Settings: c.settings, CreatedAt: now,
	}
	if c.own != nil {
		v, err := openVault(ctx, cfg, store)
		if err != nil {
			return row, err
		}
		certificate, err := c.own.seal(v, now)
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
	line, err := newCommunityLine(row, time.Now())
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
