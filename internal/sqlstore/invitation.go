package sqlstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const invitationColumns = `id, hash, person_id, created_at, expires_at, used_at, revoked_at`

func scanInvitation(row scanner) (idp.Invitation, error) {
	var inv idp.Invitation
	err := row.Scan(&inv.ID, &inv.Hash, &inv.PersonID, timeInto(&inv.CreatedAt), timeInto(&inv.ExpiresAt),
		timeInto(&inv.UsedAt), timeInto(&inv.RevokedAt))
	return inv, err
}

func insertInvitation(ctx context.Context, q querier, inv idp.Invitation) error {
	_, err := q.exec(ctx, `INSERT INTO invitations (`+invitationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		inv.ID, blob(inv.Hash), inv.PersonID, micros(inv.CreatedAt), micros(inv.ExpiresAt), micros(inv.UsedAt), micros(inv.RevokedAt))
	return err
}

// Invite makes inv the only open invitation of its person. It returns idp.ErrNotFound when there is no such person,
// or she is not active.
func (s *Store) Invite(ctx context.Context, inv idp.Invitation) error {
	if inv.CreatedAt.IsZero() {
		return fmt.Errorf("invite: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		// Locks the person, so that two invitations at once follow each other; an UPDATE does it on both engines.
		found, err := q.exec(ctx, `UPDATE persons SET role = role WHERE id = $1 AND account_state = 'active'`, inv.PersonID)
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		_, err = q.exec(ctx, `UPDATE invitations SET revoked_at = $1 WHERE person_id = $2 AND used_at = 0 AND revoked_at = 0`,
			micros(inv.CreatedAt), inv.PersonID)
		if err != nil {
			return err
		}
		return insertInvitation(ctx, q, inv)
	})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

const selectInvitation = `SELECT ` + invitationColumns + ` FROM invitations WHERE id = $1`

// Invitation returns the invitation whatever its state, or idp.ErrNotFound.
func (s *Store) Invitation(ctx context.Context, id string) (idp.Invitation, error) {
	inv, err := scanInvitation(s.reads.row(ctx, selectInvitation, id))
	if err != nil {
		return idp.Invitation{}, fmt.Errorf("invitation: %w", err)
	}
	return inv, nil
}

// EnrolPasskey spends the invitation and stores the passkey and the declaration. Errors as in idp.People; a passkey that
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
		if subtle.ConstantTimeCompare(inv.Hash, e.InvitationHash) != 1 {
			return idp.ErrNotFound
		}
		if e.Passkey.PersonID != inv.PersonID {
			return fmt.Errorf("the passkey is of another person than the invitation: %w", idp.ErrNotFound)
		}
		if err := spendInvitation(ctx, q, e.InvitationID, e.At); err != nil {
			return err
		}
		if err := insertPasskey(ctx, q, e.Passkey); err != nil {
			return err
		}
		return insertDeclaration(ctx, q, e)
	})
	if err != nil {
		return fmt.Errorf("enrol passkey: %w", err)
	}
	return nil
}

// spendInvitation marks an open invitation used; of any number of calls, one does.
func spendInvitation(ctx context.Context, q querier, id string, at time.Time) error {
	spent, err := q.exec(ctx, `UPDATE invitations SET used_at = $1
		WHERE id = $2 AND used_at = 0 AND revoked_at = 0 AND expires_at > $1`, micros(at), id)
	if err != nil || spent == 1 {
		return err
	}
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
