package main

import (
	"fmt"
	"path/filepath"

	"udap-idp/internal/pki"
	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/vault"
)

// revocationWatch keeps the evidence of revocation fresh while the server runs.
type revocationWatch struct {
	checker *revocation.Checker
	// Two doors to the outside: what strangers name must not hold up what members of a community need.
	evidence, issuers *fetch.Fetcher

	stop func() // nil until start
}

// openTrust makes the trust of the site. Each community says for itself what is checked.
func (s *site) openTrust(v *vault.Vault) error {
	var err error
	if s.revocation, err = s.newRevocationWatch(); err != nil {
		return err
	}
	s.trust = pki.NewTrust(trustSource{store: s.store, vault: v},
		pki.Options{Revocation: s.revocation.checker, Issuers: s.revocation.issuers, Log: s.log})
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
	w.stop = background(w.checker.Run)
}

func (w *revocationWatch) close() {
	if w.stop != nil {
		w.stop()
	}
	w.checker.Close()
	w.evidence.Close()
	w.issuers.Close()
}
