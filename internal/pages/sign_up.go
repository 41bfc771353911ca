package pages

import "net/http"

// SignUp is the page on which somebody makes an account by herself.
type SignUp struct {
	Request    string
	GivenName  string
	FamilyName string
	OneName    bool
	Birthdate  DateField
	Email      string
	Phone      string
	Terms      bool
	Errors     FieldErrors
}

// SignUp renders it.
func (p *Pages) SignUp(w http.ResponseWriter, r *http.Request, v SignUp) error {
	return p.render(w, r, page{name: "sign-up", status: formStatus(v.Errors), lang: p.catalog.choose(r, nil), data: v, query: requestQuery(v.Request)})
}

// SignUpClosed says how to get an account where nobody makes one by herself.
type SignUpClosed struct{ ByInvitation bool }

// SignUpClosed renders it.
func (p *Pages) SignUpClosed(w http.ResponseWriter, r *http.Request, v SignUpClosed) error {
	return p.show(w, r, "sign-up-closed", http.StatusForbidden, v)
}

// Invite is the page on which the code of an invitation is typed.
type Invite struct {
	Code      string // as typed
	Birthdate DateField
	Errors    FieldErrors
}

// Invite renders it.
func (p *Pages) Invite(w http.ResponseWriter, r *http.Request, v Invite) error {
	return p.show(w, r, "invite", formStatus(v.Errors), v)
}

// InviteCheck is what the invitation of a link asks for besides.
type InviteCheck struct {
	Action        string
	AsksBirthdate bool
	AsksCode      bool
	Birthdate     DateField
	Errors        FieldErrors
}

// InviteCheck renders it.
func (p *Pages) InviteCheck(w http.ResponseWriter, r *http.Request, v InviteCheck) error {
	return p.show(w, r, "invite-check", formStatus(v.Errors), v)
}
