package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const authRequestColumns = `id, session_id, client_id, redirect_uri, redirect_uri_sent, scopes, state, nonce,
	code_challenge, prompt, max_age, acr_values, ui_locales, login_hint, subject, claims, created_at, expires_at, answered_at`

func scanAuthRequest(row scanner) (idp.AuthRequest, error) {
	var r idp.AuthRequest
	var maxAge sql.NullInt64
	var state []byte
	err := row.Scan(&r.ID, &r.SessionID, &r.ClientID, &r.RedirectURI, &r.RedirectURISent, listInto(&r.Scopes), &state,
		&r.Nonce, &r.CodeChallenge, listInto(&r.Prompt), &maxAge, listInto(&r.ACRValues), listInto(&r.UILocales),
		&r.LoginHint, &r.Subject, &r.Claims, timeInto(&r.CreatedAt), timeInto(&r.ExpiresAt), timeInto(&r.AnsweredAt))
	r.State = string(state)
	if maxAge.Valid {
		seconds := int(maxAge.Int64)
		r.MaxAge = &seconds
	}
	return r, err
}

// CreateAuthRequest stores an authorization request.
func (s *Store) CreateAuthRequest(ctx context.Context, r idp.AuthRequest) error {
	var maxAge sql.NullInt64
	if r.MaxAge != nil {
		maxAge = sql.NullInt64{Int64: int64(*r.MaxAge), Valid: true}
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO auth_requests (`+authRequestColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			r.ID, r.SessionID, r.ClientID, r.RedirectURI, r.RedirectURISent, list(r.Scopes), []byte(r.State), r.Nonce,
			r.CodeChallenge, list(r.Prompt), maxAge, list(r.ACRValues), list(r.UILocales), r.LoginHint, r.Subject, r.Claims,
			micros(r.CreatedAt), micros(r.ExpiresAt), micros(r.AnsweredAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("create authorization request: %w", err)
	}
	return nil
}

const selectAuthRequest = `SELECT ` + authRequestColumns + ` FROM auth_requests WHERE id = $1 AND session_id = $2`

// AuthRequest returns the request if it belongs to the session, together with idp.ErrUsed or idp.ErrExpired when it can no
// longer be answered.
func (s *Store) AuthRequest(ctx context.Context, id, sessionID string, now time.Time) (idp.AuthRequest, error) {
	r, err := scanAuthRequest(s.reads.row(ctx, selectAuthRequest, id, sessionID))
	if err != nil {
		return idp.AuthRequest{}, fmt.Errorf("authorization request: %w", err)
	}
	if err := answerable(r, now); err != nil {
		return r, fmt.Errorf("authorization request: %w", err)
	}
	return r, nil
}

func answerable(r idp.AuthRequest, now time.Time) error {
	if !r.AnsweredAt.IsZero() {
		return idp.ErrUsed
	}
	if micros(r.ExpiresAt) <= micros(now) {
		return idp.ErrExpired
	}
	return nil
}

// IssueCode marks the request answered and stores the code. Errors as in idp.Authorizations.
func (s *Store) IssueCode(ctx context.Context, issue idp.Issue) error {
	if issue.At.IsZero() {
		return fmt.Errorf("issue code: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		answered, err := q.exec(ctx, `UPDATE auth_requests SET answered_at = $1
			WHERE id = $2 AND session_id = $3 AND answered_at = 0 AND expires_at > $1
			AND EXISTS (SELECT 1 FROM sessions
				WHERE sessions.id = auth_requests.session_id AND sessions.person_id = $4
				AND sessions.expires_at > $1 AND sessions.seen_at >= $5)`,
			micros(issue.At), issue.RequestID, issue.SessionID, issue.Code.PersonID, idleSince(issue.At))
		if err != nil {
			return err
		}
		if answered == 0 {
			return whyUnanswered(ctx, q, issue.RequestID, issue.SessionID, issue.At)
		}
		code := issue.Code
		code.RequestID, code.Agreed = issue.RequestID, issue.Consent.Agreed
		if code.ConsentID, err = consentOf(ctx, q, issue); err != nil {
			return err
		}
		if issue.Accepted != nil {
			if err := insertAcceptance(ctx, q, *issue.Accepted); err != nil {
				return err
			}
		}
		if err := insertCode(ctx, q, code); err != nil {
			return err
		}
		return insertTrail(ctx, q, issue.Trail)
	})
	if err != nil {
		return fmt.Errorf("issue code: %w", err)
	}
	return nil
}

// RefuseAuthRequest marks the request answered, without a code.
func (s *Store) RefuseAuthRequest(ctx context.Context, id, sessionID string, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("refuse authorization request: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		answered, err := q.exec(ctx, `UPDATE auth_requests SET answered_at = $1
			WHERE id = $2 AND session_id = $3 AND answered_at = 0 AND expires_at > $1`, micros(now), id, sessionID)
		if err != nil {
			return err
		}
		if answered == 0 {
			return whyUnanswered(ctx, q, id, sessionID, now)
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("refuse authorization request: %w", err)
	}
	return nil
}

// ExtendAuthRequest gives a request, and the browser that nobody is signed in in, until then.
func (s *Store) ExtendAuthRequest(ctx context.Context, id, sessionID string, until, now time.Time) (idp.AuthRequest, error) {
	if now.IsZero() {
		return idp.AuthRequest{}, fmt.Errorf("extend authorization request: %w", errNoTime)
	}
	var r idp.AuthRequest
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		r, err = scanAuthRequest(q.row(ctx, `UPDATE auth_requests SET expires_at = CASE WHEN expires_at > $1 THEN expires_at ELSE $1 END
			WHERE id = $2 AND session_id = $3 AND answered_at = 0 AND expires_at > $4 RETURNING `+authRequestColumns,
			micros(until), id, sessionID, micros(now)))
		if errors.Is(err, idp.ErrNotFound) {
			return whyUnanswered(ctx, q, id, sessionID, now)
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `UPDATE sessions SET expires_at = CASE WHEN expires_at > $1 THEN expires_at ELSE $1 END
			WHERE id = $2 AND person_id IS NULL AND expires_at > $3`, micros(until), sessionID, micros(now))
		return err
	})
	if err != nil {
		return idp.AuthRequest{}, fmt.Errorf("extend authorization request: %w", err)
	}
	return r, nil
}

// whyUnanswered says why a request was not marked answered.
func whyUnanswered(ctx context.Context, q querier, id, sessionID string, now time.Time) error {
	r, err := scanAuthRequest(q.row(ctx, selectAuthRequest, id, sessionID))
	if err != nil {
		return err
	}
	if err := answerable(r, now); err != nil {
		return err
	}
	return errors.Join(errors.New("the person is not signed in in this session"), idp.ErrNotFound)
}
