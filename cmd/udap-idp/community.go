package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/trust"
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
	change, err := c.change()
	if err != nil {
		return err
	}
	row, err := trust.Check(change, now)
	if err != nil {
		return asFlag(err, map[string]string{"no_anchor": "--anchor"})
	}
	var own *ownCertificate
	if c.Certificate != "" {
		if own, err = readOwn(c.Certificate, c.Key); err != nil {
			return err
		}
		community, err := trust.Parse(row)
		if err != nil {
			return err
		}
		if err := own.checkIn(community, cfg.Issuer, now); err != nil {
			return err
		}
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()

	if row, err = addCommunity(ctx, cfg, store, change, own, "community add"); err != nil {
		return err
	}
	warnExpired(term, row, now)
	return c.print(term, row)
}

// check looks at the flags alone.
func (c *communityAddCommand) check(cfg config.Config) error {
	if err := trust.CheckURI(c.URI); err != nil {
		return fmt.Errorf("--uri: %w", err)
	}
	c.Name = tidy(c.Name)
	if err := trust.CheckName(c.Name); err != nil {
		return fmt.Errorf("--name: %w", err)
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

// change is what the anchors, the intermediates and the settings make.
func (c *communityAddCommand) change() (idp.TrustChange, error) {
	var settings idp.CommunitySettings
	if err := c.communitySettingsFlags.apply(&settings); err != nil {
		return idp.TrustChange{}, err
	}
	anchors, err := readAuthorities("--anchor", c.Anchor)
	if err != nil {
		return idp.TrustChange{}, err
	}
	intermediates, err := readAuthorities("--intermediate", c.Intermediate)
	if err != nil {
		return idp.TrustChange{}, err
	}
	return idp.TrustChange{
		URI: c.URI, Name: c.Name, AddAnchors: trust.DER(anchors), AddIntermediates: trust.DER(intermediates), Settings: &settings,
	}, nil
}

// addCommunity stores a community that is checked, the key of our certificate, nil for none, sealed under the master key.
func addCommunity(ctx context.Context, cfg config.Config, store idp.Store, change idp.TrustChange, own *ownCertificate, actor string) (idp.Community, error) {
	communities := trust.New(trust.Config{Store: store, Issuer: cfg.Issuer})
	var ours *trust.Own
	if own != nil {
		v, err := openVault(ctx, cfg, store)
		if err != nil {
			return idp.Community{}, err
		}
		communities.Sealer, ours = v, own.Own
	}
	row, err := communities.Change(ctx, change, ours, idp.Reading{Actor: actor})
	var refusal *trust.Refusal
	if errors.As(err, &refusal) && refusal.Code == "exists" {
		return row, fmt.Errorf("--uri: there is a community %s already; udap-idp community list shows it", change.URI)
	}
	if err != nil {
		return row, fmt.Errorf("the community could not be stored: %w", err)
	}
	return row, nil
}

// asFlag says which flag a refusal is about.
func asFlag(err error, flags map[string]string) error {
	var refusal *trust.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	if flag, ok := flags[refusal.Code]; ok {
		return usage("%s: %w", flag, err)
	}
	return usageError{err}
}

// readAuthorities reads the certificates of all files, each certificate once.
func readAuthorities(flag string, files []string) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for _, file := range files {
		data, err := readFile(file)
		if err != nil {
			return nil, usage("%s: %w", flag, err)
		}
		some, err := trust.ReadAuthorities(data)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", flag, file, err)
		}
		for _, certificate := range some {
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
	certificates, err := trust.ReadCertificates(data)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, file, err)
	}
	return certificates, nil
}

func warnExpired(term terminal, row idp.Community, now time.Time) {
	community, err := trust.Parse(row)
	if err != nil {
		return // it was read a moment ago
	}
	for _, certificate := range slices.Concat(community.Anchors, community.Intermediates) {
		if now.After(certificate.NotAfter) {
			fmt.Fprintf(term.Err, "udap-idp: %s expired on %s; nothing below it is trusted.\n",
				plain(certificate.Subject.String()), day(certificate.NotAfter))
		}
	}
}

func fingerprint(der []byte) string { return trust.Fingerprint(der) }

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
