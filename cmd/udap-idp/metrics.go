package main

import (
	"context"
	"errors"
	"net"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/metrics"
	"udap-idp/internal/pki"
	"udap-idp/internal/server"
)

// listenForMetrics opens the port of the metrics; nil when they are not served.
func listenForMetrics(cfg config.Config) (net.Listener, error) {
	if cfg.MetricsListen == "" {
		return nil, nil
	}
	return listen(cfg.MetricsListen, "--metrics-listen")
}

// serveMetrics answers scrapes until ctx ends. It is a listener of its own: what it tells is for the operator's network only.
func (s *site) serveMetrics(ctx context.Context, listener net.Listener) {
	s.log.Info("serving metrics", "address", listener.Addr().String())
	err := server.Serve(ctx, s.metrics.Handler(), server.Listening{Listener: listener, ShutdownTimeout: time.Second, Log: s.log})
	if err != nil {
		s.log.Error("the metrics are not served any more", "error", err)
	}
}

func (s *site) newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Config{
		Version: buildVersion().Version, Certificates: s.measuredCertificates, Sources: s.measuredSources, Messages: s.measuredMessages,
	})
}

func (s *site) measuredCertificates(ctx context.Context) []metrics.Certificate {
	communities, err := s.trust.Communities(ctx)
	if err != nil {
		s.log.Error("the trust communities could not be read for the metrics", "error", err)
		return nil
	}
	var list []metrics.Certificate
	for _, e := range pki.Expiries(communities, time.Now()) {
		list = append(list, metrics.Certificate{
			Community: e.Community, Kind: string(e.Kind), Subject: e.Subject, SHA256: e.SHA256, NotAfter: e.NotAfter,
		})
	}
	return list
}

func (s *site) measuredSources() []metrics.Source {
	var list []metrics.Source
	for _, status := range s.revocation.checker.Status() {
		list = append(list, metrics.Source{
			Kind: status.Kind, URL: status.URL, Issuer: status.Issuer, Fetched: status.Fetched, NextUpdate: status.NextUpdate,
			Fresh: status.Fresh, Failed: status.Problem != "",
		})
	}
	return list
}

// observeChecks counts the checks of data holders' certificates by their outcome.
func (s *site) observeChecks(purpose string) func(verdict error) {
	return func(verdict error) { s.metrics.CertificateCheck(purpose, outcome(verdict)) }
}

func outcome(verdict error) string {
	switch {
	case verdict == nil:
		return "trusted"
	case errors.Is(verdict, pki.ErrRevoked):
		return "revoked"
	case errors.Is(verdict, pki.ErrUntrusted):
		return "untrusted"
	case errors.Is(verdict, pki.ErrCannotCheck):
		return "unchecked"
	}
	return "error"
}
