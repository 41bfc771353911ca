package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const messageColumns = `id, person_id, channel, recipient, kind, language, sealed, created_at, expires_at, tries, next_at,
	sent_at, gave_up_at, failure`

// insertTrail stores what a change leaves behind, in the change's own transaction.
func insertTrail(ctx context.Context, q querier, trail idp.Trail) error {
	for _, m := range trail.Messages {
		_, err := q.exec(ctx, `INSERT INTO messages (`+messageColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			m.ID, m.PersonID, string(m.Channel), m.To, string(m.Kind), m.Language, blob(m.Sealed), micros(m.CreatedAt),
			micros(m.ExpiresAt), m.Tries, micros(m.NextAt), micros(m.SentAt), micros(m.GaveUpAt), m.Failure)
		if err != nil {
			return fmt.Errorf("message: %w", err)
		}
	}
	return insertAudit(ctx, q, trail.Events)
}
