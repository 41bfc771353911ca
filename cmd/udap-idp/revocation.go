package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"udap-idp/internal/pki"
	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/vault"
)

// staleGrace is how long after its end a revocation list still counts in the mode soft-fail.
const staleGrace = 24 * time.Hour

// revocationWatch keeps the evidence of revocation fresh while the server runs.
type revocationWatch struct {
	checker *revocation.Checker
	// Two doors to the outside: what strangers name must not hold up what members of a community need.
	evidence, issuers *fetch.Fetcher

	stop    context.CancelFunc
	stopped chan struct{}
}

// openTrust makes the trust of the site, with the revocation checks that the settings ask for.
func (s *site) openTrust(v *vault.Vault) error {
	source := trustSource{store: s.store, vault: v}
	mode, err := revocation.ParseMode(s.config.Revocation)
	if err != nil {
		return fmt.Errorf("revocation: %w", err)
	}
	if mode == revocation.NoCheck {
		source.revocation.Mode = mode
		s.trust = pki.NewTrust(source)
		return nil
	}
	source.revocation = revocation.Policy{Mode: mode}
	if mode == revocation.SoftFail {
		source.revocation.Grace = staleGrace
	}
	if s.revocation, err = s.newRevocationWatch(); err != nil {
		return err
	}
	s.trust = pki.NewTrust(source, pki.Options{Revocation: s.revocation.checker, Issuers: s.revocation.issuers, Log: s.log})
	return nil
}

func (s *site) newRevocationWatch() (*revocationWatch, error) {
	options := fetch.Options{Allow: s.config.FetchAllow}
	evidence, err := fetch.New(options)
	if err != nil {
		return nil, fmt.Errorf("fetch-allow: %w", err)
	}
	issuers, err := fetch.New(options)
	if err != nil {
		evidence.Close()
		return nil, fmt.Errorf("fetch-allow: %w", err)
	}
	checker, err := revocation.New(revocation.Options{
		Fetcher: evidence, Folder: filepath.Join(s.config.DataDir, "revocation"), Interval: s.config.RevocationInterval, Log: s.log,
	})
	if err != nil {
		evidence.Close()
		issuers.Close()
		return nil, fmt.Errorf("revocation: %w", err)
	}
	return &revocationWatch{checker: checker, evidence: evidence, issuers: issuers}, nil
}

// start fetches evidence anew before it runs out, until close.
func (w *revocationWatch) start() {
	if w == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop, w.stopped = stop, make(chan struct{})
	go func() {
		defer close(w.stopped)
		w.checker.Run(ctx)
	}()
}

func (w *revocationWatch) close() {
	if w == nil {
		return
	}
	if w.stop != nil {
		w.stop()
		<-w.stopped
	}
	w.checker.Close()
	w.evidence.Close()
	w.issuers.Close()
}
