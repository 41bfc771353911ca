package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const codeColumns = `id, hash, client_id, redirect_uri, redirect_uri_sent, code_challenge, nonce, scopes, claims, person_id,
	session_id, sid, auth_time, amr, passkey_id, consent_id, agreed, request_id, created_at, expires_at`

// codeInto is where the columns of a code go.
func codeInto(c *idp.Code) []any {
	return []any{&c.ID, &c.Hash, &c.ClientID, &c.RedirectURI, &c.RedirectURISent, &c.CodeChallenge, &c.Nonce,
		listInto(&c.Scopes), &c.Claims, &c.PersonID, &c.SessionID, &c.Authentication.SID, timeInto(&c.Authentication.Time),
		listInto(&c.Authentication.AMR), blobInto(&c.Authentication.PasskeyID), &c.ConsentID, listInto(&c.Agreed), &c.RequestID,
		timeInto(&c.CreatedAt), timeInto(&c.ExpiresAt)}
}

func insertCode(ctx context.Context, q querier, c idp.Code) error {
	_, err := q.exec(ctx, `INSERT INTO codes (`+codeColumns+`, used_at, access_token_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, '')`,
		c.ID, blob(c.Hash), c.ClientID, c.RedirectURI, c.RedirectURISent, c.CodeChallenge, c.Nonce, list(c.Scopes),
		c.Claims, c.PersonID, c.SessionID, c.Authentication.SID, micros(c.Authentication.Time), list(c.Authentication.AMR),
		blob(c.Authentication.PasskeyID), c.ConsentID, list(c.Agreed), c.RequestID, micros(c.CreatedAt), micros(c.ExpiresAt))
	return err
}

// redeemable is when a code may be redeemed: everything about the call is right, and what it was issued under still stands.
// RFC 6749 §4.1.3: the code was issued to this client, and the redirect URI is the same; RFC 7636 §4.6: the challenge of the
// verifier equals the stored one.
const redeemable = `id = $2 AND hash = $3 AND client_id = $4
	AND (redirect_uri = $5 OR ($5 = '' AND NOT redirect_uri_sent))
	AND code_challenge = $6
	AND used_at = 0 AND expires_at > $1
	AND EXISTS (SELECT 1 FROM sessions
		WHERE sessions.id = codes.session_id AND sessions.person_id = codes.person_id
		AND sessions.expires_at > $1 AND sessions.seen_at >= $7)
	AND EXISTS (SELECT 1 FROM consents WHERE consents.id = codes.consent_id AND consents.ended_at = 0)
	AND EXISTS (SELECT 1 FROM clients WHERE clients.id = codes.client_id AND ` + clientStands + `)`

// redemptionArgs are the arguments of redeemable.
func redemptionArgs(r idp.Redemption) []any {
	return []any{micros(r.At), r.Code.ID, r.Code.Hash(), r.ClientID, r.RedirectURI, r.CodeChallenge, idleSince(r.At)}
}

// RedeemableCode returns the code that RedeemCode would redeem.
func (s *Store) RedeemableCode(ctx context.Context, r idp.Redemption) (idp.Code, error) {
	var code idp.Code
	err := s.reads.row(ctx, `SELECT `+codeColumns+` FROM codes WHERE `+redeemable, redemptionArgs(r)...).Scan(codeInto(&code)...)
	if err == nil && !r.Code.Matches(code.Hash) {
		err = idp.ErrNotFound
	}
	if err != nil {
		return idp.Code{}, fmt.Errorf("redeemable code: %w", err)
	}
	return code, nil
}

// spendCode marks a code used if it is redeemable, and returns it: the check and the change are one statement, so of any
// number of calls at once one succeeds (RFC 6749 §4.1.2: the client MUST NOT use the code more than once).
const spendCode = `UPDATE codes SET used_at = $1, access_token_id = $8 WHERE ` + redeemable + ` RETURNING ` + codeColumns

// RedeemCode marks the code used and stores the access token, filled from the code. Errors as in idp.Authorizations. A
// second use by the same client is idp.ErrUsed also after the code expired, and whatever else is wrong with the call.
func (s *Store) RedeemCode(ctx context.Context, r idp.Redemption) (idp.Code, idp.AccessToken, error) {
	if r.At.IsZero() {
		return idp.Code{}, idp.AccessToken{}, fmt.Errorf("redeem code: %w", errNoTime)
	}
	var code idp.Code
	var access idp.AccessToken
	var refusal error
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		code, access, refusal = idp.Code{}, idp.AccessToken{}, nil
		err := q.row(ctx, spendCode, append(redemptionArgs(r), r.Access.ID)...).Scan(codeInto(&code)...)
		if errors.Is(err, idp.ErrNotFound) {
			refusal, err = refuseCode(ctx, q, r) // what it revokes is committed
			return err
		}
		if err != nil {
			return err
		}
		if !r.Code.Matches(code.Hash) {
			return idp.ErrNotFound
		}
		access = bought(r.Access, code)
		if err := insertAccessToken(ctx, q, access); err != nil {
			return err
		}
		if r.Release.ID == "" {
			return errNoRelease
		}
		r.Release.At = r.At
		return insertRelease(ctx, q, inIDToken, code, r.Release)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return idp.Code{}, idp.AccessToken{}, fmt.Errorf("redeem code: %w", err)
	}
	return code, access, nil
}

// bought fills the access token from the code that buys it.
func bought(access idp.AccessToken, code idp.Code) idp.AccessToken {
	access.CodeID = code.ID
	access.ClientID = code.ClientID
	access.PersonID = code.PersonID
	access.Scopes = code.Scopes
	access.Claims = code.Claims
	access.ConsentID = code.ConsentID
	access.Agreed = code.Agreed
	access.CreatedAt = stored(access.CreatedAt)
	access.ExpiresAt = stored(access.ExpiresAt)
	access.RevokedAt = time.Time{}
	return access
}

// codeState is a code with what decides whether it may be redeemed.
type codeState struct {
	idp.Code
	usedAt        time.Time
	accessTokenID string
	inSession     bool // the session lives and is the person's
	ofClient      bool // the client is registered and not suspended
	agreed        bool // the consent stands
}

// refuseCode says why a code was not spent, and revokes what it bought when it was used before.
func refuseCode(ctx context.Context, q querier, r idp.Redemption) (refusal, err error) {
	var c codeState
	err = q.row(ctx, `SELECT `+codeColumns+`, used_at, access_token_id,
			CASE WHEN EXISTS (SELECT 1 FROM sessions
				WHERE sessions.id = codes.session_id AND sessions.person_id = codes.person_id
				AND sessions.expires_at > $2 AND sessions.seen_at >= $3) THEN 1 ELSE 0 END,
			CASE WHEN EXISTS (SELECT 1 FROM clients WHERE clients.id = codes.client_id AND `+clientStands+`) THEN 1 ELSE 0 END,
			CASE WHEN EXISTS (SELECT 1 FROM consents WHERE consents.id = codes.consent_id AND consents.ended_at = 0) THEN 1 ELSE 0 END
		FROM codes WHERE id = $1`, r.Code.ID, micros(r.At), idleSince(r.At)).
		Scan(append(codeInto(&c.Code), timeInto(&c.usedAt), &c.accessTokenID, &c.inSession, &c.ofClient, &c.agreed)...)
	if errors.Is(err, idp.ErrNotFound) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	refusal = c.refusal(r)
	if !errors.Is(refusal, idp.ErrUsed) {
		return refusal, nil
	}
	// RFC 6749 §4.1.2: a code used more than once SHOULD revoke all tokens issued on it.
	_, err = q.exec(ctx, `UPDATE access_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, micros(r.At), c.accessTokenID)
	return refusal, err
}

// refusal is why the redemption fails. Whoever does not know the secret learns nothing more than that; a replay by the
// code's own client is one even when the session is over or the verifier wrong.
func (c codeState) refusal(r idp.Redemption) error {
	if !r.Code.Matches(c.Hash) {
		return idp.ErrNotFound
	}
	if r.ClientID != c.ClientID {
		return fmt.Errorf("client: %w", idp.ErrMismatch)
	}
	if !c.usedAt.IsZero() {
		return idp.ErrUsed
	}
	if !c.inSession {
		return fmt.Errorf("session of the code: %w", idp.ErrNotFound)
	}
	if !c.ofClient {
		return fmt.Errorf("client of the code: %w", idp.ErrNotFound)
	}
	if !c.agreed {
		return fmt.Errorf("consent of the code: %w", idp.ErrNotFound)
	}
	if micros(c.ExpiresAt) <= micros(r.At) {
		return idp.ErrExpired
	}
	if r.RedirectURI != c.RedirectURI && (r.RedirectURI != "" || c.RedirectURISent) {
		return fmt.Errorf("redirect URI: %w", idp.ErrMismatch)
	}
	return fmt.Errorf("code challenge: %w", idp.ErrMismatch)
}
