package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// replayWindow is how long a used code stays after it expired, so that a replay of it is recognised.
const replayWindow = time.Hour

// wayBack is how long an authorization request stays after it expired, so that a person who comes late can be sent back to
// where she came from.
const wayBack = time.Hour

// recoveryMemory is how long a recovery stays after its time, so that a link that cancels it can say what became of it. What is
// to be known for longer is in the audit log.
const recoveryMemory = 30 * 24 * time.Hour

// invitationMemory is how long an invitation that nobody used stays after its time, so that its link says that it is over and not that
// it never was, and a desk sees what became of it. One that was used stays with the declaration that came of it.
const invitationMemory = 90 * 24 * time.Hour

// purgeBatch bounds the rows that one transaction deletes, so that a sign-in never waits long behind a purge.
const purgeBatch = 500

// Purge deletes what nobody can use any more, a batch at a time, and returns the number of rows. Each batch is a
// transaction of its own: an interrupted purge has done a part, and the next one does the rest.
func (s *Store) Purge(ctx context.Context, now time.Time) (int64, error) {
	removed, err := s.PurgeByRule(ctx, now)
	var total int64
	for _, n := range removed {
		total += n
	}
	return total, err
}

// PurgeByRule is Purge, with how many rows each rule took.
func (s *Store) PurgeByRule(ctx context.Context, now time.Time) (map[string]int64, error) {
	// Over, but an authorization request waits in it: LapseSession brings it back.
	const waitedIn = ` AND NOT EXISTS (SELECT 1 FROM auth_requests WHERE auth_requests.session_id = sessions.id AND answered_at = 0)`
	removed := map[string]int64{}
	gathered, err := s.gatherDays(ctx, now)
	if err != nil {
		return removed, fmt.Errorf("purge: %w", err)
	}
	removed["client-days"] = gathered
	for _, dead := range []struct {
		rule   string
		sql    string // deletes at most $2 rows that ended at or before $1
		before int64
	}{
		{"sign-ins", `DELETE FROM ceremonies WHERE id IN (SELECT id FROM ceremonies WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
		{"sign-ins", `DELETE FROM auth_requests WHERE id IN (SELECT id FROM auth_requests WHERE expires_at <= $1 LIMIT $2)`, micros(now.Add(-wayBack))},
		{"sessions", `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1` + waitedIn + ` LIMIT $2)`, micros(now)},
		{"sessions", `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE person_id IS NOT NULL AND seen_at <= $1` + waitedIn + ` LIMIT $2)`, idleSince(now) - 1},
		{"tokens", `DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE used_at = 0 AND expires_at <= $1 LIMIT $2)`, micros(now)},
		{"tokens", `DELETE FROM codes WHERE id IN (SELECT id FROM codes WHERE expires_at <= $1 LIMIT $2)`, micros(now.Add(-replayWindow))},
		{"tokens", `DELETE FROM access_tokens WHERE id IN (SELECT id FROM access_tokens WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
		{"sign-ins", `DELETE FROM contact_codes WHERE id IN (SELECT id FROM contact_codes WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
		{"sign-ups", `DELETE FROM sign_ups WHERE id IN (SELECT id FROM sign_ups WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
		{"recoveries", `DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries WHERE expires_at <= $1 LIMIT $2)`, micros(now.Add(-recoveryMemory))},
		{"invitations", `DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE used_at = 0 AND expires_at <= $1 LIMIT $2)`, micros(now.Add(-invitationMemory))},
		{"counts", `DELETE FROM throttles WHERE name IN (SELECT name FROM throttles WHERE ends_at <= $1 LIMIT $2)`, micros(now)},
		{"browsers", `DELETE FROM known_browsers WHERE id IN (SELECT id FROM known_browsers WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
		{"messages", `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE created_at <= $1 LIMIT $2)`, micros(now.Add(-idp.MessagesKept))},
		{"client-days", `DELETE FROM client_days WHERE (client_id, day, shard) IN (SELECT client_id, day, shard FROM client_days WHERE day < $1 LIMIT $2)`, dayOf(now.Add(-idp.ClientDaysKept))},
		{"imports", `DELETE FROM import_jobs WHERE id IN (SELECT id FROM import_jobs WHERE slot IS NULL AND ended_at <= $1 LIMIT $2)`, micros(now.Add(-idp.ImportsKept))},
		{"latencies", `DELETE FROM latency_days WHERE (day, family, step) IN (SELECT day, family, step FROM latency_days WHERE day < $1 LIMIT $2)`, dayOf(now.Add(-idp.LatenciesKept))},
		{"tokens", `DELETE FROM used_jti WHERE digest IN (SELECT digest FROM used_jti WHERE expires_at <= $1 LIMIT $2)`, micros(now)},
	} {
		n, err := s.purge(ctx, dead.sql, dead.before)
		removed[dead.rule] += n
		if err != nil {
			return removed, fmt.Errorf("purge: %w", err)
		}
	}
	return removed, nil
}

func (s *Store) purge(ctx context.Context, query string, before int64) (int64, error) {
	var total int64
	for {
		var n int64
		err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
			n, err = q.exec(ctx, query, before, purgeBatch)
			return err
		})
		total += n
		if err != nil || n < purgeBatch {
			return total, err
		}
	}
}
