package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

const auditColumns = `id, at, actor, action, person_id, client_id, request_id, ip, detail`

func auditInto(e *idp.AuditEvent) []any {
	return []any{&e.ID, timeInto(&e.At), &e.Actor, &e.Action, &e.PersonID, &e.ClientID, &e.RequestID, &e.IP, &e.Detail}
}

func scanAudit(row scanner) (idp.AuditEvent, error) {
	var e idp.AuditEvent
	err := row.Scan(auditInto(&e)...)
	return e, err
}

// insertAudit writes events, and that they wait to be sealed. It touches no row that another writer touches.
func insertAudit(ctx context.Context, q querier, events []idp.AuditEvent) error {
	for _, e := range events {
		_, err := q.exec(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			e.ID, micros(e.At), printable(e.Actor), e.Action, e.PersonID, e.ClientID, printable(e.RequestID), printable(e.IP), printable(e.Detail))
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		if _, err := q.exec(ctx, `INSERT INTO audit_waiting (event_id) VALUES ($1)`, e.ID); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}

// Audit adds events to the log.
func (s *Store) Audit(ctx context.Context, events ...idp.AuditEvent) error {
	return s.write(ctx, func(ctx context.Context, q querier) error { return insertAudit(ctx, q, events) })
}

// AuditEvent returns idp.ErrNotFound when there is none.
func (s *Store) AuditEvent(ctx context.Context, id string) (idp.AuditEvent, error) {
	e, err := scanAudit(s.reads.row(ctx, `SELECT `+auditColumns+` FROM audit WHERE id = $1`, id))
	if err != nil {
		return idp.AuditEvent{}, fmt.Errorf("audit event: %w", err)
	}
	return e, nil
}

// AuditEvents returns the newest first, or the oldest.
func (s *Store) AuditEvents(ctx context.Context, f idp.AuditFilter) ([]idp.AuditEvent, error) {
	query, args := auditQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	events, err := collect(rows, err, scanAudit)
	if err != nil {
		return nil, fmt.Errorf("audit events: %w", err)
	}
	return events, nil
}

// clockSlack is by how much the time in an id may differ from the event's own: ids count ahead when many are made at once.
const clockSlack = time.Hour

// auditQuery is the query of a filter: the conditions that are set and no others, so that an index serves them. There are as
// many texts as sets of conditions, which are few enough to be kept prepared.
//
// Of the columns that have an index the one that selects most comes first and is searched by its index; the others are hidden
// from the planner, which knows nothing of how often a value occurs on SQLite and would take any of them.
func auditQuery(f idp.AuditFilter) (query string, args []any) {
	var where []string
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	indexed := false
	for _, c := range []struct{ column, value string }{
		{"request_id", printable(f.RequestID)}, {"person_id", f.PersonID}, {"client_id", f.ClientID}, {"actor", printable(f.Actor)}, {"action", f.Action},
	} {
		switch {
		case c.value == "":
		case indexed:
			add("("+c.column+" || '') = ?", c.value)
		default:
			add(c.column+" = ? AND "+c.column+" <> ''", c.value) // the second part is what the indexes are limited to
			indexed = true
		}
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
	order := " ORDER BY id DESC"
	switch {
	case f.Oldest:
		order = " ORDER BY id"
		add("id > ?", f.After)
	case f.Before != "":
		add("id < ?", f.Before)
	}
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query = `SELECT ` + auditColumns + ` FROM audit`
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, f.Limit)
	return query + order + " LIMIT $" + strconv.Itoa(len(args)), args
}
