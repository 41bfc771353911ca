package pages

import (
	"net/http"
	"time"
)

// BrandForm is how the operator is to look, as it was typed.
type BrandForm struct {
	Name, HelpEmail, HelpPhone, HelpURL, Color string
	Errors                                     FieldErrors
}

// AdminBranding is how the operator looks, and how it is proposed to look. The page itself is in the proposed look.
type AdminBranding struct {
	Desk
	Form      BrandForm
	Fixed     map[string]string // fields that the machine says, and where: "name", "help_email", "help_phone", "help_url", "color", "logo"
	Logo      Logo              // the proposed one; zero for our own mark
	Proposed  bool              // what is shown is a proposal, which nobody else sees
	By        string            // who made the proposal
	At        time.Time
	MayChange bool
	MayRevert bool   // there is a look before this one
	Contrast  string // of the proposed colour: "2.1", "" when it is good or none
	Nearest   string // the nearest colour that can be read
	Generated bool   // the documents are made from these details, and follow them
}

// FixedAt is where the machine says what a field is, "" when it does not.
func (a AdminBranding) FixedAt(field string) string { return a.Fixed[field] }

// brandField is a field of the form.
type brandField struct {
	ID, Label, Value string
	Fixed            string // where the machine says what it is, "" when it may be changed
	Error            *FieldError
}

func newBrandField(id, label, value, fixed string, errors FieldErrors) brandField {
	return brandField{id, label, value, fixed, fieldError(errors, id)}
}

// AdminBranding renders the page.
func (p *Pages) AdminBranding(w http.ResponseWriter, r *http.Request, a AdminBranding) error {
	return p.render(w, r, page{name: "admin-branding", status: formStatus(a.Form.Errors), lang: p.catalog.choose(r, nil), data: a})
}
