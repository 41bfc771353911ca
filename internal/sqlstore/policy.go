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
		for language, markdown := range v.Texts {
			_, err := q.exec(ctx, `INSERT INTO policy_texts (kind, version, language, markdown) VALUES ($1, $2, $3, $4)`,
				v.Kind, v.Version, language, printable(markdown))
			if err != nil {
				return err
			}
		}
		// What somebody worked on is published: there is no draft any more.
		if _, err := q.exec(ctx, `DELETE FROM drafts WHERE name = $1`, idp.PolicyDraft(v.Kind)); err != nil {
			return err
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
	one := []idp.PolicyVersion{v}
	if err := s.policyTexts(ctx, kind, one); err != nil {
		return idp.PolicyVersion{}, fmt.Errorf("policy: %w", err)
	}
	return one[0], nil
}

// Policies returns all versions of a document, the first first.
func (s *Store) Policies(ctx context.Context, kind string) ([]idp.PolicyVersion, error) {
	rows, err := s.reads.query(ctx, `SELECT `+policyColumns+` FROM policies WHERE kind = $1 ORDER BY version`, kind)
	all, err := collect(rows, err, scanPolicy)
	if err == nil {
		err = s.policyTexts(ctx, kind, all)
	}
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return all, nil
}

// policyTexts fills in the other languages of versions of a document. A version never changes, so that two queries say the same
// as one.
func (s *Store) policyTexts(ctx context.Context, kind string, versions []idp.PolicyVersion) error {
	type text struct {
		version            int
		language, markdown string
	}
	rows, err := s.reads.query(ctx, `SELECT version, language, markdown FROM policy_texts WHERE kind = $1`, kind)
	texts, err := collect(rows, err, func(row scanner) (text, error) {
		var t text
		err := row.Scan(&t.version, &t.language, &t.markdown)
		return t, err
	})
	if err != nil {
		return err
	}
	for _, t := range texts {
		for i := range versions {
			if versions[i].Version != t.version {
				continue
			}
			if versions[i].Texts == nil {
				versions[i].Texts = map[string]string{}
			}
			versions[i].Texts[t.language] = t.markdown
		}
	}
	return nil
}
