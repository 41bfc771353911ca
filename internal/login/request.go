package login

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// request returns the authorization request of a step, if it is this browser's and can still be answered. Otherwise the
// person has been shown why (ok is false and err says whether that worked).
func (l *Login) request(w http.ResponseWriter, r *http.Request, id string, s idp.Session) (req idp.AuthRequest, ok bool, err error) {
	if !isID(id) {
		return req, false, l.elsewhere(w, r)
	}
	req, err = l.Store.AuthRequest(r.Context(), id, s.ID, l.now())
	if err != nil {
		return req, false, l.unanswerable(w, r, req, err)
	}
	return req, true, nil
}

// unanswerable shows why a request cannot be answered. It returns err when that is no matter for a person.
func (l *Login) unanswerable(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, err error) error {
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return l.elsewhere(w, r)
	case errors.Is(err, idp.ErrExpired):
		return l.over(w, r, req, pages.KindRequestExpired)
	case errors.Is(err, idp.ErrUsed):
		return l.over(w, r, req, pages.KindRequestAnswered)
	case errors.Is(err, idp.ErrSuspended), errors.Is(err, idp.ErrMismatch):
		return l.barred(w, r, l.named(r, req), err)
	}
	return fmt.Errorf("authorization request: %w", err)
}

// elsewhere says the same of a request of another browser and of one that never was.
func (l *Login) elsewhere(w http.ResponseWriter, r *http.Request) error {
	return l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestElsewhere})
}

// over leads back to the data holder, if there is a way back.
func (l *Login) over(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, kind string) error {
	o := l.named(r, req)
	back, err := l.Authorizer.Expired(r.Context(), req)
	if err != nil && !errors.Is(err, idp.ErrMismatch) {
		return l.barred(w, r, o, err)
	}
	// Without an address that is still good she goes back by herself, and starts again all the same.
	return l.Pages.Problem(w, r, pages.Problem{Kind: kind, Back: back, BackName: o.Name})
}

// named is the data holder of a request for a page that can do without: its name is left out when it cannot be had.
func (l *Login) named(r *http.Request, req idp.AuthRequest) Organization {
	o, _ := l.Organization(r.Context(), req)
	return o
}

// organization returns the data holder of a request. If it must not have an answer any more, the person has been told.
func (l *Login) organization(w http.ResponseWriter, r *http.Request, req idp.AuthRequest) (o Organization, ok bool, err error) {
	o, err = l.Organization(r.Context(), req)
	if err != nil {
		return o, false, l.barred(w, r, o, err)
	}
	return o, true, nil
}

// barred says why the data holder gets no answer, and leads nowhere: what is sent to a data holder that is gone, suspended
// or has given up the address may reach somebody else.
func (l *Login) barred(w http.ResponseWriter, r *http.Request, o Organization, err error) error {
	problem := pages.Problem{BackName: o.Name}
	switch {
	case errors.Is(err, idp.ErrNotFound):
		problem.Kind = pages.KindClientUnknown
	case errors.Is(err, idp.ErrSuspended):
		problem.Kind = pages.KindClientSuspended
	case errors.Is(err, idp.ErrMismatch):
		problem.Kind = pages.KindRedirectURI
	default:
		return fmt.Errorf("data holder of the request: %w", err)
	}
	return l.Pages.Problem(w, r, problem)
}

// follow takes a request where next says.
func (l *Login) follow(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, s idp.Session, next step) error {
	switch next.action {
	case actLogin:
		return redirect(w, r, requestURL("/login", req.ID))
	case actConsent:
		return redirect(w, r, requestURL("/consent", req.ID))
	case actResume:
		to, err := l.Authorizer.Allow(r.Context(), req, s, next.agreement)
		switch {
		case errors.Is(err, ErrSignInAgain):
			return l.again(w, r, req, s)
		case errors.Is(err, idp.ErrStale): // she stopped sharing, or said something else, since the consent was read
			return redirect(w, r, requestURL("/consent", req.ID))
		}
		return l.answer(w, r, req, to, err)
	case actRefuse:
		to, err := l.Authorizer.Refuse(r.Context(), req, s, next.code, next.description, next.trail)
		return l.answer(w, r, req, to, err)
	}
	return fmt.Errorf("no such action: %d", next.action)
}

// again takes the person to the sign-in page, and has it shown although she is signed in.
func (l *Login) again(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, s idp.Session) error {
	session, _, err := l.session(w, r)
	if err != nil {
		return err
	}
	if err := remember(w, r, session, againValue+req.ID, s.Authentication.SID); err != nil {
		return err
	}
	return redirect(w, r, requestURL("/login", req.ID))
}

// answer sends the browser back to the data holder with the answer.
func (l *Login) answer(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, to string, err error) error {
	if err != nil {
		return l.unanswerable(w, r, req, err)
	}
	return redirect(w, r, to)
}

func requestURL(path, id string) string {
	return path + "?" + url.Values{"req": {id}}.Encode()
}

// origin is the part of a redirect URI that a content security policy names.
func origin(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
