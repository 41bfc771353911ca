package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

const consentColumns = `id, person_id, sector, client_id, organization, community, agreed, declined, remembered, practices,
	created_at, used_at, times, ended_at`

func scanConsent(row scanner) (idp.Consent, error) {
	var c idp.Consent
	err := row.Scan(&c.ID, &c.PersonID, &c.Sector, &c.ClientID, &c.Organization, &c.Community, listInto(&c.Agreed),
		listInto(&c.Declined), &c.Remembered, &c.Practices, timeInto(&c.CreatedAt), timeInto(&c.UsedAt), &c.Times, timeInto(&c.EndedAt))
	return c, err
}

var errNoConsent = errors.New("a code is issued under a consent")

// consentOf stores what an issue says of its consent, and returns the id of the one that stands.
func consentOf(ctx context.Context, q querier, issue idp.Issue) (id string, err error) {
	c, at := issue.Consent, micros(issue.At)
	if c.Sector == "" {
		return "", errNoConsent
	}
	if !issue.Asked {
		used, err := q.exec(ctx, `UPDATE consents SET used_at = $1, times = times + 1, client_id = $2
			WHERE id = $3 AND person_id = $4 AND sector = $5 AND ended_at = 0 AND remembered AND agreed = $6 AND declined = $7`,
			at, issue.Code.ClientID, c.ID, issue.Code.PersonID, c.Sector, list(c.Agreed), list(c.Declined))
		if err == nil && used == 0 {
			err = idp.ErrStale
		}
		return c.ID, err
	}
	if c.ID == "" {
		c.ID = idp.NewID()
	}
	err = q.row(ctx, `INSERT INTO consents (`+consentColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1, 0)
		ON CONFLICT (person_id, sector) WHERE ended_at = 0 DO UPDATE SET
			client_id = excluded.client_id, organization = excluded.organization, community = excluded.community,
			agreed = excluded.agreed, declined = excluded.declined, remembered = excluded.remembered,
			practices = excluded.practices, used_at = excluded.used_at, times = consents.times + 1
		RETURNING id`,
		c.ID, issue.Code.PersonID, c.Sector, issue.Code.ClientID, printable(c.Organization), printable(c.Community),
		list(c.Agreed), list(c.Declined), c.Remembered, c.Practices, at).Scan(&id)
	return id, err
}

func insertAcceptance(ctx context.Context, q querier, a idp.Acceptance) error {
	_, err := q.exec(ctx, `INSERT INTO acceptances (person_id, kind, version, name, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person_id, kind, version) DO NOTHING`, a.PersonID, a.Kind, a.Version, a.Name, micros(a.At))
	return err
}

// Accepted returns the latest version of a document that a person accepted.
func (s *Store) Accepted(ctx context.Context, personID, kind string) (idp.Acceptance, error) {
	var a idp.Acceptance
	err := s.reads.row(ctx, `SELECT person_id, kind, version, name, at FROM acceptances
		WHERE person_id = $1 AND kind = $2 ORDER BY version DESC LIMIT 1`, personID, kind).
		Scan(&a.PersonID, &a.Kind, &a.Version, &a.Name, timeInto(&a.At))
	if err != nil {
		return idp.Acceptance{}, fmt.Errorf("accepted document: %w", err)
	}
	return a, nil
}

// Consent returns the consent that stands between a person and a sector.
func (s *Store) Consent(ctx context.Context, personID, sector string) (idp.Consent, error) {
	c, err := scanConsent(s.reads.row(ctx, `SELECT `+consentColumns+` FROM consents
		WHERE person_id = $1 AND sector = $2 AND ended_at = 0`, personID, sector))
	if err != nil {
		return idp.Consent{}, fmt.Errorf("consent: %w", err)
	}
	return c, nil
}

// Consents returns all of a person's, the last used first.
func (s *Store) Consents(ctx context.Context, personID string) ([]idp.Consent, error) {
	rows, err := s.reads.query(ctx, `SELECT `+consentColumns+` FROM consents WHERE person_id = $1 ORDER BY used_at DESC, id DESC`, personID)
	all, err := collect(rows, err, scanConsent)
	if err != nil {
		return nil, fmt.Errorf("consents: %w", err)
	}
	return all, nil
}

// EndConsent ends a consent. What was issued under it is dead with it: whatever reads a code or an access token asks whether
// its consent stands.
func (s *Store) EndConsent(ctx context.Context, personID, id string, now time.Time, trail idp.Trail) (idp.Consent, error) {
	if now.IsZero() {
		return idp.Consent{}, fmt.Errorf("end consent: %w", errNoTime)
	}
	var c idp.Consent
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		c, err = scanConsent(q.row(ctx, `UPDATE consents SET ended_at = $1 WHERE id = $2 AND person_id = $3 AND ended_at = 0
			RETURNING `+consentColumns, micros(now), id, personID))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, trail)
	})
	if err != nil {
		return idp.Consent{}, fmt.Errorf("end consent: %w", err)
	}
	return c, nil
}

// mergeConsents gives the survivor of a merge the other's history. What stood is ended: she agreed for a record that said
// something else, so she is asked again.
func mergeConsents(ctx context.Context, q querier, survivor, merged idp.Person) error {
	for _, change := range []struct {
		query string
		args  []any
	}{
		{`UPDATE consents SET ended_at = $1 WHERE person_id = $2 AND ended_at = 0`, []any{micros(merged.UpdatedAt), merged.ID}},
		{`UPDATE consents SET person_id = $1 WHERE person_id = $2`, []any{survivor.ID, merged.ID}},
		{`UPDATE releases SET person_id = $1 WHERE person_id = $2`, []any{survivor.ID, merged.ID}},
	} {
		if _, err := q.exec(ctx, change.query, change.args...); err != nil {
			return fmt.Errorf("consents: %w", err)
		}
	}
	return nil
}
