package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const retiredColumns = `id, community_id, key_id, certificate, created_at, stopped_at, retired_at, how, reason, retired_by`

func scanRetired(row scanner) (idp.RetiredKey, error) {
	var k idp.RetiredKey
	err := row.Scan(&k.ID, &k.CommunityID, &k.KeyID, blobInto(&k.Certificate), timeInto(&k.CreatedAt), timeInto(&k.StoppedAt),
		timeInto(&k.RetiredAt), &k.How, &k.Reason, &k.By)
	return k, err
}

// ChangeOver makes a certificate the first of its community, and marks the one that signed before.
func (s *Store) ChangeOver(ctx context.Context, c idp.ChangeOver, trail idp.Trail) error {
	return s.changeKeys(ctx, "change over", c.Revision, trail, func(ctx context.Context, q querier) error {
		err := one(q.exec(ctx, `UPDATE community_certificates SET stopped_at = 0, position =
			(SELECT MIN(position) - 1 FROM community_certificates other WHERE other.community_id = community_certificates.community_id)
			WHERE id = $1`, c.CertificateID))
		if err != nil || c.Stopped == "" {
			return err
		}
		return one(q.exec(ctx, `UPDATE community_certificates SET stopped_at = $2 WHERE id = $1 AND id <> $3`, c.Stopped, micros(c.At), c.CertificateID))
	})
}

// RetireKeys deletes certificates of ours with their keys, and keeps what they were.
func (s *Store) RetireKeys(ctx context.Context, revision int64, keys []idp.RetiredKey, trail idp.Trail) error {
	return s.changeKeys(ctx, "retire keys", revision, trail, func(ctx context.Context, q querier) error {
		for _, k := range keys {
			if err := one(q.exec(ctx, `DELETE FROM community_certificates WHERE id = $1 AND community_id = $2`, k.ID, k.CommunityID)); err != nil {
				return err
			}
			_, err := q.exec(ctx, `INSERT INTO retired_keys (`+retiredColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
				k.ID, k.CommunityID, k.KeyID, blob(k.Certificate), micros(k.CreatedAt), micros(k.StoppedAt), micros(k.RetiredAt),
				string(k.How), printable(k.Reason), printable(k.By))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// changeKeys runs a change of what was looked at at a revision. The revision is raised first: of two who decided by the same
// view, the second is told to look again.
func (s *Store) changeKeys(ctx context.Context, verb string, revision int64, trail idp.Trail, change func(ctx context.Context, q querier) error) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		raised, err := q.exec(ctx, `UPDATE trust SET revision = revision + 1 WHERE revision = $1`, revision)
		if err != nil {
			return err
		}
		if raised == 0 {
			return idp.ErrStale
		}
		if err := change(ctx, q); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	return nil
}

// RetiredKeys returns the last to retire first.
func (s *Store) RetiredKeys(ctx context.Context, limit int) ([]idp.RetiredKey, error) {
	rows, err := s.reads.query(ctx, `SELECT `+retiredColumns+` FROM retired_keys ORDER BY retired_at DESC, id DESC LIMIT $1`, limit)
	all, err := collect(rows, err, scanRetired)
	if err != nil {
		return nil, fmt.Errorf("retired keys: %w", err)
	}
	return all, nil
}
