package sqlstore

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

const contactCodeColumns = `id, purpose, subject, person_id, session_id, channel, address, hash, created_at, expires_at, missed, used_at`

func scanContactCode(row scanner) (idp.ContactCode, error) {
	var c idp.ContactCode
	err := row.Scan(&c.ID, &c.Purpose, &c.Subject, &c.PersonID, &c.SessionID, &c.Channel, &c.To, blobInto(&c.Hash),
		timeInto(&c.CreatedAt), timeInto(&c.ExpiresAt), &c.Missed, timeInto(&c.UsedAt))
	return c, err
}

// SendContactCode stores a code with its message in place of the one before. Errors as in idp.ContactCodes.
func (s *Store) SendContactCode(ctx context.Context, c idp.ContactCode, trail idp.Trail, allowances ...idp.Allowance) error {
	if c.CreatedAt.IsZero() {
		return fmt.Errorf("send contact code: %w", errNoTime)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := spend(ctx, q, c.CreatedAt, allowances); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM contact_codes WHERE session_id = $1 AND purpose = $2 AND channel = $3`,
			c.SessionID, string(c.Purpose), string(c.Channel))
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `INSERT INTO contact_codes (`+contactCodeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			c.ID, string(c.Purpose), c.Subject, c.PersonID, c.SessionID, string(c.Channel), c.To, blob(c.Hash), micros(c.CreatedAt),
			micros(c.ExpiresAt), c.Missed, micros(c.UsedAt))
		if err != nil {
			return err
		}
		return trailUnless(ctx, q, c.Nobody, trail)
	})
	if err != nil {
		return fmt.Errorf("send contact code: %w", err)
	}
	return nil
}

// trailUnless leaves a trail, or writes it and takes it back: in as many statements.
func trailUnless(ctx context.Context, q querier, nobody bool, trail idp.Trail) error {
	if _, err := q.exec(ctx, "SAVEPOINT trail"); err != nil {
		return err
	}
	if err := insertTrail(ctx, q, trail); err != nil {
		return err
	}
	end := "RELEASE SAVEPOINT trail"
	if nobody {
		end = "ROLLBACK TO SAVEPOINT trail"
	}
	_, err := q.exec(ctx, end)
	return err
}

const selectContactCode = `SELECT ` + contactCodeColumns + ` FROM contact_codes WHERE id = $1 AND session_id = $2`

// ContactCode returns the latest code that a browser waits for, or idp.ErrNotFound.
func (s *Store) ContactCode(ctx context.Context, purpose idp.CodePurpose, sessionID string) (idp.ContactCode, error) {
	c, err := scanContactCode(s.reads.row(ctx, `SELECT `+contactCodeColumns+` FROM contact_codes WHERE session_id = $1 AND purpose = $2
		ORDER BY id DESC LIMIT 1`, sessionID, string(purpose)))
	if err != nil {
		return idp.ContactCode{}, fmt.Errorf("contact code: %w", err)
	}
	return c, nil
}

// TakeContactCode marks a code used and does what it is for. Errors as in idp.ContactCodes.
func (s *Store) TakeContactCode(ctx context.Context, t idp.CodeTake) (idp.ContactCode, error) {
	if t.At.IsZero() {
		return idp.ContactCode{}, fmt.Errorf("take contact code: %w", errNoTime)
	}
	var taken idp.ContactCode
	var missed error // what is to be said although the transaction stands, because the miss is in it
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		missed = nil
		// Locks the row, so that two at once follow each other; an UPDATE does it on both engines.
		found, err := q.exec(ctx, `UPDATE contact_codes SET missed = missed WHERE id = $1 AND session_id = $2 AND purpose = $3`,
			t.ID, t.SessionID, string(t.Purpose))
		if err != nil {
			return err
		}
		if found == 0 {
			return idp.ErrNotFound
		}
		if taken, err = scanContactCode(q.row(ctx, selectContactCode, t.ID, t.SessionID)); err != nil {
			return err
		}
		if err := openContactCode(taken, t.At); err != nil {
			return err
		}
		if len(taken.Hash) == 0 || subtle.ConstantTimeCompare(taken.Hash, t.Hash) != 1 {
			missed, taken.Missed = idp.ErrMismatch, taken.Missed+1
			_, err := q.exec(ctx, `UPDATE contact_codes SET missed = missed + 1 WHERE id = $1`, t.ID)
			return err
		}
		taken.UsedAt = stored(t.At)
		if _, err := q.exec(ctx, `UPDATE contact_codes SET used_at = $1 WHERE id = $2`, micros(t.At), t.ID); err != nil {
			return err
		}
		if err := serveContactCode(ctx, q, taken); err != nil {
			return err
		}
		return insertTrail(ctx, q, t.Trail)
	})
	if err = errors.Join(err, missed); err != nil {
		return taken, fmt.Errorf("take contact code: %w", err)
	}
	return taken, nil
}

// openContactCode says whether a code can be right at all.
func openContactCode(c idp.ContactCode, now time.Time) error {
	switch {
	case !c.UsedAt.IsZero(), c.Missed >= idp.MaxMissed:
		return idp.ErrUsed
	case !now.Before(c.ExpiresAt):
		return idp.ErrExpired
	}
	return nil
}

// serveContactCode does what a code is for.
func serveContactCode(ctx context.Context, q querier, c idp.ContactCode) error {
	switch {
	case c.Purpose == idp.CodeRecovery:
		if err := lockRecovery(ctx, q, c.Subject, c.SessionID, c.UsedAt); err != nil {
			return err
		}
		return insertProof(ctx, q, c.Subject, idp.RecoveryWay(c.Channel), c.UsedAt)
	case c.Purpose == idp.CodeContact && c.PersonID != "":
		return confirmContact(ctx, q, c.PersonID, idp.Contact{Channel: c.Channel, Address: c.To, ConfirmedAt: c.UsedAt})
	}
	return nil
}

// ConfirmContact notes that a person has shown an address to be hers.
func (s *Store) ConfirmContact(ctx context.Context, personID string, c idp.Contact, trail idp.Trail) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := confirmContact(ctx, q, personID, c); err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return fmt.Errorf("confirm contact: %w", err)
	}
	return nil
}

func confirmContact(ctx context.Context, q querier, personID string, c idp.Contact) error {
	_, err := q.exec(ctx, `INSERT INTO confirmed_contacts (person_id, channel, address, confirmed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person_id, channel, address) DO UPDATE SET confirmed_at = excluded.confirmed_at`,
		personID, string(c.Channel), c.Address, micros(c.ConfirmedAt))
	return err
}

// ConfirmedContacts returns the addresses that a person has shown to be hers, the latest first.
func (s *Store) ConfirmedContacts(ctx context.Context, personID string) ([]idp.Contact, error) {
	rows, err := s.reads.query(ctx, `SELECT channel, address, confirmed_at FROM confirmed_contacts WHERE person_id = $1
		ORDER BY confirmed_at DESC, channel, address`, personID)
	contacts, err := collect(rows, err, func(row scanner) (idp.Contact, error) {
		var c idp.Contact
		err := row.Scan(&c.Channel, &c.Address, timeInto(&c.ConfirmedAt))
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("confirmed contacts: %w", err)
	}
	return contacts, nil
}

const (
	peopleByEmail = `SELECT ` + personColumns + ` FROM persons WHERE lower(email) = $1 AND email <> '' AND account_state = 'active'
		ORDER BY id LIMIT $2`
	peopleByPhone = `SELECT ` + personColumns + ` FROM persons WHERE phone = $1 AND phone <> '' AND account_state = 'active'
		ORDER BY id LIMIT $2`
)

// PeopleByContact returns persons with an account in use whose current address this is.
func (s *Store) PeopleByContact(ctx context.Context, channel idp.Channel, address string, limit int) ([]idp.Person, error) {
	query := peopleByPhone
	if channel == idp.ByEmail {
		query, address = peopleByEmail, strings.ToLower(address)
	}
	rows, err := s.reads.query(ctx, query, address, limit)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("people by contact: %w", err)
	}
	return people, nil
}
