package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const requestColumns = `id, person_id, kind, subject, text, at, answered_at, answered_by, answer`

func scanRequest(row scanner) (idp.Request, error) {
	var r idp.Request
	err := row.Scan(&r.ID, &r.PersonID, &r.Kind, &r.Subject, &r.Text, timeInto(&r.At), timeInto(&r.AnsweredAt), &r.AnsweredBy, &r.Answer)
	return r, err
}

// AddRequest stores a request, unless too many of the person's are open. A person's requests come from her browsers, one at a time as
// good as always: two at the same moment may be one more.
func (s *Store) AddRequest(ctx context.Context, r idp.Request, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		var open int64
		err := q.row(ctx, `SELECT COUNT(*) FROM requests WHERE person_id = $1 AND answered_at = 0`, r.PersonID).Scan(&open)
		if err != nil {
			return err
		}
		if open >= idp.OpenRequests {
			return idp.ErrInUse
		}
		_, err = q.exec(ctx, `INSERT INTO requests (`+requestColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			r.ID, r.PersonID, string(r.Kind), printable(r.Subject), printable(r.Text), micros(r.At), micros(r.AnsweredAt), r.AnsweredBy, printable(r.Answer))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("add request: %w", err)
	}
	return nil
}

// Requests returns the oldest first.
func (s *Store) Requests(ctx context.Context, f idp.RequestFilter) ([]idp.Request, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query, args := requestsQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	requests, err := collect(rows, err, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("requests: %w", err)
	}
	return requests, nil
}

// requestsQuery is the query of a filter, by the index of the person, or else by that of the open ones.
func requestsQuery(f idp.RequestFilter) (query string, args []any) {
	var w where
	w.add(true, "id > ?", f.After)
	w.add(f.PersonID != "", "person_id = ?", f.PersonID)
	if f.Open {
		w.conditions = append(w.conditions, "answered_at = 0")
	}
	return `SELECT ` + requestColumns + ` FROM requests` + w.text() + ` ORDER BY id LIMIT ` + w.arg(f.Limit), w.args
}

// AnswerRequest closes a request, once.
func (s *Store) AnswerRequest(ctx context.Context, id, answer, by string, now time.Time, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		answered, err := q.exec(ctx, `UPDATE requests SET answered_at = $2, answered_by = $3, answer = $4 WHERE id = $1 AND answered_at = 0`,
			id, micros(now), by, printable(answer))
		if err != nil {
			return err
		}
		if answered == 0 {
			if _, err := scanRequest(q.row(ctx, `SELECT `+requestColumns+` FROM requests WHERE id = $1`, id)); err != nil {
				return err
			}
			return idp.ErrUsed
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("answer request: %w", err)
	}
	return nil
}
