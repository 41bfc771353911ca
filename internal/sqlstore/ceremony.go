package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const ceremonyColumns = `id, session_id, kind, subject, data, expires_at`

func scanCeremony(row scanner) (idp.Ceremony, error) {
	var c idp.Ceremony
	err := row.Scan(&c.ID, &c.SessionID, &c.Kind, &c.Subject, blobInto(&c.Data), timeInto(&c.ExpiresAt))
	return c, err
}

// CreateCeremony stores a WebAuthn challenge of a session that is there.
func (s *Store) CreateCeremony(ctx context.Context, c idp.Ceremony) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO ceremonies (`+ceremonyColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, c.SessionID, string(c.Kind), c.Subject, blob(c.Data), micros(c.ExpiresAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("create ceremony: %w", err)
	}
	return nil
}

// ConsumeCeremony returns the ceremony and deletes it, in one statement. An expired one is deleted too, and returned as
// idp.ErrExpired.
func (s *Store) ConsumeCeremony(ctx context.Context, id, sessionID string, kind idp.CeremonyKind, now time.Time) (idp.Ceremony, error) {
	var c idp.Ceremony
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		c, err = scanCeremony(q.row(ctx, `DELETE FROM ceremonies WHERE id = $1 AND session_id = $2 AND kind = $3
			RETURNING `+ceremonyColumns, id, sessionID, string(kind)))
		return err
	})
	if err == nil && micros(c.ExpiresAt) <= micros(now) {
		err = idp.ErrExpired // after the commit: the deletion lasts
	}
	if err != nil {
		return idp.Ceremony{}, fmt.Errorf("consume ceremony: %w", err)
	}
	return c, nil
}
