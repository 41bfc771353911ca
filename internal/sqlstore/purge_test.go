package sqlstore

import (
	"context"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

func TestPurgeDeletesMoreThanABatch(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		now := time.Now()
		err := s.write(t.Context(), func(ctx context.Context, q querier) error {
			for range 2*purgeBatch + 1 {
				_, err := q.exec(ctx, `INSERT INTO used_jti (digest, expires_at) VALUES ($1, $2)`, []byte(idp.NewID()), micros(now))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.Purge(t.Context(), now); err != nil || n != 2*purgeBatch+1 {
			t.Errorf("purged %d rows, %v; want %d", n, err, 2*purgeBatch+1)
		}
	})
}

// What runs on every sign-in or every minute is answered from an index.
func TestHotQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	for _, query := range []string{
		selectSession, selectAuthRequest, spendCode,
		`SELECT id FROM access_tokens WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM codes WHERE used_at = 0 AND expires_at <= $1 LIMIT $2`,
		`SELECT id FROM codes WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM sessions WHERE person_id IS NOT NULL AND seen_at <= $1 LIMIT $2`,
		`SELECT id FROM ceremonies WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM known_browsers WHERE expires_at <= $1 LIMIT $2`,
		selectKnownBrowser, selectBrowserPasskeys,
		`SELECT id FROM messages WHERE created_at <= $1 LIMIT $2`,
		`SELECT id FROM messages WHERE ` + isDue + ` ORDER BY next_at, id LIMIT 1`,
		`SELECT id FROM auth_requests WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM contact_codes WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM sign_ups WHERE expires_at <= $1 LIMIT $2`,
		`SELECT id FROM recoveries WHERE expires_at <= $1 LIMIT $2`,
		`SELECT name FROM throttles WHERE ends_at <= $1 LIMIT $2`,
		`SELECT id FROM invitations WHERE used_at = 0 AND expires_at <= $1 LIMIT $2`,
		selectInvitationByCode, peopleByEmail, peopleByPhone,
		`SELECT digest FROM used_jti WHERE expires_at <= $1 LIMIT $2`,
		`DELETE FROM auth_requests WHERE session_id = $1 AND answered_at = 0`,
	} {
		rows, err := s.db.Query(`EXPLAIN QUERY PLAN `+query, 1, 2, 3, 4, 5, 6, 7, 8)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(step, "SCAN") {
				t.Errorf("%s\nreads a whole table: %s", query, step)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}
