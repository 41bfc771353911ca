package sqlstore

import (
	"context"
	"fmt"
	"math"

	"udap-idp/internal/idp"
)

const suspicionColumns = `one, other, verdict, likeness, value, reasons, found_at, decided_at, decided_by, decision`

func scanSuspicion(row scanner) (idp.Suspicion, error) {
	var s idp.Suspicion
	err := row.Scan(&s.A, &s.B, &s.Verdict, &s.Rank, &s.Value, jsonInto(&s.Reasons), timeInto(&s.FoundAt), timeInto(&s.DecidedAt), &s.DecidedBy, &s.Decision)
	return s, err
}

// awaitExamination makes a record that was added or changed wait to be compared. A tombstone is no duplicate of anybody.
func awaitExamination(ctx context.Context, q querier, p idp.Person) error {
	if p.State != idp.PersonMerged {
		_, err := q.exec(ctx, `INSERT INTO unexamined (person_id) VALUES ($1) ON CONFLICT (person_id) DO NOTHING`, p.ID)
		return err
	}
	for _, query := range []string{`DELETE FROM unexamined WHERE person_id = $1`, `DELETE FROM suspicions WHERE one = $1 OR other = $1`} {
		if _, err := q.exec(ctx, query, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// Unexamined returns up to limit persons whose records wait to be compared.
func (s *Store) Unexamined(ctx context.Context, limit int) ([]idp.Person, error) {
	rows, err := s.reads.query(ctx, `SELECT `+personColumns+` FROM persons WHERE id IN (SELECT person_id FROM unexamined ORDER BY person_id LIMIT $1)
		ORDER BY id`, limit)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("unexamined people: %w", err)
	}
	return people, nil
}

// RecordExamined replaces the pairs of persons by those that were found.
func (s *Store) RecordExamined(ctx context.Context, examined []idp.Examined) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		for _, e := range examined {
			if err := recordExamined(ctx, q, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record examined: %w", err)
	}
	return nil
}

func recordExamined(ctx context.Context, q querier, e idp.Examined) error {
	// One that was changed since waits on: it is compared again.
	done, err := q.exec(ctx, `DELETE FROM unexamined WHERE person_id = $1 AND EXISTS (SELECT 1 FROM persons WHERE id = $1 AND revision = $2)`, e.PersonID, e.Revision)
	if err != nil || done == 0 {
		return err
	}
	if _, err := q.exec(ctx, `DELETE FROM suspicions WHERE decided_at = 0 AND (one = $1 OR other = $1)`, e.PersonID); err != nil {
		return err
	}
	for _, found := range e.Found {
		var tombstones int64
		err := q.row(ctx, `SELECT COUNT(*) FROM persons WHERE id IN ($1, $2) AND account_state = 'merged'`, found.A, found.B).Scan(&tombstones)
		if err != nil {
			return err
		}
		if tombstones > 0 {
			continue // merged since it was compared
		}
		if err := upsertSuspicion(ctx, q, found); err != nil {
			return err
		}
	}
	return nil
}

// upsertSuspicion stores a pair as nobody has decided it. A decision stays, unless more speaks for one person than did then.
func upsertSuspicion(ctx context.Context, q querier, s idp.Suspicion) error {
	_, err := q.exec(ctx, `INSERT INTO suspicions (`+suspicionColumns+`, decided_rank) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', '', 0)
		ON CONFLICT (one, other) DO UPDATE SET verdict = excluded.verdict, likeness = excluded.likeness, value = excluded.value, reasons = excluded.reasons,
			decided_at = CASE WHEN excluded.likeness > suspicions.decided_rank THEN 0 ELSE suspicions.decided_at END,
			decided_by = CASE WHEN excluded.likeness > suspicions.decided_rank THEN '' ELSE suspicions.decided_by END,
			decision = CASE WHEN excluded.likeness > suspicions.decided_rank THEN '' ELSE suspicions.decision END`,
		s.A, s.B, s.Verdict, s.Rank, s.Value, jsonText(s.Reasons), micros(s.FoundAt))
	return err
}

// The order of the lists, behind a place: $1 is the least rank, $2 to $5 the place.
const behindPlace = ` AND likeness >= $1 AND (likeness < $2 OR likeness = $2 AND (value < $3 OR value = $3 AND (one > $4 OR one = $4 AND other > $5)))
	ORDER BY likeness DESC, value DESC, one, other LIMIT $6`

// Suspicions returns pairs, the likeliest first.
func (s *Store) Suspicions(ctx context.Context, f idp.SuspicionFilter) ([]idp.Suspicion, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	place := idp.SuspicionPlace{Rank: math.MaxInt32}
	if f.After != nil {
		place = *f.After
	}
	query := `SELECT ` + suspicionColumns + ` FROM suspicions WHERE decided_at = 0` + behindPlace
	if f.Decided {
		query = `SELECT ` + suspicionColumns + ` FROM suspicions WHERE decided_at > 0` + behindPlace
	}
	rows, err := s.reads.query(ctx, query, f.LeastRank, place.Rank, place.Value, printable(place.A), printable(place.B), f.Limit)
	all, err := collect(rows, err, scanSuspicion)
	if err != nil {
		return nil, fmt.Errorf("suspicions: %w", err)
	}
	return all, nil
}

// SuspicionsOf returns the pairs that a person is one of, the likeliest first.
func (s *Store) SuspicionsOf(ctx context.Context, personID string) ([]idp.Suspicion, error) {
	rows, err := s.reads.query(ctx, `SELECT `+suspicionColumns+` FROM suspicions WHERE one = $1 OR other = $1
		ORDER BY likeness DESC, value DESC, one, other LIMIT 100`, personID)
	all, err := collect(rows, err, scanSuspicion)
	if err != nil {
		return nil, fmt.Errorf("suspicions of a person: %w", err)
	}
	return all, nil
}

// Suspicion returns idp.ErrNotFound when nothing was suspected or decided of the pair.
func (s *Store) Suspicion(ctx context.Context, pair idp.Pair) (idp.Suspicion, error) {
	found, err := scanSuspicion(s.reads.row(ctx, `SELECT `+suspicionColumns+` FROM suspicions WHERE one = $1 AND other = $2`, pair.A, pair.B))
	if err != nil {
		return idp.Suspicion{}, fmt.Errorf("suspicion: %w", err)
	}
	return found, nil
}

// DecideSuspicion records that two records are two persons.
func (s *Store) DecideSuspicion(ctx context.Context, d idp.Suspicion, trail idp.Trail) error {
	if d.DecidedAt.IsZero() || d.DecidedBy == "" {
		return fmt.Errorf("decide suspicion: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO suspicions (`+suspicionColumns+`, decided_rank) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $4)
			ON CONFLICT (one, other) DO UPDATE SET verdict = excluded.verdict, likeness = excluded.likeness, value = excluded.value,
				reasons = excluded.reasons, decided_at = excluded.decided_at, decided_by = excluded.decided_by, decision = excluded.decision,
				decided_rank = excluded.decided_rank`,
			d.A, d.B, d.Verdict, d.Rank, d.Value, jsonText(d.Reasons), micros(d.DecidedAt), d.DecidedBy, printable(d.Decision))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("decide suspicion: %w", err)
	}
	return nil
}

// ReopenSuspicion takes a decision back.
func (s *Store) ReopenSuspicion(ctx context.Context, pair idp.Pair, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		reopened, err := q.exec(ctx, `UPDATE suspicions SET decided_at = 0, decided_by = '', decision = '', decided_rank = 0
			WHERE one = $1 AND other = $2 AND decided_at > 0`, pair.A, pair.B)
		if err != nil {
			return err
		}
		if reopened == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("reopen suspicion: %w", err)
	}
	return nil
}

// CountSuspicions counts what waits for somebody, and what waits to be compared.
func (s *Store) CountSuspicions(ctx context.Context, leastRank int) (open, unexamined int, err error) {
	err = s.reads.row(ctx, `SELECT COUNT(*) FROM suspicions WHERE decided_at = 0 AND likeness >= $1`, leastRank).Scan(&open)
	if err == nil {
		err = s.reads.row(ctx, `SELECT COUNT(*) FROM unexamined`).Scan(&unexamined)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("count suspicions: %w", err)
	}
	return open, unexamined, nil
}
