package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"udap-idp/internal/idp"
)

const attemptColumns = `id, kind, at, request_id, remote_ip, issuer, client_id, community_id, proved, chain, checks, status,
	outcome, code, description, cause, number`

func scanAttempt(row scanner) (idp.Attempt, error) {
	var a idp.Attempt
	err := row.Scan(&a.ID, &a.Kind, timeInto(&a.At), &a.RequestID, &a.RemoteIP, &a.Issuer, &a.ClientID, &a.CommunityID, &a.Proved,
		jsonInto(&a.Chain), jsonInto(&a.Checks), &a.Status, &a.Outcome, &a.Code, &a.Description, &a.Cause, &a.Count)
	return a, err
}

// RecordAttempts stores attempts, all or none.
func (s *Store) RecordAttempts(ctx context.Context, attempts []idp.Attempt) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		for _, a := range attempts {
			if _, err := q.exec(ctx, `INSERT INTO attempts (`+attemptColumns+`)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
				a.ID, string(a.Kind), micros(a.At), printable(a.RequestID), printable(a.RemoteIP), printable(a.Issuer), a.ClientID,
				a.CommunityID, a.Proved, jsonText(a.Chain), jsonText(a.Checks), a.Status, a.Outcome, a.Code, printable(a.Description),
				printable(a.Cause), max(1, a.Count)); err != nil {
				return err
			}
		}
		return countAttempts(ctx, q, attempts)
	})
	if err != nil {
		return fmt.Errorf("record attempts: %w", err)
	}
	return nil
}

// Attempt returns idp.ErrNotFound when there is none.
func (s *Store) Attempt(ctx context.Context, id string) (idp.Attempt, error) {
	a, err := scanAttempt(s.reads.row(ctx, `SELECT `+attemptColumns+` FROM attempts WHERE id = $1`, id))
	if err != nil {
		return idp.Attempt{}, fmt.Errorf("attempt: %w", err)
	}
	return a, nil
}

const afterAllIDs = "~" // sorts behind every id

// Attempts returns the newest first.
func (s *Store) Attempts(ctx context.Context, f idp.AttemptFilter) ([]idp.Attempt, error) {
	query, args := attemptQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	attempts, err := collect(rows, err, scanAttempt)
	if err != nil {
		return nil, fmt.Errorf("attempts: %w", err)
	}
	return attempts, nil
}

// attemptQuery is the query of a filter: the conditions that are set and no others, so that an index serves them (see
// auditQuery). What is compared with a constant stands in the text, because the indexes are limited to it.
func attemptQuery(f idp.AttemptFilter) (query string, args []any) {
	var where []string
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	indexed := false
	for _, c := range []struct{ column, value, limited string }{
		{"client_id", f.ClientID, " AND client_id <> ''"}, {"issuer", printable(f.Issuer), ""}, {"remote_ip", printable(f.RemoteIP), ""},
		{"community_id", f.CommunityID, " AND community_id <> ''"},
	} {
		switch {
		case c.value == "":
		case indexed:
			add("("+c.column+" || '') = ?", c.value)
		default:
			add(c.column+" = ?"+c.limited, c.value)
			indexed = true
		}
	}
	if start := printable(f.IssuerStart); start != "" {
		add("issuer >= ?", start)
		add("issuer < ?", start+string(utf8.MaxRune))
	}
	switch {
	case f.Kind == idp.AttemptRegistration:
		where = append(where, "kind = 'registration'")
	case f.Kind != "":
		add("kind = ?", printable(string(f.Kind)))
	}
	if f.Refused {
		where = append(where, "code <> ''")
	}
	if f.Outcome != "" {
		add("outcome = ?", printable(f.Outcome))
	}
	// The order of ids is the order of time, so a time bounds the ids that are looked at.
	if !f.Since.IsZero() {
		add("at >= ?", micros(f.Since))
		add("id >= ?", idp.FirstID(f.Since.Add(-clockSlack)))
	}
	if !f.Until.IsZero() {
		add("at < ?", micros(f.Until))
		add("id < ?", idp.FirstID(f.Until.Add(clockSlack)))
	}
	if f.Before != "" {
		add("id < ?", printable(f.Before))
	}
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query = `SELECT ` + attemptColumns + ` FROM attempts`
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, f.Limit)
	return query + " ORDER BY id DESC LIMIT $" + strconv.Itoa(len(args)), args
}

// TrimAttempts deletes what is too old, and what is too many of the proved ones and of the strangers'. It runs every minute,
// and mostly finds nothing: each statement looks at the index alone, and at no more rows than it deletes at once.
func (s *Store) TrimAttempts(ctx context.Context, limits idp.AttemptLimits, now time.Time) (int64, error) {
	var total int64
	for _, class := range []struct {
		proved bool
		keep   int
	}{{true, limits.Proved}, {false, limits.Strangers}} {
		old, err := s.trimOldAttempts(ctx, class.proved, now.Add(-limits.Age))
		total += old
		if err != nil {
			return total, fmt.Errorf("trim attempts: %w", err)
		}
		many, err := s.trimManyAttempts(ctx, class.proved, class.keep)
		total += many
		if err != nil {
			return total, fmt.Errorf("trim attempts: %w", err)
		}
	}
	return total, nil
}

// trimOldAttempts looks at the oldest rows only, which the order of ids tells: what arrived behind one that may stay may
// stay as well, or goes a minute later.
func (s *Store) trimOldAttempts(ctx context.Context, proved bool, before time.Time) (int64, error) {
	return s.trimAttempts(ctx, `DELETE FROM attempts WHERE at < $1 AND id IN (
		SELECT id FROM attempts WHERE proved = $2 ORDER BY id LIMIT $3)`, micros(before), proved, purgeBatch)
}

// trimManyAttempts counts down to the newest row that is too many, which deletes nothing and so needs no write, and deletes
// from the other end up to it.
func (s *Store) trimManyAttempts(ctx context.Context, proved bool, keep int) (int64, error) {
	var last string
	err := s.reads.row(ctx, `SELECT id FROM attempts WHERE proved = $1 ORDER BY id DESC LIMIT 1 OFFSET $2`, proved, keep).Scan(&last)
	if errors.Is(err, idp.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return s.trimAttempts(ctx, `DELETE FROM attempts WHERE id IN (
		SELECT id FROM attempts WHERE proved = $1 AND id <= $2 ORDER BY id LIMIT $3)`, proved, last, purgeBatch)
}

// trimAttempts deletes a batch at a time, like Purge.
func (s *Store) trimAttempts(ctx context.Context, query string, args ...any) (int64, error) {
	var total int64
	for {
		var n int64
		err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
			n, err = q.exec(ctx, query, args...)
			return err
		})
		total += n
		if err != nil || n < purgeBatch {
			return total, err
		}
	}
}
