package admin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// attributeRows is everything that is known about her, what is so first.
func attributeRows(p idp.Person) []pages.AdminAttribute {
	var current, former []pages.AdminAttribute
	for _, at := range p.WithAttributes().Attributes {
		row := attributeRow(at)
		if row.Current {
			current = append(current, row)
		} else {
			former = append(former, row)
		}
	}
	return append(current, former...)
}

func attributeRow(at idp.Attribute) pages.AdminAttribute {
	row := pages.AdminAttribute{
		Kind: string(at.Kind), Use: at.Use, Value: at.Text, Status: string(at.Status), Level: string(at.Worth()), VerifiedAt: at.VerifiedAt, From: at.ValidFrom, To: at.ValidTo,
		Current: at.IsCurrent(),
	}
	if at.Name != nil {
		row.Value = idp.Demographics{GivenName: at.Name.Given, MiddleName: at.Name.Middle, FamilyName: at.Name.Family, Suffix: at.Name.Suffix}.Name()
	}
	if at.Address != nil {
		row.Value = strings.Join(strings.FieldsFunc(at.Address.Street+"\n"+at.Address.City+"\n"+at.Address.State+" "+at.Address.PostalCode+"\n"+at.Address.Country,
			func(c rune) bool { return c == '\n' }), ", ")
	}
	return row
}

// target is the person of an act that needs no second administrator. If it cannot be, the browser has been told.
func (a *Admin) target(w http.ResponseWriter, r *http.Request, by Visitor) (p idp.Person, ok bool, err error) {
	p, err = a.Store.Person(r.Context(), r.PathValue("id"))
	if errors.Is(err, idp.ErrNotFound) {
		return p, false, a.notFound(w, r)
	}
	if err == nil && !mayTouch(by.Person.Role, p) {
		return p, false, a.forbid(w, r, by.Person, r.Method+" "+strings.ReplaceAll(r.URL.Path, p.ID, "{id}")+" of an administrator")
	}
	return p, err == nil, err
}

func (a *Admin) suspendPerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.setState(w, r, by, a.People.Suspend, "suspended")
}

func (a *Admin) resumePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	return a.setState(w, r, by, a.People.Resume, "resumed")
}

// closePerson answers POST /admin/people/{id}/close, which may need a second administrator.
func (a *Admin) closePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	back := "/admin/people/" + p.ID
	if len(reasonErrors(r)) > 0 {
		return redirect(w, r, back+"?refused=reason")
	}
	return a.do(w, r, by, act{Name: actClose, PersonID: p.ID, Reason: reasonOf(r)}, back)
}

// setState suspends an account, or ends that.
func (a *Admin) setState(w http.ResponseWriter, r *http.Request, by Visitor, set stateChange, done string) error {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return err
	}
	back := "/admin/people/" + p.ID
	if len(reasonErrors(r)) > 0 {
		return redirect(w, r, back+"?refused=reason")
	}
	_, err = set(r.Context(), p.ID, reasonOf(r), a.reading(r, by.Person, done))
	if key := refusalKey(err); key != "" {
		return redirect(w, r, back+"?refused="+url.QueryEscape(key))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, back+"?done="+done)
}

// stateChange is a step between the states of an account.
type stateChange = func(ctx context.Context, personID, reason string, by idp.Reading) (idp.Person, error)
