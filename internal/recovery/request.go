package recovery

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// maxForm is the size of a posted form in bytes. The largest is a page of recovery codes.
const maxForm = 16 << 10

// form reads a posted form, of the body only. If it cannot be read the person has been told (ok is false and err says whether
// that worked).
func (c *Recovery) form(w http.ResponseWriter, r *http.Request) (form url.Values, ok bool, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		problem := pages.Problem{Kind: pages.KindRequestInvalid}
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			problem.Status = http.StatusRequestEntityTooLarge
		}
		return nil, false, c.Pages.Problem(w, r, problem)
	}
	return r.PostForm, true, nil
}

// redirect answers with 303 See Other, so that the browser asks for the next page with GET whatever it sent before.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// requestID is the id of an authorization request in a query or a form, "" when there is none. Whether it is this browser's is
// found out where it leads to.
func requestID(text string) string {
	if len(text) != 36 || strings.Trim(text, "0123456789abcdef-") != "" {
		return ""
	}
	return text
}

// session is the browser's, for the beginning of something: made anew when it is about to end, unless it has a request of a data
// holder to return to.
func (c *Recovery) session(w http.ResponseWriter, r *http.Request, request string) (idp.Session, error) {
	if request != "" {
		return c.Browser(w, r)
	}
	return c.Session(w, r)
}

// event is a line of the audit log about a person. actor is who did it: herself, once she is signed in.
func (c *Recovery) event(r *http.Request, actor, action, personID string, detail map[string]any) idp.AuditEvent {
	text := ""
	if len(detail) > 0 {
		encoded, err := json.Marshal(detail)
		if err != nil { // of plain values, which always encode
			panic(fmt.Sprintf("recovery: encode %v: %v", detail, err))
		}
		text = string(encoded)
	}
	return idp.AuditEvent{
		ID: idp.NewID(), At: c.now(), Actor: actor, Action: action, PersonID: personID,
		RequestID: c.RequestID(r.Context()), IP: c.ClientIP(r), Detail: text,
	}
}

// stranger is who the audit log names where nobody has shown who she is.
const stranger = "somebody without a passkey"

// reading is who does something, for the audit log.
func (c *Recovery) reading(r *http.Request, actor, purpose string) idp.Reading {
	return idp.Reading{Actor: actor, Purpose: purpose, RequestID: c.RequestID(r.Context()), IP: c.ClientIP(r)}
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// device is what a request says it was made with, for the person to recognise.
func device(r *http.Request) string { return idp.AgentName(r.UserAgent()) }

// birthdate is the day of three fields as YYYY-MM-DD, "" when nothing was typed, and what was typed when that is no day.
func birthdate(form url.Values) (pages.DateField, string) {
	typed := pages.DateField{Day: form.Get("day"), Month: form.Get("month"), Year: form.Get("year")}
	return typed, typed.ISO()
}
