package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

// AddCommunity stores a community with our certificates in it and raises the trust revision. idp.ErrExists: one has the
// same URI.
func (s *Store) AddCommunity(ctx context.Context, c idp.Community) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		added, err := q.exec(ctx, `INSERT INTO communities (id, uri, name, anchors, intermediates, created_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (uri) DO NOTHING`,
			c.ID, c.URI, c.Name, list(c.Anchors), list(c.Intermediates), micros(c.CreatedAt))
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
		_, err = q.exec(ctx, `UPDATE trust SET revision = revision + 1`)
		return err
	})
	if err != nil {
		return fmt.Errorf("add community: %w", err)
	}
	return nil
}

func insertCertificate(ctx context.Context, q querier, communityID string, position int, c idp.CommunityCertificate) error {
	_, err := q.exec(ctx, `INSERT INTO community_certificates (id, community_id, position, key_id, chain, sealed_key, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.ID, communityID, position, c.KeyID, list(c.Chain), blob(c.SealedKey), micros(c.CreatedAt))
	return err
}

// Communities returns all, oldest first. It is one query, so that a community is never seen without its certificates.
func (s *Store) Communities(ctx context.Context) ([]idp.Community, error) {
	rows, err := s.reads.query(ctx, `SELECT c.id, c.uri, c.name, c.anchors, c.intermediates, c.created_at,
			COALESCE(k.id, ''), COALESCE(k.key_id, ''), COALESCE(k.chain, '[]'), k.sealed_key, COALESCE(k.created_at, 0)
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
	err := row.Scan(&c.ID, &c.URI, &c.Name, listInto(&c.Anchors), listInto(&c.Intermediates), timeInto(&c.CreatedAt),
		&k.ID, &k.KeyID, listInto(&k.Chain), blobInto(&k.SealedKey), timeInto(&k.CreatedAt))
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
