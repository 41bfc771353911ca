package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

const personColumns = `id, user_handle, role, account_state, survivor_id, attributes, given_name, middle_name, family_name, suffix,
	birthdate, sex, language, email, phone, street, city, state, postal_code, country, level, verified_at,
	expires_at, proofing_id, identifier_sealed, identifier_index, identifier_minted_at, revision, created_at, updated_at`

// personInto is where the columns of a person go.
func personInto(p *idp.Person) []any {
	return []any{&p.ID, &p.UserHandle, &p.Role, &p.State, &p.SurvivorID, jsonInto(&p.Attributes), &p.GivenName, &p.MiddleName,
		&p.FamilyName, &p.Suffix, &p.Birthdate, &p.Sex, &p.Language, &p.Email, &p.Phone, &p.Address.Street, &p.Address.City,
		&p.Address.State, &p.Address.PostalCode, &p.Address.Country, &p.Level, timeInto(&p.VerifiedAt), timeInto(&p.ExpiresAt),
		&p.ProofingID, blobInto(&p.Identifier.Sealed), blobInto(&p.Identifier.Index), timeInto(&p.Identifier.MintedAt),
		&p.Revision, timeInto(&p.CreatedAt), timeInto(&p.UpdatedAt)}
}

func scanPerson(row scanner) (idp.Person, error) {
	var p idp.Person
	err := row.Scan(personInto(&p)...)
	return p, err
}

// personValues are the columns of a person in the same order. What is searched comes from the attributes, and from nowhere
// else.
func personValues(p idp.Person) []any {
	d := idp.DemographicsOf(p.Attributes)
	state := p.State
	if state == "" {
		state = idp.PersonActive
	}
	var index []byte // NULL, of which a unique index allows many
	if !p.Identifier.IsZero() {
		index = p.Identifier.Index
	}
	attributes := p.Attributes
	if attributes == nil {
		attributes = []idp.Attribute{}
	}
	return []any{p.ID, blob(p.UserHandle), string(p.Role), string(state), p.SurvivorID, jsonText(attributes), d.GivenName, d.MiddleName,
		d.FamilyName, d.Suffix, d.Birthdate, d.Sex, d.Language, d.Email, d.Phone, d.Address.Street, d.Address.City,
		d.Address.State, d.Address.PostalCode, d.Address.Country, string(p.Level), micros(p.VerifiedAt), micros(p.ExpiresAt),
		p.ProofingID, blob(p.Identifier.Sealed), index, micros(p.Identifier.MintedAt), p.Revision, micros(p.CreatedAt), micros(p.UpdatedAt)}
}

// CreatePerson stores a person, and her first invitation unless it is zero.
func (s *Store) CreatePerson(ctx context.Context, p idp.Person, inv idp.Invitation, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := insertPerson(ctx, q, p); err != nil {
			return err
		}
		if inv.ID != "" {
			if err := insertInvitation(ctx, q, inv); err != nil {
				return err
			}
		}
		return insertAudit(ctx, q, events)
	})
	if err != nil {
		return fmt.Errorf("create person: %w", err)
	}
	return nil
}

// insertPerson writes a new person as of revision 1.
func insertPerson(ctx context.Context, q querier, p idp.Person) error {
	if err := identifierIsFree(ctx, q, p); err != nil {
		return err
	}
	p = p.WithAttributes()
	p.Revision = 1
	if p.UpdatedAt.IsZero() {
		p.UpdatedAt = p.CreatedAt
	}
	_, err := q.exec(ctx, `INSERT INTO persons (`+personColumns+`, digital_identifier)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
			$25, $26, $27, $28, $29, $30, '')`, personValues(p)...)
	if err != nil {
		return err
	}
	if err := awaitExamination(ctx, q, p); err != nil {
		return err
	}
	return insertMatchKeys(ctx, q, p)
}

// identifierIsFree is idp.ErrExists when the Digital Identifier is another person's or a tombstone's. Two at once are kept
// apart by the unique index.
func identifierIsFree(ctx context.Context, q querier, p idp.Person) error {
	if p.Identifier.IsZero() {
		return nil
	}
	var others int64
	err := q.row(ctx, `SELECT COUNT(*) FROM persons WHERE identifier_index = $1 AND id <> $2`, p.Identifier.Index, p.ID).Scan(&others)
	if err == nil && others > 0 {
		return fmt.Errorf("digital identifier: %w", idp.ErrExists)
	}
	return err
}

const insertMatchKey = `INSERT INTO match_keys (key, person_id) VALUES ($1, $2) ON CONFLICT (key, person_id) DO NOTHING`

func insertMatchKeys(ctx context.Context, q querier, p idp.Person) error {
	if p.State == idp.PersonMerged {
		return nil // a tombstone is no duplicate of anybody
	}
	for _, key := range p.MatchKeys {
		if _, err := q.exec(ctx, insertMatchKey, key, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// ChangePerson replaces what is stored about a person whose revision is still p.Revision.
func (s *Store) ChangePerson(ctx context.Context, p idp.Person, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := changePerson(ctx, q, p); err != nil {
			return err
		}
		return insertAudit(ctx, q, events)
	})
	if err != nil {
		return fmt.Errorf("change person: %w", err)
	}
	return nil
}

func changePerson(ctx context.Context, q querier, p idp.Person) error {
	if p.UpdatedAt.IsZero() {
		return errNoTime
	}
	if err := ownersRemain(ctx, q, p); err != nil {
		return err
	}
	if err := identifierIsFree(ctx, q, p); err != nil {
		return err
	}
	changed, err := q.exec(ctx, `UPDATE persons SET user_handle = $2, role = $3, account_state = $4, survivor_id = $5, attributes = $6,
			given_name = $7, middle_name = $8, family_name = $9, suffix = $10, birthdate = $11, sex = $12, language = $13, email = $14,
			phone = $15, street = $16, city = $17, state = $18, postal_code = $19, country = $20, level = $21,
			verified_at = $22, expires_at = $23, proofing_id = $24, identifier_sealed = $25, identifier_index = $26,
			identifier_minted_at = $27, revision = $28 + 1, created_at = $29, updated_at = $30, digital_identifier = ''
		WHERE id = $1 AND revision = $28`, personValues(p)...)
	if err != nil {
		return err
	}
	if changed == 0 {
		return staleOrMissing(ctx, q, `SELECT COUNT(*) FROM persons WHERE id = $1`, p.ID)
	}
	if _, err := q.exec(ctx, `DELETE FROM match_keys WHERE person_id = $1`, p.ID); err != nil {
		return err
	}
	if err := insertMatchKeys(ctx, q, p); err != nil {
		return err
	}
	if err := awaitExamination(ctx, q, p); err != nil {
		return err
	}
	if p.State == "" || p.State == idp.PersonActive {
		return nil
	}
	if err := endAccount(ctx, q, p); err != nil {
		return err
	}
	return lockOut(ctx, q, p.ID, p.UpdatedAt)
}

// staleOrMissing tells why a change found no row of its revision.
func staleOrMissing(ctx context.Context, q querier, count, id string) error {
	var there int64
	if err := q.row(ctx, count, id).Scan(&there); err != nil {
		return err
	}
	if there == 0 {
		return idp.ErrNotFound
	}
	return idp.ErrStale
}

// lockOut ends everything by which a person, or somebody on her word, could still get in.
func lockOut(ctx context.Context, q querier, personID string, now time.Time) error {
	if _, err := q.exec(ctx, `DELETE FROM sessions WHERE person_id = $1`, personID); err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE access_tokens SET revoked_at = $2 WHERE person_id = $1 AND revoked_at = 0`,
		`UPDATE invitations SET revoked_at = $2 WHERE person_id = $1 AND used_at = 0 AND revoked_at = 0`,
		// A waiting period does not run on while nobody looks, to be over when the account is resumed.
		`UPDATE recoveries SET ended_at = $2, outcome = 'replaced' WHERE person_id = $1 AND ended_at = 0`,
	} {
		if _, err := q.exec(ctx, query, personID, micros(now)); err != nil {
			return err
		}
	}
	return nil
}

// MergePeople changes both and gives the survivor the subs of the merged one that she has none of her own for.
func (s *Store) MergePeople(ctx context.Context, survivor, merged idp.Person, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		// The merged one first: the survivor may take over the identifier that it gives up here.
		if err := changePerson(ctx, q, merged); err != nil {
			return fmt.Errorf("merged: %w", err)
		}
		if err := changePerson(ctx, q, survivor); err != nil {
			return fmt.Errorf("survivor: %w", err)
		}
		_, err := q.exec(ctx, `UPDATE subjects SET person_id = $1 WHERE person_id = $2 AND NOT EXISTS (
			SELECT 1 FROM subjects own WHERE own.person_id = $1 AND own.sector = subjects.sector)`, survivor.ID, merged.ID)
		if err != nil {
			return err
		}
		if err := mergeConsents(ctx, q, survivor, merged); err != nil {
			return err
		}
		moves, err := mergeRepresentations(ctx, q, survivor, merged, events)
		if err != nil {
			return err
		}
		events := slices.Concat(events, moves) // the verb may run again: it adds to nothing outside
		return insertAudit(ctx, q, events)
	})
	if err != nil {
		return fmt.Errorf("merge people: %w", err)
	}
	return nil
}

const selectPerson = `SELECT ` + personColumns + ` FROM persons WHERE id = $1`

// Person returns idp.ErrNotFound when there is none.
func (s *Store) Person(ctx context.Context, id string) (idp.Person, error) {
	p, err := scanPerson(s.reads.row(ctx, selectPerson, id))
	if err != nil {
		return idp.Person{}, fmt.Errorf("person: %w", err)
	}
	return p, nil
}

// PersonByUserHandle finds the person of a WebAuthn user handle, or returns idp.ErrNotFound.
func (s *Store) PersonByUserHandle(ctx context.Context, handle []byte) (idp.Person, error) {
	p, err := scanPerson(s.reads.row(ctx, `SELECT `+personColumns+` FROM persons WHERE user_handle = $1`, blob(handle)))
	if err != nil {
		return idp.Person{}, fmt.Errorf("person by user handle: %w", err)
	}
	return p, nil
}

// PersonByIdentifier finds the person or tombstone of a Digital Identifier's index, or returns idp.ErrNotFound.
func (s *Store) PersonByIdentifier(ctx context.Context, index []byte) (idp.Person, error) {
	p, err := scanPerson(s.reads.row(ctx, `SELECT `+personColumns+` FROM persons WHERE identifier_index = $1`, blob(index)))
	if err != nil {
		return idp.Person{}, fmt.Errorf("person by identifier: %w", err)
	}
	return p, nil
}

// People returns up to limit persons behind the id after, in order of id.
func (s *Store) People(ctx context.Context, after string, limit int) ([]idp.Person, error) {
	rows, err := s.reads.query(ctx, `SELECT `+personColumns+` FROM persons WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	return people, nil
}

// keyHolders bounds how many persons of one key are looked at: a key that so many share tells nothing.
const keyHolders = 200

// PeopleByMatchKeys returns up to limit persons who share any of the keys, those with the most first.
func (s *Store) PeopleByMatchKeys(ctx context.Context, keys []string, limit int) ([]idp.Person, error) {
	shared := map[string]int{}
	for _, key := range keys {
		rows, err := s.reads.query(ctx, `SELECT person_id FROM match_keys WHERE key = $1 ORDER BY person_id LIMIT $2`, key, keyHolders)
		holders, err := collect(rows, err, func(row scanner) (id string, err error) { err = row.Scan(&id); return id, err })
		if err != nil {
			return nil, fmt.Errorf("people by match keys: %w", err)
		}
		for _, id := range holders {
			shared[id]++
		}
	}
	ids := make([]string, 0, len(shared))
	for id := range shared {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if shared[a] != shared[b] {
			return shared[b] - shared[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	var people []idp.Person
	for _, id := range ids[:min(limit, len(ids))] {
		p, err := s.Person(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("people by match keys: %w", err)
		}
		people = append(people, p)
	}
	return people, nil
}

// OldPeople returns persons of the first version's table.
func (s *Store) OldPeople(ctx context.Context, limit int) ([]idp.OldPerson, error) {
	rows, err := s.reads.query(ctx, `SELECT `+personColumns+`, digital_identifier FROM persons WHERE revision = 0 ORDER BY id LIMIT $1`, limit)
	people, err := collect(rows, err, func(row scanner) (idp.OldPerson, error) {
		var p idp.OldPerson
		err := row.Scan(append(personInto(&p.Person), &p.DigitalIdentifier)...)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("old people: %w", err)
	}
	return people, nil
}
