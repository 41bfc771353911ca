package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/keys"
	"udap-idp/internal/pki"
	"udap-idp/internal/trust"
)

type certificateAddCommand struct {
	Community   string `name:"community" required:"" placeholder:"URI" group:"Certificate" help:"The community's identifier."`
	Certificate string `name:"certificate" required:"" placeholder:"FILE" group:"Certificate" help:"Our certificate, with its chain, ours first."`
	Key         string `name:"key" required:"" placeholder:"FILE" group:"Certificate" help:"Its private key, PEM, not the key of another one. It is stored encrypted."`
	Activate    bool   `name:"activate" group:"Certificate" help:"Let it sign from now on, though for five minutes some data holders do not know its key yet. Without this it is the next one, and takes over by itself when the active one ends."`
	outputFlag
	settings
}

// Run checks the certificate and stores it. A running server publishes its key, and signs with it if it is active, within a
// second.
func (c *certificateAddCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if err := cfg.RequireIssuer(); err != nil {
		return asUsage(err)
	}
	own, err := readOwn(c.Certificate, c.Key)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	row, err := communityByURI(ctx, store, c.Community)
	if err != nil {
		return fmt.Errorf("--community: %w", err)
	}
	now := time.Now()
	id, err := c.store(ctx, cfg, store, row, own)
	if err != nil {
		return err
	}
	if row, err = communityByURI(ctx, store, c.Community); err != nil {
		return err
	}
	return c.print(term, row, id, now)
}

// store returns the id of the certificate.
func (c *certificateAddCommand) store(ctx context.Context, cfg config.Config, store idp.Store, row idp.Community, own *ownCertificate) (string, error) {
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return "", err
	}
	communities := trust.New(trust.Config{Store: store, Sealer: v, Issuer: cfg.Issuer})
	id, err := communities.AddCertificate(ctx, row, own.Own, c.Activate, idp.Reading{Actor: "community certificate add"})
	var refusal *trust.Refusal
	if !errors.As(err, &refusal) {
		return id, err
	}
	switch begins := own.leaf().NotBefore.UTC().Format(time.RFC3339); refusal.Code {
	case trust.CodeKeyKnown:
		return "", fmt.Errorf("--key: %w", refusal)
	case trust.CodeEarlyActive:
		return "", fmt.Errorf("--activate: %s is not valid before %s. Without --activate it is the next one, and takes over by itself when the active one ends",
			c.Certificate, begins)
	}
	return "", fmt.Errorf("--certificate %s: %w", c.Certificate, refusal)
}

func (c *certificateAddCommand) print(term terminal, row idp.Community, id string, now time.Time) error {
	lines, err := ownLines(row, now)
	if err != nil {
		return err
	}
	added, active := lineOf(lines, id), activeLine(lines)
	if added.State == pki.Next && added.Begins.After(active.Expires) {
		fmt.Fprintf(term.Err, "udap-idp: the active certificate ends on %s and this one begins on %s: in between nothing that we sign is accepted.\n",
			day(active.Expires), day(added.Begins))
	}
	if c.JSON {
		return printJSON(term.Out, added)
	}
	fmt.Fprintf(term.Out, "%s was added with the ID %s, valid from %s to %s (SHA-256 %s).\n",
		plain(added.Subject), id, day(added.Begins), day(added.Expires), added.SHA256)
	switch added.State {
	case pki.Active:
		_, err = fmt.Fprintln(term.Out, "It signs from now on. The key before leaves the key set by itself when nothing that it signed is in use.")
	case pki.Next:
		_, err = fmt.Fprintf(term.Out, "It is the next one: it takes over by itself when the active one ends on %s.\n", day(active.Expires))
	default:
		_, err = fmt.Fprintf(term.Out, "It ends no later than the active one, and is not used unless you say udap-idp key change-over %s\n", id)
	}
	return err
}

// lineOf is the line with that id.
func lineOf(lines []certificateLine, id string) certificateLine {
	for _, l := range lines {
		if l.ID == id {
			return l
		}
	}
	return certificateLine{}
}

// activeLine is the certificate that signs.
func activeLine(lines []certificateLine) certificateLine {
	for _, l := range lines {
		if l.State == pki.Active {
			return l
		}
	}
	return lines[0] // none is valid
}

type certificateListCommand struct {
	Community string `name:"community" placeholder:"URI" help:"Those in this community only."`
	outputFlag
	settings
}

// Run prints our certificates, community by community, in order of preference.
func (c *certificateListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	lines, err := c.lines(ctx, store)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There is no certificate of ours. Add one with udap-idp community certificate add.")
		return err
	}
	t := newTable(term.Out, "ID", "COMMUNITY", "STATE", "SUBJECT", "FROM", "UNTIL", "DAYS LEFT")
	for _, l := range lines {
		t.row(l.ID, l.Community, string(l.State), l.Subject, day(l.Begins), day(l.Expires), fmt.Sprint(l.DaysLeft))
	}
	return t.flush()
}

func (c *certificateListCommand) lines(ctx context.Context, store idp.Store) ([]certificateLine, error) {
	rows, err := store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	if c.Community != "" {
		row, err := communityByURI(ctx, store, c.Community)
		if err != nil {
			return nil, fmt.Errorf("--community: %w", err)
		}
		rows = []idp.Community{row}
	}
	lines := []certificateLine{}
	now := time.Now()
	for _, row := range rows {
		some, err := ownLines(row, now)
		if err != nil {
			return nil, err
		}
		lines = append(lines, some...)
	}
	return lines, nil
}

// certificateActivateCommand is keyChangeOverCommand, where the certificates are.
type certificateActivateCommand struct{ keyChangeOverCommand }

type certificateRemoveCommand struct {
	ID string `arg:"" name:"id" help:"ID of the certificate, as community certificate list prints it."`
	settings
}

// Run deletes the certificate and its key, unless it signs and there is another.
func (c *certificateRemoveCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	change, err := (&keys.Keys{Store: store}).Remove(ctx, c.ID, idp.Reading{Actor: "community certificate remove"})
	var refused *keys.Refusal
	if errors.As(err, &refused) && refused.Code == "key_signs" {
		return errSigns
	}
	if err != nil {
		return keyError(err, c.ID)
	}
	if change.After.ID == "" {
		fmt.Fprintf(term.Err, "udap-idp: we hold no certificate in %s any more: nobody can sign in to its members.\n", plain(change.Community.Name))
	}
	_, err = fmt.Fprintf(term.Out, "%s was removed from %s with its key.\n", plain(change.Key.Subject), plain(change.Community.Name))
	return err
}

var errSigns = errors.New("it signs, or is the first to; let another one sign before, with udap-idp key change-over ID")

// ownByID finds a certificate of ours that an operator names.
func ownByID(ctx context.Context, store idp.Store, id string) (idp.Community, *x509.Certificate, error) {
	row, leaf, err := trust.New(trust.Config{Store: store}).CertificateByID(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return row, nil, fmt.Errorf("there is no certificate of ours with the ID %s; udap-idp community certificate list shows those there are", id)
	}
	return row, leaf, err
}
