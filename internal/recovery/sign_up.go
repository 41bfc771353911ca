package recovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

const (
	signUpPurpose = "sign-up"
	// signUpLifetime is how long what was typed is kept for the code to come back. What is not confirmed leaves nothing behind.
	signUpLifetime = time.Hour
)

// typed is what a sign-up keeps, encrypted.
type typed struct {
	Demographics idp.Demographics `json:"demographics"`
	Request      string           `json:"request,omitempty"`
}

// SignUpPage answers GET /sign-up.
func (c *Recovery) SignUpPage(w http.ResponseWriter, r *http.Request) error {
	if c.SignUp() != SignUpOpen {
		return c.signUpClosed(w, r)
	}
	return c.Pages.SignUp(w, r, pages.SignUp{Request: requestID(r.URL.Query().Get("req"))})
}

// signUpClosed says how to get an account where nobody makes one by herself.
func (c *Recovery) signUpClosed(w http.ResponseWriter, r *http.Request) error {
	return c.Pages.SignUpClosed(w, r, pages.SignUpClosed{ByInvitation: c.SignUp() == SignUpInvitation})
}

// SignUpNow answers POST /sign-up: it checks what was typed, and sends a code. To the owner of an account with that address it
// sends word that she has one; the page is the same.
func (c *Recovery) SignUpNow(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	if c.SignUp() != SignUpOpen {
		return c.signUpClosed(w, r)
	}
	page, d := c.checkSignUp(form)
	if len(page.Errors) > 0 {
		return c.Pages.SignUp(w, r, page)
	}
	if ok, err := c.spend(w, r, signUps); !ok {
		return err
	}
	d.Language = pages.Language(r)
	s, err := c.session(w, r, page.Request)
	if err != nil {
		return err
	}
	if err := c.keepSignUp(r, s, typed{d, page.Request}); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, signUpCodePath)
}

// checkSignUp reads the form. What is wrong is said field by field.
func (c *Recovery) checkSignUp(form url.Values) (pages.SignUp, idp.Demographics) {
	page := pages.SignUp{
		Request: requestID(form.Get("request")), GivenName: form.Get("given_name"), FamilyName: form.Get("family_name"),
		OneName: form.Get("one_name") != "", Email: form.Get("email"), Phone: form.Get("phone"),
	}
	var born string
	page.Birthdate, born = birthdate(form)
	d, problems := person.Check(person.Input{
		NameInput: person.NameInput{GivenName: page.GivenName, FamilyName: page.FamilyName, OneName: page.OneName},
		Birthdate: born, Email: page.Email, Phone: page.Phone,
	}, c.now())
	for _, p := range problems.Wrong() {
		field := string(p.Field)
		if p.Field == person.Birthdate {
			field = "month"
		}
		if page.Errors.For(field) == "" {
			page.Errors = append(page.Errors, pages.FieldError{Field: field, TextKey: "sign-up.error." + string(p.Field)})
		}
	}
	if form.Get("terms") == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "terms", TextKey: "sign-up.error.terms"})
	}
	page.Terms = form.Get("terms") != ""
	return page, d
}

// keepSignUp stores what was typed until the code comes back.
func (c *Recovery) keepSignUp(r *http.Request, s idp.Session, t typed) error {
	up := idp.SignUp{ID: idp.NewID(), SessionID: s.ID, CreatedAt: c.now()}
	up.ExpiresAt = up.CreatedAt.Add(signUpLifetime)
	text, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("sign-up: %w", err)
	}
	if up.Sealed, err = c.Sealer.Seal(text, signUpPurpose+"|"+up.ID); err != nil {
		return fmt.Errorf("sign-up: %w", err)
	}
	if err := c.Store.PutSignUp(r.Context(), up); err != nil {
		return err
	}
	return c.sendSignUpCode(r, s, up.ID, t.Demographics)
}

// signUpContact is the address that a sign-up confirms.
func signUpContact(d idp.Demographics) (idp.Channel, string) {
	if d.Email != "" {
		return idp.ByEmail, d.Email
	}
	return idp.BySMS, d.Phone
}

func (c *Recovery) sendSignUpCode(r *http.Request, s idp.Session, id string, d idp.Demographics) error {
	channel, address := signUpContact(d)
	known, err := c.Store.PeopleByContact(r.Context(), channel, address, 1)
	if err != nil {
		return err
	}
	return c.send(r, sending{
		purpose: idp.CodeSignUp, subject: id, session: s, channel: channel, address: address, notice: idp.NoticeSignUpCode,
		instead: idp.NoticeSignUpKnown, nobody: len(known) > 0,
	})
}

// unseal reads what was typed.
func (c *Recovery) unseal(up idp.SignUp) (typed, error) {
	text, err := c.Sealer.Unseal(up.Sealed, signUpPurpose+"|"+up.ID)
	if err != nil {
		return typed{}, fmt.Errorf("sign-up: %w", err)
	}
	var t typed
	if err := json.Unmarshal(text, &t); err != nil {
		return typed{}, fmt.Errorf("sign-up: %w", err)
	}
	return t, nil
}

// sameContact reports whether a code went to the address of what was typed.
func sameContact(d idp.Demographics, code idp.ContactCode) bool {
	channel, address := signUpContact(d)
	return channel == code.Channel && strings.EqualFold(address, code.To)
}

// isGone reports that something is not there or its time is over.
func isGone(err error) bool { return errors.Is(err, idp.ErrNotFound) || errors.Is(err, idp.ErrExpired) }
