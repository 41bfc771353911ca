package sqlstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

func scanMark(row scanner) (idp.AuditMark, error) {
	var m idp.AuditMark
	err := row.Scan(&m.Name, &m.Seq, blobInto(&m.Hash), blobInto(&m.MAC), timeInto(&m.At))
	return m, err
}

const selectMark = `SELECT name, seq, hash, mac, at FROM audit_marks WHERE name = $1`

// lockHead takes the head for this transaction, so that of several servers one seals after the other. An UPDATE does it on
// both engines. No writer of events waits for it.
func lockHead(ctx context.Context, q querier) error {
	_, err := q.exec(ctx, `UPDATE audit_marks SET at = at WHERE name = 'head'`)
	return err
}

func moveMark(ctx context.Context, q querier, m idp.AuditMark, mac func(idp.AuditMark) ([]byte, error)) error {
	digest, err := mac(m)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, `UPDATE audit_marks SET seq = $1, hash = $2, mac = $3, at = $4 WHERE name = $5`,
		m.Seq, blob(m.Hash), blob(digest), micros(m.At), m.Name)
	return err
}

// SealAudit puts events that wait behind the head, in the order of their ids as far as they are there.
func (s *Store) SealAudit(ctx context.Context, limit int, mac func(idp.AuditMark) ([]byte, error), now time.Time) (int, error) {
	waits, err := s.audits(ctx, 1)
	if err != nil || !waits {
		return 0, err // the common case, which needs no write
	}
	sealed := 0
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		sealed = 0
		if err := lockHead(ctx, q); err != nil {
			return err
		}
		head, err := scanMark(q.row(ctx, selectMark, idp.AuditHead))
		if err != nil {
			return err
		}
		rows, err := q.query(ctx, `SELECT `+auditColumns+` FROM audit WHERE id IN (
			SELECT event_id FROM audit_waiting ORDER BY event_id LIMIT $1) ORDER BY id`, limit)
		events, err := collect(rows, err, scanAudit)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return forgetWaiting(ctx, q, limit)
		}
		sealed = len(events)
		first := head.Seq
		if head, err = chainEvents(ctx, q, head, events); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `DELETE FROM audit_waiting WHERE event_id IN (SELECT event_id FROM audit_chain WHERE seq > $1)`, first); err != nil {
			return err
		}
		if err := countDays(ctx, q, events); err != nil {
			return err
		}
		head.At = now
		return moveMark(ctx, q, head, mac)
	})
	if err != nil {
		return 0, fmt.Errorf("seal audit: %w", err)
	}
	return sealed, nil
}

// audits reports whether an event waits.
func (s *Store) audits(ctx context.Context, limit int) (bool, error) {
	rows, err := s.reads.query(ctx, `SELECT event_id FROM audit_waiting LIMIT $1`, limit)
	ids, err := collect(rows, err, scanText)
	if err != nil {
		return false, fmt.Errorf("audit waiting: %w", err)
	}
	return len(ids) > 0, nil
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// chainEvents writes the places of events behind the head and returns the new one.
func chainEvents(ctx context.Context, q querier, head idp.AuditMark, events []idp.AuditEvent) (idp.AuditMark, error) {
	for _, e := range events {
		head.Seq++
		head.Hash = idp.ChainHash(head.Hash, head.Seq, e)
		_, err := q.exec(ctx, `INSERT INTO audit_chain (seq, event_id, hash) VALUES ($1, $2, $3)`, head.Seq, e.ID, head.Hash)
		if err != nil {
			return head, err
		}
	}
	return head, nil
}

// forgetWaiting drops marks of events that are not there: somebody took the events out before they were sealed. The place that
// they never got cannot be found missing; that is the window which package audit tells of.
func forgetWaiting(ctx context.Context, q querier, limit int) error {
	_, err := q.exec(ctx, `DELETE FROM audit_waiting WHERE event_id IN (SELECT event_id FROM audit_waiting ORDER BY event_id LIMIT $1)
		AND NOT EXISTS (SELECT 1 FROM audit WHERE id = audit_waiting.event_id)`, limit)
	return err
}

func countDays(ctx context.Context, q querier, events []idp.AuditEvent) error {
	type key struct{ day, action string }
	counts := map[key]int64{}
	for _, e := range events {
		counts[key{e.At.UTC().Format(time.DateOnly), e.Action}]++
	}
	for k, n := range counts {
		_, err := q.exec(ctx, `INSERT INTO audit_days (day, action, number) VALUES ($1, $2, $3)
			ON CONFLICT (day, action) DO UPDATE SET number = audit_days.number + excluded.number`, k.day, k.action, n)
		if err != nil {
			return err
		}
	}
	return nil
}

const selectChain = `SELECT c.seq, c.event_id, c.hash, COALESCE(a.id, ''), COALESCE(a.at, 0), COALESCE(a.actor, ''), COALESCE(a.action, ''),
		COALESCE(a.person_id, ''), COALESCE(a.client_id, ''), COALESCE(a.request_id, ''), COALESCE(a.ip, ''), COALESCE(a.detail, '')
	FROM audit_chain c LEFT JOIN audit a ON a.id = c.event_id WHERE c.seq > $1 ORDER BY c.seq LIMIT $2`

func scanSealed(row scanner) (idp.SealedEvent, error) {
	var e idp.SealedEvent
	err := row.Scan(append([]any{&e.Seq, &e.EventID, blobInto(&e.Hash)}, auditInto(&e.Event)...)...)
	e.Missing = e.Event.ID == ""
	return e, err
}

// AuditChain returns places of the chain with what is there, in order.
func (s *Store) AuditChain(ctx context.Context, after int64, limit int) ([]idp.SealedEvent, error) {
	rows, err := s.reads.query(ctx, selectChain, after, limit)
	chain, err := collect(rows, err, scanSealed)
	if err != nil {
		return nil, fmt.Errorf("audit chain: %w", err)
	}
	return chain, nil
}

// AuditHead returns the last place of the chain.
func (s *Store) AuditHead(ctx context.Context) (idp.AuditMark, error) {
	head, err := scanMark(s.reads.row(ctx, selectMark, idp.AuditHead))
	if err != nil {
		return head, fmt.Errorf("audit head: %w", err)
	}
	return head, nil
}

// AuditState returns the marks and what is not in the chain.
func (s *Store) AuditState(ctx context.Context) (idp.AuditState, error) {
	var state idp.AuditState
	var err error
	if state.Head, err = scanMark(s.reads.row(ctx, selectMark, idp.AuditHead)); err != nil {
		return state, fmt.Errorf("audit head: %w", err)
	}
	if state.Checkpoint, err = scanMark(s.reads.row(ctx, selectMark, idp.AuditCheckpoint)); err != nil {
		return state, fmt.Errorf("audit checkpoint: %w", err)
	}
	rows, err := s.reads.query(ctx, `SELECT id FROM audit a WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.event_id = a.id)
		AND NOT EXISTS (SELECT 1 FROM audit_waiting w WHERE w.event_id = a.id) ORDER BY id LIMIT $1`, pageOfAll)
	if state.Strays, err = collect(rows, err, scanText); err != nil {
		return state, fmt.Errorf("audit strays: %w", err)
	}
	if err = s.reads.row(ctx, `SELECT COUNT(*) FROM audit_waiting`).Scan(&state.Waiting); err != nil {
		return state, fmt.Errorf("audit waiting: %w", err)
	}
	return state, nil
}

// TrimAudit deletes the oldest events of the chain, after it has seen that they are what was sealed.
func (s *Store) TrimAudit(ctx context.Context, before time.Time, limit int, mac func(idp.AuditMark) ([]byte, error), now time.Time) (int64, error) {
	var trimmed int64
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		trimmed = 0
		if err := lockHead(ctx, q); err != nil {
			return err
		}
		checkpoint, err := scanMark(q.row(ctx, selectMark, idp.AuditCheckpoint))
		if err != nil {
			return err
		}
		first := checkpoint.Seq
		rows, err := q.query(ctx, selectChain, first, limit)
		chain, err := collect(rows, err, scanSealed)
		if err != nil {
			return err
		}
		for _, e := range chain {
			hash := idp.ChainHash(checkpoint.Hash, checkpoint.Seq+1, e.Event)
			if e.Seq != checkpoint.Seq+1 || e.Missing || !bytes.Equal(hash, e.Hash) {
				return fmt.Errorf("event %d: %w", checkpoint.Seq+1, idp.ErrMismatch)
			}
			if !e.Event.At.Before(before) {
				break
			}
			checkpoint.Seq, checkpoint.Hash = e.Seq, e.Hash
			trimmed++
		}
		if trimmed == 0 {
			return nil
		}
		for _, query := range []string{
			`DELETE FROM audit WHERE id IN (SELECT event_id FROM audit_chain WHERE seq > $1 AND seq <= $2)`,
			`DELETE FROM audit_chain WHERE seq > $1 AND seq <= $2`,
		} {
			if _, err := q.exec(ctx, query, first, checkpoint.Seq); err != nil {
				return err
			}
		}
		checkpoint.At = now
		return moveMark(ctx, q, checkpoint, mac)
	})
	if err != nil {
		return 0, fmt.Errorf("trim audit: %w", err)
	}
	return trimmed, nil
}

// AuditDays returns how often things happened, by day.
func (s *Store) AuditDays(ctx context.Context, since string) ([]idp.AuditDay, error) {
	rows, err := s.reads.query(ctx, `SELECT day, action, number FROM audit_days WHERE day >= $1 ORDER BY day, action`, since)
	days, err := collect(rows, err, func(row scanner) (d idp.AuditDay, err error) {
		err = row.Scan(&d.Day, &d.Action, &d.Count)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("audit days: %w", err)
	}
	return days, nil
}
