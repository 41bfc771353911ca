package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// ChangeOperator carries a change of settings and drafts out.
func (s *Store) ChangeOperator(ctx context.Context, c idp.OperatorChange, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if !c.DraftsOnly {
			raised, err := q.exec(ctx, `UPDATE operator_revision SET revision = revision + 1 WHERE revision = $1`, c.Revision)
			if err != nil {
				return err
			}
			if raised == 0 {
				return idp.ErrStale
			}
			if err := changeSettings(ctx, q, c); err != nil {
				return err
			}
		}
		if err := changeDrafts(ctx, q, c.Save, c.Drop); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("change settings: %w", err)
	}
	return nil
}

func changeSettings(ctx context.Context, q querier, c idp.OperatorChange) error {
	for _, set := range c.Set {
		_, err := q.exec(ctx, `INSERT INTO operator_settings (name, value, changed_by, changed_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET value = $2, changed_by = $3, changed_at = $4`,
			set.Name, printable(set.Value), set.ChangedBy, micros(set.ChangedAt))
		if err != nil {
			return err
		}
	}
	for _, name := range c.Clear {
		if _, err := q.exec(ctx, `DELETE FROM operator_settings WHERE name = $1`, name); err != nil {
			return err
		}
	}
	return nil
}

func changeDrafts(ctx context.Context, q querier, save []idp.Draft, drop []string) error {
	for _, d := range save {
		_, err := q.exec(ctx, `INSERT INTO drafts (name, value, changed_by, changed_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET value = $2, changed_by = $3, changed_at = $4`,
			d.Name, printable(d.Value), d.ChangedBy, micros(d.ChangedAt))
		if err != nil {
			return err
		}
	}
	for _, name := range drop {
		if _, err := q.exec(ctx, `DELETE FROM drafts WHERE name = $1`, name); err != nil {
			return err
		}
	}
	return nil
}

// OperatorSettings returns all of them with their revision. The revision is read first: a change in between makes the settings
// newer than their revision, and whoever follows reads them again.
func (s *Store) OperatorSettings(ctx context.Context) ([]idp.OperatorSetting, int64, error) {
	revision, err := s.OperatorRevision(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows, err := s.reads.query(ctx, `SELECT name, value, changed_by, changed_at FROM operator_settings ORDER BY name`)
	all, err := collect(rows, err, func(row scanner) (idp.OperatorSetting, error) {
		var set idp.OperatorSetting
		err := row.Scan(&set.Name, &set.Value, &set.ChangedBy, timeInto(&set.ChangedAt))
		return set, err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("settings: %w", err)
	}
	return all, revision, nil
}

// OperatorRevision grows with every change of the settings.
func (s *Store) OperatorRevision(ctx context.Context) (int64, error) {
	var revision int64
	if err := s.reads.row(ctx, `SELECT revision FROM operator_revision WHERE id = 1`).Scan(&revision); err != nil {
		return 0, fmt.Errorf("revision of the settings: %w", err)
	}
	return revision, nil
}

// Draft returns idp.ErrNotFound when there is none.
func (s *Store) Draft(ctx context.Context, name string) (idp.Draft, error) {
	d := idp.Draft{Name: name}
	err := s.reads.row(ctx, `SELECT value, changed_by, changed_at FROM drafts WHERE name = $1`, name).Scan(&d.Value, &d.ChangedBy, timeInto(&d.ChangedAt))
	if err != nil {
		return idp.Draft{}, fmt.Errorf("draft %s: %w", name, err)
	}
	return d, nil
}

// Housekept adds a run to each rule.
func (s *Store) Housekept(ctx context.Context, runs []idp.Housekept, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		for _, r := range runs {
			removedAt := r.RanAt
			if r.Removed == 0 {
				removedAt = time.Time{}
			}
			_, err := q.exec(ctx, `INSERT INTO housekeeping (rule, ran_at, last_removed, removed_at, total_removed) VALUES ($1, $2, $3, $4, $3)
				ON CONFLICT (rule) DO UPDATE SET ran_at = excluded.ran_at,
					last_removed = CASE WHEN excluded.last_removed > 0 THEN excluded.last_removed ELSE housekeeping.last_removed END,
					removed_at = CASE WHEN excluded.last_removed > 0 THEN excluded.removed_at ELSE housekeeping.removed_at END,
					total_removed = housekeeping.total_removed + excluded.total_removed`,
				r.Rule, micros(r.RanAt), r.Removed, micros(removedAt))
			if err != nil {
				return err
			}
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("housekeeping: %w", err)
	}
	return nil
}

// HousekeepingRuns returns every rule that was ever carried out, by name.
func (s *Store) HousekeepingRuns(ctx context.Context) ([]idp.Housekept, error) {
	rows, err := s.reads.query(ctx, `SELECT rule, ran_at, last_removed, removed_at, total_removed FROM housekeeping ORDER BY rule`)
	all, err := collect(rows, err, func(row scanner) (idp.Housekept, error) {
		var r idp.Housekept
		err := row.Scan(&r.Rule, timeInto(&r.RanAt), &r.Removed, timeInto(&r.RemovedAt), &r.Total)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("housekeeping: %w", err)
	}
	return all, nil
}
