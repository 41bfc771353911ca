package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const selectSubject = `SELECT subject FROM subjects WHERE person_id = $1 AND sector = $2`

// Subject returns the sub of a person towards a sector, made at random when it is first asked for.
func (s *Store) Subject(ctx context.Context, personID, sector string) (string, error) {
	var subject string
	if err := s.reads.row(ctx, selectSubject, personID, sector).Scan(&subject); err == nil {
		return subject, nil // it never changes, so what a reader sees is right
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO subjects (person_id, sector, subject) VALUES ($1, $2, $3)
			ON CONFLICT (person_id, sector) DO NOTHING`, personID, sector, idp.NewUUIDv4())
		if err != nil {
			return err
		}
		return q.row(ctx, selectSubject, personID, sector).Scan(&subject)
	})
	if err != nil {
		return "", fmt.Errorf("subject: %w", err)
	}
	return subject, nil
}
