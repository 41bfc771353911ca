package recovery

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strconv"

	"udap-idp/internal/codes"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

const (
	savedPath = "/recover/saved"
	// savedSigns is 80 bits. NIST SP 800-63B-4 §4.2.1.1: at least 64 from an approved random bit generator.
	savedSigns = 16
)

// savedHash is the digest of a saved code. Unkeyed: 80 random bits are not to be found from it.
func savedHash(code string) []byte {
	sum := sha256.Sum256([]byte(code))
	return sum[:]
}

// SavedPage answers GET /recover/saved: the page for a code on paper.
func (c *Recovery) SavedPage(w http.ResponseWriter, r *http.Request) error {
	_, s, ok, err := c.step(w, r, codePath, secondPath)
	if !ok {
		return err
	}
	return c.savedPage(w, r, s, "", "")
}

func (c *Recovery) savedPage(w http.ResponseWriter, r *http.Request, s standing, typed, problem string) error {
	page := pages.RecoverSaved{Code: typed, BackURL: codePath}
	if len(s.recovery.Proofs) > 0 {
		page.BackURL = secondPath
	}
	if problem != "" {
		page.Errors = pages.FieldErrors{{Field: "code", TextKey: problem}}
	}
	return c.Pages.RecoverSaved(w, r, page)
}

// Saved answers POST /recover/saved.
func (c *Recovery) Saved(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := c.form(w, r)
	if !ok {
		return err
	}
	_, s, ok, err := c.step(w, r, codePath, secondPath)
	if !ok {
		return err
	}
	code := codes.Normal(form.Get("code"))
	if len(code) != savedSigns {
		return c.savedPage(w, r, s, form.Get("code"), "recover-saved.error.form") // no guess: nothing was looked at
	}
	if ok, err := c.spend(w, r, savedTries); !ok { // not counted for the account: see tries
		return err
	}
	hash := savedHash(code)
	trail, err := c.savedTrail(r, s.recovery, hash)
	if err != nil {
		return err
	}
	err = c.Store.ProveSavedCode(r.Context(), idp.SavedProof{
		RecoveryID: s.recovery.ID, SessionID: s.recovery.SessionID, Hash: hash, At: c.now(), Trail: trail,
	})
	if errors.Is(err, idp.ErrMismatch) {
		return c.savedPage(w, r, s, form.Get("code"), "recover-saved.error.wrong")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/recover/next")
}

// savedTrail is what a saved code leaves behind, told to all addresses. For one that is not hers it is not made, so that it takes as
// long whether or not there is somebody to tell.
func (c *Recovery) savedTrail(r *http.Request, recovery idp.Recovery, hash []byte) (idp.Trail, error) {
	all, err := c.Store.RecoveryCodes(r.Context(), recovery.PersonID)
	if err != nil {
		return idp.Trail{}, err
	}
	left, hers := 0, false
	for _, code := range all {
		if code.UsedAt.IsZero() {
			left++
			hers = hers || subtle.ConstantTimeCompare(code.Hash, hash) == 1
		}
	}
	if !hers {
		return idp.Trail{}, nil
	}
	trail, err := c.proofTrail(r, recovery, idp.SavedCode)
	if err != nil || len(trail.Events) == 0 {
		return trail, err
	}
	p, err := c.personOf(r.Context(), recovery)
	if err != nil {
		return trail, err
	}
	told, err := c.Mail.About(p, idp.Notice{Kind: idp.NoticeRecoveryCodeUsed,
		Params: map[string]string{"left": strconv.Itoa(left - 1), "device": device(r)}})
	trail.Messages = append(trail.Messages, told...)
	return trail, err
}
