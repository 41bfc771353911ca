package sqlstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const invitationColumns = `id, hash, person_id, purpose, code_index, companion_hash, asks_birthdate, missed, session_id, opened_hash,
	recovery_id, request_id, created_by, created_at, expires_at, used_at, revoked_at, revoked_by`

func scanInvitation(row scanner) (idp.Invitation, error) {
	var inv idp.Invitation
	err := row.Scan(&inv.ID, &inv.Hash, &inv.PersonID, &inv.Purpose, blobInto(&inv.CodeIndex), blobInto(&inv.CompanionHash),
		&inv.AsksBirthdate, &inv.Missed, &inv.SessionID, blobInto(&inv.OpenedHash), &inv.RecoveryID, &inv.RequestID, &inv.CreatedBy,
		timeInto(&inv.CreatedAt), timeInto(&inv.ExpiresAt), timeInto(&inv.UsedAt), timeInto(&inv.RevokedAt), &inv.RevokedBy)
	return inv, err
}

// insertInvitation returns idp.ErrExists when the code is another's, too.
func insertInvitation(ctx context.Context, q querier, inv idp.Invitation) error {
	if inv.Purpose == "" {
		inv.Purpose = idp.InviteFirst
	}
	var index []byte // NULL, of which a unique index allows many
	if len(inv.CodeIndex) > 0 {
		index = inv.CodeIndex
		var taken int
		if err := q.row(ctx, `SELECT count(*) FROM invitations WHERE code_index = $1`, index).Scan(&taken); err != nil {
			return err
		}
		if taken > 0 {
			return idp.ErrExists
		}
	}
	_, err := q.exec(ctx, `INSERT INTO invitations (`+invitationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		inv.ID, blob(inv.Hash), inv.PersonID, string(inv.Purpose), index, blob(inv.CompanionHash), inv.AsksBirthdate, inv.Missed,
		inv.SessionID, blob(inv.OpenedHash), inv.RecoveryID, inv.RequestID, printable(inv.CreatedBy), micros(inv.CreatedAt),
		micros(inv.ExpiresAt), micros(inv.UsedAt), micros(inv.RevokedAt), printable(inv.RevokedBy))
	return err
}

// Invite makes inv the only open invitation of its person. Errors as in idp.Invitations.
func (s *Store) Invite(ctx context.Context, inv idp.Invitation, trail idp.Trail) error {
	if inv.CreatedAt.IsZero() {
		return fmt.Errorf("invite: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := invite(ctx, q, inv); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// invite locks the person, so that two invitations at once follow each other.
func invite(ctx context.Context, q querier, inv idp.Invitation) error {
	if err := lockPerson(ctx, q, inv.PersonID); err != nil {
		return err
	}
	_, err := q.exec(ctx, `UPDATE invitations SET revoked_at = $1 WHERE person_id = $2 AND used_at = 0 AND revoked_at = 0`,
		micros(inv.CreatedAt), inv.PersonID)
	if err != nil {
		return err
	}
	return insertInvitation(ctx, q, inv)
}

const (
	selectInvitation       = `SELECT ` + invitationColumns + ` FROM invitations WHERE id = $1`
	selectInvitationByCode = `SELECT ` + invitationColumns + ` FROM invitations WHERE code_index = $1`
)

// Invitation returns the invitation whatever its state, or idp.ErrNotFound.
func (s *Store) Invitation(ctx context.Context, id string) (idp.Invitation, error) {
	inv, err := scanInvitation(s.reads.row(ctx, selectInvitation, id))
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation: %w", err)
	}
	return inv, nil
}

// InvitationByCode returns the invitation with this index of its code, whatever its state, or idp.ErrNotFound.
func (s *Store) InvitationByCode(ctx context.Context, index []byte) (idp.Invitation, error) {
	inv, err := scanInvitation(s.reads.row(ctx, selectInvitationByCode, index))
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation by code: %w", err)
	}
	return inv, nil
}

// Invitations returns those of a person, the newest first.
func (s *Store) Invitations(ctx context.Context, personID string) ([]idp.Invitation, error) {
	rows, err := s.reads.query(ctx, `SELECT `+invitationColumns+` FROM invitations WHERE person_id = $1 ORDER BY id DESC`, personID)
	all, err := collect(rows, err, scanInvitation)
	if err != nil {
		return nil, fmt.Errorf("invitations: %w", err)
	}
	return all, nil
}

// RevokeInvitation ends the open invitation of a person, or returns idp.ErrNotFound.
func (s *Store) RevokeInvitation(ctx context.Context, personID, by string, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("revoke invitation: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		ended, err := q.exec(ctx, `UPDATE invitations SET revoked_at = $1, revoked_by = $2
			WHERE person_id = $3 AND used_at = 0 AND revoked_at = 0 AND expires_at > $1`, micros(now), printable(by), personID)
		if err != nil {
			return err
		}
		if ended == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return nil
}

// tooManyMisses is who ended an invitation by guessing.
const tooManyMisses = "too many wrong answers"

// MissInvitation counts a wrong answer. Errors as in idp.Invitations.
func (s *Store) MissInvitation(ctx context.Context, id string, now time.Time, trail idp.Trail) (missed int, err error) {
	if now.IsZero() {
		return 0, fmt.Errorf("miss invitation: %w", errNoTime)
	}
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		err := q.row(ctx, `UPDATE invitations SET missed = missed + 1 WHERE id = $1 AND used_at = 0 AND revoked_at = 0 RETURNING missed`, id).Scan(&missed)
		if err != nil || missed < idp.MaxMissed {
			return err
		}
		_, err = q.exec(ctx, `UPDATE invitations SET revoked_at = $1, revoked_by = $2 WHERE id = $3`, micros(now), tooManyMisses, id)
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return 0, fmt.Errorf("miss invitation: %w", err)
	}
	return missed, nil
}

// OpenInvitation makes an invitation one of the browser's. Errors as in idp.Invitations.
func (s *Store) OpenInvitation(ctx context.Context, o idp.InvitationOpening) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		opened, err := q.exec(ctx, `UPDATE invitations SET session_id = $1, opened_hash = $2
			WHERE id = $3 AND used_at = 0 AND revoked_at = 0 AND expires_at > $4`, o.SessionID, blob(o.Hash), o.ID, micros(o.At))
		if err != nil || opened == 1 {
			return err
		}
		return closedInvitation(ctx, q, o.ID)
	})
	if err != nil {
		return fmt.Errorf("open invitation: %w", err)
	}
	return nil
}

// EnrolPasskey spends the invitation and stores the passkey and the declaration. Errors as in idp.Invitations; a passkey that
// names another person than the invitation is idp.ErrNotFound.
func (s *Store) EnrolPasskey(ctx context.Context, e idp.Enrolment) error {
	if e.At.IsZero() {
		return fmt.Errorf("enrol passkey: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		inv, err := scanInvitation(q.row(ctx, selectInvitation, e.InvitationID))
		if err != nil {
			return err
		}
		if err := admits(inv, e); err != nil {
			return err
		}
		if err := spendInvitation(ctx, q, e.InvitationID, e.At); err != nil {
			return err
		}
		if e.RemoveOthers {
			if err := removePasskeys(ctx, q, inv.PersonID); err != nil {
				return err
			}
		}
		if err := insertPasskey(ctx, q, e.Passkey); err != nil {
			return err
		}
		if err := endRecoveries(ctx, q, inv, e.At); err != nil {
			return err
		}
		if err := insertDeclaration(ctx, q, e); err != nil {
			return err
		}
		return insertTrail(ctx, q, e.Trail)
	})
	if err != nil {
		return fmt.Errorf("enrol passkey: %w", err)
	}
	return nil
}

// admits compares what came with the invitation.
func admits(inv idp.Invitation, e idp.Enrolment) error {
	link := subtle.ConstantTimeCompare(inv.Hash, e.InvitationHash)
	if len(inv.OpenedHash) > 0 {
		link |= subtle.ConstantTimeCompare(inv.OpenedHash, e.InvitationHash)
	}
	switch {
	case link != 1:
		return idp.ErrNotFound
	case inv.Locked(e.SessionID):
		return fmt.Errorf("the invitation was not opened in this browser: %w", idp.ErrNotFound)
	case e.Passkey.PersonID != inv.PersonID:
		return fmt.Errorf("the passkey is of another person than the invitation: %w", idp.ErrNotFound)
	}
	return nil
}

// removePasskeys deletes all that a person has, and signs her out everywhere.
func removePasskeys(ctx context.Context, q querier, personID string) error {
	if _, err := q.exec(ctx, `DELETE FROM passkeys WHERE person_id = $1`, personID); err != nil {
		return err
	}
	_, err := q.exec(ctx, `DELETE FROM sessions WHERE person_id = $1`, personID)
	return err
}

// spendInvitation marks an open invitation used; of any number of calls, one does.
func spendInvitation(ctx context.Context, q querier, id string, at time.Time) error {
	spent, err := q.exec(ctx, `UPDATE invitations SET used_at = $1
		WHERE id = $2 AND used_at = 0 AND revoked_at = 0 AND expires_at > $1`, micros(at), id)
	if err != nil || spent == 1 {
		return err
	}
	return closedInvitation(ctx, q, id)
}

// closedInvitation says why an invitation is not open.
func closedInvitation(ctx context.Context, q querier, id string) error {
	inv, err := scanInvitation(q.row(ctx, selectInvitation, id))
	if err != nil {
		return err
	}
	if !inv.UsedAt.IsZero() || !inv.RevokedAt.IsZero() {
		return idp.ErrUsed
	}
	return idp.ErrExpired
}

func insertDeclaration(ctx context.Context, q querier, e idp.Enrolment) error {
	_, err := q.exec(ctx, `INSERT INTO declarations (invitation_id, person_id, passkey_id, text_version, locale, ip, signed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.InvitationID, e.Passkey.PersonID, blob(e.Passkey.ID), e.Declaration.TextVersion, printable(e.Declaration.Locale),
		e.Declaration.IP, micros(e.Declaration.SignedAt))
	return err
}
