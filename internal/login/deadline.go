package login

import (
	"net/http"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// deadline is until when a step can be answered: as long as the request lives and, once somebody is signed in, her session
// without another click. There is more time for whoever asks, up to the limits of both.
//
// WCAG 2.2 SC 2.2.1: the reader is warned, and can extend the time with a simple action.
func (l *Login) deadline(req idp.AuthRequest, s idp.Session) pages.Deadline {
	if req.ID == "" {
		return pages.Deadline{}
	}
	until := earlier(req.ExpiresAt, s.ExpiresAt)
	if s.SignedIn() {
		until = earlier(until, s.SeenAt.Add(l.Limits.Idle))
	}
	limit := earlier(l.lastCall(req), s.CreatedAt.Add(l.Limits.Absolute))
	if s.SignedIn() {
		limit = earlier(l.lastCall(req), s.ExpiresAt)
	}
	return pages.Deadline{Request: req.ID, Until: until, More: limit.Sub(until) > l.Limits.Request/15}
}

// lastCall is when a request ends whatever is asked for.
func (l *Login) lastCall(req idp.AuthRequest) time.Time {
	return req.CreatedAt.Add(idp.RequestExtensions * l.Limits.Request)
}

// extended is until when a request may be answered, if more time is asked for now.
func (l *Login) extended(req idp.AuthRequest) time.Time {
	return earlier(l.now().Add(l.Limits.Request), l.lastCall(req))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Extend answers POST /extend: more time on the page of a request that has nothing to lose by being loaded again.
func (l *Login) Extend(w http.ResponseWriter, r *http.Request) error {
	form, ok, err := l.form(w, r)
	if !ok {
		return err
	}
	_, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	e, ok, err := l.consentErrand(w, r, form.Get("request"), b.row)
	if !ok {
		return err
	}
	if _, err := l.Store.ExtendAuthRequest(r.Context(), e.request.ID, b.row.ID, l.extended(e.request), l.now()); err != nil {
		return l.unanswerable(w, r, e.request, err)
	}
	return redirect(w, r, requestURL("/login", e.request.ID))
}

// moreTime is Extend on the pages that ask for consent: what was ticked so far stays.
func (l *Login) moreTime(w http.ResponseWriter, r *http.Request, v visit, a reply) error {
	req, err := l.Store.ExtendAuthRequest(r.Context(), v.request.ID, v.row.ID, l.extended(v.request), l.now())
	if err != nil {
		return l.unanswerable(w, r, v.request, err)
	}
	v.request = req
	asked, _ := v.session.Values[askedValue+req.ID].(string)
	if asked == v.shown()+ofIdentifier {
		return l.askIdentifier(w, r, v, a)
	}
	return l.ask(w, r, v, a, false)
}
