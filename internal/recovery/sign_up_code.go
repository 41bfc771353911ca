package recovery

import (
	"errors"
	"net/http"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const signUpCodePath = "/sign-up/code"

// enrolFor is how long a passkey can be made after signing up.
const enrolFor = time.Hour

// pendingSignUp reads the sign-up of the browser with its code. A browser without one has been led to the beginning (ok is false).
func (c *Recovery) pendingSignUp(w http.ResponseWriter, r *http.Request) (b idp.Session, up idp.SignUp, code idp.ContactCode, ok bool, err error) {
	if b, err = c.Browser(w, r); err != nil {
		return b, up, code, false, err
	}
	if up, err = c.Store.SignUpOf(r.Context(), b.ID, c.now()); err == nil {
		code, err = c.Store.ContactCode(r.Context(), idp.CodeSignUp, b.ID)
	}
	if isGone(err) {
		return b, up, code, false, redirect(w, r, "/sign-up")
	}
	return b, up, code, err == nil, err
}

// SignUpCodePage answers GET /sign-up/code.
func (c *Recovery) SignUpCodePage(w http.ResponseWriter, r *http.Request) error {
	_, _, code, ok, err := c.pendingSignUp(w, r)
	if !ok {
		return err
	}
	return c.signUpCodePage(w, r, code, "")
}

func (c *Recovery) signUpCodePage(w http.ResponseWriter, r *http.Request, code idp.ContactCode, problem string) error {
	page := pages.Code{
		Kind: "sign-up", Action: signUpCodePath, ResendAction: "/sign-up/send", Channel: string(code.Channel), To: code.To,
		ExpiresAt: code.ExpiresAt, BackURL: "/sign-up", Sent: r.URL.Query().Has("sent"),
	}
	if problem != "" {
		page.Errors = pages.FieldErrors{{Field: "code", TextKey: problem}}
	}
	return c.Pages.Code(w, r, page)
}

// SignUpSend answers POST /sign-up/send: the code once more.
func (c *Recovery) SignUpSend(w http.ResponseWriter, r *http.Request) error {
	b, up, _, ok, err := c.pendingSignUp(w, r)
	if !ok {
		return err
	}
	t, err := c.unseal(up)
	if err != nil {
		return err
	}
	if err := c.sendSignUpCode(r, b, up.ID, t.Demographics); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, signUpCodePath+"?sent")
}

// SignUpCode answers POST /sign-up/code: the account is made, and its first passkey comes next.
func (c *Recovery) SignUpCode(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	b, up, code, ok, err := c.pendingSignUp(w, r)
	if !ok {
		return err
	}
	if code.Subject != up.ID || c.SignUp() != SignUpOpen {
		return redirect(w, r, "/sign-up")
	}
	if codes.Normal(form.Get("code")) == "" {
		return c.signUpCodePage(w, r, code, codeMissing)
	}
	if ok, err := c.spend(w, r, codeTries); !ok {
		return err
	}
	problem, err := c.take(r, code, form.Get("code"), func() (idp.Trail, error) { return idp.Trail{}, nil })
	if err != nil {
		return err
	}
	if problem != "" {
		return c.signUpCodePage(w, r, code, problem)
	}
	if up, err = c.Store.TakeSignUp(r.Context(), up.ID, b.ID, c.now()); errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, "/sign-up")
	}
	if err != nil {
		return err
	}
	token, err := c.signedUp(r, b, up, code)
	if err != nil {
		return err
	}
	return redirect(w, r, "/invite/"+token.String())
}

// signedUp stores the person, self-asserted and unverified, and the right to make her first passkey in this browser.
func (c *Recovery) signedUp(r *http.Request, b idp.Session, up idp.SignUp, code idp.ContactCode) (idp.Token, error) {
	ctx := r.Context()
	t, err := c.unseal(up)
	if err != nil {
		return idp.Token{}, err
	}
	if !sameContact(t.Demographics, code) {
		return idp.Token{}, errors.New("sign-up: the code went to another address")
	}
	p, err := c.AddPerson(ctx, t.Demographics, c.reading(r, "sign-up", "sign-up"))
	if err != nil {
		return idp.Token{}, err
	}
	now, token := c.now(), idp.NewToken()
	contact := idp.Contact{Channel: code.Channel, Address: code.To, ConfirmedAt: now}
	trail := idp.Trail{Events: []idp.AuditEvent{c.event(r, p.ID, "contact.confirm", p.ID, map[string]any{"channel": code.Channel})}}
	if err := c.Store.ConfirmContact(ctx, p.ID, contact, trail); err != nil {
		return idp.Token{}, err
	}
	inv := idp.Invitation{
		ID: token.ID, Hash: token.Hash(), PersonID: p.ID, Purpose: idp.InviteSignUp, SessionID: b.ID, RequestID: t.Request,
		CreatedBy: "sign-up", CreatedAt: now, ExpiresAt: now.Add(enrolFor),
	}
	return token, c.Store.Invite(ctx, inv, idp.Trail{})
}
