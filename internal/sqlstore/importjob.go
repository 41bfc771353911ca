package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const importJobColumns = `id, file_name, digest, size, options, state, progress, failure, asked_by, request_id, ip,
	created_at, checked_at, started_at, ended_at, links_at, claimed_by, claimed_until`

func scanImportJob(row scanner) (idp.ImportJob, error) {
	var j idp.ImportJob
	err := row.Scan(&j.ID, &j.FileName, &j.Digest, &j.Size, jsonInto(&j.Options), &j.State, jsonInto(&j.Progress), &j.Failure,
		&j.By.Actor, &j.By.RequestID, &j.By.IP, timeInto(&j.CreatedAt), timeInto(&j.CheckedAt), timeInto(&j.StartedAt), timeInto(&j.EndedAt),
		timeInto(&j.LinksAt), &j.ClaimedBy, timeInto(&j.ClaimedUntil))
	return j, err
}

// AddImportJob stores a file that was brought in. The one slot keeps a second one out while it is not over.
func (s *Store) AddImportJob(ctx context.Context, j idp.ImportJob, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		added, err := q.exec(ctx, `INSERT INTO import_jobs (`+importJobColumns+`, slot)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, '', 0, 1) ON CONFLICT (slot) DO NOTHING`,
			j.ID, printable(j.FileName), j.Digest, j.Size, jsonText(j.Options), string(j.State), jsonText(j.Progress), printable(j.Failure),
			j.By.Actor, j.By.RequestID, j.By.IP, micros(j.CreatedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return idp.ErrExists
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("add import: %w", err)
	}
	return nil
}

// ImportJob returns idp.ErrNotFound when there is none.
func (s *Store) ImportJob(ctx context.Context, id string) (idp.ImportJob, error) {
	j, err := scanImportJob(s.reads.row(ctx, `SELECT `+importJobColumns+` FROM import_jobs WHERE id = $1`, id))
	if err != nil {
		return idp.ImportJob{}, fmt.Errorf("import: %w", err)
	}
	return j, nil
}

// ImportJobs returns the newest first.
func (s *Store) ImportJobs(ctx context.Context, limit int) ([]idp.ImportJob, error) {
	rows, err := s.reads.query(ctx, `SELECT `+importJobColumns+` FROM import_jobs ORDER BY id DESC LIMIT $1`, limit)
	jobs, err := collect(rows, err, scanImportJob)
	if err != nil {
		return nil, fmt.Errorf("imports: %w", err)
	}
	return jobs, nil
}

// changeImportJob runs a statement that finds its row only as it is expected to be.
func (s *Store) changeImportJob(ctx context.Context, what string, trail idp.Trail, query string, args ...any) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		changed, err := q.exec(ctx, query, args...)
		if err != nil {
			return err
		}
		if changed == 0 {
			return idp.ErrStale
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// AdvanceImportJob puts it into another state.
func (s *Store) AdvanceImportJob(ctx context.Context, from idp.ImportState, j idp.ImportJob, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("advance import: %w", errNoTime)
	}
	switch {
	case j.State.Over():
		return s.changeImportJob(ctx, "advance import", trail, `UPDATE import_jobs SET state = $3, slot = NULL, ended_at = $4 WHERE id = $1 AND state = $2`,
			j.ID, string(from), string(j.State), micros(now))
	case j.State == idp.ImportRunning:
		return s.changeImportJob(ctx, "advance import", trail, `UPDATE import_jobs SET state = $3, asked_by = $5, request_id = $6, ip = $7, claimed_by = '', claimed_until = 0,
			started_at = CASE WHEN started_at = 0 THEN $4 ELSE started_at END WHERE id = $1 AND state = $2`,
			j.ID, string(from), string(j.State), micros(now), j.By.Actor, j.By.RequestID, j.By.IP)
	}
	return s.changeImportJob(ctx, "advance import", trail, `UPDATE import_jobs SET state = $3 WHERE id = $1 AND state = $2`, j.ID, string(from), string(j.State))
}

// ClaimImportJob gives it to a server.
func (s *Store) ClaimImportJob(ctx context.Context, id, server string, until, now time.Time) error {
	return s.changeImportJob(ctx, "claim import", idp.Trail{}, `UPDATE import_jobs SET claimed_by = $2, claimed_until = $3
		WHERE id = $1 AND state IN ('checking', 'running') AND (claimed_until <= $4 OR claimed_by = $2)`, id, server, micros(until), micros(now))
}

// KeepImportJob stores how far the server has come.
func (s *Store) KeepImportJob(ctx context.Context, j idp.ImportJob) error {
	return s.changeImportJob(ctx, "keep import", idp.Trail{}, `UPDATE import_jobs SET progress = $4, claimed_until = $5
		WHERE id = $1 AND claimed_by = $2 AND state = $3`, j.ID, j.ClaimedBy, string(j.State), jsonText(j.Progress), micros(j.ClaimedUntil))
}

// LeaveImportJob lets go of it.
func (s *Store) LeaveImportJob(ctx context.Context, id, server string, from time.Time) error {
	return s.changeImportJob(ctx, "leave import", idp.Trail{}, `UPDATE import_jobs SET claimed_by = '', claimed_until = $3 WHERE id = $1 AND claimed_by = $2`,
		id, server, micros(from))
}

// EndImportJob puts it into the state that the server's work has led to.
func (s *Store) EndImportJob(ctx context.Context, from idp.ImportState, j idp.ImportJob, now time.Time, trail idp.Trail) error {
	args := []any{j.ID, string(from), j.ClaimedBy, string(j.State), jsonText(j.Progress), printable(j.Failure), micros(now)}
	if j.State.Over() {
		return s.changeImportJob(ctx, "end import", trail, `UPDATE import_jobs SET state = $4, progress = $5, failure = $6, ended_at = $7, slot = NULL, claimed_by = '', claimed_until = 0
			WHERE id = $1 AND state = $2 AND claimed_by = $3`, args...)
	}
	return s.changeImportJob(ctx, "end import", trail, `UPDATE import_jobs SET state = $4, progress = $5, failure = $6, checked_at = $7, claimed_by = '', claimed_until = 0
		WHERE id = $1 AND state = $2 AND claimed_by = $3`, args...)
}

// TakeImportLinks records that the links leave the house, once.
func (s *Store) TakeImportLinks(ctx context.Context, id string, now time.Time, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		taken, err := q.exec(ctx, `UPDATE import_jobs SET links_at = $2 WHERE id = $1 AND links_at = 0 AND state = 'done'`, id, micros(now))
		if err != nil {
			return err
		}
		if taken == 0 {
			return idp.ErrUsed
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("take links: %w", err)
	}
	return nil
}
