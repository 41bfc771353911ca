package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// Spend counts one against each of the allowances, or returns *idp.Throttled and counts nothing.
func (s *Store) Spend(ctx context.Context, now time.Time, allowances ...idp.Allowance) error {
	if now.IsZero() {
		return fmt.Errorf("spend: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error { return spend(ctx, q, now, allowances) })
	if _, full := errors.AsType[*idp.Throttled](err); err != nil && !full {
		return fmt.Errorf("spend: %w", err)
	}
	return err
}

// spend counts in the order of the keys, so that two who count the same do not wait for each other for ever. The rows that it
// counted before one that is full are undone with the transaction.
func spend(ctx context.Context, q querier, now time.Time, allowances []idp.Allowance) error {
	sorted := slices.SortedFunc(slices.Values(allowances), func(a, b idp.Allowance) int { return cmp.Compare(a.Key, b.Key) })
	for _, a := range sorted {
		var tries int
		var ends time.Time
		err := q.row(ctx, `INSERT INTO throttles (name, tries, ends_at) VALUES ($1, 1, $2) ON CONFLICT (name) DO UPDATE SET
			tries = CASE WHEN throttles.ends_at <= $3 THEN 1 ELSE throttles.tries + 1 END,
			ends_at = CASE WHEN throttles.ends_at <= $3 THEN excluded.ends_at ELSE throttles.ends_at END
			RETURNING tries, ends_at`, a.Key, micros(now.Add(a.Window)), micros(now)).Scan(&tries, timeInto(&ends))
		if err != nil {
			return err
		}
		if tries > a.Max {
			return &idp.Throttled{Until: ends, Key: a.Key}
		}
	}
	return nil
}

// Tell counts as Spend does, and leaves the trail.
func (s *Store) Tell(ctx context.Context, now time.Time, trail idp.Trail, allowances ...idp.Allowance) error {
	if now.IsZero() {
		return fmt.Errorf("tell: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := spend(ctx, q, now, allowances); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if _, full := errors.AsType[*idp.Throttled](err); err != nil && !full {
		return fmt.Errorf("tell: %w", err)
	}
	return err
}

// Forgive forgets what was counted under the keys.
func (s *Store) Forgive(ctx context.Context, keys ...string) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		for _, key := range slices.Sorted(slices.Values(keys)) {
			if _, err := q.exec(ctx, `DELETE FROM throttles WHERE name = $1`, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forgive: %w", err)
	}
	return nil
}
