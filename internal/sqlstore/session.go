package sqlstore

import (
	"cmp"
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// A session lives while now is before expires_at and, when somebody is signed in, seen_at is no longer ago than
// idp.IdleLimit: in SQL, expires_at > now AND (person_id IS NULL OR seen_at >= idleSince(now)).

// idleSince is the oldest seen_at of a signed-in session that lives at now.
func idleSince(now time.Time) int64 { return micros(now.Add(-idp.IdleLimit)) }

const sessionColumns = `id, hash, data, user_agent, person_id, sid, auth_time, amr, passkey_id, created_at, seen_at, expires_at`

const selectSession = `SELECT id, hash, data, user_agent, COALESCE(person_id, ''), sid, auth_time, amr, passkey_id,
		created_at, seen_at, expires_at
	FROM sessions WHERE id = $1 AND expires_at > $2 AND (person_id IS NULL OR seen_at >= $3)`

func scanSession(row scanner) (idp.Session, error) {
	var s idp.Session
	var a idp.Authentication
	err := row.Scan(&s.ID, &s.Hash, blobInto(&s.Values), &s.UserAgent, &s.PersonID, &a.SID, timeInto(&a.Time),
		listInto(&a.AMR), blobInto(&a.PasskeyID), timeInto(&s.CreatedAt), timeInto(&s.SeenAt), timeInto(&s.ExpiresAt))
	if s.PersonID != "" {
		s.Authentication = &a
	}
	return s, err
}

// CreateSession stores a browser's session.
func (s *Store) CreateSession(ctx context.Context, in idp.Session) error {
	var a idp.Authentication
	if in.Authentication != nil {
		a = *in.Authentication
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO sessions (`+sessionColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			in.ID, blob(in.Hash), blob(in.Values), printable(in.UserAgent), nullable(in.PersonID), a.SID, micros(a.Time),
			list(a.AMR), blob(a.PasskeyID), micros(in.CreatedAt), micros(in.SeenAt), micros(in.ExpiresAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	return nil
}

// Session returns idp.ErrNotFound when there is none that lives at now. The caller compares the hash.
func (s *Store) Session(ctx context.Context, id string, now time.Time) (idp.Session, error) {
	session, err := scanSession(s.reads.row(ctx, selectSession, id, micros(now), idleSince(now)))
	if err != nil {
		return idp.Session{}, fmt.Errorf("session: %w", err)
	}
	return session, nil
}

// TouchSession writes SeenAt, which never goes back, and Values. A session that is over at seenAt is idp.ErrNotFound: a
// touch that was under way must not wake it.
func (s *Store) TouchSession(ctx context.Context, id string, values []byte, seenAt time.Time) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		found, err := q.exec(ctx, `UPDATE sessions SET data = $1, seen_at = CASE WHEN seen_at > $2 THEN seen_at ELSE $2 END
			WHERE id = $3 AND expires_at > $2 AND (person_id IS NULL OR seen_at >= $4)`,
			blob(values), micros(seenAt), id, idleSince(seenAt))
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// SignInSession puts the person into the session, changes its hash, records the use of the passkey and of the browser, and
// stores what the sign-in leaves behind. idp.ErrNotFound:
// the session is over, its hash is not OldHash, the passkey is not the person's, or she is not active.
func (s *Store) SignInSession(ctx context.Context, in idp.SignIn) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		session, err := scanSession(q.row(ctx, selectSession, in.SessionID, micros(in.At), idleSince(in.At)))
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare(session.Hash, in.OldHash) != 1 {
			return idp.ErrNotFound
		}
		// The old hash once more, against another sign-in since: of two with one cookie, the second finds it changed.
		found, err := q.exec(ctx, `UPDATE sessions
			SET hash = $1, person_id = $2, sid = $3, auth_time = $4, amr = $5, passkey_id = $6, seen_at = $7, expires_at = $8
			WHERE id = $9 AND hash = $10
			AND EXISTS (SELECT 1 FROM persons WHERE persons.id = $2 AND persons.account_state = 'active')`,
			blob(in.NewHash), in.PersonID, in.Authentication.SID, micros(in.Authentication.Time), list(in.Authentication.AMR),
			blob(in.Authentication.PasskeyID), micros(in.At), micros(in.ExpiresAt), in.SessionID, blob(in.OldHash))
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		if err := usePasskey(ctx, q, in.PersonID, in.Passkey); err != nil {
			return err
		}
		if err := useBrowser(ctx, q, in.Browser, in.PersonID, in.Passkey.PasskeyID, in.At); err != nil {
			return err
		}
		return insertTrail(ctx, q, in.Trail)
	})
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// LapseSession makes a session that is over one in which nobody is signed in, if authorization requests wait in it.
func (s *Store) LapseSession(ctx context.Context, cookie idp.Token, idle time.Duration, until, now time.Time) (idp.Session, error) {
	if now.IsZero() {
		return idp.Session{}, fmt.Errorf("lapse session: %w", errNoTime)
	}
	args := []any{cookie.ID, cookie.Hash(), micros(now), micros(now.Add(-idle))}
	// Looked up first: anybody may come with any cookie, and a write would be too much for that.
	var waiting int64
	if err := s.reads.row(ctx, `SELECT COUNT(*) FROM sessions WHERE `+lapsed, args...).Scan(&waiting); err != nil || waiting == 0 {
		return idp.Session{}, fmt.Errorf("lapse session: %w", cmp.Or(err, idp.ErrNotFound))
	}
	var session idp.Session
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		found, err := q.exec(ctx, `UPDATE sessions
			SET person_id = NULL, sid = '', auth_time = 0, amr = '[]', passkey_id = $5, data = $5, expires_at = $6
			WHERE `+lapsed, append(args, blob(nil), micros(until))...)
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		session, err = scanSession(q.row(ctx, selectSession, cookie.ID, micros(now), idleSince(now)))
		if err == nil && !cookie.Matches(session.Hash) {
			return idp.ErrNotFound
		}
		return err
	})
	if err != nil {
		return idp.Session{}, fmt.Errorf("lapse session: %w", err)
	}
	return session, nil
}

// lapsed is a session that is over, with a request that waits in it.
const lapsed = `id = $1 AND hash = $2 AND (expires_at <= $3 OR person_id IS NOT NULL AND seen_at < $4)
	AND EXISTS (SELECT 1 FROM auth_requests WHERE auth_requests.session_id = sessions.id AND answered_at = 0)`

// EndSession deletes the session, its ceremonies (by their foreign key) and its unanswered authorization requests.
func (s *Store) EndSession(ctx context.Context, id string) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if _, err := q.exec(ctx, `DELETE FROM sessions WHERE id = $1`, id); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM auth_requests WHERE session_id = $1 AND answered_at = 0`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
