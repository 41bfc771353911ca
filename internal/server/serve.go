package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. A sign-in is a handful of small requests; what takes longer is broken or means ill.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	// maxHeaderBytes: data holders put several kB into state, and the answer carries it back in a URL.
	maxHeaderBytes = 64 << 10
	// maxBodyBytes is the limit for every body; rooms set smaller ones of their own.
	maxBodyBytes = 1 << 20
)

// Listening is how a handler is served.
type Listening struct {
	Listener        net.Listener
	TLS             *tls.Config   // nil: ordinary http
	ShutdownTimeout time.Duration // how long running requests may take to finish
	Log             *slog.Logger
}

// Serve answers requests with h until ctx ends. Then it stops accepting, lets the running requests finish for as long as
// ShutdownTimeout and cuts what is left. It returns nil after an orderly end.
func Serve(ctx context.Context, h http.Handler, l Listening) error {
	srv := &http.Server{
		Handler:           h,
		TLSConfig:         l.TLS,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// What net/http says by itself is about connections of strangers that failed: of use when looking for something.
		ErrorLog: slog.NewLogLogger(l.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- listen(srv, l) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return shutdown(srv, l, failed)
}

func listen(srv *http.Server, l Listening) error {
	if l.TLS != nil {
		return srv.ServeTLS(l.Listener, "", "")
	}
	return srv.Serve(l.Listener)
}

func shutdown(srv *http.Server, l Listening, failed <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.ShutdownTimeout)
	defer cancel()
	err := srv.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		l.Log.Warn("requests were still running when the time to shut down was over; they were cut", "after", l.ShutdownTimeout)
		err = srv.Close()
	}
	<-failed // http.ErrServerClosed: the listener is closed
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
