package recovery

import (
	"errors"
	"net/http"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// step reads the recovery of the browser. A browser that has none, or whose time is over, has been led to the beginning (ok is
// false), and so has one whose step is another than the one asked for.
func (c *Recovery) step(w http.ResponseWriter, r *http.Request, paths ...string) (b idp.Session, s standing, ok bool, err error) {
	if b, err = c.Browser(w, r); err != nil {
		return b, s, false, err
	}
	s, err = c.standing(r.Context(), b.ID)
	switch {
	case errors.Is(err, idp.ErrNotFound), errors.Is(err, idp.ErrExpired):
		return b, s, false, redirect(w, r, startPath+"?late")
	case err != nil:
		return b, s, false, err
	}
	next := s.next(c.now())
	for _, path := range paths {
		if path == next {
			return b, s, true, nil
		}
	}
	return b, s, false, redirect(w, r, next)
}

// CodePage answers GET /recover/code: a code is on its way.
func (c *Recovery) CodePage(w http.ResponseWriter, r *http.Request) error {
	b, s, ok, err := c.step(w, r, codePath, secondPath)
	if !ok {
		return err
	}
	return c.codePage(w, r, b, s, "")
}

func (c *Recovery) codePage(w http.ResponseWriter, r *http.Request, b idp.Session, s standing, problem string) error {
	code, err := c.Store.ContactCode(r.Context(), idp.CodeRecovery, b.ID)
	if errors.Is(err, idp.ErrNotFound) || err == nil && (code.Subject != s.recovery.ID || s.recovery.Proved(idp.RecoveryWay(code.Channel))) {
		return redirect(w, r, startPath)
	}
	if err != nil {
		return err
	}
	page := pages.Code{
		Kind: "recovery", Action: codePath, ResendAction: "/recover/send", Channel: string(code.Channel), To: code.To,
		ExpiresAt: code.ExpiresAt, SavedURL: savedPath, BackURL: startPath, Sent: r.URL.Query().Has("sent"),
	}
	if len(s.recovery.Proofs) > 0 { // she did not type this one
		page.Kind, page.To, page.BackURL, page.SavedURL = "second", mask(code.Channel, code.To), secondPath, ""
	}
	if problem != "" {
		page.Errors = pages.FieldErrors{{Field: "code", TextKey: problem}}
	}
	return c.Pages.Code(w, r, page)
}

// Code answers POST /recover/code.
func (c *Recovery) Code(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	b, s, ok, err := c.step(w, r, codePath, secondPath)
	if !ok {
		return err
	}
	code, err := c.Store.ContactCode(r.Context(), idp.CodeRecovery, b.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, startPath)
	}
	if err != nil {
		return err
	}
	if codes.Normal(form.Get("code")) == "" {
		return c.codePage(w, r, b, s, codeMissing)
	}
	way := idp.RecoveryWay(code.Channel)
	if ok, err := c.spendTry(w, r, s.recovery, way); !ok {
		return err
	}
	problem, err := c.take(r, code, form.Get("code"), func() (idp.Trail, error) { return c.proofTrail(r, s.recovery, way) })
	if err != nil {
		return err
	}
	if problem != "" {
		return c.codePage(w, r, b, s, problem)
	}
	return redirect(w, r, "/recover/next")
}

// proofTrail is what a proof leaves behind. The first one of a recovery is told to all her addresses: somebody has one of them in
// hand, or one of her codes.
func (c *Recovery) proofTrail(r *http.Request, recovery idp.Recovery, way idp.RecoveryWay) (idp.Trail, error) {
	p, err := c.personOf(r.Context(), recovery)
	if err != nil || p.ID == "" {
		return idp.Trail{}, err
	}
	trail := idp.Trail{Events: []idp.AuditEvent{c.event(r, stranger, "recovery.proof", p.ID, map[string]any{"way": way})}}
	if len(recovery.Proofs) > 0 {
		return trail, nil
	}
	trail.Events = append(trail.Events, c.event(r, stranger, "recovery.start", p.ID, nil))
	trail.Messages, err = c.Mail.About(p, idp.Notice{Kind: idp.NoticeRecoveryStarted, Params: map[string]string{"device": device(r)}})
	return trail, err
}

// Next answers GET /recover/next: it leads to the step that comes next.
func (c *Recovery) Next(w http.ResponseWriter, r *http.Request) error {
	_, _, _, err := c.step(w, r)
	return err
}

// Send answers POST /recover/send: the code of the page once more, or one by another channel.
func (c *Recovery) Send(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	b, s, ok, err := c.step(w, r, codePath, secondPath)
	if !ok {
		return err
	}
	code, err := c.Store.ContactCode(r.Context(), idp.CodeRecovery, b.ID)
	if errors.Is(err, idp.ErrNotFound) {
		return redirect(w, r, startPath)
	}
	if err != nil {
		return err
	}
	channel, address := code.Channel, code.To
	// Another channel is for somebody who has shown something already: nobody else learns that she has one, or has codes sent to it.
	if asked := idp.Channel(form.Get("channel")); len(s.recovery.Proofs) > 0 && (asked == idp.ByEmail || asked == idp.BySMS) {
		if channel, address, err = c.otherChannel(r, s, asked); err != nil {
			return err
		}
	}
	if address == "" {
		return redirect(w, r, secondPath)
	}
	p, err := c.personOf(r.Context(), s.recovery)
	if err != nil {
		return err
	}
	if err := c.sendRecoveryCode(r, b, s.recovery, p, channel, address); err != nil {
		return c.refused(w, r, err)
	}
	return redirect(w, r, codePath+"?sent")
}

func (c *Recovery) otherChannel(r *http.Request, s standing, asked idp.Channel) (idp.Channel, string, error) {
	if s.recovery.Proved(idp.RecoveryWay(asked)) {
		return asked, "", nil
	}
	address, ok, err := c.address(r.Context(), s.person, asked)
	if err != nil || !ok {
		return asked, "", err
	}
	return asked, address, nil
}
