package admin

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
	People(ctx context.Context, after string, limit int) ([]idp.Person, error)
	Passkeys(ctx context.Context, personID string) ([]idp.Passkey, error)
	Clients(ctx context.Context, after string, limit int) ([]idp.Client, error)
	Communities(ctx context.Context) ([]idp.Community, error)
}

// Config is what an Admin is made of. Every field but Now is required.
type Config struct {
	Store   Store
	Pages   *pages.Pages
	Session func(w http.ResponseWriter, r *http.Request) (idp.Session, error) // the browser's
	Issuer  string                                                            // our address, as data holders know it
	// Standing is how a community stands at a moment. One that is not known yet has the zero Standing.
	Standing func(ctx context.Context, communityID string, now time.Time) (Standing, error)
	Now      func() time.Time // nil: the system's clock
}

// Admin is the room. It is safe for use by many goroutines.
type Admin struct{ Config }

// New makes the room.
func New(c Config) *Admin {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Admin{c}
}

// listLimit is how many people and how many data holders are shown. The command line shows all.
const listLimit = 100

// Page answers GET /admin.
func (a *Admin) Page(w http.ResponseWriter, r *http.Request) error {
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
	if !person.Role.Administers() {
		return a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindForbidden})
	}
	overview, err := a.overview(r.Context())
	if err != nil {
		return err
	}
	overview.SignedInAs = person.Name()
	return a.Pages.Admin(w, r, overview)
}

func (a *Admin) overview(ctx context.Context) (pages.Admin, error) {
	out := pages.Admin{Issuer: a.Issuer, Now: a.Now().UTC()}
	communities, err := a.Store.Communities(ctx)
	if err != nil {
		return out, fmt.Errorf("communities: %w", err)
	}
	for _, c := range communities {
		standing, err := a.Standing(ctx, c.ID, out.Now)
		if err != nil {
			return out, fmt.Errorf("standing of the community %s: %w", c.URI, err)
		}
		out.Communities = append(out.Communities, communityRow(c, standing))
		out.Warnings = append(out.Warnings, warningRows(c, standing)...)
	}
	if out.People, out.MorePeople, err = a.people(ctx); err != nil {
		return out, err
	}
	out.Clients, out.MoreClients, err = a.clients(ctx, communities)
	return out, err
}

func (a *Admin) people(ctx context.Context) (rows []pages.AdminPerson, more bool, err error) {
	people, err := a.Store.People(ctx, "", listLimit+1)
	if err != nil {
		return nil, false, fmt.Errorf("people: %w", err)
	}
	for _, p := range people[:min(len(people), listLimit)] {
		passkeys, err := a.Store.Passkeys(ctx, p.ID)
		if err != nil {
			return nil, false, fmt.Errorf("passkeys: %w", err)
		}
		rows = append(rows, pages.AdminPerson{
			ID: p.ID, Name: p.Name(), Role: string(p.Role), Level: string(p.LevelAt(a.Now())),
			Passkeys: len(passkeys), CreatedAt: p.CreatedAt,
		})
	}
	return rows, len(people) > listLimit, nil
}

func (a *Admin) clients(ctx context.Context, communities []idp.Community) (rows []pages.AdminClient, more bool, err error) {
	clients, err := a.Store.Clients(ctx, "", listLimit+1)
	if err != nil {
		return nil, false, fmt.Errorf("clients: %w", err)
	}
	names := map[string]string{}
	for _, c := range communities {
		names[c.ID] = c.Name
	}
	for _, c := range clients[:min(len(clients), listLimit)] {
		rows = append(rows, pages.AdminClient{
			ID: c.ID, Name: c.Name, Organization: c.Organization, URI: c.URI, Community: names[c.CommunityID],
			Certificate: describe(c.Certificate), RegisteredAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		})
	}
	return rows, len(clients) > listLimit, nil
}
