package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// numbered gives the request its number. One that the client sends is not taken over: it would stand in our log.
func numbered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		number := newNumber()
		w.Header().Set("X-Request-Id", number)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), numberKey{}, number)))
	})
}

// accessLog writes one line per request, and tells observe, unless it is nil. The package comment says what is left out.
func accessLog(log *slog.Logger, observe func(method, route string, status int, took time.Duration), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		watched := &answer{ResponseWriter: w}
		defer func() {
			method, route, status, took := knownMethod(r.Method), route(r), watched.Status(), time.Since(start)
			log.LogAttrs(r.Context(), accessLevel(r), "request",
				slog.String("request", Number(r.Context())),
				slog.String("method", method),
				slog.String("route", route),
				slog.Int("status", status),
				slog.Duration("duration", took))
			if observe != nil {
				observe(method, route, status, took)
			}
		}()
		next.ServeHTTP(watched, r)
	})
}

// accessLevel keeps the probes, which come every few seconds, out of the log.
func accessLevel(r *http.Request) slog.Level {
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// route is the pattern that answered, without its method, and "none" where none did.
func route(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern[strings.IndexByte(r.Pattern, ' ')+1:] // a room's own routes may have no method in them
}

// knownMethod keeps a word that the client made up out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// headers sets what every answer carries. A page sets stricter ones of its own.
func headers(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		// OIDC Core §3.1.2.3, RFC 6749 §10.13: nothing of ours stands in a frame.
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Frame-Options", "DENY")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000") // RFC 6797 §6.1; the issuer speaks for its own host only
		}
		next.ServeHTTP(w, r)
	})
}

// recovery turns a panic into an internal error. The text of the panic goes to the log only where the runtime wrote it:
// any other may hold what the handler was working on.
func recovery(problems *Problems, log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause) // net/http's own way to cut a connection
			}
			text := "a value of the program's"
			if failure, ok := cause.(runtime.Error); ok {
				text = failure.Error()
			}
			log.ErrorContext(r.Context(), "panic", "request", Number(r.Context()), "route", route(r),
				"panic", text, "stack", string(debug.Stack()))
			problems.broken(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}

// base takes the issuer's path off, and a doubled slash in front, which a client gets that appends "/.well-known/udap"
// to a base URL with a trailing slash. It is answered here and not by a redirect, because such clients do not follow one.
// An address without the issuer's path answers too: the pages link to each other from the root of the host.
func base(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		original := r.URL
		trimmed := *original
		trimmed.Path = trimBase(prefix, original.Path)
		trimmed.RawPath = trimBase((&url.URL{Path: prefix}).EscapedPath(), original.RawPath)
		r.URL = &trimmed
		next.ServeHTTP(w, r)
		r.URL = original
	})
}

func trimBase(prefix, path string) string {
	if rest, ok := strings.CutPrefix(path, prefix); ok && (rest == "" || rest[0] == '/') && path != "" {
		path = rest
		if path == "" {
			return "/"
		}
	}
	for strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	return path
}

// answer remembers the status that was sent.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // 1xx is not the answer yet
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Status is what the client got; net/http sends 200 when a handler wrote nothing.
func (a *answer) Status() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// started reports whether anything was sent: then no other answer is possible.
func (a *answer) started() bool { return a.status != 0 }

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
