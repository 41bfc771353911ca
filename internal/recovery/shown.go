package recovery

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// shown is what a page shows once. The page carries it along, sealed for its browser, so that it can be shown once more when its
// reader chooses another language: here nothing is kept that could show it.
type shown struct {
	Codes  []string  `json:"codes"` // in groups
	URL    string    `json:"url,omitempty"`
	MadeAt time.Time `json:"made_at"`
}

// shownFor is how long it can be shown once more.
const shownFor = time.Hour

// The addresses where it is, which are what it is sealed for.
const (
	codesShownPath = "/account/recovery-codes/shown"
	codeShownPath  = "/recover/shown"
)

func shownPurpose(path string, s idp.Session) string { return "shown|" + path + "|" + s.ID }

func (c *Recovery) seal(s idp.Session, path string, v shown) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("what is shown once: %w", err)
	}
	sealed, err := c.Sealer.Seal(text, shownPurpose(path, s))
	if err != nil {
		return "", fmt.Errorf("what is shown once: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// unsealShown reads what was sealed for the browser. ok is false when it was not, or is too old.
func (c *Recovery) unsealShown(s idp.Session, path, sealed string) (v shown, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return v, false
	}
	text, err := c.Sealer.Unseal(raw, shownPurpose(path, s))
	if err != nil || json.Unmarshal(text, &v) != nil {
		return v, false
	}
	return v, c.now().Sub(v.MadeAt) < shownFor
}

// CodesAgain answers POST /account/recovery-codes/shown: the new codes, as long as they are hers, in another language. It asks for no
// recent sign-in: who has the page has the codes.
func (c *Recovery) CodesAgain(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	p, s, ok, err := c.visitor(w, r, codesPath)
	if !ok {
		return err
	}
	v, ok := c.unsealShown(s, codesShownPath, form.Get("kept"))
	if !ok {
		return redirect(w, r, codesPath)
	}
	all, err := c.Store.RecoveryCodes(r.Context(), p.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(v.Codes, func(code string) bool { return !hasCode(all, codes.Normal(code)) }) {
		return redirect(w, r, codesPath)
	}
	return c.codesMadePage(w, r, v, form.Get("kept"))
}

func hasCode(all []idp.RecoveryCode, code string) bool {
	hash := savedHash(code)
	return len(code) == savedSigns && slices.ContainsFunc(all, func(of idp.RecoveryCode) bool { return bytes.Equal(of.Hash, hash) })
}

func (c *Recovery) codesMadePage(w http.ResponseWriter, r *http.Request, v shown, kept string) error {
	return c.Pages.RecoveryCodesMade(w, r, pages.RecoveryCodesMade{
		Codes: v.Codes, MadeAt: v.MadeAt, Site: c.Issuer, Again: pages.Again{Action: codesShownPath, Kept: kept},
	})
}

// CodeAgain answers POST /recover/shown: the recovery code in place of the one that was used, in another language.
func (c *Recovery) CodeAgain(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	s, err := c.Browser(w, r)
	if err != nil {
		return err
	}
	v, ok := c.unsealShown(s, codeShownPath, form.Get("kept"))
	if !ok || len(v.Codes) != 1 {
		return redirect(w, r, startPath+"?late")
	}
	return c.codeMadePage(w, r, v, form.Get("kept"))
}

func (c *Recovery) codeMadePage(w http.ResponseWriter, r *http.Request, v shown, kept string) error {
	return c.Pages.RecoverCode(w, r, pages.RecoverCode{Code: v.Codes[0], URL: v.URL, Again: pages.Again{Action: codeShownPath, Kept: kept}})
}
