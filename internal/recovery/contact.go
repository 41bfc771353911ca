package recovery

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// contactChannel is the channel of the path. ok is false, and the person has been told, when there is none.
func (c *Recovery) contactChannel(w http.ResponseWriter, r *http.Request) (channel idp.Channel, path string, ok bool, err error) {
	switch r.PathValue("channel") {
	case "email":
		return idp.ByEmail, "/account/contact/email", true, nil
	case "phone":
		return idp.BySMS, "/account/contact/phone", true, nil
	}
	return "", "", false, c.Pages.Problem(w, r, pages.Problem{Kind: pages.KindNotFound})
}

func currentContact(p idp.Person, channel idp.Channel) string {
	if channel == idp.ByEmail {
		return p.Email
	}
	return p.Phone
}

// ContactPage answers GET /account/contact/{channel}: her e-mail address or telephone, to be changed or confirmed.
func (c *Recovery) ContactPage(w http.ResponseWriter, r *http.Request) error {
	channel, path, ok, err := c.contactChannel(w, r)
	if !ok {
		return err
	}
	p, _, ok, err := c.freshVisitor(w, r, path)
	if !ok {
		return err
	}
	page, err := c.contactOf(r, p, channel, path)
	if err != nil {
		return err
	}
	return c.Pages.Contact(w, r, page)
}

func (c *Recovery) contactOf(r *http.Request, p idp.Person, channel idp.Channel, path string) (pages.Contact, error) {
	page := pages.Contact{Action: path, Channel: string(channel), Address: currentContact(p, channel), Current: currentContact(p, channel)}
	confirmed, err := c.Store.ConfirmedContacts(r.Context(), p.ID)
	if err != nil {
		return page, err
	}
	page.Confirmed = slices.ContainsFunc(confirmed, func(of idp.Contact) bool { return of.Channel == channel && of.Address == page.Current })
	return page, nil
}

// Contact answers POST /account/contact/{channel}: a code goes to the address.
func (c *Recovery) Contact(w http.ResponseWriter, r *http.Request) error {
	channel, path, ok, err := c.contactChannel(w, r)
	if !ok {
		return err
	}
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	p, s, ok, err := c.freshVisitor(w, r, path)
	if !ok {
		return err
	}
	page, err := c.contactOf(r, p, channel, path)
	if err != nil {
		return err
	}
	page.Address = form.Get("address")
	typed, address := contactOf(page.Address)
	if address == "" || typed != channel {
		page.Errors = pages.FieldErrors{{Field: "address", TextKey: "contact.error." + string(channel)}}
		return c.Pages.Contact(w, r, page)
	}
	if err := c.sendContactCode(r, p, s, channel, address); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, path+"/code")
}

func (c *Recovery) sendContactCode(r *http.Request, p idp.Person, s idp.Session, channel idp.Channel, address string) error {
	return c.send(r, sending{
		purpose: idp.CodeContact, subject: p.ID, person: p, session: s, channel: channel, address: address, notice: idp.NoticeContactCode,
		events: []idp.AuditEvent{c.event(r, p.ID, "contact.code.send", p.ID, map[string]any{"channel": channel})},
	})
}

// pendingContact reads the code that a person waits for. Without one she has been led back (ok is false).
func (c *Recovery) pendingContact(w http.ResponseWriter, r *http.Request) (p idp.Person, s idp.Session, code idp.ContactCode, path string, ok bool, err error) {
	channel, path, ok, err := c.contactChannel(w, r)
	if !ok {
		return p, s, code, path, false, err
	}
	if p, s, ok, err = c.visitor(w, r, path); !ok {
		return p, s, code, path, false, err
	}
	code, err = c.Store.ContactCode(r.Context(), idp.CodeContact, s.ID)
	if errors.Is(err, idp.ErrNotFound) || err == nil && (code.PersonID != p.ID || code.Channel != channel) {
		return p, s, code, path, false, redirect(w, r, path)
	}
	return p, s, code, path, err == nil, err
}

// ContactCodePage answers GET /account/contact/{channel}/code.
func (c *Recovery) ContactCodePage(w http.ResponseWriter, r *http.Request) error {
	_, _, code, path, ok, err := c.pendingContact(w, r)
	if !ok {
		return err
	}
	return c.contactCodePage(w, r, code, path, "")
}

func (c *Recovery) contactCodePage(w http.ResponseWriter, r *http.Request, code idp.ContactCode, path, problem string) error {
	page := pages.Code{
		Kind: "contact", Action: path + "/code", ResendAction: path + "/send", Channel: string(code.Channel), To: code.To,
		ExpiresAt: code.ExpiresAt, BackURL: path, Sent: r.URL.Query().Has("sent"),
	}
	if problem != "" {
		page.Errors = pages.FieldErrors{{Field: "code", TextKey: problem}}
	}
	return c.Pages.Code(w, r, page)
}

// ContactSend answers POST /account/contact/{channel}/send: the code once more.
func (c *Recovery) ContactSend(w http.ResponseWriter, r *http.Request) error {
	p, s, code, path, ok, err := c.pendingContact(w, r)
	if !ok {
		return err
	}
	if err := c.sendContactCode(r, p, s, code.Channel, code.To); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, path+"/code?sent")
}

// ContactCode answers POST /account/contact/{channel}/code: the address is hers, and the current one from now on.
func (c *Recovery) ContactCode(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	p, _, code, path, ok, err := c.pendingContact(w, r)
	if !ok {
		return err
	}
	if codes.Normal(form.Get("code")) == "" {
		return c.contactCodePage(w, r, code, path, codeMissing)
	}
	if ok, err := c.spend(w, r, codeTries); !ok {
		return err
	}
	problem, err := c.take(r, code, form.Get("code"), func() (idp.Trail, error) {
		return idp.Trail{Events: []idp.AuditEvent{c.event(r, p.ID, "contact.confirm", p.ID, map[string]any{"channel": code.Channel})}}, nil
	})
	if err != nil {
		return err
	}
	if problem != "" {
		return c.contactCodePage(w, r, code, path, problem)
	}
	if !strings.EqualFold(currentContact(p, code.Channel), code.To) {
		if err := c.SetContact(r.Context(), p.ID, code.Channel, code.To, c.reading(r, p.ID, "account")); err != nil {
			return err
		}
	}
	return redirect(w, r, path+"?confirmed")
}
