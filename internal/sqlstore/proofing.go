package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

func scanProofing(row scanner) (idp.Proofing, error) {
	var p idp.Proofing
	err := row.Scan(jsonInto(&p), &p.Revision)
	return p, err
}

// StartProofing stores a new event.
func (s *Store) StartProofing(ctx context.Context, p idp.Proofing, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO proofings (id, person_id, status, expires_at, body, revision) VALUES ($1, $2, $3, $4, $5, 1)`,
			p.ID, p.PersonID, string(p.Status), micros(p.ExpiresAt), jsonText(p))
		if err != nil {
			return err
		}
		return insertAudit(ctx, q, events)
	})
	if err != nil {
		return fmt.Errorf("start proofing: %w", err)
	}
	return nil
}

// SaveProofing replaces an event whose revision is still p.Revision, and changes the person with it.
func (s *Store) SaveProofing(ctx context.Context, p idp.Proofing, person *idp.Person, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		saved, err := q.exec(ctx, `UPDATE proofings SET status = $1, expires_at = $2, body = $3, revision = revision + 1
			WHERE id = $4 AND person_id = $5 AND revision = $6`,
			string(p.Status), micros(p.ExpiresAt), jsonText(p), p.ID, p.PersonID, p.Revision)
		if err != nil {
			return err
		}
		if saved == 0 {
			return staleOrMissing(ctx, q, `SELECT COUNT(*) FROM proofings WHERE id = $1`, p.ID)
		}
		if person != nil {
			if err := changePerson(ctx, q, *person); err != nil {
				return err
			}
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("save proofing: %w", err)
	}
	return nil
}

// Proofing returns idp.ErrNotFound when there is none.
func (s *Store) Proofing(ctx context.Context, id string) (idp.Proofing, error) {
	p, err := scanProofing(s.reads.row(ctx, `SELECT body, revision FROM proofings WHERE id = $1`, id))
	if err != nil {
		return idp.Proofing{}, fmt.Errorf("proofing: %w", err)
	}
	return p, nil
}

const pageOfAll = 100 // rows, where a filter sets no limit

// Proofings returns the oldest first.
func (s *Store) Proofings(ctx context.Context, f idp.ProofingFilter) ([]idp.Proofing, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query, args := proofingsQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	all, err := collect(rows, err, scanProofing)
	if err != nil {
		return nil, fmt.Errorf("proofings: %w", err)
	}
	return all, nil
}

// proofingsQuery is the query of a filter, by the index of the person, or else by that of the state. Those that end soon are few among
// all of their state, and found by when they end; their order is made afterwards.
func proofingsQuery(f idp.ProofingFilter) (query string, args []any) {
	var w where
	id := hidden("id", f.PersonID == "" && f.Status != "" && !f.ExpiresBefore.IsZero())
	w.add(true, id+" > ?", f.After)
	w.add(f.PersonID != "", "person_id = ?", f.PersonID)
	w.add(f.Status != "", hidden("status", f.PersonID != "")+" = ?", string(f.Status))
	w.add(!f.ExpiresBefore.IsZero(), "expires_at > 0 AND expires_at < ?", micros(f.ExpiresBefore))
	return `SELECT body, revision FROM proofings` + w.text() + ` ORDER BY ` + id + ` LIMIT ` + w.arg(f.Limit), w.args
}

// AddRepresentation stores who may act for whom.
func (s *Store) AddRepresentation(ctx context.Context, r idp.Representation, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO representations (id, representative_id, patient_id, body, ended_at, ended_reason)
			VALUES ($1, $2, $3, $4, 0, '')`, r.ID, r.RepresentativeID, r.PatientID, jsonText(r))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("add representation: %w", err)
	}
	return nil
}

// EndRepresentation ends one. idp.ErrNotFound, idp.ErrUsed.
func (s *Store) EndRepresentation(ctx context.Context, id, reason string, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("end representation: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		ended, err := q.exec(ctx, `UPDATE representations SET ended_at = $1, ended_reason = $2 WHERE id = $3 AND ended_at = 0`,
			micros(now), printable(reason), id)
		if err != nil {
			return err
		}
		if ended == 0 {
			if err := staleOrMissing(ctx, q, `SELECT COUNT(*) FROM representations WHERE id = $1`, id); !errors.Is(err, idp.ErrStale) {
				return err
			}
			return idp.ErrUsed
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("end representation: %w", err)
	}
	return nil
}

func scanRepresentation(row scanner) (idp.Representation, error) {
	var r idp.Representation
	err := row.Scan(jsonInto(&r), timeInto(&r.EndedAt), &r.EndedReason)
	return r, err
}

// Representation returns idp.ErrNotFound when there is none.
func (s *Store) Representation(ctx context.Context, id string) (idp.Representation, error) {
	r, err := scanRepresentation(s.reads.row(ctx, `SELECT body, ended_at, ended_reason FROM representations WHERE id = $1`, id))
	if err != nil {
		return idp.Representation{}, fmt.Errorf("representation: %w", err)
	}
	return r, nil
}

// Representations returns those that a person has part in, the oldest first.
func (s *Store) Representations(ctx context.Context, personID string) ([]idp.Representation, error) {
	all, err := representationsOf(ctx, s.reads, personID)
	if err != nil {
		return nil, fmt.Errorf("representations: %w", err)
	}
	return all, nil
}

func representationsOf(ctx context.Context, q querier, personID string) ([]idp.Representation, error) {
	rows, err := q.query(ctx, `SELECT body, ended_at, ended_reason FROM representations
		WHERE representative_id = $1 OR patient_id = $1 ORDER BY id`, personID)
	return collect(rows, err, scanRepresentation)
}

// mergeRepresentations gives the survivor the merged one's part in who may act for whom, in the transaction of the merge. What she
// has already, or would have with herself, ends. It returns a line of the audit log for each, like the first of the merge's own.
func mergeRepresentations(ctx context.Context, q querier, survivor, merged idp.Person, events []idp.AuditEvent) (lines []idp.AuditEvent, err error) {
	theirs, err := representationsOf(ctx, q, merged.ID)
	if err != nil {
		return nil, err
	}
	hers, err := representationsOf(ctx, q, survivor.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range theirs {
		if !r.EndedAt.IsZero() {
			continue
		}
		moved := r.MovedTo(merged.ID, survivor.ID)
		action, detail := "representation.move", r.ID+": from "+merged.ID+" to "+survivor.ID
		if moved.RepresentativeID == moved.PatientID || slices.ContainsFunc(hers, moved.SameAs) {
			action, detail = "representation.end", r.ID+": merged into "+survivor.ID
			_, err = q.exec(ctx, `UPDATE representations SET ended_at = $1, ended_reason = $2 WHERE id = $3`,
				micros(survivor.UpdatedAt), "merged into "+survivor.ID, r.ID)
		} else {
			hers = append(hers, moved)
			_, err = q.exec(ctx, `UPDATE representations SET representative_id = $1, patient_id = $2, body = $3 WHERE id = $4`,
				moved.RepresentativeID, moved.PatientID, jsonText(moved), r.ID)
		}
		if err != nil {
			return nil, err
		}
		if len(events) > 0 {
			line := events[0]
			line.ID, line.Action, line.PersonID, line.Detail = idp.NewID(), action, moved.PatientID, detail
			lines = append(lines, line)
		}
	}
	return lines, nil
}
