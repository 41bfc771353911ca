package admin

import (
	"errors"
	"fmt"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// administrators answers GET /admin/administrators.
func (a *Admin) administrators(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.administratorsPage(w, r, by, pages.AdministratorForm{})
}

func (a *Admin) administratorsPage(w http.ResponseWriter, r *http.Request, by Visitor, form pages.AdministratorForm) error {
	everybody, err := a.Store.Administrators(r.Context())
	if err != nil {
		return err
	}
	page := pages.AdminAdministrators{Desk: a.desk(r, by), Form: form, MayInvite: by.may("POST /admin/administrators")}
	page.TwoPersons = a.needsTwo(GroupAdministrators)
	for _, p := range everybody {
		row, err := a.administratorRow(r, p)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return a.Pages.AdminAdministrators(w, r, page)
}

func (a *Admin) administratorRow(r *http.Request, p idp.Person) (pages.Administrator, error) {
	passkeys, err := a.Store.Passkeys(r.Context(), p.ID)
	if err != nil {
		return pages.Administrator{}, fmt.Errorf("passkeys: %w", err)
	}
	row := pages.Administrator{
		ID: p.ID, Name: p.Name(), Email: p.Email, Role: string(p.Role), State: string(p.State), Passkeys: len(passkeys), CreatedAt: p.CreatedAt,
	}
	for _, k := range passkeys {
		if k.LastUsedAt.After(row.LastSignIn) {
			row.LastSignIn = k.LastUsedAt
		}
	}
	return row, nil
}

// administrator answers GET /admin/administrators/{id}.
func (a *Admin) administrator(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.administratorPage(w, r, by, nil)
}

func (a *Admin) administratorPage(w http.ResponseWriter, r *http.Request, by Visitor, wrong pages.FieldErrors) error {
	p, err := a.Store.Person(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) || err == nil && !p.Role.Administers() {
		return a.notFound(w, r)
	}
	if err != nil {
		return err
	}
	row, err := a.administratorRow(r, p)
	if err != nil {
		return err
	}
	open := p.State != idp.PersonClosed
	page := pages.AdminAdministrator{
		Desk: a.desk(r, by), Administrator: row, Errors: wrong, Reason: r.PostFormValue("reason"), TwoPersons: a.needsTwo(GroupAdministrators),
		MayInvite: by.may("POST /admin/administrators/{id}/invite") && p.State == idp.PersonActive && row.Passkeys == 0,
		MayChange: by.may("POST /admin/administrators/{id}/role") && open,
		MayRevoke: by.may("POST /admin/administrators/{id}/revoke") && open,
	}
	return a.Pages.AdminAdministrator(w, r, page)
}

// inviteAdministrator answers POST /admin/administrators.
func (a *Admin) inviteAdministrator(w http.ResponseWriter, r *http.Request, by Visitor) error {
	form := administratorForm(r)
	d, wrong := checkAdministrator(form)
	if !idp.Role(form.Role).Administers() {
		wrong = append(wrong, pages.FieldError{Field: "role", TextKey: "admin.form.role"})
	}
	if form.Errors = wrong; len(wrong) > 0 {
		return a.administratorsPage(w, r, by, form)
	}
	return a.do(w, r, by, act{
		Name: actInvite, GivenName: d.GivenName, FamilyName: d.FamilyName, Email: d.Email, Role: idp.Role(form.Role),
	}, "/admin/administrators")
}

// inviteAgain answers POST /admin/administrators/{id}/invite: a new link to a passkey.
func (a *Admin) inviteAgain(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.do(w, r, by, act{Name: actAgain, PersonID: r.PathValue("id")}, "/admin/administrators/"+r.PathValue("id"))
}

// changeRole answers POST /admin/administrators/{id}/role.
func (a *Admin) changeRole(w http.ResponseWriter, r *http.Request, by Visitor) error {
	role := idp.Role(r.PostFormValue("role"))
	wrong := reasonErrors(r)
	if !role.Administers() {
		wrong = append(wrong, pages.FieldError{Field: "role", TextKey: "admin.form.role"})
	}
	if len(wrong) > 0 {
		return a.administratorPage(w, r, by, wrong)
	}
	return a.do(w, r, by, act{Name: actRole, PersonID: r.PathValue("id"), Role: role, Reason: reasonOf(r)}, "/admin/administrators/"+r.PathValue("id"))
}

// revokeAdministrator answers POST /admin/administrators/{id}/revoke.
func (a *Admin) revokeAdministrator(w http.ResponseWriter, r *http.Request, by Visitor) error {
	if wrong := reasonErrors(r); len(wrong) > 0 {
		return a.administratorPage(w, r, by, wrong)
	}
	return a.do(w, r, by, act{Name: actRevoke, PersonID: r.PathValue("id"), Reason: reasonOf(r)}, "/admin/administrators")
}

// maxReason is how long a reason may be, in bytes.
const maxReason = 500

func reasonOf(r *http.Request) string { return person.Tidy(r.PostFormValue("reason")) }

// reasonErrors wants a reason that somebody can read later.
func reasonErrors(r *http.Request) pages.FieldErrors {
	return reasonErrorsOf("reason", r.PostFormValue("reason"))
}

// reasonErrorsOf is reasonErrors of a field with another name.
func reasonErrorsOf(field, typed string) pages.FieldErrors {
	reason := person.Tidy(typed)
	switch {
	case reason == "":
		return pages.FieldErrors{{Field: field, TextKey: "admin.form.reason"}}
	case len(reason) > maxReason, !person.Readable(reason):
		return pages.FieldErrors{{Field: field, TextKey: "admin.form.reason.long"}}
	}
	return nil
}
