package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const accessTokenColumns = `id, hash, code_id, client_id, person_id, scopes, claims, consent_id, agreed, created_at, expires_at, revoked_at`

func scanAccessToken(row scanner) (idp.AccessToken, error) {
	var t idp.AccessToken
	err := row.Scan(&t.ID, &t.Hash, &t.CodeID, &t.ClientID, &t.PersonID, listInto(&t.Scopes), &t.Claims, &t.ConsentID,
		listInto(&t.Agreed), timeInto(&t.CreatedAt), timeInto(&t.ExpiresAt), timeInto(&t.RevokedAt))
	return t, err
}

func insertAccessToken(ctx context.Context, q querier, t idp.AccessToken) error {
	_, err := q.exec(ctx, `INSERT INTO access_tokens (`+accessTokenColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		t.ID, blob(t.Hash), t.CodeID, t.ClientID, t.PersonID, list(t.Scopes), t.Claims, t.ConsentID, list(t.Agreed),
		micros(t.CreatedAt), micros(t.ExpiresAt), micros(t.RevokedAt))
	return err
}

const selectAccessToken = `SELECT ` + accessTokenColumns + ` FROM access_tokens
	WHERE id = $1 AND expires_at > $2 AND revoked_at = 0
	AND EXISTS (SELECT 1 FROM consents WHERE consents.id = access_tokens.consent_id AND consents.ended_at = 0)
	AND EXISTS (SELECT 1 FROM clients WHERE clients.id = access_tokens.client_id AND ` + clientStands + `)`

// AccessToken returns idp.ErrNotFound when there is none, it is expired or revoked, its consent is ended, or its client is
// cancelled.
func (s *Store) AccessToken(ctx context.Context, id string, now time.Time) (idp.AccessToken, error) {
	t, err := scanAccessToken(s.reads.row(ctx, selectAccessToken, id, micros(now)))
	if err != nil {
		return idp.AccessToken{}, fmt.Errorf("access token: %w", err)
	}
	return t, nil
}
