package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
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
		{&w.FailedAuthentications, `SELECT COALESCE(SUM(number), 0) FROM attempts WHERE id >= $1 AND kind = $2 AND code <> ''`,
			[]any{idp.FirstID(now.Add(-24 * time.Hour)), string(idp.AttemptAuthentication)}},
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

// CountAccounts counts by role, state and level. Triggers keep the figures.
func (s *Store) CountAccounts(ctx context.Context) ([]idp.AccountCount, error) {
	rows, err := s.reads.query(ctx, `SELECT role, account_state, level, SUM(number) FROM account_counts
		GROUP BY role, account_state, level HAVING SUM(number) <> 0 ORDER BY role, account_state, level`)
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

// CountAttempts counts by day, kind and outcome.
func (s *Store) CountAttempts(ctx context.Context, since time.Time) ([]idp.AttemptDay, error) {
	rows, err := s.reads.query(ctx, `SELECT day, kind, outcome, number FROM attempt_days WHERE day >= $1 ORDER BY day, kind, outcome`, dayOf(since))
	counts, err := collect(rows, err, func(row scanner) (c idp.AttemptDay, err error) {
		var day int64
		err = row.Scan(&day, &c.Kind, &c.Outcome, &c.Count)
		c.Day = dateOf(day)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("count attempts: %w", err)
	}
	return counts, nil
}

// dateOf is the date of a day as it is counted: since 1970, UTC.
func dateOf(day int64) string { return time.UnixMicro(day * microsOfADay).UTC().Format(time.DateOnly) }

// countAttempts counts what was attempted by its day. The rows are written in one order, whoever writes, so that two servers do not wait for
// each other.
func countAttempts(ctx context.Context, q querier, attempts []idp.Attempt) error {
	type kind struct {
		day           int64
		kind, outcome string
	}
	counts := map[kind]int64{}
	for _, a := range attempts {
		counts[kind{dayOf(a.At), string(a.Kind), a.Outcome}] += int64(max(1, a.Count))
	}
	kinds := slices.SortedFunc(maps.Keys(counts), func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind), cmp.Compare(a.outcome, b.outcome))
	})
	for _, k := range kinds {
		_, err := q.exec(ctx, `INSERT INTO attempt_days (day, kind, outcome, number) VALUES ($1, $2, $3, $4)
			ON CONFLICT (day, kind, outcome) DO UPDATE SET number = attempt_days.number + excluded.number`, k.day, k.kind, k.outcome, counts[k])
		if err != nil {
			return fmt.Errorf("count attempts: %w", err)
		}
	}
	return nil
}

// AddLatencies counts requests by how long they took. The rows are written in one order, so that two servers do not wait for each other.
func (s *Store) AddLatencies(ctx context.Context, latencies []idp.Latency) error {
	latencies = slices.SortedFunc(slices.Values(latencies), func(a, b idp.Latency) int {
		return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Family, b.Family), cmp.Compare(a.Step, b.Step))
	})
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		for _, l := range latencies {
			_, err := q.exec(ctx, `INSERT INTO latency_days (day, family, step, number) VALUES ($1, $2, $3, $4)
				ON CONFLICT (day, family, step) DO UPDATE SET number = latency_days.number + excluded.number`, dayOf(l.Day), l.Family, l.Step, l.Count)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("add latencies: %w", err)
	}
	return nil
}

// Latencies returns what was counted since a day.
func (s *Store) Latencies(ctx context.Context, since time.Time) ([]idp.Latency, error) {
	rows, err := s.reads.query(ctx, `SELECT day, family, step, number FROM latency_days WHERE day >= $1 ORDER BY day, family, step`, dayOf(since))
	all, err := collect(rows, err, func(row scanner) (l idp.Latency, err error) {
		var day int64
		err = row.Scan(&day, &l.Family, &l.Step, &l.Count)
		l.Day = time.UnixMicro(day * microsOfADay).UTC()
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("latencies: %w", err)
	}
	return all, nil
}
