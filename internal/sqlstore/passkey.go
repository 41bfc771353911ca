package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const passkeyColumns = `id, person_id, name, aaguid, sign_count, backup_eligible, backup_state, transports, credential,
	created_at, last_used_at, last_used_on`

func scanPasskey(row scanner) (idp.Passkey, error) {
	var k idp.Passkey
	err := row.Scan(&k.ID, &k.PersonID, &k.Name, &k.AAGUID, &k.SignCount, &k.BackupEligible, &k.BackupState,
		listInto(&k.Transports), blobInto(&k.Credential), timeInto(&k.CreatedAt), timeInto(&k.LastUsedAt), &k.LastUsedOn)
	return k, err
}

// insertPasskey returns idp.ErrExists when the credential id is stored already, for whomever.
func insertPasskey(ctx context.Context, q querier, k idp.Passkey) error {
	stored, err := q.exec(ctx, `INSERT INTO passkeys (`+passkeyColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
		blob(k.ID), k.PersonID, printable(k.Name), k.AAGUID, int64(k.SignCount), k.BackupEligible, k.BackupState,
		list(k.Transports), blob(k.Credential), micros(k.CreatedAt), micros(k.LastUsedAt), string(k.LastUsedOn))
	if err != nil {
		return err
	}
	if stored == 0 {
		return idp.ErrExists
	}
	return nil
}

// usePasskey records a sign-in with the person's passkey, or returns idp.ErrNotFound.
func usePasskey(ctx context.Context, q querier, personID string, use idp.PasskeyUse) error {
	found, err := q.exec(ctx, `UPDATE passkeys
		SET sign_count = $1, backup_eligible = $2, backup_state = $3, credential = $4, last_used_at = $5, last_used_on = $6
		WHERE id = $7 AND person_id = $8`,
		int64(use.SignCount), use.BackupEligible, use.BackupState, blob(use.Credential), micros(use.At), string(use.On),
		blob(use.PasskeyID), personID)
	if err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("passkey of the person: %w", idp.ErrNotFound)
	}
	return nil
}

// Passkeys returns a person's passkeys, oldest first.
func (s *Store) Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error) {
	rows, err := s.reads.query(ctx, `SELECT `+passkeyColumns+` FROM passkeys WHERE person_id = $1 ORDER BY created_at, id`, personID)
	keys, err := collect(rows, err, scanPasskey)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return keys, nil
}

// Passkey returns the passkey with a credential id, or idp.ErrNotFound.
func (s *Store) Passkey(ctx context.Context, id []byte) (idp.Passkey, error) {
	k, err := scanPasskey(s.reads.row(ctx, `SELECT `+passkeyColumns+` FROM passkeys WHERE id = $1`, blob(id)))
	if err != nil {
		return idp.Passkey{}, fmt.Errorf("passkey: %w", err)
	}
	return k, nil
}

// AddPasskey stores one more passkey of an active person. Errors as in idp.Passkeys.
func (s *Store) AddPasskey(ctx context.Context, k idp.NewPasskey, trail idp.Trail) error {
	if k.CreatedAt.IsZero() {
		return fmt.Errorf("add passkey: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockPerson(ctx, q, k.PersonID); err != nil {
			return err
		}
		var have int
		if err := q.row(ctx, `SELECT COUNT(*) FROM passkeys WHERE person_id = $1`, k.PersonID).Scan(&have); err != nil {
			return err
		}
		if have >= idp.MaxPasskeys {
			return idp.ErrTooMany
		}
		if err := insertPasskey(ctx, q, k.Passkey); err != nil {
			return err
		}
		if err := useBrowser(ctx, q, k.Browser, k.PersonID, k.ID, k.CreatedAt); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("add passkey: %w", err)
	}
	return nil
}

// lockPerson makes what changes the ways into the account of an active person follow one another; an UPDATE does it on both
// engines.
func lockPerson(ctx context.Context, q querier, personID string) error {
	found, err := q.exec(ctx, `UPDATE persons SET role = role WHERE id = $1 AND account_state = 'active'`, personID)
	if err != nil {
		return err
	}
	if found == 0 {
		return fmt.Errorf("active person: %w", idp.ErrNotFound)
	}
	return nil
}

// RenamePasskey changes the name of a person's passkey, or returns idp.ErrNotFound.
func (s *Store) RenamePasskey(ctx context.Context, personID string, id []byte, name string, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		found, err := q.exec(ctx, `UPDATE passkeys SET name = $1 WHERE id = $2 AND person_id = $3`, printable(name), blob(id), personID)
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("rename passkey: %w", err)
	}
	return nil
}

// RemovePasskey deletes a passkey and ends the sessions that were begun with it. Errors as in idp.Passkeys.
func (s *Store) RemovePasskey(ctx context.Context, r idp.PasskeyRemoval, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := lockPerson(ctx, q, r.PersonID); err != nil {
			return err
		}
		if err := deletePasskey(ctx, q, r); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM sessions WHERE person_id = $1 AND passkey_id = $2 AND id <> $3`,
			r.PersonID, blob(r.PasskeyID), r.SessionID)
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("remove passkey: %w", err)
	}
	return nil
}

// deletePasskey leaves the last passkey of a person who has no other way to sign in.
func deletePasskey(ctx context.Context, q querier, r idp.PasskeyRemoval) error {
	deleted, err := q.exec(ctx, `DELETE FROM passkeys WHERE id = $1 AND person_id = $2
		AND (EXISTS (SELECT 1 FROM passkeys AS others WHERE others.person_id = $2 AND others.id <> $1)
			OR EXISTS (SELECT 1 FROM recovery_codes WHERE recovery_codes.person_id = $2 AND used_at = 0))`,
		blob(r.PasskeyID), r.PersonID)
	if err != nil || deleted == 1 {
		return err
	}
	k, err := scanPasskey(q.row(ctx, `SELECT `+passkeyColumns+` FROM passkeys WHERE id = $1`, blob(r.PasskeyID)))
	if err != nil {
		return err
	}
	if k.PersonID != r.PersonID {
		return idp.ErrNotFound
	}
	return idp.ErrLastPasskey
}

// RefuseSignIn adds the event unless most of its kind about its person came since, and reports whether it did.
func (s *Store) RefuseSignIn(ctx context.Context, e idp.AuditEvent, since time.Time, most int) (added bool, err error) {
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		var have int
		err := q.row(ctx, `SELECT COUNT(*) FROM audit WHERE person_id = $1 AND action = $2 AND at >= $3`,
			e.PersonID, e.Action, micros(since)).Scan(&have)
		if err != nil {
			return err
		}
		if added = have < most; !added {
			return nil
		}
		return insertAudit(ctx, q, []idp.AuditEvent{e})
	})
	if err != nil {
		return false, fmt.Errorf("refuse sign-in: %w", err)
	}
	return added, nil
}
