package main

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/logo"
	"udap-idp/internal/pki/fetch"
)

// logoTimeout is for one picture with everything in it.
const logoTimeout = 5 * time.Second

// newLogos shows the pictures of data holders, fetched through a guarded door of their own: slow ones hold up no certificate.
func (s *site) newLogos() (*logo.Logos, error) {
	door, err := fetch.New(fetch.Options{Allow: s.config.FetchAllow, Parallel: 2, Timeout: logoTimeout})
	if err != nil {
		return nil, fmt.Errorf("fetch-allow: %w", err)
	}
	s.logoDoor = door
	return logo.New(logo.Config{Fetch: door.Get, Log: s.log}), nil
}

// logoOf is where the picture of a client is, "" for none.
func (s *site) logoOf(logos *logo.Logos) func(ctx context.Context, clientID string) string {
	return func(ctx context.Context, clientID string) string {
		c, err := s.store.Client(ctx, clientID)
		if err != nil {
			return "" // a page can do without
		}
		return logos.Path(ctx, c.LogoURI)
	}
}
