package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"udap-idp/internal/pages"
)

// Problems answers a request that cannot be answered otherwise: to a browser with the problem page, to a program with JSON.
type Problems struct {
	Pages *pages.Pages
	Log   *slog.Logger
}

// Page shows a problem page with the request's number. cause, which may be nil, goes to the log under that number.
func (p *Problems) Page(w http.ResponseWriter, r *http.Request, problem pages.Problem, cause error) {
	p.report(r, cause)
	if started(w) {
		return // half a page is out already; the log has the cause
	}
	problem.Number = Number(r.Context())
	if err := p.Pages.Problem(w, r, problem); err != nil {
		p.Log.ErrorContext(r.Context(), "the problem page failed", "request", problem.Number, "error", err)
	}
}

// Internal is Page for an error that nobody foresaw.
func (p *Problems) Internal(w http.ResponseWriter, r *http.Request, cause error) {
	var tooLarge *http.MaxBytesError
	if errors.As(cause, &tooLarge) {
		p.Page(w, r, pages.Problem{Kind: pages.KindRequestInvalid, Status: http.StatusRequestEntityTooLarge}, nil)
		return
	}
	p.Page(w, r, pages.Problem{Kind: pages.KindInternal}, cause)
}

// NotFound: there is nothing at this address.
func (p *Problems) NotFound(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, pages.KindNotFound, wireError{http.StatusNotFound, "not_found", "There is nothing at this address."})
}

// Method: the address does not take the request's method. The caller has set Allow.
func (p *Problems) Method(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, pages.KindMethod, wireError{http.StatusMethodNotAllowed, "method_not_allowed",
		"This address does not take that method; the Allow header lists those it takes."})
}

// CrossOrigin: another origin made the browser post to one of our forms.
func (p *Problems) CrossOrigin(w http.ResponseWriter, r *http.Request) {
	p.Log.WarnContext(r.Context(), "cross-origin post refused", "request", Number(r.Context()), "route", route(r))
	p.answer(w, r, pages.KindCrossOrigin, wireError{http.StatusForbidden, "forbidden",
		"This form was sent from another site."})
}

// broken is the answer after a panic, which is in the log already.
func (p *Problems) broken(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, pages.KindInternal, wireError{http.StatusInternalServerError, "server_error",
		"Something went wrong on our side."})
}

// wireError is a problem as a program reads it.
type wireError struct {
	status            int
	code, description string
}

func (p *Problems) answer(w http.ResponseWriter, r *http.Request, kind string, wire wireError) {
	if started(w) {
		return
	}
	if wantsPage(r) {
		p.Page(w, r, pages.Problem{Kind: kind, Status: wire.status}, nil)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	w.WriteHeader(wire.status)
	json.NewEncoder(w).Encode(map[string]string{
		"error": wire.code, "error_description": wire.description, "request": Number(r.Context()),
	})
}

// report logs a cause. A request that the client gave up is no error of ours.
func (p *Problems) report(r *http.Request, cause error) {
	if cause == nil {
		return
	}
	level := slog.LevelError
	if errors.Is(cause, context.Canceled) && r.Context().Err() != nil {
		level = slog.LevelInfo
	}
	p.Log.Log(r.Context(), level, "request failed", "request", Number(r.Context()), "route", route(r), "error", cause)
}

// wantsPage reports whether a person is looking: browsers name text/html when they open an address.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func started(w http.ResponseWriter) bool {
	watched, ok := w.(*answer)
	return ok && watched.started()
}
