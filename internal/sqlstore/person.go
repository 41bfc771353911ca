package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const personColumns = `id, user_handle, role, given_name, middle_name, family_name, birthdate, sex, email, phone,
	street, city, state, postal_code, country, level, verified_at, digital_identifier, created_at`

func scanPerson(row scanner) (idp.Person, error) {
	var p idp.Person
	err := row.Scan(&p.ID, &p.UserHandle, &p.Role, &p.GivenName, &p.MiddleName, &p.FamilyName, &p.Birthdate, &p.Sex,
		&p.Email, &p.Phone, &p.Address.Street, &p.Address.City, &p.Address.State, &p.Address.PostalCode,
		&p.Address.Country, &p.Level, timeInto(&p.VerifiedAt), &p.DigitalIdentifier, timeInto(&p.CreatedAt))
	return p, err
}

// CreatePerson stores a person and her first invitation.
func (s *Store) CreatePerson(ctx context.Context, p idp.Person, inv idp.Invitation) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO persons (`+personColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
			p.ID, blob(p.UserHandle), string(p.Role), p.GivenName, p.MiddleName, p.FamilyName, p.Birthdate, p.Sex, p.Email, p.Phone,
			p.Address.Street, p.Address.City, p.Address.State, p.Address.PostalCode, p.Address.Country,
			string(p.Level), micros(p.VerifiedAt), p.DigitalIdentifier, micros(p.CreatedAt))
		if err != nil {
			return err
		}
		return insertInvitation(ctx, q, inv)
	})
	if err != nil {
		return fmt.Errorf("create person: %w", err)
	}
	return nil
}

// Person returns idp.ErrNotFound when there is none.
func (s *Store) Person(ctx context.Context, id string) (idp.Person, error) {
	p, err := scanPerson(s.reads.row(ctx, `SELECT `+personColumns+` FROM persons WHERE id = $1`, id))
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

// People returns up to limit persons behind the id after, in order of id.
func (s *Store) People(ctx context.Context, after string, limit int) ([]idp.Person, error) {
	rows, err := s.reads.query(ctx, `SELECT `+personColumns+` FROM persons WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	return people, nil
}

const selectSubject = `SELECT subject FROM subjects WHERE person_id = $1 AND sector = $2`

// Subject returns the sub of a person towards a sector, made at random when it is first asked for.
func (s *Store) Subject(ctx context.Context, personID, sector string) (string, error) {
	var subject string
	if err := s.reads.row(ctx, selectSubject, personID, sector).Scan(&subject); err == nil {
		return subject, nil // it never changes, so what a reader sees is right
	}
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO subjects (person_id, sector, subject) VALUES ($1, $2, $3)
			ON CONFLICT (person_id, sector) DO NOTHING`, personID, sector, idp.NewUUIDv4())
		if err != nil {
			return err
		}
		return q.row(ctx, selectSubject, personID, sector).Scan(&subject)
	})
	if err != nil {
		return "", fmt.Errorf("subject: %w", err)
	}
	return subject, nil
}
