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
	case errors.Is(err, idp.ErrExpired), errors.Is(err, idp.ErrUsed):
		return l.expired(w, r, req)
	}
	return fmt.Errorf("authorization request: %w", err)
}

// elsewhere says the same of a request of another browser and of one that never was.
func (l *Login) elsewhere(w http.ResponseWriter, r *http.Request) error {
	return l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindRequestElsewhere})
}

// expired leads back to the data holder. Its name is left out when it cannot be had: the way back matters more.
func (l *Login) expired(w http.ResponseWriter, r *http.Request, req idp.AuthRequest) error {
	problem := pages.Problem{Kind: pages.KindRequestExpired, Back: l.Authorizer.Expired(req)}
	if o, err := l.Organization(r.Context(), req.ClientID); err == nil {
		problem.BackName = o.Name
	}
	return l.Pages.Problem(w, r, problem)
}

// organization returns the data holder of a request. If it is not registered any more, the person has been told.
func (l *Login) organization(w http.ResponseWriter, r *http.Request, req idp.AuthRequest) (o Organization, ok bool, err error) {
	o, err = l.Organization(r.Context(), req.ClientID)
	if errors.Is(err, idp.ErrNotFound) {
		return o, false, l.unregistered(w, r)
	}
	if err != nil {
		return o, false, fmt.Errorf("organization: %w", err)
	}
	return o, true, nil
}

// unregistered says that the data holder cancelled its registration. Nothing is sent to it any more.
func (l *Login) unregistered(w http.ResponseWriter, r *http.Request) error {
	return l.Pages.Problem(w, r, pages.Problem{Kind: pages.KindClientUnknown})
}

// follow takes a request where next says.
func (l *Login) follow(w http.ResponseWriter, r *http.Request, req idp.AuthRequest, s idp.Session, next step) error {
	switch next.action {
	case actLogin:
		return redirect(w, r, requestURL("/login", req.ID))
	case actConsent:
		return redirect(w, r, requestURL("/consent", req.ID))
	case actResume:
		to, err := l.Authorizer.Allow(r.Context(), req, s)
		return l.answer(w, r, req, to, err)
	case actRefuse:
		to, err := l.Authorizer.Refuse(r.Context(), req, s, next.code, next.description)
		return l.answer(w, r, req, to, err)
	}
	return fmt.Errorf("no such action: %d", next.action)
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
