package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// CountWaiting counts what waits for a hand. Each of the counts is served by an index on what waits.
func (s *Store) CountWaiting(ctx context.Context, now time.Time) (idp.Waiting, error) {
	var w idp.Waiting
	for _, c := range []struct {
		into  *int
		query string
		args  []any
	}{
		{&w.Approvals, `SELECT COUNT(*) FROM approvals WHERE decision = '' AND expires_at > $1`, []any{micros(now)}},
		{&w.ProofingApprovals, `SELECT COUNT(*) FROM proofings WHERE status = $1`, []any{string(idp.ProofingPendingApproval)}},
		{&w.ProofingNotifications, `SELECT COUNT(*) FROM proofings WHERE status = $1`, []any{string(idp.ProofingPendingNotification)}},
		{&w.Requests, `SELECT COUNT(*) FROM requests WHERE answered_at = 0`, nil},
		{&w.FailedRegistrations, `SELECT COALESCE(SUM(number), 0) FROM attempts WHERE id >= $1 AND kind = $2 AND code <> ''`,
			[]any{idp.FirstID(now.Add(-24 * time.Hour)), string(idp.AttemptRegistration)}},
		{&w.FailingMessages, `SELECT COUNT(*) FROM messages WHERE sent_at = 0 AND gave_up_at = 0 AND tries > 0`, nil},
		{&w.Duplicates, `SELECT COUNT(*) FROM suspicions WHERE decided_at = 0 AND likeness >= $1`, []any{idp.RankLikely}},
		{&w.LostMessages, `SELECT COUNT(*) FROM messages WHERE gave_up_at > 0 AND gave_up_at >= $1`, []any{micros(now.AddDate(0, 0, -7))}},
	} {
		if err := s.reads.row(ctx, c.query, c.args...).Scan(c.into); err != nil {
			return w, fmt.Errorf("count what waits: %w", err)
		}
	}
	return w, nil
}

// CountAccounts counts by role, state and level, out of one index.
func (s *Store) CountAccounts(ctx context.Context) ([]idp.AccountCount, error) {
	rows, err := s.reads.query(ctx, `SELECT role, account_state, level, COUNT(*) FROM persons GROUP BY role, account_state, level
		ORDER BY role, account_state, level`)
	counts, err := collect(rows, err, func(row scanner) (c idp.AccountCount, err error) {
		err = row.Scan(&c.Role, &c.State, &c.Level, &c.Count)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("count accounts: %w", err)
	}
	return counts, nil
}

const microsOfADay = 24 * 60 * 60 * 1_000_000

// CountAttempts counts by day, kind and outcome. The log of attempts is bounded, and so is this.
func (s *Store) CountAttempts(ctx context.Context, since time.Time) ([]idp.AttemptDay, error) {
	rows, err := s.reads.query(ctx, `SELECT at / 86400000000 AS day, kind, outcome, SUM(number) FROM attempts
		WHERE id >= $1 AND at >= $2 GROUP BY 1, kind, outcome ORDER BY 1, kind, outcome`, idp.FirstID(since.Add(-clockSlack)), micros(since))
	counts, err := collect(rows, err, func(row scanner) (c idp.AttemptDay, err error) {
		var day int64
		err = row.Scan(&day, &c.Kind, &c.Outcome, &c.Count)
		c.Day = time.UnixMicro(day * microsOfADay).UTC().Format(time.DateOnly)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("count attempts: %w", err)
	}
	return counts, nil
}
