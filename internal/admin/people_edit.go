package admin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// editable are the kinds of values, with the uses of which there may be several.
var editable = map[idp.AttributeKind][]string{
	idp.AttributeName: nil, idp.AttributeBirthdate: nil, idp.AttributeSex: nil, idp.AttributeLanguage: nil, idp.AttributeEmail: nil,
	idp.AttributePhone: {"mobile", "home", "work"}, idp.AttributeAddress: {"home", "temp"},
}

// editPage answers GET /admin/people/{id}/edit?of=KIND: the form of one value, with what changing it means.
func (a *Admin) editPage(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	if query.Get("of") == "" { // the address of a form that was sent, asked for again
		return redirect(w, r, "/admin/people/"+url.PathEscape(r.PathValue("id")))
	}
	page, _, ok, err := a.edit(w, r, by, query.Get("of"), query.Get("use"))
	if !ok {
		return err
	}
	return a.Pages.AdminEdit(w, r, page)
}

// edit is the form of one value of a person, as it is recorded now. If it cannot be, the browser has been told.
func (a *Admin) edit(w http.ResponseWriter, r *http.Request, by Visitor, of, use string) (page pages.AdminEdit, now idp.Attribute, ok bool, err error) {
	p, ok, err := a.target(w, r, by)
	if !ok {
		return page, now, false, err
	}
	kind := idp.AttributeKind(of)
	uses, known := editable[kind]
	if !known {
		return page, now, false, a.notFound(w, r)
	}
	if p.State == idp.PersonClosed || p.State == idp.PersonMerged {
		return page, now, false, redirect(w, r, "/admin/people/"+p.ID+"?refused="+string(p.State))
	}
	if value, ok := idp.Current(p.Attributes, kind); ok && use == "" {
		use = value.Use // the one there is, which may have none
	} else if len(uses) > 0 && !slices.Contains(uses, use) {
		use = uses[0]
	}
	page = pages.AdminEdit{Desk: a.desk(r, by), ID: p.ID, Name: p.Name(), Of: of, Use: use, Uses: uses, Revision: p.Revision, Since: a.now().Format("2006-01-02")}
	at := slices.IndexFunc(p.Attributes, func(v idp.Attribute) bool {
		return v.Kind == kind && v.IsCurrent() && (len(uses) == 0 || v.Use == use)
	})
	page.Acts = []string{actChanged, actCorrected, actEnded, actHistorical}
	switch {
	case kind == idp.AttributeBirthdate:
		page.Acts = []string{actCorrected}
	case at < 0:
		page.Acts = []string{actChanged, actHistorical}
	case kind == idp.AttributeName:
		page.Acts = []string{actChanged, actCorrected, actHistorical}
	}
	page.Act = page.Acts[0]
	if at < 0 {
		return page, now, true, nil
	}
	now = p.Attributes[at]
	row := attributeRow(now)
	page.Now, page.Status = row.Value, row.Status
	page.Checked = now.Worth() != idp.Unverified
	page.Form = formOf(now)
	return page, now, true, nil
}

// formOf is a value in the fields of the form.
func formOf(at idp.Attribute) pages.PersonForm {
	f := pages.PersonForm{}
	switch {
	case at.Name != nil:
		f.GivenName, f.MiddleName, f.FamilyName, f.Suffix, f.OneName = at.Name.Given, at.Name.Middle, at.Name.Family, at.Name.Suffix, at.Name.Given == ""
	case at.Address != nil:
		f.Street, f.City, f.State, f.PostalCode, f.Country = at.Address.Street, at.Address.City, at.Address.State, at.Address.PostalCode, at.Address.Country
	}
	for kind, field := range map[idp.AttributeKind]*string{
		idp.AttributeBirthdate: &f.Birthdate, idp.AttributeSex: &f.Sex, idp.AttributeLanguage: &f.Language, idp.AttributeEmail: &f.Email, idp.AttributePhone: &f.Phone,
	} {
		if kind == at.Kind {
			*field = at.Text
		}
	}
	return f
}

// changePerson answers POST /admin/people/{id}/edit. What a verified value is worth when it changes, identity decides; the page has said it before.
func (a *Admin) changePerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page, now, ok, err := a.edit(w, r, by, r.PostFormValue("of"), r.PostFormValue("use"))
	if !ok {
		return err
	}
	seen := page.Revision
	if typed, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64); err == nil && typed > 0 {
		seen = typed
	}
	value := a.typedValue(r, &page)
	page.Reason, page.Understood = reasonOf(r), r.PostFormValue("understood") == "yes"
	page.Errors = append(page.Errors, reasonErrors(r)...)
	if page.Checked && page.Act != actHistorical && !page.Understood {
		page.Errors = append(page.Errors, pages.FieldError{Field: "understood", TextKey: "admin.edit.error.understood"})
	}
	if len(page.Errors) > 0 {
		return a.Pages.AdminEdit(w, r, page)
	}
	err = a.Desk.Change(r.Context(), PersonChange{
		PersonID: page.ID, Revision: seen, Act: page.Act, Value: value, EndedID: now.ID, Reason: page.Reason,
	}, a.reading(r, by.Person, "change"))
	if errors.Is(err, idp.ErrStale) { // what she sees now is what there is: she saves again if it is still right
		page.Refused = "stale"
		return a.Pages.AdminEdit(w, r, page)
	}
	if key := refusalKey(err); key != "" {
		page.Refused = key
		return a.Pages.AdminEdit(w, r, page)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/people/"+page.ID+"?done=changed")
}

// typedValue is the value of the form, which stays in the page.
func (a *Admin) typedValue(r *http.Request, page *pages.AdminEdit) idp.Attribute {
	value := idp.Attribute{Kind: idp.AttributeKind(page.Of), Use: page.Use}
	page.Form = personForm(r)
	if act := r.PostFormValue("act"); slices.Contains(page.Acts, act) {
		page.Act = act
	}
	if page.Act == actEnded {
		return value
	}
	page.Since, page.Until = r.PostFormValue("since"), r.PostFormValue("until")
	if page.Act == actCorrected {
		page.Since = ""
	}
	if page.Act != actHistorical {
		page.Until = ""
	}
	problems := a.checkValue(&value, page.Form)
	value.ValidFrom, value.ValidTo = page.Since, page.Until
	problems = append(problems, person.CheckPeriod(page.Since, page.Until, false, a.Now())...)
	page.Errors = personErrors(problems.Wrong())
	for n, e := range page.Errors {
		page.Errors[n].Field = map[string]string{"valid_from": "since", "valid_to": "until"}[e.Field]
		if page.Errors[n].Field == "" {
			page.Errors[n].Field = e.Field
		}
	}
	return value
}

// checkValue puts what was typed into a value, in the form that is kept.
func (a *Admin) checkValue(value *idp.Attribute, f pages.PersonForm) (problems person.Problems) {
	switch value.Kind {
	case idp.AttributeName:
		name, found := person.CheckName(nameInput(f))
		value.Name, problems = &name, found
		value.Use = "" // that of the name before
	case idp.AttributeAddress:
		address, found := person.CheckAddress(addressInput(f))
		value.Address, problems = &address, found
		if address == (idp.Address{}) && len(found) == 0 {
			problems = missing(person.Street)
		}
	case idp.AttributeBirthdate:
		value.Text, problems = person.CheckBirthdate(f.Birthdate, a.Now())
	case idp.AttributeSex:
		value.Text, problems = person.CheckSex(f.Sex)
	case idp.AttributeLanguage:
		value.Text, problems = person.CheckLanguage(f.Language)
	case idp.AttributeEmail:
		value.Text, problems = person.CheckEmail(f.Email)
	case idp.AttributePhone:
		value.Text, problems = person.CheckPhone(f.Phone)
	}
	if value.Name == nil && value.Address == nil && value.Text == "" && len(problems) == 0 {
		problems = missing(person.Field(value.Kind))
	}
	return problems
}

// missing says that a field is empty.
func missing(field person.Field) person.Problems {
	return person.Problems{{Field: field, ID: "required"}}
}
