package pages

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
)

// PersonForm is what is typed about a person.
type PersonForm struct {
	GivenName, MiddleName, FamilyName, Suffix string
	OneName                                   bool
	Birthdate                                 string // YYYY-MM-DD
	Sex, Language                             string
	Email, Phone                              string
	Street, City, State, PostalCode, Country  string // Street may have lines
}

// deskField is one field of a form of the desk.
type deskField struct {
	Name, Key string // text key of its label
	HintKey   string // "" for none
	Value     string
	Type      string // text, date, email, tel, select, check, area
	Max       int
	Options   []option
	On        bool // of a check
	Error     *FieldError
}

// Described are the attributes by which a reader hears what there is to say of the field. They are made of the names of fields, which are ours.
func (f deskField) Described() template.HTMLAttr {
	switch {
	case f.Error != nil:
		return template.HTMLAttr(` aria-invalid="true" aria-describedby="` + f.Name + `-error"`)
	case f.HintKey != "":
		return template.HTMLAttr(` aria-describedby="` + f.Name + `-hint"`)
	}
	return ""
}

// fieldGroup is fields that belong together.
type fieldGroup struct {
	Key    string // text key of the legend
	Fields []deskField
}

// fieldProblems are what may be wrong with a field; each is a text behind "admin.field.error.".
var fieldProblems = []string{
	"required", "given_name", "characters", "too_long", "no_letter", "two_names", "not_a_date", "in_the_future", "too_old", "before_start", "unknown_value", "not_a_language",
	"not_an_address", "no_domain", "not_a_number", "not_in_use", "not_a_country", "not_a_state", "not_a_zip",
}

// FieldProblemKey is the text key of what is wrong with a field, by the id that package person gives it.
func FieldProblemKey(id string) string {
	if slices.Contains(fieldProblems, id) {
		return "admin.field.error." + id
	}
	return "admin.field.error.characters"
}

func (f PersonForm) name() fieldGroup {
	return fieldGroup{"admin.attribute.name", []deskField{
		{Name: "given_name", Key: "admin.form.label.given_name", Value: f.GivenName, Max: 100}, {Name: "middle_name", Key: "admin.field.middle_name", Value: f.MiddleName, Max: 100},
		{Name: "family_name", Key: "admin.form.label.family_name", Value: f.FamilyName, Max: 100},
		{Name: "suffix", Key: "admin.field.suffix", HintKey: "admin.field.suffix.hint", Value: f.Suffix, Max: 20},
		{Name: "one_name", Key: "admin.field.one_name", Type: "check", Value: "yes", On: f.OneName},
	}}
}

func (f PersonForm) birthdate() fieldGroup {
	return fieldGroup{"admin.attribute.birthdate", []deskField{{Name: "birthdate", Key: "admin.attribute.birthdate", Value: f.Birthdate, Type: "date"}}}
}

func (f PersonForm) sex() fieldGroup {
	field := deskField{Name: "sex", Key: "admin.attribute.sex", HintKey: "admin.field.sex.hint", Type: "select"}
	for _, sex := range []string{"female", "male", "other", "unknown"} {
		field.Options = append(field.Options, option{sex, "gender." + sex, f.Sex == sex})
	}
	return fieldGroup{"admin.attribute.sex", []deskField{field}}
}

func (f PersonForm) language() fieldGroup {
	return fieldGroup{"admin.attribute.language", []deskField{{Name: "language", Key: "admin.attribute.language", HintKey: "admin.field.language.hint", Value: f.Language, Max: 35}}}
}

func (f PersonForm) email() fieldGroup {
	return fieldGroup{"admin.attribute.email", []deskField{{Name: "email", Key: "admin.form.label.email", Value: f.Email, Type: "email", Max: 254}}}
}

func (f PersonForm) phone() fieldGroup {
	return fieldGroup{"admin.attribute.phone", []deskField{{Name: "phone", Key: "admin.people.phone", HintKey: "admin.field.phone.hint", Value: f.Phone, Type: "tel", Max: 40}}}
}

func (f PersonForm) address() fieldGroup {
	return fieldGroup{"admin.attribute.address", []deskField{
		{Name: "street", Key: "admin.field.street", Value: f.Street, Type: "area", Max: 300}, {Name: "city", Key: "admin.people.city", Value: f.City, Max: 200},
		{Name: "state", Key: "admin.field.state", HintKey: "admin.field.state.hint", Value: f.State, Max: 60}, {Name: "postal_code", Key: "admin.field.postal_code", Value: f.PostalCode, Max: 20},
		{Name: "country", Key: "admin.field.country", HintKey: "admin.field.country.hint", Value: f.Country, Max: 3},
	}}
}

// withErrors puts what is wrong beside the fields.
func withErrors(errors FieldErrors, groups ...fieldGroup) []fieldGroup {
	for _, g := range groups {
		for n := range g.Fields {
			g.Fields[n].Error = fieldError(errors, g.Fields[n].Name)
		}
	}
	return groups
}

// joined is several groups under one legend.
func joined(key string, groups ...fieldGroup) fieldGroup {
	g := fieldGroup{Key: key}
	for _, one := range groups {
		g.Fields = append(g.Fields, one.Fields...)
	}
	return g
}

// AdminLookalike is somebody who may be the new person.
type AdminLookalike struct {
	AdminFound
	Likeness
}

// AdminNewPerson is the form for somebody who is not here yet, and, behind it, who she may be.
type AdminNewPerson struct {
	Desk
	Form       PersonForm
	Errors     FieldErrors
	Warnings   FieldErrors // with which it is taken, once they were read
	Lookalikes []AdminLookalike
	Seen       []string // ids of those who were shown
}

// Asks reports whether there is something to decide before she is added.
func (a AdminNewPerson) Asks() bool { return len(a.Lookalikes) > 0 || len(a.Warnings) > 0 }

type (
	lookalikeView struct {
		foundView
		Verdict badge
		Words   []string // what agrees and what does not
	}
	newPersonView struct {
		AdminNewPerson
		Groups     []fieldGroup
		Lookalikes []lookalikeView
	}
)

// AdminNewPerson renders the form for somebody new.
func (p *Pages) AdminNewPerson(w http.ResponseWriter, r *http.Request, a AdminNewPerson) error {
	l := p.catalog.choose(r, nil)
	f := a.Form
	v := newPersonView{AdminNewPerson: a, Groups: withErrors(a.Errors, f.name(), joined("admin.field.about", f.birthdate(), f.sex(), f.language()),
		joined("admin.field.reach", f.email(), f.phone()), f.address())}
	for _, one := range a.Lookalikes {
		view := lookalikeView{foundView: l.foundView(one.AdminFound), Verdict: verdictBadge(one.Verdict)}
		var err error
		if view.Words, err = l.likenessWords(one.Reasons); err != nil {
			return err
		}
		v.Lookalikes = append(v.Lookalikes, view)
	}
	return p.render(w, r, page{name: "admin-new-person", status: formStatus(a.Errors), lang: l, data: v})
}

// AdminEdit is the form of one value of a person.
type AdminEdit struct {
	Desk
	ID, Name     string
	Of           string // name, birthdate, sex, language, address, phone, email
	Use          string
	Uses         []string // to choose from, where there may be several
	Now          string   // as it is recorded, "" when nothing is
	Status       string
	Checked      bool // it was verified, or agrees with the documents: changing it takes that away
	Acts         []string
	Act          string
	Form         PersonForm
	Since, Until string // YYYY-MM-DD
	Reason       string
	Understood   bool
	Revision     int64
	Errors       FieldErrors
}

type editView struct {
	AdminEdit
	What   string // of what it is the form, in words
	Mark   badge
	Groups []fieldGroup
	Acts   []option
	Uses   []option
	Told   bool // every address is told
}

// AdminEdit renders the form of one value.
func (p *Pages) AdminEdit(w http.ResponseWriter, r *http.Request, a AdminEdit) error {
	l := p.catalog.choose(r, nil)
	groups := map[string]func() fieldGroup{
		"name": a.Form.name, "birthdate": a.Form.birthdate, "sex": a.Form.sex, "language": a.Form.language, "address": a.Form.address, "phone": a.Form.phone, "email": a.Form.email,
	}
	group, ok := groups[a.Of]
	if !ok {
		return fmt.Errorf("edit page: there is no form of %q", a.Of)
	}
	what, err := l.text("admin.attribute." + a.Of)
	if err != nil {
		return err
	}
	v := editView{AdminEdit: a, What: what, Mark: markBadge(a.Status)}
	v.Groups = withErrors(a.Errors, group())
	v.Told = slices.Contains([]string{"address", "phone", "email"}, a.Of)
	for _, act := range a.Acts {
		v.Acts = append(v.Acts, option{act, "admin.edit.act." + act, act == a.Act})
	}
	for _, use := range a.Uses {
		v.Uses = append(v.Uses, option{use, "admin.use." + use, use == a.Use})
	}
	return p.render(w, r, page{name: "admin-edit", status: formStatus(a.Errors), lang: l, data: v})
}
