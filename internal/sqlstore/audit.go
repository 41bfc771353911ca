package sqlstore

import (
	"context"
	"fmt"
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
// many texts as sets of conditions, which are few enough to be kept prepared. Of the columns that have an index the one that
// selects most comes first, and the others are hidden.
func auditQuery(f idp.AuditFilter) (query string, args []any) {
	var w where
	mixed := auditConditions(&w, f)
	// The order of ids is the order of time, so a time bounds the ids that are looked at.
	if !f.Since.IsZero() {
		w.add(true, "at >= ?", micros(f.Since))
		w.add(true, "id >= ?", idp.FirstID(f.Since.Add(-clockSlack)))
	}
	if !f.Until.IsZero() {
		w.add(true, "at < ?", micros(f.Until))
		w.add(true, "id < ?", idp.FirstID(f.Until.Add(clockSlack)))
	}
	order := " ORDER BY id DESC"
	if f.Oldest {
		order = " ORDER BY id"
	}
	w.add(f.Oldest, "id > ?", f.After)
	w.add(!f.Oldest && f.Before != "", "id < ?", f.Before)
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	order += " LIMIT " + w.arg(f.Limit)
	switch {
	case mixed:
		return ownAndOthers(w.conditions, order), w.args
	case len(w.conditions) == 0:
		return `SELECT ` + auditColumns + ` FROM audit` + order, w.args
	}
	return `SELECT ` + auditColumns + ` FROM audit` + w.text() + order, w.args
}

// auditConditions adds those of the columns. It reports whether they are an actor, as $1, and an action, as $2: see ownAndOthers.
func auditConditions(w *where, f idp.AuditFilter) (mixed bool) {
	request, actor := printable(f.RequestID), printable(f.Actor)
	if request == "" && f.PersonID == "" && f.ClientID == "" && actor != "" && f.Action != "" {
		w.args = []any{actor, f.Action}
		return true
	}
	indexed := ""
	for _, c := range []struct{ column, value string }{
		{"request_id", request}, {"person_id", f.PersonID}, {"client_id", f.ClientID}, {"actor", actor}, {"action", f.Action},
	} {
		switch {
		case c.value == "":
		case indexed == "":
			w.add(true, c.column+" = ? AND "+c.column+" <> ''", c.value) // the second part is what the indexes are limited to
			indexed = c.column
		case indexed == "client_id" && c.column == "action":
			w.add(true, "action = ?", c.value) // an index has both: a data holder may have millions of events
		default:
			w.add(true, hidden(c.column, true)+" = ?", c.value)
		}
	}
	return false
}

// ownAndOthers is the query for what an actor did of one kind. Somebody who works here, or a part of the program, has very many events,
// nearly all of another kind than the one that is looked for: there is an index on both, of what was done to others. What people do
// about themselves are most of all events, and are not in it: they are found by the person, and are not many of any.
func ownAndOthers(bounds []string, order string) string {
	others := strings.Join(append([]string{"actor = $1 AND action = $2 AND actor <> person_id"}, bounds...), " AND ")
	own := strings.Join(append([]string{"person_id = $1 AND person_id <> '' AND (actor || '') = $1 AND (action || '') = $2"}, bounds...), " AND ")
	return `SELECT ` + auditColumns + ` FROM audit WHERE id IN (
		SELECT id FROM (SELECT id FROM audit WHERE ` + others + order + `) AS others
		UNION SELECT id FROM (SELECT id FROM audit WHERE ` + own + order + `) AS own)` + order
}
