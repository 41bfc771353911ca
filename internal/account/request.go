package account

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/person"
)

// correctable are the kinds that somebody has to look at a document for.
var correctable = []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate}

// CorrectPage answers GET /account/profile/correct?of=KIND: how a value gets right that she cannot change herself.
func (a *Account) CorrectPage(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	kind := idp.AttributeKind(r.URL.Query().Get("of"))
	if !slices.Contains(correctable, kind) {
		return redirect(w, r, "/account/profile")
	}
	return a.Pages.AccountCorrect(w, r, v.correctionOf(kind))
}

func (v visitor) correctionOf(kind idp.AttributeKind) pages.AccountCorrect {
	now, _ := idp.Current(v.person.WithAttributes().Attributes, kind)
	return pages.AccountCorrect{Kind: claimOf[kind], Of: string(kind), Value: written(now), Most: idp.MaxRequestText / 4}
}

// AskCorrection answers POST /account/profile/correct: the desk gets a request. Nothing of hers changes, so a fresh sign-in is not
// asked for.
func (a *Account) AskCorrection(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	form, ok, err := a.form(w, r)
	if err != nil || !ok {
		return err
	}
	kind := idp.AttributeKind(form.Get("of"))
	if !slices.Contains(correctable, kind) {
		return redirect(w, r, "/account/profile")
	}
	c := v.correctionOf(kind)
	c.Text = form.Get("text")
	text := strings.TrimSpace(strings.ReplaceAll(c.Text, "\r\n", "\n"))
	switch {
	case text == "":
		return a.correctAgain(w, r, c, "required")
	case len(text) > idp.MaxRequestText || len([]rune(text)) > c.Most:
		return a.correctAgain(w, r, c, "too_long")
	case !person.Readable(strings.ReplaceAll(text, "\n", " ")):
		return a.correctAgain(w, r, c, "characters")
	}
	err = a.ask(r, v, idp.Request{Kind: idp.RequestCorrection, Subject: string(kind), Text: text})
	if errors.Is(err, idp.ErrInUse) {
		return a.correctAgain(w, r, c, "too_many")
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/account/profile?done=asked")
}

func (a *Account) correctAgain(w http.ResponseWriter, r *http.Request, c pages.AccountCorrect, problem string) error {
	c.Errors = pages.FieldErrors{{Field: "text", TextKey: "account.change.error." + problem}}
	return a.Pages.AccountCorrect(w, r, c)
}

// ask leaves a request for those who run the service. idp.ErrInUse: too many of hers are open.
func (a *Account) ask(r *http.Request, v visitor, q idp.Request) error {
	q.ID, q.PersonID, q.At = idp.NewID(), v.person.ID, v.now
	event := a.event(r, v, "request.add", detail(struct {
		Request string          `json:"request"`
		Kind    idp.RequestKind `json:"kind"`
		Subject string          `json:"subject,omitempty"`
	}{q.ID, q.Kind, q.Subject}))
	trail := idp.Trail{Events: []idp.AuditEvent{event}}
	if a.Staff != nil {
		var err error
		if trail.Messages, err = a.Staff(idp.NoticeStaffRequest); err != nil {
			return err
		}
	}
	return a.Store.AddRequest(r.Context(), q, trail)
}
