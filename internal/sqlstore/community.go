package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// AddCommunity stores a community with our certificates in it and raises the trust revision. idp.ErrExists: one has the
// same URI.
func (s *Store) AddCommunity(ctx context.Context, c idp.Community, events ...idp.AuditEvent) error {
	return s.changeTrust(ctx, "add community", events, func(ctx context.Context, q querier) error {
		added, err := q.exec(ctx, `INSERT INTO communities (id, uri, name, anchors, intermediates, settings, created_at, revision, suspended_at, suspended_reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (uri) DO NOTHING`,
			c.ID, c.URI, c.Name, list(c.Anchors), list(c.Intermediates), jsonText(c.Settings), micros(c.CreatedAt), c.Revision,
			micros(c.SuspendedAt), c.SuspendedReason)
		if err != nil {
			return err
		}
		if added == 0 {
			return idp.ErrExists
		}
		for i, certificate := range c.Certificates {
			if err := insertCertificate(ctx, q, c.ID, i, certificate); err != nil {
				return err
			}
		}
		return nil
	})
}

func raiseRevision(ctx context.Context, q querier) error {
	_, err := q.exec(ctx, `UPDATE trust SET revision = revision + 1`)
	return err
}

// ChangeCommunity replaces what an operator decides about a community, if nobody else changed it meanwhile.
func (s *Store) ChangeCommunity(ctx context.Context, c idp.Community, events ...idp.AuditEvent) error {
	return s.changeTrust(ctx, "change community", events, func(ctx context.Context, q querier) error {
		changed, err := q.exec(ctx, `UPDATE communities SET name = $3, anchors = $4, intermediates = $5, settings = $6, suspended_at = $7,
			suspended_reason = $8, revision = revision + 1 WHERE id = $1 AND revision = $2`,
			c.ID, c.Revision, c.Name, list(c.Anchors), list(c.Intermediates), jsonText(c.Settings), micros(c.SuspendedAt), c.SuspendedReason)
		if err != nil || changed > 0 {
			return err
		}
		return missingOrStale(ctx, q, c.ID)
	})
}

// missingOrStale tells why a community was not changed.
func missingOrStale(ctx context.Context, q querier, id string) error {
	var there int64
	if err := q.row(ctx, `SELECT COUNT(*) FROM communities WHERE id = $1`, id).Scan(&there); err != nil {
		return err
	}
	if there == 0 {
		return idp.ErrNotFound
	}
	return idp.ErrStale
}

// DeleteCommunity deletes a community with everything of ours in it, and ends the registrations of its clients. What reads codes
// and access tokens asks whether the client stands.
func (s *Store) DeleteCommunity(ctx context.Context, id string, revision int64, now time.Time, events ...idp.AuditEvent) error {
	if now.IsZero() {
		return fmt.Errorf("delete community: %w", errNoTime)
	}
	return s.changeTrust(ctx, "delete community", events, func(ctx context.Context, q querier) error {
		// The row is taken first, so that nothing is added below it meanwhile.
		taken, err := q.exec(ctx, `UPDATE communities SET revision = revision + 1 WHERE id = $1 AND revision = $2`, id, revision)
		if err != nil {
			return err
		}
		if taken == 0 {
			return missingOrStale(ctx, q, id)
		}
		for _, statement := range []string{
			`DELETE FROM certificate_requests WHERE community_id = $1`,
			`DELETE FROM community_certificates WHERE community_id = $1`,
			`DELETE FROM communities WHERE id = $1`,
		} {
			if _, err := q.exec(ctx, statement, id); err != nil {
				return err
			}
		}
		// What was agreed to with its members ends with their registrations, as in DeleteClient. A sector is idp.Client.Sector.
		_, err = q.exec(ctx, `UPDATE consents SET ended_at = $2 WHERE ended_at = 0 AND sector IN
			(SELECT community_id || ' ' || uri FROM clients WHERE community_id = $1 AND cancelled_at = 0)`, id, micros(now))
		if err != nil {
			return fmt.Errorf("consents: %w", err)
		}
		_, err = q.exec(ctx, `UPDATE clients SET cancelled_at = $2 WHERE community_id = $1 AND cancelled_at = 0`, id, micros(now))
		return err
	})
}

// AddCertificate adds a certificate of ours behind those that are there.
func (s *Store) AddCertificate(ctx context.Context, communityID string, c idp.CommunityCertificate, events ...idp.AuditEvent) error {
	return s.changeTrust(ctx, "add certificate", events, func(ctx context.Context, q querier) error {
		return appendCertificate(ctx, q, communityID, c)
	})
}

// appendCertificate puts a certificate behind the others of its community.
func appendCertificate(ctx context.Context, q querier, communityID string, c idp.CommunityCertificate) error {
	// The community's row is taken first, so that two who add at once get two positions.
	if err := one(q.exec(ctx, `UPDATE communities SET name = name WHERE id = $1`, communityID)); err != nil {
		return err
	}
	added, err := q.exec(ctx, `INSERT INTO community_certificates (id, community_id, position, key_id, chain, sealed_key, created_at)
		SELECT $1, $2, COALESCE(MAX(position) + 1, 0), $3, $4, $5, $6 FROM community_certificates WHERE community_id = $2
		ON CONFLICT (community_id, key_id) DO NOTHING`,
		c.ID, communityID, c.KeyID, list(c.Chain), blob(c.SealedKey), micros(c.CreatedAt))
	if err == nil && added == 0 {
		return idp.ErrExists
	}
	return err
}

// changeTrust runs a change, and raises the trust revision and records it with it.
func (s *Store) changeTrust(ctx context.Context, verb string, events []idp.AuditEvent, change func(ctx context.Context, q querier) error) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := change(ctx, q); err != nil {
			return err
		}
		if err := raiseRevision(ctx, q); err != nil {
			return err
		}
		return insertTrail(ctx, q, idp.Trail{Events: events})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// one is idp.ErrNotFound when no row changed.
func one(changed int64, err error) error {
	if err == nil && changed == 0 {
		return idp.ErrNotFound
	}
	return err
}

func insertCertificate(ctx context.Context, q querier, communityID string, position int, c idp.CommunityCertificate) error {
	_, err := q.exec(ctx, `INSERT INTO community_certificates (id, community_id, position, key_id, chain, sealed_key, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.ID, communityID, position, c.KeyID, list(c.Chain), blob(c.SealedKey), micros(c.CreatedAt))
	return err
}

// Communities returns all, oldest first. It is one query, so that a community is never seen without its certificates.
func (s *Store) Communities(ctx context.Context) ([]idp.Community, error) {
	rows, err := s.reads.query(ctx, `SELECT c.id, c.uri, c.name, c.anchors, c.intermediates, c.settings, c.created_at,
			c.revision, c.suspended_at, c.suspended_reason, COALESCE(k.id, ''), COALESCE(k.key_id, ''), COALESCE(k.chain, '[]'), k.sealed_key,
			COALESCE(k.created_at, 0), COALESCE(k.stopped_at, 0)
		FROM communities c LEFT JOIN community_certificates k ON k.community_id = c.id
		ORDER BY c.created_at, c.id, k.position`)
	joined, err := collect(rows, err, scanCommunity)
	if err != nil {
		return nil, fmt.Errorf("communities: %w", err)
	}
	return gather(joined), nil
}

// scanCommunity reads a community with at most one of its certificates.
func scanCommunity(row scanner) (idp.Community, error) {
	var c idp.Community
	var k idp.CommunityCertificate
	err := row.Scan(&c.ID, &c.URI, &c.Name, listInto(&c.Anchors), listInto(&c.Intermediates), jsonInto(&c.Settings), timeInto(&c.CreatedAt),
		&c.Revision, timeInto(&c.SuspendedAt), &c.SuspendedReason, &k.ID, &k.KeyID, listInto(&k.Chain), blobInto(&k.SealedKey),
		timeInto(&k.CreatedAt), timeInto(&k.StoppedAt))
	if k.ID != "" {
		c.Certificates = []idp.CommunityCertificate{k}
	}
	return c, err
}

// gather makes one community of the rows that follow each other with the same id.
func gather(joined []idp.Community) []idp.Community {
	var all []idp.Community
	for _, c := range joined {
		last := len(all) - 1
		if last >= 0 && all[last].ID == c.ID {
			all[last].Certificates = append(all[last].Certificates, c.Certificates...)
			continue
		}
		all = append(all, c)
	}
	return all
}

// TrustRevision grows with every change of the communities.
func (s *Store) TrustRevision(ctx context.Context) (int64, error) {
	var revision int64
	if err := s.reads.row(ctx, `SELECT revision FROM trust WHERE id = 1`).Scan(&revision); err != nil {
		return 0, fmt.Errorf("trust revision: %w", err)
	}
	return revision, nil
}
