package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/trust"
)

type certificateRequestCommand struct {
	Community    string  `name:"community" required:"" placeholder:"URI" group:"Certificate" help:"The community's identifier."`
	KeyType      string  `name:"key-type" enum:"rsa-2048,rsa-3072,rsa-4096,p-256,p-384" default:"rsa-2048" placeholder:"TYPE" group:"Certificate" help:"rsa-2048, rsa-3072, rsa-4096, p-256 or p-384; some data holders read RSA only (rsa-2048)."`
	Organization *string `name:"organization" placeholder:"NAME" group:"Certificate" help:"Who runs this service, in the certificate's subject (the setting operator-name)."`
	outputFlag
	settings
}

// requestLine is a request for a certificate as the commands print it.
type requestLine struct {
	ID        string    `json:"id"`
	Community string    `json:"community"` // its URI
	KeyID     string    `json:"key_id"`
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
	Request   string    `json:"request"` // PKCS #10, PEM
}

func newRequestLine(r idp.CertificateRequest, uri string) requestLine {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: r.Request}) // RFC 7468 §7
	return requestLine{r.ID, uri, r.KeyID, r.CreatedAt.UTC(), r.CreatedBy, string(text)}
}

// Run makes a request. The private key stays in the database, sealed under the master key.
func (c *certificateRequestCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, communities, err := openCommunities(ctx, &c.settings)
	if err != nil {
		return err
	}
	defer store.Close()
	row, err := communityByURI(ctx, store, c.Community)
	if err != nil {
		return fmt.Errorf("--community: %w", err)
	}
	organization := cfg.Operator.Name
	if c.Organization != nil {
		organization = *c.Organization
	}
	request, err := communities.RequestCertificate(ctx, row.ID, trust.Asking{KeyType: c.KeyType, Organization: organization},
		idp.Reading{Actor: "community certificate request"})
	if err != nil {
		return asFlag(err, map[string]string{"organization": "--organization"})
	}
	line := newRequestLine(request, row.URI)
	if c.JSON {
		return printJSON(term.Out, line)
	}
	fmt.Fprintf(term.Err, "udap-idp: send this to %s. When the certificate comes: udap-idp community certificate accept %s FILE\n", plain(row.Name), request.ID)
	_, err = fmt.Fprint(term.Out, line.Request)
	return err
}

// openCommunities opens the store and the rules about trust communities, with the master key.
func openCommunities(ctx context.Context, s *settings) (config.Config, *sqlstore.Store, *trust.Communities, error) {
	cfg, err := s.resolve()
	if err != nil {
		return cfg, nil, nil, err
	}
	if err := cfg.RequireIssuer(); err != nil { // the certificate names it
		return cfg, nil, nil, asUsage(err)
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return cfg, nil, nil, err
	}
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return cfg, nil, nil, errors.Join(err, store.Close())
	}
	return cfg, store, trust.New(trust.Config{Store: store, Sealer: v, Issuer: cfg.Issuer}), nil
}

type certificateRequestsCommand struct {
	outputFlag
	settings
}

// Run prints the requests that wait, community by community.
func (c *certificateRequestsCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	rows, err := store.Communities(ctx)
	if err != nil {
		return err
	}
	lines := []requestLine{}
	for _, row := range rows {
		requests, err := store.CertificateRequests(ctx, row.ID)
		if err != nil {
			return err
		}
		for _, r := range requests {
			lines = append(lines, newRequestLine(r, row.URI))
		}
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "No request waits for a certificate. Make one with udap-idp community certificate request.")
		return err
	}
	t := newTable(term.Out, "ID", "COMMUNITY", "SINCE", "SUBJECT", "KEY ID")
	for _, l := range lines {
		t.row(l.ID, l.Community, day(l.Created), requestSubject(l.Request), l.KeyID)
	}
	return t.flush()
}

func requestSubject(text string) string {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return "-"
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return "-"
	}
	return cmp.Or(request.Subject.String(), "-")
}

type certificateAcceptCommand struct {
	ID   string `arg:"" name:"id" help:"ID of the request, as community certificate requests prints it."`
	File string `arg:"" name:"file" help:"The certificate that was issued, with its chain, PEM or DER."`
	outputFlag
	settings
}

// Run takes the certificate for a request. It is the next one, or signs at once when there is no other.
func (c *certificateAcceptCommand) Run(ctx context.Context, term terminal) error {
	data, err := readFile(c.File)
	if err != nil {
		return usage("FILE: %w", err)
	}
	_, store, communities, err := openCommunities(ctx, &c.settings)
	if err != nil {
		return err
	}
	defer store.Close()
	id, err := communities.AcceptCertificate(ctx, c.ID, data, idp.Reading{Actor: "community certificate accept"})
	if errors.Is(err, idp.ErrNotFound) {
		return errNoRequest(c.ID)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	row, leaf, err := ownByID(ctx, store, id)
	if err != nil {
		return err
	}
	lines, err := ownLines(row, time.Now())
	if err != nil {
		return err
	}
	line := lineOf(lines, id)
	if c.JSON {
		return printJSON(term.Out, line)
	}
	what := fmt.Sprintf("It is not used unless you say udap-idp community certificate activate %s", id)
	switch line.State {
	case pki.Active:
		what = "It signs from now on."
	case pki.Next:
		what = "It is the next one: it takes over by itself when the active one ends."
	}
	_, err = fmt.Fprintf(term.Out, "%s was taken with the ID %s, valid until %s (SHA-256 %s).\n%s\n",
		plain(leaf.Subject.String()), id, day(leaf.NotAfter), line.SHA256, what)
	return err
}

func errNoRequest(id string) error {
	return fmt.Errorf("there is no request with the ID %s; udap-idp community certificate requests lists those that wait", plain(id))
}

type certificateDiscardCommand struct {
	ID string `arg:"" name:"id" help:"ID of the request, as community certificate requests prints it."`
	settings
}

// Run deletes a request with its key.
func (c *certificateDiscardCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	err = trust.New(trust.Config{Store: store}).DiscardRequest(ctx, c.ID, idp.Reading{Actor: "community certificate discard"})
	if errors.Is(err, idp.ErrNotFound) {
		return errNoRequest(c.ID)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(term.Out, "The request was deleted with its key. A certificate that is issued for it is of no use any more.")
	return err
}
