package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const clientColumns = `id, community_id, uri, name, organization, redirect_uris, contacts, logo_uri, grant_types,
	response_types, token_endpoint_auth_method, scope, software_statement, certificate, certifications, settings,
	created_at, updated_at, cancelled_at, suspended_at, suspended_reason`

// clientInto is where the columns of a client go.
func clientInto(c *idp.Client) []any {
	return []any{&c.ID, &c.CommunityID, &c.URI, &c.Name, &c.Organization, listInto(&c.RedirectURIs), listInto(&c.Contacts),
		&c.LogoURI, listInto(&c.GrantTypes), listInto(&c.ResponseTypes), &c.TokenEndpointAuthMethod, &c.Scope,
		&c.SoftwareStatement, blobInto(&c.Certificate), listInto(&c.Certifications), jsonInto(&c.Settings),
		timeInto(&c.CreatedAt), timeInto(&c.UpdatedAt), timeInto(&c.CancelledAt), timeInto(&c.SuspendedAt), &c.SuspendedReason}
}

func scanClient(row scanner) (idp.Client, error) {
	var c idp.Client
	err := row.Scan(clientInto(&c)...)
	return c, err
}

// registerClient stores a registration or replaces the one that stands for the pair, keeping its id, created_at and
// settings. One statement: of a hundred at once, one inserts, and the unique index leads the others to its row. One that is
// suspended is not touched, and no row comes back.
const registerClient = `INSERT INTO clients (id, community_id, uri, name, organization, redirect_uris, contacts, logo_uri,
		grant_types, response_types, token_endpoint_auth_method, scope, software_statement, certificate, certifications,
		created_at, updated_at, cancelled_at, registrations, sort_name, search)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 0, 1, $18, $19)
	ON CONFLICT (community_id, uri) WHERE cancelled_at = 0 DO UPDATE SET
		name = excluded.name, organization = excluded.organization, redirect_uris = excluded.redirect_uris,
		contacts = excluded.contacts, logo_uri = excluded.logo_uri, grant_types = excluded.grant_types,
		response_types = excluded.response_types, token_endpoint_auth_method = excluded.token_endpoint_auth_method,
		scope = excluded.scope, software_statement = excluded.software_statement, certificate = excluded.certificate,
		certifications = excluded.certifications, updated_at = excluded.updated_at, registrations = clients.registrations + 1,
		sort_name = excluded.sort_name, search = excluded.search
	WHERE clients.suspended_at = 0
	RETURNING ` + clientColumns + `, registrations`

// RegisterClient stores c as the one registration of (c.CommunityID, c.URI), and returns what is stored and whether it
// is new. idp.ErrSuspended.
func (s *Store) RegisterClient(ctx context.Context, c idp.Client) (client idp.Client, created bool, err error) {
	var registrations int64
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		return q.row(ctx, registerClient, c.ID, c.CommunityID, c.URI, c.Name, c.Organization, list(c.RedirectURIs),
			list(c.Contacts), c.LogoURI, list(c.GrantTypes), list(c.ResponseTypes), c.TokenEndpointAuthMethod, c.Scope,
			c.SoftwareStatement, blob(c.Certificate), list(c.Certifications), micros(c.CreatedAt), micros(c.UpdatedAt),
			sortName(c), searchText(c)).
			Scan(append(clientInto(&client), &registrations)...)
	})
	if errors.Is(err, idp.ErrNotFound) {
		err = idp.ErrSuspended // the one reason for which an upsert returns no row
	}
	if err != nil {
		return idp.Client{}, false, fmt.Errorf("register client: %w", err)
	}
	return client, registrations == 1, nil
}

// CancelClient ends the registration of the pair and returns it. Its codes and access tokens are dead with it: whatever
// reads them asks whether the client stands. idp.ErrSuspended.
func (s *Store) CancelClient(ctx context.Context, communityID, uri string, now time.Time) (idp.Client, error) {
	if now.IsZero() {
		return idp.Client{}, fmt.Errorf("cancel client: %w", errNoTime)
	}
	var client idp.Client
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		client, err = scanClient(q.row(ctx, `UPDATE clients SET cancelled_at = $1
			WHERE community_id = $2 AND uri = $3 AND cancelled_at = 0 AND suspended_at = 0 RETURNING `+clientColumns, micros(now), communityID, uri))
		if !errors.Is(err, idp.ErrNotFound) {
			return err
		}
		var suspended int64
		if err := q.row(ctx, `SELECT COUNT(*) FROM clients WHERE community_id = $1 AND uri = $2 AND cancelled_at = 0`,
			communityID, uri).Scan(&suspended); err != nil {
			return err
		}
		if suspended > 0 {
			return idp.ErrSuspended
		}
		return idp.ErrNotFound
	})
	if err != nil {
		return idp.Client{}, fmt.Errorf("cancel client: %w", err)
	}
	return client, nil
}

// SuspendClient suspends a client, or changes the reason of its suspension.
func (s *Store) SuspendClient(ctx context.Context, id, reason string, now time.Time, trail idp.Trail) (idp.Client, error) {
	if now.IsZero() {
		return idp.Client{}, fmt.Errorf("suspend client: %w", errNoTime)
	}
	return s.changeClient(ctx, "suspend client", trail, `UPDATE clients
		SET suspended_at = CASE WHEN suspended_at = 0 THEN $2 ELSE suspended_at END, suspended_reason = $3
		WHERE id = $1 AND cancelled_at = 0 RETURNING `+clientColumns, id, micros(now), printable(reason))
}

// ResumeClient ends a suspension.
func (s *Store) ResumeClient(ctx context.Context, id string, trail idp.Trail) (idp.Client, error) {
	return s.changeClient(ctx, "resume client", trail, `UPDATE clients SET suspended_at = 0, suspended_reason = ''
		WHERE id = $1 AND cancelled_at = 0 RETURNING `+clientColumns, id)
}

// DeleteClient ends a registration, suspended or not, and the consents that were given to it. Of a data holder with a million
// patients that takes seconds.
func (s *Store) DeleteClient(ctx context.Context, id string, now time.Time, trail idp.Trail) (idp.Client, error) {
	if now.IsZero() {
		return idp.Client{}, fmt.Errorf("delete client: %w", errNoTime)
	}
	var client idp.Client
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		client, err = scanClient(q.row(ctx, `UPDATE clients SET cancelled_at = $2
			WHERE id = $1 AND cancelled_at = 0 RETURNING `+clientColumns, id, micros(now)))
		if err != nil {
			return err
		}
		if _, err := q.exec(ctx, `UPDATE consents SET ended_at = $1 WHERE sector = $2 AND ended_at = 0`, micros(now), client.Sector()); err != nil {
			return fmt.Errorf("consents: %w", err)
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return idp.Client{}, fmt.Errorf("delete client: %w", err)
	}
	return client, nil
}

// SetClientSettings replaces the operator's settings of a client.
func (s *Store) SetClientSettings(ctx context.Context, id string, settings idp.ClientSettings, trail idp.Trail) (idp.Client, error) {
	return s.changeClient(ctx, "set client settings", trail, `UPDATE clients SET settings = $2
		WHERE id = $1 AND cancelled_at = 0 RETURNING `+clientColumns, id, jsonText(settings))
}

// changeClient runs a statement that returns the client it changed, and leaves the trail of it.
func (s *Store) changeClient(ctx context.Context, verb string, trail idp.Trail, query string, args ...any) (client idp.Client, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) (err error) {
		if client, err = scanClient(q.row(ctx, query, args...)); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return idp.Client{}, fmt.Errorf("%s: %w", verb, err)
	}
	return client, nil
}

// Client returns idp.ErrNotFound when there is none or it is cancelled, and the client together with idp.ErrSuspended.
func (s *Store) Client(ctx context.Context, id string) (idp.Client, error) {
	return standing(scanStanding(s.reads.row(ctx, `SELECT `+clientColumns+`, `+communityStands+` FROM clients WHERE id = $1 AND cancelled_at = 0`, id)))
}

// ClientByURI returns the client that is registered under the pair, with the errors of Client.
func (s *Store) ClientByURI(ctx context.Context, communityID, uri string) (idp.Client, error) {
	return standing(scanStanding(s.reads.row(ctx, `SELECT `+clientColumns+`, `+communityStands+` FROM clients
		WHERE community_id = $1 AND uri = $2 AND cancelled_at = 0`, communityID, uri)))
}

// communityStands is 0 when the operator has suspended the community of a client, and with it every client of it.
const communityStands = `CASE WHEN EXISTS (SELECT 1 FROM communities WHERE communities.id = clients.community_id AND communities.suspended_at > 0)
	THEN 0 ELSE 1 END`

// clientStands is what reads codes and access tokens asks of the client.
const clientStands = `clients.cancelled_at = 0 AND clients.suspended_at = 0
	AND NOT EXISTS (SELECT 1 FROM communities WHERE communities.id = clients.community_id AND communities.suspended_at > 0)`

func scanStanding(row scanner) (c idp.Client, stands bool, err error) {
	var community int64
	err = row.Scan(append(clientInto(&c), &community)...)
	return c, community == 1 && c.SuspendedAt.IsZero(), err
}

// standing adds idp.ErrSuspended to a client that is, by itself or with its community.
func standing(c idp.Client, stands bool, err error) (idp.Client, error) {
	if err != nil {
		return idp.Client{}, fmt.Errorf("client: %w", err)
	}
	if !stands {
		return c, fmt.Errorf("client: %w", idp.ErrSuspended)
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

// ClientsOf returns up to limit registered clients of a community behind the id after, in order of id.
func (s *Store) ClientsOf(ctx context.Context, communityID, after string, limit int) ([]idp.Client, error) {
	rows, err := s.reads.query(ctx, `SELECT `+clientColumns+` FROM clients
		WHERE community_id = $1 AND id > $2 AND cancelled_at = 0 ORDER BY id LIMIT $3`, communityID, after, limit)
	clients, err := collect(rows, err, scanClient)
	if err != nil {
		return nil, fmt.Errorf("clients of a community: %w", err)
	}
	return clients, nil
}

// CountClientsOf is how many registered clients a community has.
func (s *Store) CountClientsOf(ctx context.Context, communityID string) (int, error) {
	var n int
	if err := s.reads.row(ctx, `SELECT COUNT(*) FROM clients WHERE community_id = $1 AND cancelled_at = 0`, communityID).Scan(&n); err != nil {
		return 0, fmt.Errorf("count clients of a community: %w", err)
	}
	return n, nil
}
