package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// ReplaceRecoveryCodes makes these the only recovery codes of a person, or returns idp.ErrNotFound.
func (s *Store) ReplaceRecoveryCodes(ctx context.Context, personID string, hashes [][]byte, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("replace recovery codes: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockPerson(ctx, q, personID); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM recovery_codes WHERE person_id = $1`, personID); err != nil {
			return err
		}
		for _, hash := range hashes {
			if err := insertRecoveryCode(ctx, q, personID, hash, now); err != nil {
				return err
			}
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("replace recovery codes: %w", err)
	}
	return nil
}

func insertRecoveryCode(ctx context.Context, q querier, personID string, hash []byte, now time.Time) error {
	_, err := q.exec(ctx, `INSERT INTO recovery_codes (hash, person_id, created_at, used_at) VALUES ($1, $2, $3, 0)`,
		blob(hash), personID, micros(now))
	return err
}

// RecoveryCodes returns a person's codes, used ones too, in the order of their hashes, which says nothing.
func (s *Store) RecoveryCodes(ctx context.Context, personID string) ([]idp.RecoveryCode, error) {
	rows, err := s.reads.query(ctx, `SELECT hash, person_id, created_at, used_at FROM recovery_codes WHERE person_id = $1 ORDER BY hash`, personID)
	codes, err := collect(rows, err, func(row scanner) (idp.RecoveryCode, error) {
		var c idp.RecoveryCode
		err := row.Scan(blobInto(&c.Hash), &c.PersonID, timeInto(&c.CreatedAt), timeInto(&c.UsedAt))
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("recovery codes: %w", err)
	}
	return codes, nil
}

// UnusedRecoveryCodes is how many of a person's codes are left.
func (s *Store) UnusedRecoveryCodes(ctx context.Context, personID string) (int, error) {
	var left int
	err := s.reads.row(ctx, `SELECT count(*) FROM recovery_codes WHERE person_id = $1 AND used_at = 0`, personID).Scan(&left)
	if err != nil {
		return 0, fmt.Errorf("unused recovery codes: %w", err)
	}
	return left, nil
}
