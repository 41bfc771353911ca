package server

import (
	"context"
	"io"
	"net/http"
	"time"
)

// readyTimeout is how long the database may take to answer before we call ourselves not ready. Probes give up after
// a few seconds themselves.
const readyTimeout = 2 * time.Second

// healthz says that the process runs; it asks nobody, so that a slow database does not get the process restarted.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, http.StatusOK, "ok\n")
}

// readyz says that requests can be served: the database answers now.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := s.config.Ready(ctx); err != nil {
		s.log.ErrorContext(ctx, "not ready: the database does not answer", "request", Number(ctx), "error", err)
		writeHealth(w, http.StatusServiceUnavailable, "the database does not answer\n")
		return
	}
	writeHealth(w, http.StatusOK, "ready\n")
}

func writeHealth(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text)
}
