package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const messageColumns = `id, person_id, channel, recipient, kind, language, sealed, created_at, expires_at, tries, next_at,
	sent_at, gave_up_at, failure`

func scanMessage(row scanner) (idp.Message, error) {
	var m idp.Message
	err := row.Scan(&m.ID, &m.PersonID, &m.Channel, &m.To, &m.Kind, &m.Language, blobInto(&m.Sealed), timeInto(&m.CreatedAt),
		timeInto(&m.ExpiresAt), &m.Tries, timeInto(&m.NextAt), timeInto(&m.SentAt), timeInto(&m.GaveUpAt), &m.Failure)
	return m, err
}

// insertTrail stores what a change leaves behind, in the change's own transaction.
func insertTrail(ctx context.Context, q querier, trail idp.Trail) error {
	for _, m := range trail.Messages {
		m, err := bounded(ctx, q, m)
		if err != nil {
			return fmt.Errorf("message: %w", err)
		}
		_, err = q.exec(ctx, `INSERT INTO messages (`+messageColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			m.ID, m.PersonID, string(m.Channel), m.To, string(m.Kind), m.Language, blob(m.Sealed), micros(m.CreatedAt),
			micros(m.ExpiresAt), m.Tries, micros(m.NextAt), micros(m.SentAt), micros(m.GaveUpAt), m.Failure)
		if err != nil {
			return fmt.Errorf("message: %w", err)
		}
	}
	if n, ok := q.(noting); ok && len(trail.Messages) > 0 {
		*n.messages = true
	}
	return insertAudit(ctx, q, trail.Events)
}

// textDay is how far back the text messages of a person are counted.
const textDay = 24 * time.Hour

// bounded gives up a text message to somebody who got as many as there are in a day (idp.MaxTexts): with an account of his own,
// anybody could have the operator pay for as many as he likes. A flood is news enough, and mail tells the rest. A code, which
// expires, is counted where it is asked for. Two at the same moment may be one more.
func bounded(ctx context.Context, q querier, m idp.Message) (idp.Message, error) {
	if m.Channel != idp.BySMS || m.PersonID == "" || !m.ExpiresAt.IsZero() {
		return m, nil
	}
	var had int
	err := q.row(ctx, `SELECT COUNT(*) FROM messages WHERE person_id = $1 AND person_id <> '' AND channel = $2 AND created_at > $3
		AND expires_at = 0 AND gave_up_at = 0`, m.PersonID, string(m.Channel), micros(m.CreatedAt.Add(-textDay))).Scan(&had)
	if err != nil || had < idp.MaxTexts {
		return m, err
	}
	m.Sealed, m.GaveUpAt, m.Failure = nil, m.CreatedAt, "too many text messages to one person in a day"
	return m, nil
}

// noting is a querier that remembers whether messages were stored.
type noting struct {
	querier
	messages *bool
}

// write runs a verb, and tells whoever waits for messages once they are there to be read.
func (s *Store) write(ctx context.Context, v verb) error {
	stored := false
	err := s.writer.write(ctx, func(ctx context.Context, q querier) error { return v(ctx, noting{q, &stored}) })
	if err == nil && stored {
		select {
		case s.arrived <- struct{}{}:
		default: // nobody has looked since the last one
		}
	}
	return err
}

// MessagesArrived tells that this process stored messages. It is for one reader. What other processes store is not told.
func (s *Store) MessagesArrived() <-chan struct{} { return s.arrived }

// AddMessages stores messages.
func (s *Store) AddMessages(ctx context.Context, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error { return insertTrail(ctx, q, trail) })
	if err != nil {
		return fmt.Errorf("add messages: %w", err)
	}
	return nil
}

// isDue is the condition for a message that waits for somebody to send it. A claim that is over counts as none.
const isDue = `channel = $1 AND sent_at = 0 AND gave_up_at = 0 AND next_at <= $2 AND claimed_until <= $2`

// ClaimMessage takes the message that has been due for the longest. idp.ErrNotFound when none is.
func (s *Store) ClaimMessage(ctx context.Context, channel idp.Channel, now time.Time, lease time.Duration) (idp.Message, error) {
	if now.IsZero() {
		return idp.Message{}, fmt.Errorf("claim message: %w", errNoTime)
	}
	due, err := anyDue(ctx, s.reads, channel, now) // most of the time none is, and then there is nothing to write
	if err != nil {
		return idp.Message{}, fmt.Errorf("claim message: %w", err)
	}
	if !due {
		return idp.Message{}, idp.ErrNotFound
	}
	var m idp.Message
	err = s.write(ctx, func(ctx context.Context, q querier) (err error) {
		for due {
			// The condition stands twice: of two servers that chose the same row, the second finds it claimed and looks on.
			m, err = scanMessage(q.row(ctx, `UPDATE messages SET claimed_until = $3, tries = tries + 1
				WHERE id = (SELECT id FROM messages WHERE `+isDue+` ORDER BY next_at, id LIMIT 1) AND `+isDue+`
				RETURNING `+messageColumns, string(channel), micros(now), micros(now.Add(lease))))
			if !errors.Is(err, idp.ErrNotFound) {
				return err
			}
			if due, err = anyDue(ctx, q, channel, now); err != nil {
				return err
			}
		}
		return idp.ErrNotFound
	})
	if err != nil {
		return idp.Message{}, fmt.Errorf("claim message: %w", err)
	}
	return m, nil
}

const selectAnyDue = `SELECT COUNT(*) FROM (SELECT id FROM messages WHERE ` + isDue + ` LIMIT 1) due`

func anyDue(ctx context.Context, q querier, channel idp.Channel, now time.Time) (bool, error) {
	var due int64
	err := q.row(ctx, selectAnyDue, string(channel), micros(now)).Scan(&due)
	return due > 0, err
}

// MessageSent empties a message that went. idp.ErrNotFound.
func (s *Store) MessageSent(ctx context.Context, id string, now time.Time) error {
	if now.IsZero() {
		return fmt.Errorf("message sent: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		// Also of one that was given up or claimed by another meanwhile: that it went is what counts.
		sent, err := q.exec(ctx, `UPDATE messages SET sent_at = $1, gave_up_at = 0, claimed_until = 0, failure = '', sealed = $2
			WHERE id = $3 AND sent_at = 0`, micros(now), blob(nil), id)
		if err == nil && sent == 0 {
			return idp.ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("message sent: %w", err)
	}
	return nil
}

// MessageFailed records what became of a claim. idp.ErrStale when it is not the last one.
func (s *Store) MessageFailed(ctx context.Context, f idp.MessageFailure) error {
	if f.RetryAt.IsZero() == f.GaveUpAt.IsZero() {
		return fmt.Errorf("message failed: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		failed, err := q.exec(ctx, `UPDATE messages SET failure = $1, next_at = $2, gave_up_at = $3, claimed_until = 0
			WHERE id = $4 AND tries = $5 AND sent_at = 0 AND gave_up_at = 0`,
			printable(f.Failure), micros(f.RetryAt), micros(f.GaveUpAt), f.ID, f.Tries)
		if err == nil && failed == 0 {
			return idp.ErrStale
		}
		if err != nil || f.GaveUpAt.IsZero() {
			return err
		}
		_, err = q.exec(ctx, `UPDATE messages SET sealed = $1 WHERE id = $2`, blob(nil), f.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("message failed: %w", err)
	}
	return nil
}

// RetryMessage makes a message due. One that somebody has in hand stays with him. idp.ErrNotFound, idp.ErrUsed.
func (s *Store) RetryMessage(ctx context.Context, id string, now time.Time, trail idp.Trail) error {
	if now.IsZero() {
		return fmt.Errorf("retry message: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		due, err := q.exec(ctx, `UPDATE messages SET next_at = $1 WHERE id = $2 AND sent_at = 0 AND gave_up_at = 0`, micros(now), id)
		if err != nil {
			return err
		}
		if due > 0 {
			return insertTrail(ctx, q, trail)
		}
		if err := staleOrMissing(ctx, q, `SELECT COUNT(*) FROM messages WHERE id = $1`, id); !errors.Is(err, idp.ErrStale) {
			return err
		}
		return idp.ErrUsed
	})
	if err != nil {
		return fmt.Errorf("retry message: %w", err)
	}
	return nil
}

// ExpireMessages gives up those whose time is over. One that somebody has in hand is his.
func (s *Store) ExpireMessages(ctx context.Context, now time.Time) (int64, error) {
	if now.IsZero() {
		return 0, fmt.Errorf("expire messages: %w", errNoTime)
	}
	var expired int64
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		expired, err = q.exec(ctx, `UPDATE messages SET gave_up_at = $1, sealed = $2,
				failure = CASE WHEN failure = '' THEN 'it expired before it could be sent' ELSE failure END
			WHERE sent_at = 0 AND gave_up_at = 0 AND expires_at > 0 AND expires_at <= $1 AND claimed_until <= $1`, micros(now), blob(nil))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("expire messages: %w", err)
	}
	return expired, nil
}

// Message returns idp.ErrNotFound when there is none.
func (s *Store) Message(ctx context.Context, id string) (idp.Message, error) {
	m, err := scanMessage(s.reads.row(ctx, `SELECT `+messageColumns+` FROM messages WHERE id = $1`, id))
	if err != nil {
		return idp.Message{}, fmt.Errorf("message: %w", err)
	}
	return m, nil
}

// Messages returns the newest first.
func (s *Store) Messages(ctx context.Context, f idp.MessageFilter) ([]idp.Message, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	if f.Before == "" {
		f.Before = afterAllIDs
	}
	query, args := messagesQuery(f)
	rows, err := s.reads.query(ctx, query, args...)
	messages, err := collect(rows, err, scanMessage)
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return messages, nil
}

// MessageCounts counts what waits, and what was given up since a time.
func (s *Store) MessageCounts(ctx context.Context, since time.Time) (idp.MessageCounts, error) {
	var c idp.MessageCounts
	err := s.reads.row(ctx, `SELECT COUNT(*), COUNT(CASE WHEN failure <> '' THEN 1 END), COALESCE(MIN(created_at), 0) FROM messages
		WHERE sent_at = 0 AND gave_up_at = 0`).Scan(&c.Waiting, &c.Failing, timeInto(&c.Oldest))
	if err == nil {
		err = s.reads.row(ctx, `SELECT COUNT(*) FROM messages WHERE gave_up_at > 0 AND gave_up_at >= $1`, micros(since)).Scan(&c.GivenUp)
	}
	if err != nil {
		return idp.MessageCounts{}, fmt.Errorf("message counts: %w", err)
	}
	return c, nil
}

// messagesQuery is the query of a filter, by the index of the person where there is one, or else by that of what became of them.
func messagesQuery(f idp.MessageFilter) (query string, args []any) {
	var w where
	w.add(true, "id < ?", f.Before)
	w.add(f.PersonID != "", "person_id = ? AND person_id <> ''", f.PersonID) // the second part is what the index is limited to
	switch f.State {
	case idp.MessageSent:
		w.conditions = append(w.conditions, "sent_at > 0")
	case idp.MessageGivenUp:
		w.conditions = append(w.conditions, "sent_at = 0 AND gave_up_at > 0")
	case idp.MessageWaiting:
		w.conditions = append(w.conditions, "sent_at = 0 AND gave_up_at = 0")
	}
	return `SELECT ` + messageColumns + ` FROM messages` + w.text() + ` ORDER BY id DESC LIMIT ` + w.arg(f.Limit), w.args
}
