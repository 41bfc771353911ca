package sqlstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const recoveryColumns = `id, session_id, person_id, request_id, typed_key, ip, started_at, expires_at, ready_at, cancel_hash, granted_at, ended_at, outcome`

func scanRecovery(row scanner) (idp.Recovery, error) {
	var r idp.Recovery
	err := row.Scan(&r.ID, &r.SessionID, &r.PersonID, &r.RequestID, &r.TypedKey, &r.IP, timeInto(&r.StartedAt), timeInto(&r.ExpiresAt),
		timeInto(&r.ReadyAt), blobInto(&r.CancelHash), timeInto(&r.GrantedAt), timeInto(&r.EndedAt), &r.Outcome)
	return r, err
}

// StartRecovery stores a recovery in place of the one that the browser had before, unless that waits.
func (s *Store) StartRecovery(ctx context.Context, r idp.Recovery) error {
	if r.StartedAt.IsZero() {
		return fmt.Errorf("start recovery: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE recoveries SET ended_at = $1, outcome = $2 WHERE session_id = $3 AND ended_at = 0 AND ready_at = 0`,
			micros(r.StartedAt), string(idp.RecoveryReplaced), r.SessionID)
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `INSERT INTO recoveries (`+recoveryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, 0, 0, '')`,
			r.ID, r.SessionID, r.PersonID, r.RequestID, r.TypedKey, printable(r.IP), micros(r.StartedAt), micros(r.ExpiresAt), blob(nil))
		return err
	})
	if err != nil {
		return fmt.Errorf("start recovery: %w", err)
	}
	return nil
}

const selectRecovery = `SELECT ` + recoveryColumns + ` FROM recoveries WHERE id = $1`

// Recovery returns a browser's recovery. Errors as in idp.Recoveries.
func (s *Store) Recovery(ctx context.Context, id, sessionID string, now time.Time) (idp.Recovery, error) {
	r, err := scanRecovery(s.reads.row(ctx, selectRecovery, id))
	if err == nil && r.SessionID != sessionID {
		err = idp.ErrNotFound
	}
	if err != nil {
		return idp.Recovery{}, fmt.Errorf("recovery: %w", err)
	}
	if r.Proofs, err = proofs(ctx, s.reads, id); err != nil {
		return idp.Recovery{}, fmt.Errorf("recovery: %w", err)
	}
	if err := openRecovery(r, now); err != nil {
		return r, fmt.Errorf("recovery: %w", err)
	}
	return r, nil
}

// RecoveryByID returns the recovery of a link, or idp.ErrNotFound.
func (s *Store) RecoveryByID(ctx context.Context, id string) (idp.Recovery, error) {
	r, err := scanRecovery(s.reads.row(ctx, selectRecovery, id))
	if err != nil {
		return idp.Recovery{}, fmt.Errorf("recovery by id: %w", err)
	}
	return r, nil
}

// RecoveryOf returns the latest recovery of a browser that has not ended. Errors as in idp.Recoveries.
func (s *Store) RecoveryOf(ctx context.Context, sessionID string, now time.Time) (idp.Recovery, error) {
	r, err := scanRecovery(s.reads.row(ctx, `SELECT `+recoveryColumns+` FROM recoveries WHERE session_id = $1 AND ended_at = 0
		ORDER BY id DESC LIMIT 1`, sessionID))
	if err != nil {
		return idp.Recovery{}, fmt.Errorf("recovery of the browser: %w", err)
	}
	if r.Proofs, err = proofs(ctx, s.reads, r.ID); err != nil {
		return idp.Recovery{}, fmt.Errorf("recovery of the browser: %w", err)
	}
	if err := openRecovery(r, now); err != nil {
		return r, fmt.Errorf("recovery of the browser: %w", err)
	}
	return r, nil
}

func proofs(ctx context.Context, q querier, recoveryID string) ([]idp.RecoveryProof, error) {
	rows, err := q.query(ctx, `SELECT way, proved_at FROM recovery_proofs WHERE recovery_id = $1 ORDER BY proved_at, way`, recoveryID)
	return collect(rows, err, func(row scanner) (idp.RecoveryProof, error) {
		var p idp.RecoveryProof
		err := row.Scan(&p.Way, timeInto(&p.At))
		return p, err
	})
}

func openRecovery(r idp.Recovery, now time.Time) error {
	switch {
	case !r.EndedAt.IsZero():
		return idp.ErrUsed
	case !now.Before(r.ExpiresAt):
		return idp.ErrExpired
	}
	return nil
}

// lockRecovery makes others who change the recovery wait, and says whether this browser can still go on with it.
func lockRecovery(ctx context.Context, q querier, id, sessionID string, now time.Time) error {
	_, err := openLockedRecovery(ctx, q, id, sessionID, now)
	return err
}

func openLockedRecovery(ctx context.Context, q querier, id, sessionID string, now time.Time) (idp.Recovery, error) {
	found, err := q.exec(ctx, `UPDATE recoveries SET ip = ip WHERE id = $1 AND session_id = $2`, id, sessionID)
	if err != nil {
		return idp.Recovery{}, err
	}
	if found == 0 {
		return idp.Recovery{}, idp.ErrNotFound
	}
	r, err := scanRecovery(q.row(ctx, selectRecovery, id))
	if err != nil {
		return idp.Recovery{}, err
	}
	return r, openRecovery(r, now)
}

func insertProof(ctx context.Context, q querier, recoveryID string, way idp.RecoveryWay, at time.Time) error {
	_, err := q.exec(ctx, `INSERT INTO recovery_proofs (recovery_id, way, proved_at) VALUES ($1, $2, $3) ON CONFLICT (recovery_id, way) DO NOTHING`,
		recoveryID, string(way), micros(at))
	return err
}

// ProveSavedCode spends a recovery code of the recovery's person. Errors as in idp.Recoveries.
func (s *Store) ProveSavedCode(ctx context.Context, p idp.SavedProof) error {
	if p.At.IsZero() {
		return fmt.Errorf("prove saved code: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		r, err := openLockedRecovery(ctx, q, p.RecoveryID, p.SessionID, p.At)
		if err != nil {
			return err
		}
		spent, err := q.exec(ctx, `UPDATE recovery_codes SET used_at = $1 WHERE hash = $2 AND person_id = $3 AND used_at = 0`,
			micros(p.At), blob(p.Hash), r.PersonID)
		if err != nil {
			return err
		}
		if spent == 0 {
			return idp.ErrMismatch
		}
		if err := insertProof(ctx, q, r.ID, idp.SavedCode, p.At); err != nil {
			return err
		}
		return insertTrail(ctx, q, p.Trail)
	})
	if err != nil {
		return fmt.Errorf("prove saved code: %w", err)
	}
	return nil
}

// WaitForRecovery begins the waiting period of a recovery. Errors as in idp.Recoveries.
func (s *Store) WaitForRecovery(ctx context.Context, r idp.Recovery, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockPerson(ctx, q, r.PersonID); err != nil {
			return err
		}
		// One whose time is over waits no more.
		if err := lapse(ctx, q, r.PersonID, r.StartedAt); err != nil {
			return err
		}
		var waiting int
		err := q.row(ctx, `SELECT count(*) FROM recoveries WHERE person_id = $1 AND ready_at > 0 AND ended_at = 0`, r.PersonID).Scan(&waiting)
		if err != nil {
			return err
		}
		if waiting > 0 {
			return idp.ErrExists
		}
		begun, err := q.exec(ctx, `UPDATE recoveries SET ready_at = $1, expires_at = $2, cancel_hash = $3
			WHERE id = $4 AND session_id = $5 AND person_id = $6 AND ended_at = 0`,
			micros(r.ReadyAt), micros(r.ExpiresAt), blob(r.CancelHash), r.ID, r.SessionID, r.PersonID)
		if err != nil {
			return err
		}
		if begun == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("wait for recovery: %w", err)
	}
	return nil
}

// lapse ends what a person waited for too long.
func lapse(ctx context.Context, q querier, personID string, now time.Time) error {
	_, err := q.exec(ctx, `UPDATE recoveries SET ended_at = expires_at, outcome = $1
		WHERE person_id = $2 AND ready_at > 0 AND ended_at = 0 AND expires_at <= $3`, string(idp.RecoveryReplaced), personID, micros(now))
	return err
}

// WaitingRecovery returns the recovery of a person that waits or has waited, or idp.ErrNotFound.
func (s *Store) WaitingRecovery(ctx context.Context, personID string, now time.Time) (idp.Recovery, error) {
	r, err := scanRecovery(s.reads.row(ctx, `SELECT `+recoveryColumns+` FROM recoveries
		WHERE person_id = $1 AND ready_at > 0 AND ended_at = 0 AND expires_at > $2`, personID, micros(now)))
	if err != nil {
		return idp.Recovery{}, fmt.Errorf("waiting recovery: %w", err)
	}
	if r.Proofs, err = proofs(ctx, s.reads, r.ID); err != nil {
		return idp.Recovery{}, fmt.Errorf("waiting recovery: %w", err)
	}
	return r, nil
}

// CancelRecovery ends a recovery that waits. A nil hash is that of the person herself, who is signed in. Errors as in
// idp.Recoveries.
func (s *Store) CancelRecovery(ctx context.Context, id string, hash []byte, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("cancel recovery: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if _, err := q.exec(ctx, `UPDATE recoveries SET ip = ip WHERE id = $1`, id); err != nil {
			return err
		}
		r, err := scanRecovery(q.row(ctx, selectRecovery, id))
		if err != nil {
			return err
		}
		if hash != nil && subtle.ConstantTimeCompare(hash, r.CancelHash) != 1 || r.ReadyAt.IsZero() {
			return idp.ErrNotFound
		}
		if !r.EndedAt.IsZero() {
			return idp.ErrUsed
		}
		if err := endRecovery(ctx, q, id, idp.RecoveryCancelled, now); err != nil {
			return err
		}
		// What was granted and not used yet is worth nothing any more.
		_, err = q.exec(ctx, `UPDATE invitations SET revoked_at = $1 WHERE person_id = $2 AND purpose = $3 AND used_at = 0 AND revoked_at = 0`,
			micros(now), r.PersonID, string(idp.InviteRecovered))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("cancel recovery: %w", err)
	}
	return nil
}

func endRecovery(ctx context.Context, q querier, id string, outcome idp.RecoveryOutcome, now time.Time) error {
	_, err := q.exec(ctx, `UPDATE recoveries SET ended_at = $1, outcome = $2 WHERE id = $3 AND ended_at = 0`, micros(now), string(outcome), id)
	return err
}

// endRecoveries ends the recovery that an invitation is the end of, and whatever the person waited for: a waiting period that
// has run out is good for one passkey, not for the next one, too.
func endRecoveries(ctx context.Context, q querier, inv idp.Invitation, now time.Time) error {
	if inv.RecoveryID != "" {
		if err := endRecovery(ctx, q, inv.RecoveryID, idp.RecoveryDone, now); err != nil {
			return err
		}
	}
	_, err := q.exec(ctx, `UPDATE recoveries SET ended_at = $1, outcome = $2 WHERE person_id = $3 AND ready_at > 0 AND ended_at = 0`,
		micros(now), string(idp.RecoveryReplaced), inv.PersonID)
	return err
}

// waited wants the waiting period that a grant rests on to be over, and to stand. It locks it, so that a cancellation at the same
// moment comes before, and is seen, or after, and takes the grant back.
func waited(ctx context.Context, q querier, g idp.RecoveryGrant, personID string) error {
	if g.WaitedID == "" {
		return nil
	}
	stands, err := q.exec(ctx, `UPDATE recoveries SET ip = ip WHERE id = $1 AND person_id = $2 AND ended_at = 0
		AND ready_at > 0 AND ready_at <= $3 AND expires_at > $3`, g.WaitedID, personID, micros(g.At))
	if err == nil && stands == 0 {
		return fmt.Errorf("waiting period: %w", idp.ErrUsed)
	}
	return err
}

// GrantRecovery stores the right to make a passkey. Errors as in idp.Recoveries.
func (s *Store) GrantRecovery(ctx context.Context, g idp.RecoveryGrant) error {
	if g.At.IsZero() {
		return fmt.Errorf("grant recovery: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		r, err := openLockedRecovery(ctx, q, g.RecoveryID, g.SessionID, g.At)
		if err != nil {
			return err
		}
		if r.PersonID == "" || r.PersonID != g.Invitation.PersonID {
			return fmt.Errorf("the right is another person's than the recovery: %w", idp.ErrNotFound)
		}
		if err := waited(ctx, q, g, r.PersonID); err != nil {
			return err
		}
		// Asked for again, the right takes the place of the one before, and is no row more.
		_, err = q.exec(ctx, `DELETE FROM invitations WHERE person_id = $1 AND recovery_id = $2 AND used_at = 0`, r.PersonID, r.ID)
		if err != nil {
			return err
		}
		if err := invite(ctx, q, g.Invitation); err != nil {
			return err
		}
		if _, err := q.exec(ctx, `UPDATE recoveries SET granted_at = $1 WHERE id = $2`, micros(g.At), r.ID); err != nil {
			return err
		}
		// Granted again, a lost page gets another passkey to make, and no second code.
		if len(g.CodeHash) > 0 && r.GrantedAt.IsZero() {
			if err := insertRecoveryCode(ctx, q, r.PersonID, g.CodeHash, g.At); err != nil {
				return err
			}
		}
		return insertTrail(ctx, q, g.Trail)
	})
	if err != nil {
		return fmt.Errorf("grant recovery: %w", err)
	}
	return nil
}
