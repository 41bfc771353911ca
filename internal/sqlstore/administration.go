package sqlstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// lockAdministration lets whoever changes the administrators go one after the other, on both engines.
func lockAdministration(ctx context.Context, q querier) error {
	_, err := q.exec(ctx, `UPDATE administration SET revision = revision + 1 WHERE id = 1`)
	return err
}

// Administrators returns everybody whose role administers, the oldest first.
func (s *Store) Administrators(ctx context.Context) ([]idp.Person, error) {
	rows, err := s.reads.query(ctx, `SELECT `+personColumns+` FROM persons WHERE role <> 'patient' ORDER BY id`)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("administrators: %w", err)
	}
	return people, nil
}

// countOwners counts the active owners with a passkey beside one person.
const countOwners = `SELECT COUNT(*) FROM persons p WHERE p.role <> 'patient' AND p.role = 'owner' AND p.account_state = 'active' AND p.id <> $1
	AND EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = p.id)`

// HasOwner reports whether the server belongs to somebody.
func (s *Store) HasOwner(ctx context.Context) (bool, error) {
	var owners int64
	if err := s.reads.row(ctx, countOwners, "").Scan(&owners); err != nil {
		return false, fmt.Errorf("owners: %w", err)
	}
	return owners > 0, nil
}

// unowned is idp.ErrUsed when the server has an owner.
func unowned(ctx context.Context, q querier) error {
	var owners int64
	if err := q.row(ctx, countOwners, "").Scan(&owners); err != nil {
		return err
	}
	if owners > 0 {
		return fmt.Errorf("the server has an owner: %w", idp.ErrUsed)
	}
	return nil
}

const setupColumns = `id, hash, created_at, expires_at, used_at, revoked_at`

func scanSetup(row scanner) (idp.SetupLink, error) {
	var l idp.SetupLink
	err := row.Scan(&l.ID, &l.Hash, timeInto(&l.CreatedAt), timeInto(&l.ExpiresAt), timeInto(&l.UsedAt), timeInto(&l.RevokedAt))
	return l, err
}

const selectSetup = `SELECT ` + setupColumns + ` FROM setup_links WHERE id = $1`

// OpenSetup stores a link in place of those before.
func (s *Store) OpenSetup(ctx context.Context, link idp.SetupLink) error {
	if link.CreatedAt.IsZero() {
		return fmt.Errorf("open setup: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockAdministration(ctx, q); err != nil {
			return err
		}
		if err := unowned(ctx, q); err != nil {
			return err
		}
		_, err := q.exec(ctx, `UPDATE setup_links SET revoked_at = $1 WHERE used_at = 0 AND revoked_at = 0`, micros(link.CreatedAt))
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `INSERT INTO setup_links (`+setupColumns+`) VALUES ($1, $2, $3, $4, 0, 0)`,
			link.ID, blob(link.Hash), micros(link.CreatedAt), micros(link.ExpiresAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("open setup: %w", err)
	}
	return nil
}

// SetupLink returns the link whatever its state, or idp.ErrNotFound.
func (s *Store) SetupLink(ctx context.Context, id string) (idp.SetupLink, error) {
	l, err := scanSetup(s.reads.row(ctx, selectSetup, id))
	if err != nil {
		return idp.SetupLink{}, fmt.Errorf("setup link: %w", err)
	}
	return l, nil
}

// ClaimSetup spends the link and stores the owner with her invitation.
func (s *Store) ClaimSetup(ctx context.Context, link idp.SetupLink, owner idp.Person, inv idp.Invitation, trail idp.Trail) error {
	if link.UsedAt.IsZero() {
		return fmt.Errorf("claim setup: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockAdministration(ctx, q); err != nil {
			return err
		}
		if err := spendSetup(ctx, q, link); err != nil {
			return err
		}
		if err := unowned(ctx, q); err != nil {
			return err
		}
		if err := insertPerson(ctx, q, owner); err != nil {
			return err
		}
		if err := insertInvitation(ctx, q, inv); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("claim setup: %w", err)
	}
	return nil
}

// spendSetup marks an open link used; of any number of calls, one does.
func spendSetup(ctx context.Context, q querier, link idp.SetupLink) error {
	found, err := scanSetup(q.row(ctx, selectSetup, link.ID))
	if err != nil {
		return err
	}
	switch {
	case subtle.ConstantTimeCompare(found.Hash, link.Hash) != 1:
		return idp.ErrNotFound
	case !found.UsedAt.IsZero(), !found.RevokedAt.IsZero():
		return idp.ErrUsed
	case !link.UsedAt.Before(found.ExpiresAt):
		return idp.ErrExpired
	}
	spent, err := q.exec(ctx, `UPDATE setup_links SET used_at = $1 WHERE id = $2 AND used_at = 0 AND revoked_at = 0`, micros(link.UsedAt), link.ID)
	if err == nil && spent == 0 {
		return idp.ErrUsed
	}
	return err
}

// ownersRemain is idp.ErrLastOwner when the change would leave nobody who can do everything. Two owners at once cannot remove
// each other.
func ownersRemain(ctx context.Context, q querier, p idp.Person) error {
	if p.Role == idp.Owner && (p.State == "" || p.State == idp.PersonActive) {
		return nil
	}
	var owner, others int64
	err := q.row(ctx, `SELECT COUNT(*) FROM persons WHERE id = $1 AND role = 'owner' AND account_state = 'active'`, p.ID).Scan(&owner)
	if err != nil || owner == 0 {
		return err
	}
	if err := lockAdministration(ctx, q); err != nil {
		return err
	}
	if err := q.row(ctx, countOwners, p.ID).Scan(&others); err != nil || others > 0 {
		return err
	}
	return idp.ErrLastOwner
}

const approvalColumns = `id, act, person_id, detail, reason, asked_by, asked_at, expires_at, decision, decided_by, decided_at, answer,
	done_at, failure`

func scanApproval(row scanner) (idp.Approval, error) {
	var a idp.Approval
	err := row.Scan(&a.ID, &a.Act, &a.PersonID, &a.Detail, &a.Reason, &a.AskedBy, timeInto(&a.AskedAt), timeInto(&a.ExpiresAt),
		&a.Decision, &a.DecidedBy, timeInto(&a.DecidedAt), &a.Answer, timeInto(&a.DoneAt), &a.Failure)
	return a, err
}

// AskApproval stores an act that waits.
func (s *Store) AskApproval(ctx context.Context, a idp.Approval, trail idp.Trail) error {
	if a.AskedAt.IsZero() || a.AskedBy == "" {
		return fmt.Errorf("ask approval: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO approvals (`+approvalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '', 0, '', 0, '')`,
			a.ID, a.Act, a.PersonID, printable(a.Detail), printable(a.Reason), a.AskedBy, micros(a.AskedAt), micros(a.ExpiresAt))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("ask approval: %w", err)
	}
	return nil
}

const selectApproval = `SELECT ` + approvalColumns + ` FROM approvals WHERE id = $1`

// Approval returns idp.ErrNotFound when there is none.
func (s *Store) Approval(ctx context.Context, id string) (idp.Approval, error) {
	a, err := scanApproval(s.reads.row(ctx, selectApproval, id))
	if err != nil {
		return idp.Approval{}, fmt.Errorf("approval: %w", err)
	}
	return a, nil
}

// Approvals returns the newest first.
func (s *Store) Approvals(ctx context.Context, f idp.ApprovalFilter) ([]idp.Approval, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	if f.Before == "" {
		f.Before = afterAllIDs
	}
	query, args := approvalQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	all, err := collect(rows, err, scanApproval)
	if err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	return all, nil
}

// approvalQuery is the query of a filter, by the index of the person, or else by that of those that wait.
func approvalQuery(f idp.ApprovalFilter) (query string, args []any) {
	var w where
	w.add(true, "id < ?", f.Before)
	w.add(f.PersonID != "", "person_id = ? AND person_id <> ''", f.PersonID)
	w.add(f.Waiting, hidden("decision", f.PersonID != "")+" = '' AND expires_at > ?", micros(f.Now))
	return `SELECT ` + approvalColumns + ` FROM approvals` + w.text() + ` ORDER BY id DESC LIMIT ` + w.arg(f.Limit), w.args
}

// DecideApproval records what the second person says, once.
func (s *Store) DecideApproval(ctx context.Context, d idp.Approval, trail idp.Trail) error {
	if d.DecidedAt.IsZero() || d.DecidedBy == "" || d.Decision == "" {
		return fmt.Errorf("decide approval: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		waiting, err := scanApproval(q.row(ctx, selectApproval, d.ID))
		if err != nil {
			return err
		}
		if err := mayDecide(waiting, d); err != nil {
			return err
		}
		// The conditions again: on PostgreSQL another may have decided since the row was read.
		decided, err := q.exec(ctx, `UPDATE approvals SET decision = $1, decided_by = $2, decided_at = $3, answer = $4 WHERE id = $5 AND decision = ''`,
			string(d.Decision), d.DecidedBy, micros(d.DecidedAt), printable(d.Answer), d.ID)
		if err != nil {
			return err
		}
		if decided == 0 {
			return idp.ErrUsed
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("decide approval: %w", err)
	}
	return nil
}

func mayDecide(waiting, d idp.Approval) error {
	own := waiting.AskedBy == d.DecidedBy
	switch {
	case waiting.Decision != "":
		return idp.ErrUsed
	case !d.DecidedAt.Before(waiting.ExpiresAt):
		return idp.ErrExpired
	case d.Decision == idp.Withdrawn && !own:
		return idp.ErrMismatch
	case d.Decision != idp.Withdrawn && own:
		return idp.ErrOwnAct
	}
	return nil
}

// FinishApproval records what became of an approved act.
func (s *Store) FinishApproval(ctx context.Context, id, failure string, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("finish approval: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		finished, err := q.exec(ctx, `UPDATE approvals SET done_at = $1, failure = $2 WHERE id = $3 AND decision = 'approved' AND done_at = 0`,
			micros(now), printable(failure), id)
		if err != nil {
			return err
		}
		if finished == 0 {
			return staleOrUsed(ctx, q, id)
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("finish approval: %w", err)
	}
	return nil
}

func staleOrUsed(ctx context.Context, q querier, id string) error {
	if _, err := scanApproval(q.row(ctx, selectApproval, id)); err != nil {
		return err
	}
	return idp.ErrUsed
}
