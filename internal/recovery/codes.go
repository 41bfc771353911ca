package recovery

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	codesPath = "/account/recovery-codes"
	newPath   = "/account/recovery-codes/new"
	// savedCodes is how many are made at once.
	savedCodes = 10
	// makingsOfDay is how often.
	makingsOfDay = 10
)

// owner of the account whose pages these are: the person who is signed in. A stranger has been sent to sign in (ok is false) and
// comes back to the page.
func (c *Recovery) visitor(w http.ResponseWriter, r *http.Request, back string) (p idp.Person, s idp.Session, ok bool, err error) {
	if s, err = c.Browser(w, r); err != nil {
		return p, s, false, err
	}
	if !s.SignedIn() {
		_, err := c.Fresh(w, r, back)
		return p, s, false, err
	}
	if p, err = c.Store.Person(r.Context(), s.PersonID); err != nil {
		return p, s, false, fmt.Errorf("signed-in person: %w", err)
	}
	return p, s, true, nil
}

// freshVisitor is visitor for what a stranger at an open screen must not do.
func (c *Recovery) freshVisitor(w http.ResponseWriter, r *http.Request, back string) (p idp.Person, s idp.Session, ok bool, err error) {
	if ok, err = c.Fresh(w, r, back); err != nil || !ok {
		return p, s, false, err
	}
	return c.visitor(w, r, back)
}

// CodesPage answers GET /account/recovery-codes: how many are left.
func (c *Recovery) CodesPage(w http.ResponseWriter, r *http.Request) error {
	p, _, ok, err := c.visitor(w, r, codesPath)
	if !ok {
		return err
	}
	page, err := c.codesOf(r, p)
	if err != nil {
		return err
	}
	return c.Pages.RecoveryCodes(w, r, page)
}

func (c *Recovery) codesOf(r *http.Request, p idp.Person) (pages.RecoveryCodes, error) {
	all, err := c.Store.RecoveryCodes(r.Context(), p.ID)
	if err != nil {
		return pages.RecoveryCodes{}, err
	}
	page := pages.RecoveryCodes{Total: len(all), Administrator: p.Role.Administers()}
	for _, code := range all {
		if code.UsedAt.IsZero() {
			page.Left++
		}
		if code.CreatedAt.After(page.MadeAt) {
			page.MadeAt = code.CreatedAt
		}
	}
	return page, nil
}

// NewCodesPage answers GET /account/recovery-codes/new: it asks once more, because the codes from before end.
func (c *Recovery) NewCodesPage(w http.ResponseWriter, r *http.Request) error {
	p, _, ok, err := c.freshVisitor(w, r, newPath)
	if !ok {
		return err
	}
	page, err := c.codesOf(r, p)
	if err != nil {
		return err
	}
	return c.Pages.NewRecoveryCodes(w, r, page)
}

// MakeCodes answers POST /account/recovery-codes/new: it shows the codes, this once.
func (c *Recovery) MakeCodes(w http.ResponseWriter, r *http.Request) error {
	p, s, ok, err := c.freshVisitor(w, r, newPath)
	if !ok {
		return err
	}
	if p.Role.Administers() {
		return redirect(w, r, codesPath)
	}
	// Each making is told to all her addresses.
	again := idp.Allowance{Key: "codes:" + p.ID, Max: makingsOfDay, Window: day}
	if err := c.Store.Spend(r.Context(), c.now(), again); err != nil {
		return c.refused(w, r, err)
	}
	var made []string
	var hashes [][]byte
	for range savedCodes {
		code := codes.New(savedSigns)
		made = append(made, codes.Groups(code, 4))
		hashes = append(hashes, savedHash(code))
	}
	trail := idp.Trail{Events: []idp.AuditEvent{c.event(r, p.ID, "recovery.codes.make", p.ID, map[string]any{"count": savedCodes})}}
	if trail.Messages, err = c.Mail.About(p, idp.Notice{Kind: idp.NoticeRecoveryCodesMade, Params: map[string]string{"device": device(r)}}); err != nil {
		return err
	}
	now := c.now()
	if err := c.Store.ReplaceRecoveryCodes(r.Context(), p.ID, hashes, now, trail); err != nil {
		return err
	}
	v := shown{Codes: made, MadeAt: now}
	kept, err := c.seal(s, codesShownPath, v)
	if err != nil {
		return err
	}
	return c.codesMadePage(w, r, v, kept)
}

// DownloadCodes answers POST /account/recovery-codes/download: the codes that the page shows, as a text file. They come back from
// the page, because nothing here can show them again; what is not hers does not go into the file. It asks for no recent sign-in: the
// way there would lose the codes, and who has the page has them.
func (c *Recovery) DownloadCodes(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	p, _, ok, err := c.visitor(w, r, codesPath)
	if !ok {
		return err
	}
	all, err := c.Store.RecoveryCodes(r.Context(), p.ID)
	if err != nil {
		return err
	}
	var lines []string
	for _, typed := range form["code"] {
		code := codes.Normal(typed)
		if hasCode(all, code) {
			lines = append(lines, codes.Groups(code, 4))
		}
	}
	if len(lines) == 0 {
		return redirect(w, r, codesPath)
	}
	text, err := c.Pages.RecoveryCodesText(r, pages.RecoveryCodesMade{Codes: lines, MadeAt: all[0].CreatedAt, Site: c.Issuer})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="recovery-codes-`+all[0].CreatedAt.Format(time.DateOnly)+`.txt"`)
	h.Set("Cache-Control", "no-store")
	_, err = strings.NewReader(text).WriteTo(w)
	return err
}
