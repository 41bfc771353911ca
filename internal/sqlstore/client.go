package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const clientColumns = `id, community_id, uri, name, organization, redirect_uris, contacts, logo_uri, grant_types,
	response_types, token_endpoint_auth_method, scope, software_statement, certificate, created_at, updated_at, cancelled_at`

// clientInto is where the columns of a client go.
func clientInto(c *idp.Client) []any {
	return []any{&c.ID, &c.CommunityID, &c.URI, &c.Name, &c.Organization, listInto(&c.RedirectURIs), listInto(&c.Contacts),
		&c.LogoURI, listInto(&c.GrantTypes), listInto(&c.ResponseTypes), &c.TokenEndpointAuthMethod, &c.Scope,
		&c.SoftwareStatement, blobInto(&c.Certificate), timeInto(&c.CreatedAt), timeInto(&c.UpdatedAt), timeInto(&c.CancelledAt)}
}

func scanClient(row scanner) (idp.Client, error) {
	var c idp.Client
	err := row.Scan(clientInto(&c)...)
	return c, err
}

// registerClient stores a registration or replaces the one that stands for the pair, keeping its id and created_at. One
// statement: of a hundred at once, one inserts, and the unique index leads the others to its row.
const registerClient = `INSERT INTO clients (` + clientColumns + `, registrations)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 1)
	ON CONFLICT (community_id, uri) WHERE cancelled_at = 0 DO UPDATE SET
		name = excluded.name, organization = excluded.organization, redirect_uris = excluded.redirect_uris,
		contacts = excluded.contacts, logo_uri = excluded.logo_uri, grant_types = excluded.grant_types,
		response_types = excluded.response_types, token_endpoint_auth_method = excluded.token_endpoint_auth_method,
		scope = excluded.scope, software_statement = excluded.software_statement, certificate = excluded.certificate,
		updated_at = excluded.updated_at, registrations = clients.registrations + 1
	RETURNING ` + clientColumns + `, registrations`

// RegisterClient stores c as the one registration of (c.CommunityID, c.URI), and returns what is stored and whether it
// is new.
func (s *Store) RegisterClient(ctx context.Context, c idp.Client) (client idp.Client, created bool, err error) {
	var registrations int64
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		return q.row(ctx, registerClient, c.ID, c.CommunityID, c.URI, c.Name, c.Organization, list(c.RedirectURIs),
			list(c.Contacts), c.LogoURI, list(c.GrantTypes), list(c.ResponseTypes), c.TokenEndpointAuthMethod, c.Scope,
			c.SoftwareStatement, blob(c.Certificate), micros(c.CreatedAt), micros(c.UpdatedAt)).
			Scan(append(clientInto(&client), &registrations)...)
	})
	if err != nil {
		return idp.Client{}, false, fmt.Errorf("register client: %w", err)
	}
	return client, registrations == 1, nil
}

// CancelClient ends the registration of the pair and returns it. Its codes and access tokens are dead with it: whatever
// reads them asks whether the client stands.
func (s *Store) CancelClient(ctx context.Context, communityID, uri string, now time.Time) (idp.Client, error) {
	if now.IsZero() {
		return idp.Client{}, fmt.Errorf("cancel client: %w", errNoTime)
	}
	var client idp.Client
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		client, err = scanClient(q.row(ctx, `UPDATE clients SET cancelled_at = $1
			WHERE community_id = $2 AND uri = $3 AND cancelled_at = 0 RETURNING `+clientColumns, micros(now), communityID, uri))
		return err
	})
	if err != nil {
		return idp.Client{}, fmt.Errorf("cancel client: %w", err)
	}
	return client, nil
}

// Client returns idp.ErrNotFound when there is none or it is cancelled.
func (s *Store) Client(ctx context.Context, id string) (idp.Client, error) {
	c, err := scanClient(s.reads.row(ctx, `SELECT `+clientColumns+` FROM clients WHERE id = $1 AND cancelled_at = 0`, id))
	if err != nil {
		return idp.Client{}, fmt.Errorf("client: %w", err)
	}
	return c, nil
}

// Clients returns up to limit registered clients behind the id after, in order of id.
func (s *Store) Clients(ctx context.Context, after string, limit int) ([]idp.Client, error) {
	rows, err := s.reads.query(ctx, `SELECT `+clientColumns+` FROM clients
		WHERE id > $1 AND cancelled_at = 0 ORDER BY id LIMIT $2`, after, limit)
	clients, err := collect(rows, err, scanClient)
	if err != nil {
		return nil, fmt.Errorf("clients: %w", err)
	}
	return clients, nil
}
