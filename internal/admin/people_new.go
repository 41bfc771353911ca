package admin

import (
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// newPerson answers GET /admin/people/new: the form for somebody who is not here yet.
func (a *Admin) newPerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	query := r.URL.Query()
	form := pages.PersonForm{Birthdate: plain(query.Get("birthdate")), Email: plain(query.Get("email")), Phone: plain(query.Get("phone"))}
	// What was looked for in vain need not be typed again.
	if words := strings.Fields(query.Get("name")); len(words) > 0 {
		form.GivenName, form.FamilyName = strings.Join(words[:len(words)-1], " "), words[len(words)-1]
	}
	return a.Pages.AdminNewPerson(w, r, pages.AdminNewPerson{Desk: a.desk(r, by), Form: form})
}

// addPerson answers POST /admin/people/new. Who may be on record already is shown before anybody is added, and again when somebody else is
// found than the clerk has seen.
func (a *Admin) addPerson(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page := pages.AdminNewPerson{Desk: a.desk(r, by), Form: personForm(r)}
	d, problems := person.Check(inputOf(page.Form), a.Now())
	if page.Errors = personErrors(problems.Wrong()); len(page.Errors) > 0 {
		return a.Pages.AdminNewPerson(w, r, page)
	}
	found, err := a.Desk.LookalikesOf(r.Context(), d)
	if err != nil {
		return err
	}
	seen := strings.Fields(r.PostFormValue("seen"))
	unseen := false
	for _, one := range found {
		page.Seen = append(page.Seen, one.Person.ID)
		unseen = unseen || !slices.Contains(seen, one.Person.ID)
	}
	page.Warnings = personErrors(problems.Warnings())
	if unseen || len(page.Warnings) > 0 && r.PostFormValue("warned") != "yes" {
		for _, one := range found {
			page.Lookalikes = append(page.Lookalikes, a.lookalikeRow(by, one))
		}
		return a.Pages.AdminNewPerson(w, r, page)
	}
	p, err := a.Desk.Add(r.Context(), d, a.reading(r, by.Person, "add"))
	if err != nil {
		return err
	}
	return redirect(w, r, "/admin/people/"+p.ID+"?done=added")
}

// lookalikeRow is somebody who may be the new person.
func (a *Admin) lookalikeRow(by Visitor, l idp.Lookalike) pages.AdminLookalike {
	return pages.AdminLookalike{AdminFound: a.foundRow(by, l.Person), Likeness: likenessOf(l.Likeness)}
}

// personForm is what was typed about a person.
func personForm(r *http.Request) pages.PersonForm {
	typed := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return pages.PersonForm{
		GivenName: typed("given_name"), MiddleName: typed("middle_name"), FamilyName: typed("family_name"), Suffix: typed("suffix"), OneName: typed("one_name") == "yes",
		Birthdate: typed("birthdate"), Sex: typed("sex"), Language: typed("language"), Email: typed("email"), Phone: typed("phone"),
		Street: typed("street"), City: typed("city"), State: typed("state"), PostalCode: typed("postal_code"), Country: typed("country"),
	}
}

func inputOf(f pages.PersonForm) person.Input {
	return person.Input{
		NameInput: nameInput(f), Birthdate: f.Birthdate, Sex: f.Sex, Language: f.Language, Email: f.Email, Phone: f.Phone, AddressInput: addressInput(f),
	}
}

func nameInput(f pages.PersonForm) person.NameInput {
	return person.NameInput{GivenName: f.GivenName, MiddleName: f.MiddleName, FamilyName: f.FamilyName, Suffix: f.Suffix, OneName: f.OneName}
}

func addressInput(f pages.PersonForm) person.AddressInput {
	return person.AddressInput{Street: []string{f.Street}, City: f.City, State: f.State, PostalCode: f.PostalCode, Country: f.Country}
}

// personErrors says what is wrong in the reader's language: package person's own words are English.
func personErrors(problems person.Problems) pages.FieldErrors {
	var out pages.FieldErrors
	for _, p := range problems {
		problem := p.ID
		if p.Field == person.GivenName && p.ID == "required" {
			problem = string(person.GivenName) // she may have one name only
		}
		out = append(out, pages.FieldError{Field: string(p.Field), TextKey: pages.FieldProblemKey(problem)})
	}
	return out
}
