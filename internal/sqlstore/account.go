package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// SessionsOf returns the browsers that a person is signed in in, the one that was seen last first.
func (s *Store) SessionsOf(ctx context.Context, personID string, now time.Time) ([]idp.Session, error) {
	rows, err := s.reads.query(ctx, `SELECT id, hash, data, user_agent, COALESCE(person_id, ''), sid, auth_time, amr, passkey_id,
			created_at, seen_at, expires_at
		FROM sessions WHERE person_id = $1 AND expires_at > $2 AND seen_at >= $3 ORDER BY seen_at DESC, id DESC`,
		personID, micros(now), idleSince(now))
	sessions, err := collect(rows, err, scanSession)
	if err != nil {
		return nil, fmt.Errorf("sessions of a person: %w", err)
	}
	return sessions, nil
}

// EndSessionOf ends a session of a person's, and what came of it.
func (s *Store) EndSessionOf(ctx context.Context, personID, sessionID string, now time.Time, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		ended, err := endSessions(ctx, q, `person_id = $1 AND id = $2`, personID, sessionID, now)
		if err != nil {
			return err
		}
		if ended == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("end session of a person: %w", err)
	}
	return nil
}

// EndOtherSessions ends every session of a person's but one.
func (s *Store) EndOtherSessions(ctx context.Context, personID, keep string, now time.Time, trail idp.Trail) (int64, error) {
	var ended int64
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		ended, err = endSessions(ctx, q, `person_id = $1 AND id <> $2`, personID, keep, now)
		if err != nil || ended == 0 {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return 0, fmt.Errorf("end other sessions: %w", err)
	}
	return ended, nil
}

// endSessions deletes the sessions that the condition selects by $1 and $2, with their ceremonies (by their foreign key) and their
// unanswered requests. Codes die with their session; what they have bought already is revoked here.
func endSessions(ctx context.Context, q querier, condition, personID, sessionID string, now time.Time) (int64, error) {
	chosen := `SELECT id FROM sessions WHERE ` + condition
	_, err := q.exec(ctx, `UPDATE access_tokens SET revoked_at = $3 WHERE revoked_at = 0 AND id IN (
		SELECT access_token_id FROM codes WHERE used_at <> 0 AND session_id IN (`+chosen+`))`, personID, sessionID, micros(now))
	if err != nil {
		return 0, err
	}
	_, err = q.exec(ctx, `DELETE FROM auth_requests WHERE answered_at = 0 AND session_id IN (`+chosen+`)`, personID, sessionID)
	if err != nil {
		return 0, err
	}
	return q.exec(ctx, `DELETE FROM sessions WHERE `+condition, personID, sessionID)
}

// AskToClose begins the waiting period of an account.
func (s *Store) AskToClose(ctx context.Context, c idp.Closing, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		var active int64
		err := q.row(ctx, `SELECT COUNT(*) FROM persons WHERE id = $1 AND account_state = 'active'`, c.PersonID).Scan(&active)
		if err != nil {
			return err
		}
		if active == 0 {
			return idp.ErrNotFound
		}
		added, err := q.exec(ctx, `INSERT INTO closings (person_id, asked_at, due_at) VALUES ($1, $2, $3) ON CONFLICT (person_id) DO NOTHING`,
			c.PersonID, micros(c.AskedAt), micros(c.DueAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return idp.ErrExists
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("ask to close an account: %w", err)
	}
	return nil
}

// KeepAccount ends the waiting period.
func (s *Store) KeepAccount(ctx context.Context, personID string, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		ended, err := q.exec(ctx, `DELETE FROM closings WHERE person_id = $1`, personID)
		if err != nil {
			return err
		}
		if ended == 0 {
			return idp.ErrNotFound
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("keep an account: %w", err)
	}
	return nil
}

func scanClosing(row scanner) (idp.Closing, error) {
	var c idp.Closing
	err := row.Scan(&c.PersonID, timeInto(&c.AskedAt), timeInto(&c.DueAt))
	return c, err
}

// Closing returns idp.ErrNotFound when nobody asked to close the account.
func (s *Store) Closing(ctx context.Context, personID string) (idp.Closing, error) {
	c, err := scanClosing(s.reads.row(ctx, `SELECT person_id, asked_at, due_at FROM closings WHERE person_id = $1`, personID))
	if err != nil {
		return idp.Closing{}, fmt.Errorf("closing: %w", err)
	}
	return c, nil
}

// DueClosings returns those whose waiting period is over, behind after.
func (s *Store) DueClosings(ctx context.Context, now time.Time, after idp.Closing, limit int) ([]idp.Closing, error) {
	rows, err := s.reads.query(ctx, `SELECT person_id, asked_at, due_at FROM closings WHERE due_at <= $1 AND (due_at, person_id) > ($2, $3)
		ORDER BY due_at, person_id LIMIT $4`, micros(now), micros(after.DueAt), after.PersonID, limit)
	due, err := collect(rows, err, scanClosing)
	if err != nil {
		return nil, fmt.Errorf("due closings: %w", err)
	}
	return due, nil
}

// CloseAccount changes a person who asked to be closed and whose waiting period is over.
func (s *Store) CloseAccount(ctx context.Context, p idp.Person, now time.Time, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		due, err := q.exec(ctx, `DELETE FROM closings WHERE person_id = $1 AND due_at <= $2`, p.ID, micros(now))
		if err != nil {
			return err
		}
		if due == 0 {
			return idp.ErrNotFound
		}
		if err := changePerson(ctx, q, p); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("close account: %w", err)
	}
	return nil
}

// endAccount takes away what an account that is over has no use for. The record stays as the tombstone that it is now. A merged one
// keeps its passkeys: they open nothing, and tell an administrator what there was.
func endAccount(ctx context.Context, q querier, p idp.Person) error {
	if p.State == idp.PersonSuspended {
		return nil
	}
	if _, err := q.exec(ctx, `DELETE FROM closings WHERE person_id = $1`, p.ID); err != nil {
		return err
	}
	if p.State != idp.PersonClosed {
		return nil
	}
	for _, query := range []string{
		`DELETE FROM passkeys WHERE person_id = $1`,
		`DELETE FROM recovery_codes WHERE person_id = $1`,
		`DELETE FROM confirmed_contacts WHERE person_id = $1`,
	} {
		if _, err := q.exec(ctx, query, p.ID); err != nil {
			return err
		}
	}
	_, err := q.exec(ctx, `UPDATE consents SET ended_at = $2 WHERE person_id = $1 AND ended_at = 0`, p.ID, micros(p.UpdatedAt))
	return err
}

// ChangePersonTelling is ChangePerson with messages.
func (s *Store) ChangePersonTelling(ctx context.Context, p idp.Person, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := changePerson(ctx, q, p); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("change person: %w", err)
	}
	return nil
}
