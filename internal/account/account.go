package account

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Store is the part of idp.Store that the room uses; the comments there say what each method promises.
type Store interface {
	Person(ctx context.Context, id string) (idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
}

// Config is what an Account is made of. Every field is required.
type Config struct {
	Store   Store
	Pages   *pages.Pages
	Session func(w http.ResponseWriter, r *http.Request) (idp.Session, error) // the browser's
	// Identifier opens a person's Digital Identifier, "" when she has none, and records who read it.
	Identifier func(ctx context.Context, person idp.Person, reading idp.Reading) (string, error)
	// Repudiation finds the proofing that a link out of a notification is about, and Repudiate ends it, once. idp.ErrNotFound: there
	// is no such link; idp.ErrUsed: it was used before.
	Repudiation func(ctx context.Context, link string) (idp.Proofing, error)
	Repudiate   func(ctx context.Context, link string, by idp.Reading) error
}

// Account is the room. It is safe for use by many goroutines.
type Account struct{ Config }

// New makes the room.
func New(c Config) *Account { return &Account{c} }

// Page answers GET /account. A stranger is sent to sign in.
func (a *Account) Page(w http.ResponseWriter, r *http.Request) error {
	s, err := a.Session(w, r)
	if err != nil {
		return err
	}
	if !s.SignedIn() {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	person, err := a.Store.Person(r.Context(), s.PersonID)
	if err != nil {
		return fmt.Errorf("signed-in person: %w", err)
	}
	passkeys, err := a.Store.Passkeys(r.Context(), person.ID)
	if err != nil {
		return fmt.Errorf("passkeys: %w", err)
	}
	identifier, err := a.Identifier(r.Context(), person, idp.Reading{Actor: person.ID, Purpose: "account"})
	if err != nil {
		return fmt.Errorf("digital identifier: %w", err)
	}
	return a.Pages.Account(w, r, pages.Account{
		Name:     person.Name(),
		Items:    items(person, identifier),
		Level:    string(person.LevelAt(time.Now())),
		Passkeys: cards(passkeys),
	})
}

func cards(passkeys []idp.Passkey) []pages.Passkey {
	var out []pages.Passkey
	for _, p := range passkeys {
		out = append(out, pages.Passkey{
			Name: p.Name, CreatedAt: p.CreatedAt, LastUsedAt: p.LastUsedAt, Synced: p.BackupState,
		})
	}
	return out
}
