package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"udap-idp/internal/claims"
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
	if err := checkAudience(c.Audience); err != nil {
		return err
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
	client.Settings.Payload = string(profile)
	if c.Audience != nil {
		client.Settings.Audience = *c.Audience
	}
	if client, err = store.SetClientSettings(ctx, client.ID, client.Settings); err != nil {
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

func checkAudience(audience *string) error {
	if audience == nil || *audience == "" {
		return nil
	}
	u, err := url.Parse(*audience)
	if err != nil || !u.IsAbs() || len(*audience) > 2000 || strings.ContainsFunc(*audience, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return usage("--audience: %q is not a URI such as https://app.example.org", *audience)
	}
	return nil
}
