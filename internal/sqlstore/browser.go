package sqlstore

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const selectKnownBrowser = `SELECT id, hash, remembered, created_at, seen_at, expires_at FROM known_browsers
	WHERE id = $1 AND expires_at > $2`

const selectBrowserPasskeys = `SELECT passkey_id, person_id, elsewhere, declined, seen_at FROM browser_passkeys
	WHERE browser_id = $1 ORDER BY seen_at DESC, passkey_id`

func scanBrowserPasskey(row scanner) (idp.BrowserPasskey, error) {
	var p idp.BrowserPasskey
	err := row.Scan(&p.PasskeyID, &p.PersonID, &p.Elsewhere, &p.Declined, timeInto(&p.SeenAt))
	return p, err
}

// KnownBrowser returns a browser that is known at now, or idp.ErrNotFound; the passkey used last is its first.
func (s *Store) KnownBrowser(ctx context.Context, id string, now time.Time) (idp.KnownBrowser, error) {
	var b idp.KnownBrowser
	err := s.reads.row(ctx, selectKnownBrowser, id, micros(now)).Scan(&b.ID, &b.Hash, &b.Remembered,
		timeInto(&b.CreatedAt), timeInto(&b.SeenAt), timeInto(&b.ExpiresAt))
	if err != nil {
		return idp.KnownBrowser{}, fmt.Errorf("known browser: %w", err)
	}
	rows, err := s.reads.query(ctx, selectBrowserPasskeys, id)
	if b.Passkeys, err = collect(rows, err, scanBrowserPasskey); err != nil {
		return idp.KnownBrowser{}, fmt.Errorf("passkeys of a known browser: %w", err)
	}
	return b, nil
}

// useBrowser records that a passkey was used, or made, in a browser. A browser that was forgotten meanwhile is known anew; one
// whose secret is another is not touched, because somebody made its id up.
func useBrowser(ctx context.Context, q querier, use idp.BrowserUse, personID string, passkeyID []byte, at time.Time) error {
	if use.ID == "" {
		return nil
	}
	remembered := ""
	if use.Remember {
		remembered = personID
	}
	known, err := q.exec(ctx, `INSERT INTO known_browsers (id, hash, remembered, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $4, $5)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, expires_at = excluded.expires_at,
			remembered = CASE WHEN excluded.remembered = '' THEN known_browsers.remembered ELSE excluded.remembered END
		WHERE known_browsers.hash = excluded.hash`,
		use.ID, blob(use.Hash), remembered, micros(at), micros(at.Add(idp.KnownBrowserLimit)))
	if err != nil || known == 0 {
		return err
	}
	_, err = q.exec(ctx, `INSERT INTO browser_passkeys (browser_id, passkey_id, person_id, elsewhere, declined, seen_at)
		VALUES ($1, $2, $3, $4, FALSE, $5)
		ON CONFLICT (browser_id, passkey_id) DO UPDATE SET elsewhere = excluded.elsewhere, seen_at = excluded.seen_at`,
		use.ID, blob(passkeyID), personID, use.Elsewhere, micros(at))
	return err
}

// ForgetInBrowser makes a browser forget a person. A browser that is not known has forgotten her.
func (s *Store) ForgetInBrowser(ctx context.Context, browserID, personID string) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE known_browsers SET remembered = '' WHERE id = $1 AND remembered = $2`, browserID, personID)
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `DELETE FROM browser_passkeys WHERE browser_id = $1 AND person_id = $2`, browserID, personID)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget in browser: %w", err)
	}
	return nil
}

// DeclineOwnPasskey notes that a person wants no passkey on the device of a browser.
func (s *Store) DeclineOwnPasskey(ctx context.Context, browserID, personID string) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE browser_passkeys SET declined = TRUE WHERE browser_id = $1 AND person_id = $2`, browserID, personID)
		return err
	})
	if err != nil {
		return fmt.Errorf("decline a passkey: %w", err)
	}
	return nil
}
