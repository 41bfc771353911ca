package main

import (
	"context"
	"errors"
	"fmt"

	"udap-idp/internal/claims"
	"udap-idp/internal/clients"
	"udap-idp/internal/idp"
)

type clientPayloadCommand struct {
	Client  string `arg:"" help:"The data holder: its client_id, or its URI."`
	Profile string `arg:"" help:"udap (the default of every client), oidc, cms_can, tefca_ias or unified."`

	Audience *string `name:"audience" placeholder:"URI" help:"aud of its ID Tokens in place of the client_id: the name that its network knows the application by. Empty for the client_id."`
	settings
}

// Run sets in which words a client reads its tokens.
func (c *clientPayloadCommand) Run(ctx context.Context, term terminal) error {
	profile, err := claims.ParseProfile(c.Profile)
	if err != nil {
		return asUsage(err)
	}
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	client, err := findClient(ctx, store, c.Client)
	if err != nil {
		return err
	}
	client, err = clients.New(clients.Config{Store: store}).Set(ctx, client.ID, func(s *idp.ClientSettings) {
		s.Payload = string(profile)
		if c.Audience != nil {
			s.Audience = *c.Audience
		}
	}, idp.Reading{Actor: "client payload"})
	var refusal *clients.Refusal
	if errors.As(err, &refusal) && refusal.Code == "client_audience" {
		return usage("--audience: %s", refusal.Text)
	}
	if err != nil {
		return fmt.Errorf("the settings could not be stored: %w", err)
	}
	if profile.MaxAge() > 0 && !cfg.AssertIAL2 {
		fmt.Fprintf(term.Err, "udap-idp: every request of this client is refused until the server runs with --assert-ial2 true, which needs the approval of the network.\n")
	}
	audience := client.Settings.Audience
	if audience == "" {
		audience = client.ID
	}
	_, err = fmt.Fprintf(term.Out, "%s gets the payload %s, for the audience %s.\n", plain(client.Name), profile, plain(audience))
	return err
}
