package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const passkeyColumns = `id, person_id, name, aaguid, sign_count, backup_eligible, backup_state, transports, credential,
	created_at, last_used_at`

func scanPasskey(row scanner) (idp.Passkey, error) {
	var k idp.Passkey
	err := row.Scan(&k.ID, &k.PersonID, &k.Name, &k.AAGUID, &k.SignCount, &k.BackupEligible, &k.BackupState,
		listInto(&k.Transports), blobInto(&k.Credential), timeInto(&k.CreatedAt), timeInto(&k.LastUsedAt))
	return k, err
}

// insertPasskey returns idp.ErrExists when the credential id is stored already, for whomever.
func insertPasskey(ctx context.Context, q querier, k idp.Passkey) error {
	stored, err := q.exec(ctx, `INSERT INTO passkeys (`+passkeyColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING`,
		blob(k.ID), k.PersonID, printable(k.Name), k.AAGUID, int64(k.SignCount), k.BackupEligible, k.BackupState,
		list(k.Transports), blob(k.Credential), micros(k.CreatedAt), micros(k.LastUsedAt))
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
		SET sign_count = $1, backup_eligible = $2, backup_state = $3, credential = $4, last_used_at = $5
		WHERE id = $6 AND person_id = $7`,
		int64(use.SignCount), use.BackupEligible, use.BackupState, blob(use.Credential), micros(use.At), blob(use.PasskeyID), personID)
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
