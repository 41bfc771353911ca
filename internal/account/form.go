package account

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// form reads a posted form, of the body only. If it cannot be read the person has been told (ok is false and err says whether that
// worked).
func (a *Account) form(w http.ResponseWriter, r *http.Request) (form url.Values, ok bool, err error) {
	if err := r.ParseForm(); err != nil { // the server bounds the body
		problem := pages.Problem{Kind: pages.KindRequestInvalid}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			problem.Status = http.StatusRequestEntityTooLarge
		}
		return nil, false, a.Pages.Problem(w, r, problem)
	}
	return r.PostForm, true, nil
}

// trail is what a change by the visitor leaves behind: a line of the audit log, and a notice to every address she has.
func (a *Account) trail(r *http.Request, v visitor, action, detail string, n idp.Notice) (idp.Trail, error) {
	messages, err := a.Mail.About(v.person, n)
	if err != nil {
		return idp.Trail{}, err
	}
	return idp.Trail{Events: []idp.AuditEvent{a.event(r, v, action, detail)}, Messages: messages}, nil
}

// detail is how the audit log keeps more than words. It is made of plain fields, which always encode.
func detail(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("account: " + err.Error())
	}
	return string(text)
}

// isGone reports that what was to be ended is not there any more, which is what was wanted.
func isGone(err error) bool { return errors.Is(err, idp.ErrNotFound) }
