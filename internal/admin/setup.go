package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// SetupFor is how long a set-up link is good: long enough to walk from the server's console to a desk, and each start of the
// server makes another while there is no owner.
const SetupFor = time.Hour

// OpenSetup makes a set-up link while the server has no owner, in place of those before. idp.ErrUsed: it has one.
func OpenSetup(ctx context.Context, store idp.Administration, now time.Time) (idp.Token, error) {
	owned, err := store.HasOwner(ctx)
	if err != nil {
		return idp.Token{}, err
	}
	if owned {
		return idp.Token{}, fmt.Errorf("set-up link: %w", idp.ErrUsed)
	}
	token := idp.NewToken()
	return token, store.OpenSetup(ctx, idp.SetupLink{ID: token.ID, Hash: token.Hash(), CreatedAt: now, ExpiresAt: now.Add(SetupFor)})
}

// setupPage answers GET /setup/{token}: whoever has the link says who she is. Opening it spends nothing.
func (a *Admin) setupPage(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := a.setupLink(w, r); !ok {
		return err
	}
	return a.Pages.AdminSetup(w, r, pages.AdminSetup{Action: r.URL.Path})
}

// claim answers POST /setup/{token}: it spends the link and leads to the first passkey.
func (a *Admin) claim(w http.ResponseWriter, r *http.Request) error {
	token, ok, err := a.setupLink(w, r)
	if !ok {
		return err
	}
	form := pages.AdminSetup{Action: r.URL.Path, AdministratorForm: administratorForm(r)}
	d, wrong := checkAdministrator(form.AdministratorForm)
	if form.Errors = wrong; len(wrong) > 0 {
		return a.Pages.AdminSetup(w, r, form)
	}
	invitation, err := a.People.ClaimServer(r.Context(), token, d, idp.Reading{RequestID: a.Number(r.Context()), IP: a.ClientIP(r)})
	if problem := setupProblem(err); problem != "" {
		return a.Pages.Problem(w, r, pages.Problem{Kind: problem})
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/invite/"+invitation.String())
}

// setupLink reads the link. If it does not work, the visitor has been told why, in the same words for every link that never was.
func (a *Admin) setupLink(w http.ResponseWriter, r *http.Request) (token idp.Token, ok bool, err error) {
	token, err = idp.ParseToken(r.PathValue("token"))
	if err != nil {
		return token, false, a.Pages.Problem(w, r, pages.Problem{Kind: pages.KindSetupUnknown})
	}
	link, err := a.Store.SetupLink(r.Context(), token.ID)
	switch {
	case err != nil:
	case !token.Matches(link.Hash):
		err = idp.ErrNotFound
	case !link.UsedAt.IsZero(), !link.RevokedAt.IsZero():
		err = idp.ErrUsed
	case !a.now().Before(link.ExpiresAt):
		err = idp.ErrExpired
	}
	if problem := setupProblem(err); problem != "" {
		return token, false, a.Pages.Problem(w, r, pages.Problem{Kind: problem})
	}
	return token, err == nil, err
}

// setupProblem is what a person is told of an error, "" when that is none for her.
func setupProblem(err error) string {
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return pages.KindSetupUnknown
	case errors.Is(err, idp.ErrUsed):
		return pages.KindSetupUsed
	case errors.Is(err, idp.ErrExpired):
		return pages.KindSetupExpired
	}
	return ""
}

// administratorForm reads who somebody is.
func administratorForm(r *http.Request) pages.AdministratorForm {
	return pages.AdministratorForm{
		GivenName: r.PostFormValue("given_name"), FamilyName: r.PostFormValue("family_name"), Email: r.PostFormValue("email"),
		Role: r.PostFormValue("role"),
	}
}

// checkAdministrator is what is known about an administrator: a name, and an address of her own.
func checkAdministrator(f pages.AdministratorForm) (idp.Demographics, pages.FieldErrors) {
	name, found := person.CheckName(person.NameInput{GivenName: f.GivenName, FamilyName: f.FamilyName})
	email, wrong := person.CheckEmail(f.Email)
	var errs pages.FieldErrors
	for _, p := range append(found.Wrong(), wrong.Wrong()...) {
		key := "admin.form." + string(p.Field)
		if errs.For(string(p.Field)) == "" {
			errs = append(errs, pages.FieldError{Field: string(p.Field), TextKey: key})
		}
	}
	return idp.Demographics{GivenName: name.Given, FamilyName: name.Family, Email: email}, errs
}
