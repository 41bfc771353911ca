package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const auditColumns = `id, at, actor, action, person_id, client_id, request_id, ip, detail`

func scanAudit(row scanner) (idp.AuditEvent, error) {
	var e idp.AuditEvent
	err := row.Scan(&e.ID, timeInto(&e.At), &e.Actor, &e.Action, &e.PersonID, &e.ClientID, &e.RequestID, &e.IP, &e.Detail)
	return e, err
}

func insertAudit(ctx context.Context, q querier, events []idp.AuditEvent) error {
	for _, e := range events {
		_, err := q.exec(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			e.ID, micros(e.At), printable(e.Actor), e.Action, e.PersonID, e.ClientID, printable(e.RequestID), printable(e.IP), printable(e.Detail))
		if err != nil {
			return fmt.Errorf("audit: %w", err)
		}
	}
	return nil
}

// Audit adds events to the log.
func (s *Store) Audit(ctx context.Context, events ...idp.AuditEvent) error {
	return s.write(ctx, func(ctx context.Context, q querier) error { return insertAudit(ctx, q, events) })
}

// AuditEvents returns the newest first.
func (s *Store) AuditEvents(ctx context.Context, f idp.AuditFilter) ([]idp.AuditEvent, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	if f.Before == "" {
		f.Before = afterAllIDs
	}
	rows, err := s.reads.query(ctx, `SELECT `+auditColumns+` FROM audit
		WHERE id < $1 AND ($2 = '' OR person_id = $2) AND ($3 = '' OR client_id = $3) AND ($4 = '' OR action = $4) AND at >= $5
		ORDER BY id DESC LIMIT $6`, f.Before, f.PersonID, f.ClientID, f.Action, micros(f.Since), f.Limit)
	events, err := collect(rows, err, scanAudit)
	if err != nil {
		return nil, fmt.Errorf("audit events: %w", err)
	}
	return events, nil
}
