package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const policyColumns = `kind, version, markdown, published_by, published_at`

func scanPolicy(row scanner) (idp.PolicyVersion, error) {
	var v idp.PolicyVersion
	err := row.Scan(&v.Kind, &v.Version, &v.Markdown, &v.PublishedBy, timeInto(&v.PublishedAt))
	return v, err
}

// PublishPolicy stores the next version of a document.
func (s *Store) PublishPolicy(ctx context.Context, v idp.PolicyVersion, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		stored, err := q.exec(ctx, `INSERT INTO policies (`+policyColumns+`) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, version) DO NOTHING`, v.Kind, v.Version, printable(v.Markdown), v.PublishedBy, micros(v.PublishedAt))
		if err != nil {
			return err
		}
		if stored == 0 {
			return idp.ErrExists
		}
		return insertAudit(ctx, q, events)
	})
	if err != nil {
		return fmt.Errorf("publish policy: %w", err)
	}
	return nil
}

// Policy returns a version of a document, the latest when version is 0.
func (s *Store) Policy(ctx context.Context, kind string, version int) (idp.PolicyVersion, error) {
	v, err := scanPolicy(s.reads.row(ctx, `SELECT `+policyColumns+` FROM policies
		WHERE kind = $1 AND ($2 = 0 OR version = $2) ORDER BY version DESC LIMIT 1`, kind, version))
	if err != nil {
		return idp.PolicyVersion{}, fmt.Errorf("policy: %w", err)
	}
	return v, nil
}

// Policies returns all versions of a document, the first first.
func (s *Store) Policies(ctx context.Context, kind string) ([]idp.PolicyVersion, error) {
	rows, err := s.reads.query(ctx, `SELECT `+policyColumns+` FROM policies WHERE kind = $1 ORDER BY version`, kind)
	all, err := collect(rows, err, scanPolicy)
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return all, nil
}
