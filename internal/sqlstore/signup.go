package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const signUpColumns = `id, session_id, sealed, created_at, expires_at`

func scanSignUp(row scanner) (idp.SignUp, error) {
	var s idp.SignUp
	err := row.Scan(&s.ID, &s.SessionID, blobInto(&s.Sealed), timeInto(&s.CreatedAt), timeInto(&s.ExpiresAt))
	return s, err
}

// PutSignUp stores a sign-up in place of the one that the browser had.
func (s *Store) PutSignUp(ctx context.Context, up idp.SignUp) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO sign_ups (`+signUpColumns+`) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (session_id) DO UPDATE SET id = excluded.id, sealed = excluded.sealed, created_at = excluded.created_at,
				expires_at = excluded.expires_at`, up.ID, up.SessionID, blob(up.Sealed), micros(up.CreatedAt), micros(up.ExpiresAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("put sign-up: %w", err)
	}
	return nil
}

// SignUpOf returns the sign-up of a browser, or idp.ErrNotFound.
func (s *Store) SignUpOf(ctx context.Context, sessionID string, now time.Time) (idp.SignUp, error) {
	up, err := scanSignUp(s.reads.row(ctx, `SELECT `+signUpColumns+` FROM sign_ups WHERE session_id = $1 AND expires_at > $2`,
		sessionID, micros(now)))
	if err != nil {
		return idp.SignUp{}, fmt.Errorf("sign-up: %w", err)
	}
	return up, nil
}

// TakeSignUp returns the sign-up and deletes it, or idp.ErrNotFound.
func (s *Store) TakeSignUp(ctx context.Context, id, sessionID string, now time.Time) (idp.SignUp, error) {
	var up idp.SignUp
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		up, err = scanSignUp(q.row(ctx, `DELETE FROM sign_ups WHERE id = $1 AND session_id = $2 AND expires_at > $3
			RETURNING `+signUpColumns, id, sessionID, micros(now)))
		return err
	})
	if err != nil {
		return idp.SignUp{}, fmt.Errorf("take sign-up: %w", err)
	}
	return up, nil
}
