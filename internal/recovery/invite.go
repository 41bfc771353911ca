package recovery

import (
	"errors"
	"net/http"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// InvitePage answers GET /invite: the page on which the code of an invitation is typed.
func (c *Recovery) InvitePage(w http.ResponseWriter, r *http.Request) error {
	if c.SignUp() == SignUpOff {
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
	}
	return c.Pages.Invite(w, r, pages.Invite{Code: r.URL.Query().Get("code")})
}

// Invite answers POST /invite. A code that is nobody's and a birthdate that does not fit are answered alike.
func (c *Recovery) Invite(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	if c.SignUp() == SignUpOff {
		return c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
	}
	page := pages.Invite{Code: form.Get("code")}
	var born string
	page.Birthdate, born = birthdate(form)
	if codes.Normal(page.Code) == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "code", TextKey: "invite.error.code"})
	}
	if born == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "month", TextKey: "birthdate.error"})
	}
	if len(page.Errors) > 0 {
		return c.Pages.Invite(w, r, page)
	}
	if ok, err := c.spend(w, r, inviteTries); !ok {
		return err
	}
	inv, err := c.Invitations.ByCode(r.Context(), page.Code)
	if errors.Is(err, idp.ErrNotFound) {
		err = ErrWrongAnswer
	}
	if err == nil {
		err = c.open(w, r, inv, Answer{Birthdate: born})
	}
	if errors.Is(err, ErrWrongAnswer) {
		page.Errors = pages.FieldErrors{{Field: "code", TextKey: "invite.error.wrong"}}
		return c.Pages.Invite(w, r, page)
	}
	return c.uninvited(w, r, err)
}

// open lets the browser use the invitation and leads it to where the passkey is made.
func (c *Recovery) open(w http.ResponseWriter, r *http.Request, inv idp.Invitation, a Answer) error {
	s, err := c.Session(w, r)
	if err != nil {
		return err
	}
	a.SessionID = s.ID
	token, err := c.Invitations.Open(r.Context(), inv, a, c.reading(r, stranger, "invitation"))
	if err != nil {
		return err
	}
	return redirect(w, r, "/invite/"+token.String())
}

// uninvited shows why an invitation does not work. It returns err when that is no matter for a person.
func (c *Recovery) uninvited(w http.ResponseWriter, r *http.Request, err error) error {
	for _, k := range []struct {
		err  error
		kind string
	}{
		{idp.ErrNotFound, pages.KindInvitationUnknown},
		{idp.ErrUsed, pages.KindInvitationUsed},
		{idp.ErrExpired, pages.KindInvitationExpired},
	} {
		if errors.Is(err, k.err) {
			return c.Pages.Problem(w, r, pages.Problem{Kind: k.kind})
		}
	}
	return err
}

// linked is the invitation of a link that asks for more. If there is none the person has been told (ok is false).
func (c *Recovery) linked(w http.ResponseWriter, r *http.Request) (inv idp.Invitation, ok bool, err error) {
	token, err := idp.ParseToken(r.PathValue("token"))
	if err != nil {
		return inv, false, c.uninvited(w, r, idp.ErrNotFound)
	}
	if inv, err = c.Store.Invitation(r.Context(), token.ID); err != nil {
		return inv, false, c.uninvited(w, r, err)
	}
	if !token.Matches(inv.Hash) {
		return inv, false, c.uninvited(w, r, idp.ErrNotFound)
	}
	switch inv.StatusAt(c.now()) {
	case idp.InvitationUsed:
		return inv, false, c.uninvited(w, r, idp.ErrUsed)
	case idp.InvitationExpired, idp.InvitationRevoked:
		return inv, false, c.uninvited(w, r, idp.ErrExpired)
	}
	return inv, true, nil
}

// CheckPage answers GET /invite/{token}/check: what the invitation of a link asks for.
func (c *Recovery) CheckPage(w http.ResponseWriter, r *http.Request) error {
	inv, ok, err := c.linked(w, r)
	if !ok {
		return err
	}
	return c.Pages.InviteCheck(w, r, checkOf(r, inv))
}

func checkOf(r *http.Request, inv idp.Invitation) pages.InviteCheck {
	return pages.InviteCheck{
		Action: "/invite/" + r.PathValue("token") + "/check", AsksBirthdate: inv.AsksBirthdate, AsksCode: len(inv.CompanionHash) > 0,
	}
}

// Check answers POST /invite/{token}/check.
func (c *Recovery) Check(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	inv, ok, err := c.linked(w, r)
	if !ok {
		return err
	}
	page := checkOf(r, inv)
	a := Answer{Companion: form.Get("code")}
	page.Birthdate, a.Birthdate = birthdate(form)
	if page.AsksCode && codes.Normal(a.Companion) == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "code", TextKey: "invite-check.error.code"})
	}
	if page.AsksBirthdate && a.Birthdate == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "month", TextKey: "birthdate.error"})
	}
	if len(page.Errors) > 0 {
		return c.Pages.InviteCheck(w, r, page)
	}
	if ok, err := c.spend(w, r, inviteTries); !ok {
		return err
	}
	err = c.open(w, r, inv, a)
	if errors.Is(err, ErrWrongAnswer) {
		field := "month"
		if page.AsksCode {
			field = "code"
		}
		page.Errors = pages.FieldErrors{{Field: field, TextKey: "invite-check.error.wrong"}}
		return c.Pages.InviteCheck(w, r, page)
	}
	return c.uninvited(w, r, err)
}
