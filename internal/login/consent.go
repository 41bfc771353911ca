package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// ConsentPage answers GET /consent?req=…: who asks, and what exactly it would learn.
func (l *Login) ConsentPage(w http.ResponseWriter, r *http.Request) error {
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.consentErrand(w, r, r.URL.Query().Get("req"), b.row)
	if !ok {
		return err
	}
	if n := next(e.request, b.row, undecided); n.action != actConsent {
		return l.follow(w, r, e.request, b.row, n)
	}
	person, err := l.Store.Person(r.Context(), b.row.PersonID)
	if err != nil {
		return fmt.Errorf("signed-in person: %w", err)
	}
	offer, err := l.Authorizer.Shares(r.Context(), e.request, b.row)
	if err != nil {
		return l.notOffered(w, r, e.request, b.row, err)
	}
	if err := remember(w, r, session, askedValue+e.request.ID, b.row.Authentication.SID); err != nil {
		return err
	}
	return l.Pages.Consent(w, r, consentQuestion(e, person, offer))
}

// notOffered answers where there is nothing to ask: the person is not bothered with a question whose answer does not count.
func (l *Login) notOffered(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, s idp.Session, err error) error {
	refused, isRefused := errors.AsType[*Refused](err)
	switch {
	case errors.Is(err, ErrSignInAgain):
		return l.again(w, r, req, s)
	case isRefused:
		return l.follow(w, r, req, s, step{actRefuse, refused.Code, refused.Description})
	}
	return l.barred(w, r, l.named(r, req), fmt.Errorf("shares: %w", err))
}

// consentErrand is errand where a request is needed.
func (l *Login) consentErrand(w http.ResponseWriter, r *http.Request, id string, s idp.Session) (e errand, ok bool, err error) {
	if id == "" {
		return e, false, l.elsewhere(w, r)
	}
	return l.errand(w, r, id, s)
}

func consentQuestion(e errand, person idp.Person, offer Offer) pages.Consent {
	question := pages.Consent{
		Request:         e.request.ID,
		Organization:    e.organization.Name,
		OrganizationURI: e.organization.URI,
		Community:       e.organization.CommunityName,
		CommunityURI:    e.organization.CommunityURI,
		PersonName:      person.Name(),
		Level:           string(offer.Level),
		// The answer to the form is redirected there, and browsers apply form-action to redirects too.
		FormAction: origin(e.request.RedirectURI),
		UILocales:  e.request.UILocales,
	}
	for _, s := range offer.Shares {
		question.Items = append(question.Items, pages.ConsentItem(s))
	}
	return question
}

// Consent answers POST /consent: the person's yes or no.
func (l *Login) Consent(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	d := decision(form.Get("decision"))
	if d != allow && d != deny {
		return l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestInvalid})
	}
	session, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.consentErrand(w, r, form.Get("request"), b.row)
	if !ok {
		return err
	}
	if d == allow && !asked(session, e.request, b.row) {
		d = undecided // a page left open by somebody else, or none: next has it shown
	}
	l.Log.InfoContext(r.Context(), "consent", "decision", string(d), "client_id", e.request.ClientID)
	return l.follow(w, r, e.request, b.row, next(e.request, b.row, d))
}

// agreement is her yes to everything that she was shown.
func (l *Login) agreement(ctx context.Context, req idp.AuthRequest, s idp.Session) (idp.Agreement, error) {
	offer, err := l.Authorizer.Shares(ctx, req, s)
	if err != nil {
		return idp.Agreement{}, err
	}
	o, err := l.Organization(ctx, req)
	if err != nil {
		return idp.Agreement{}, err
	}
	return idp.Agreement{Asked: true, Consent: idp.Consent{
		Sector: offer.Sector, Organization: o.Name, Community: o.CommunityName, Agreed: offer.Claims,
	}}, nil
}

// asked reports whether the question of this request was shown under the sign-in that holds now.
func asked(session *sessions.Session, req idp.AuthRequest, s idp.Session) bool {
	return s.SignedIn() && session.Values[askedValue+req.ID] == s.Authentication.SID
}
