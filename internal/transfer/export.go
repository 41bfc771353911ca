package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"udap-idp/internal/fhir"
	"udap-idp/internal/idp"
)

// Format is how a person is written.
type Format string

const (
	JSON   Format = "json"
	FHIR   Format = "fhir"   // R4 Patient
	Bundle Format = "bundle" // everybody: one R4 Bundle of Patients
	CSV    Format = "csv"    // everybody: a table that an import reads, of what is so now
)

// Person is everything about a person as JSON: for an operator, and for herself. What stands behind a value is with the value.
type Person struct {
	ID         string          `json:"id"`
	State      idp.PersonState `json:"state"`
	Survivor   string          `json:"survivor_id,omitempty"`
	Role       idp.Role        `json:"role"`
	Name       string          `json:"name"`
	Level      idp.Level       `json:"level"` // "" when it is not verified, or not any more
	VerifiedAt time.Time       `json:"verified_at,omitzero"`
	ExpiresAt  time.Time       `json:"expires_at,omitzero"`
	ProofingID string          `json:"proofing_id,omitempty"`
	Identifier *Identifier     `json:"digital_identifier,omitempty"`
	Attributes []idp.Attribute `json:"attributes"`
	Created    time.Time       `json:"created"`
	Updated    time.Time       `json:"updated,omitzero"`
}

// Identifier is a Digital Identifier, which is unique together with its assigner.
type Identifier struct {
	System      string    `json:"system"`
	Value       string    `json:"value"`
	Assigner    string    `json:"assigner"`
	AssignerURI string    `json:"assigner_uri"`
	MintedAt    time.Time `json:"minted_at,omitzero"`
}

// PersonOf is a person as JSON. identifier is her Digital Identifier as identity.Identifier opened it, which has recorded that; ""
// leaves it out.
func PersonOf(p idp.Person, identifier string, by fhir.Assigner, now time.Time) Person {
	out := Person{
		ID: p.ID, State: p.State, Survivor: p.SurvivorID, Role: p.Role, Name: p.Name(), Level: p.LevelAt(now), VerifiedAt: p.VerifiedAt,
		ExpiresAt: p.ExpiresAt, ProofingID: p.ProofingID, Attributes: p.WithAttributes().Attributes, Created: p.CreatedAt.UTC(), Updated: p.UpdatedAt,
	}
	if identifier != "" {
		out.Identifier = &Identifier{fhir.IdentifierSystem, identifier, by.Name, by.URI, p.Identifier.MintedAt}
	}
	return out
}

// Export writes people.
type Export struct {
	Format   Format
	Assigner fhir.Assigner
	Now      time.Time
	Store    interface {
		People(ctx context.Context, after string, limit int) ([]idp.Person, error)
	}
	// Identifiers opens the Digital Identifiers of a page of people, after it has recorded that; nil leaves them out.
	Identifiers func(ctx context.Context, people []idp.Person) (map[string]string, error)
}

// exportPage is how many people are read at once.
const exportPage = 200

// One is a person as a value for encoding/json.
func (e Export) One(ctx context.Context, p idp.Person) (any, error) {
	values, err := e.identifiers(ctx, []idp.Person{p})
	if err != nil {
		return nil, err
	}
	return e.value(p, values[p.ID]), nil
}

func (e Export) value(p idp.Person, identifier string) any {
	if e.Format == FHIR {
		return fhir.PatientOf(p, identifier, e.Assigner)
	}
	return PersonOf(p, identifier, e.Assigner, e.Now)
}

func (e Export) identifiers(ctx context.Context, people []idp.Person) (map[string]string, error) {
	if e.Identifiers == nil {
		return nil, nil
	}
	return e.Identifiers(ctx, people)
}

// All writes everybody, tombstones too, and returns how many: one on a line (NDJSON), a Bundle, or a table. Memory does not grow with
// their number.
func (e Export) All(ctx context.Context, w io.Writer) (int64, error) {
	form := e.form(w)
	done := int64(0)
	for after := ""; ; {
		people, err := e.Store.People(ctx, after, exportPage)
		if err != nil {
			return done, err
		}
		if len(people) == 0 {
			return done, form.end()
		}
		values, err := e.identifiers(ctx, people)
		if err != nil {
			return done, err
		}
		for _, p := range people {
			if err := form.person(p, values[p.ID]); err != nil {
				return done, fmt.Errorf("write: %w", err)
			}
			done++
		}
		after = people[len(people)-1].ID
		if err := ctx.Err(); err != nil {
			return done, errors.Join(fmt.Errorf("interrupted after %d people", done), err)
		}
	}
}
