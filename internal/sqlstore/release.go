package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"udap-idp/internal/idp"
)

const (
	inIDToken  = "id_token"
	inUserInfo = "userinfo"
)

var errNoRelease = errors.New("what goes out is recorded: the release has no id")

// insertRelease records what goes out under a consent. UserInfo with the same claims is the same row again.
func insertRelease(ctx context.Context, q querier, place string, code idp.Code, r idp.Release) error {
	recorded, err := q.exec(ctx, `INSERT INTO releases (id, person_id, consent_id, client_id, sector, organization, request_id, sid,
			code_id, place, claims, level, times, at, last_at)
		SELECT $1, person_id, id, $2, sector, organization, $3, $4, $5, $6, $7, $8, 1, $9, $9 FROM consents WHERE id = $10
		ON CONFLICT (code_id, claims) WHERE place = 'userinfo' DO UPDATE SET times = releases.times + 1, last_at = excluded.last_at`,
		r.ID, code.ClientID, code.RequestID, code.Authentication.SID, code.ID, place, list(r.Claims), string(r.Level),
		micros(r.At), code.ConsentID)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	if recorded == 0 {
		return fmt.Errorf("consent of the release: %w", idp.ErrNotFound)
	}
	if place == inIDToken {
		return countSignIn(ctx, q, code.ClientID, r)
	}
	return nil
}

// RecordUserInfo records that UserInfo goes out. That the access token is good is asked in the same transaction, so that a
// consent which ends meanwhile ends this too.
func (s *Store) RecordUserInfo(ctx context.Context, accessTokenID string, r idp.Release) error {
	if r.ID == "" || r.At.IsZero() {
		return fmt.Errorf("record userinfo: %w", errNoRelease)
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		t, err := scanAccessToken(q.row(ctx, selectAccessToken, accessTokenID, micros(r.At)))
		if err != nil {
			return err
		}
		return insertRelease(ctx, q, inUserInfo, idp.Code{ID: t.CodeID, ClientID: t.ClientID, ConsentID: t.ConsentID}, r)
	})
	if err != nil {
		return fmt.Errorf("record userinfo: %w", err)
	}
	return nil
}

// releaseRow is one place of a release.
type releaseRow struct {
	idp.Release
	code, place string
}

func scanRelease(row scanner) (releaseRow, error) {
	var r releaseRow
	err := row.Scan(&r.ID, &r.PersonID, &r.ConsentID, &r.ClientID, &r.Sector, &r.Organization, &r.RequestID, &r.SID, &r.code,
		&r.place, listInto(&r.Claims), &r.Level, &r.UserInfoTimes, timeInto(&r.At), timeInto(&r.LastAt))
	return r, err
}

// Releases returns what went out, the newest first. What was read afterwards is put to the ID Token it belongs to.
func (s *Store) Releases(ctx context.Context, f idp.ReleaseFilter) ([]idp.Release, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	if f.Before == "" {
		f.Before = afterAllIDs
	}
	args := []any{f.PersonID, f.Before, f.Sector, f.Limit}
	rows, err := s.reads.query(ctx, `SELECT `+releaseColumns+` FROM releases WHERE `+chosenReleases, args...)
	places, err := collect(rows, err, scanRelease)
	if err != nil {
		return nil, fmt.Errorf("releases: %w", err)
	}
	rows, err = s.reads.query(ctx, `SELECT `+releaseColumns+` FROM releases
		WHERE place = 'userinfo' AND code_id IN (SELECT code_id FROM releases WHERE `+chosenReleases+`) ORDER BY id`, args...)
	afterwards, err := collect(rows, err, scanRelease)
	if err != nil {
		return nil, fmt.Errorf("releases: %w", err)
	}
	return joined(append(places, afterwards...)), nil
}

const releaseColumns = `id, person_id, consent_id, client_id, sector, organization, request_id, sid, code_id, place, claims, level, times,
	at, last_at`

const chosenReleases = `person_id = $1 AND place = 'id_token' AND id < $2 AND ($3 = '' OR sector = $3) ORDER BY id DESC LIMIT $4`

// joined expects the ID Tokens before what was read with their access tokens.
func joined(places []releaseRow) []idp.Release {
	var all []idp.Release
	index := map[string]int{}
	for _, p := range places {
		if p.place == inIDToken {
			index[p.code] = len(all)
			p.UserInfoTimes = 0
			all = append(all, p.Release)
			continue
		}
		i, found := index[p.code]
		if !found {
			continue
		}
		r := &all[i]
		for _, name := range p.Claims {
			if !slices.Contains(r.UserInfo, name) {
				r.UserInfo = append(r.UserInfo, name)
			}
		}
		r.UserInfoTimes += p.UserInfoTimes
		if p.LastAt.After(r.LastAt) {
			r.LastAt = p.LastAt
		}
	}
	return all
}
