package recovery

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// recoveryLifetime is as long as a browser is known in which nobody signs in.
const recoveryLifetime = time.Hour

// StartPage answers GET /recover, which may have the id of an authorization request in req.
func (c *Recovery) StartPage(w http.ResponseWriter, r *http.Request) error {
	return c.Pages.Recover(w, r, pages.Recover{Request: requestID(r.URL.Query().Get("req")), Late: r.URL.Query().Has("late")})
}

// Start answers POST /recover: it sends a code, if there is an account, and goes on as if there were one.
func (c *Recovery) Start(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	if ok, err := c.spend(w, r, recoverStarts); !ok {
		return err
	}
	page := pages.Recover{Request: requestID(form.Get("request")), Address: form.Get("address")}
	var born string
	page.Birthdate, born = birthdate(form)
	channel, address := contactOf(page.Address)
	if address == "" {
		page.Errors = append(page.Errors, pages.FieldError{Field: "address", TextKey: "recover.error.address"})
	}
	if _, wrong := person.CheckBirthdate(born, c.now()); len(wrong.Wrong()) > 0 {
		page.Errors = append(page.Errors, pages.FieldError{Field: "month", TextKey: "birthdate.error"})
	}
	if len(page.Errors) > 0 {
		return c.Pages.Recover(w, r, page)
	}
	s, err := c.session(w, r, page.Request)
	if err != nil {
		return err
	}
	if err := c.start(r, s, page.Request, channel, address, born); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, codePath)
}

// contactOf reads what was typed as an e-mail address or a telephone number; "" when it is neither.
func contactOf(typed string) (idp.Channel, string) {
	if strings.Contains(typed, "@") {
		address, wrong := person.CheckEmail(typed)
		if len(wrong.Wrong()) > 0 {
			return idp.ByEmail, ""
		}
		return idp.ByEmail, address
	}
	number, wrong := person.CheckPhone(typed)
	if len(wrong.Wrong()) > 0 {
		return idp.BySMS, ""
	}
	return idp.BySMS, number
}

func (c *Recovery) start(r *http.Request, s idp.Session, request string, channel idp.Channel, address, born string) error {
	ctx := r.Context()
	typed, err := c.key("account", string(channel), strings.ToLower(address), born)
	if err != nil {
		return err
	}
	p, err := c.owner(ctx, channel, address, born)
	if err != nil {
		return err
	}
	now := c.now()
	recovery := idp.Recovery{
		ID: idp.NewID(), SessionID: s.ID, PersonID: p.ID, RequestID: request, TypedKey: typed, IP: c.ClientIP(r),
		StartedAt: now, ExpiresAt: now.Add(recoveryLifetime),
	}
	if err := c.Store.StartRecovery(ctx, recovery); err != nil {
		return err
	}
	return c.sendRecoveryCode(r, s, recovery, p, channel, address)
}

// owner is the one person in whose account the address and the birthdate are; of several, the one who confirmed the address. Where
// several did, none is: twins who share a mailbox are told apart at a desk.
func (c *Recovery) owner(ctx context.Context, channel idp.Channel, address, born string) (idp.Person, error) {
	const household = 20
	people, err := c.Store.PeopleByContact(ctx, channel, address, household)
	if err != nil {
		return idp.Person{}, err
	}
	var found []idp.Person
	for _, p := range people {
		if p.Birthdate == born && mayRecover(p) {
			found = append(found, p)
		}
	}
	if len(found) > 1 {
		if found, err = c.confirmedBy(ctx, found, channel, address); err != nil {
			return idp.Person{}, err
		}
	}
	if len(found) != 1 {
		return idp.Person{}, nil
	}
	return found[0], nil
}

// confirmedBy are those who have shown that the address is theirs. Otherwise a stranger takes the way back from somebody, by
// typing her number and her birthdate into an account of his own.
func (c *Recovery) confirmedBy(ctx context.Context, people []idp.Person, channel idp.Channel, address string) ([]idp.Person, error) {
	var theirs []idp.Person
	for _, p := range people {
		confirmed, ok, err := c.address(ctx, p, channel)
		if err != nil {
			return nil, fmt.Errorf("recovery address: %w", err)
		}
		if ok && strings.EqualFold(confirmed, address) {
			theirs = append(theirs, p)
		}
	}
	return theirs, nil
}

// sendRecoveryCode sends a code for a recovery, or nothing where the address is nobody's or was never confirmed: then no code is
// right, and neither the page nor the time that it takes says so.
func (c *Recovery) sendRecoveryCode(r *http.Request, s idp.Session, recovery idp.Recovery, p idp.Person, channel idp.Channel, address string) error {
	out := sending{
		purpose: idp.CodeRecovery, subject: recovery.ID, person: p, session: s, channel: channel, address: address, notice: idp.NoticeRecoveryCode,
		events: []idp.AuditEvent{c.event(r, stranger, "recovery.code.send", p.ID, map[string]any{"channel": channel})},
	}
	confirmed, ok, err := c.address(r.Context(), p, channel)
	if err != nil {
		return fmt.Errorf("recovery address: %w", err)
	}
	if out.nobody = !ok || !strings.EqualFold(confirmed, address); !out.nobody {
		out.address = confirmed
	}
	if out.hand, err = c.hand(r, recovery); err != nil {
		return err
	}
	return c.send(r, out)
}
