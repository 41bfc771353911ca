package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/claims"
	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/provider"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap"
)

type claimsPreviewCommand struct {
	User   string `arg:"" help:"The person: her id, or her e-mail address."`
	Client string `arg:"" help:"The data holder: its client_id, or its URI."`

	Scope   string `name:"scope" placeholder:"SCOPES" group:"Request" help:"Scopes of the request, separated by spaces (all that the client registered for)."`
	Claims  string `name:"claims" placeholder:"JSON" group:"Request" help:"The claims parameter of the request."`
	Profile string `name:"profile" placeholder:"PROFILE" group:"Request" help:"As if the client had this payload profile (its own): udap, oidc, cms_can, tefca_ias or unified."`
	Reveal  bool   `name:"reveal" group:"Request" help:"Show the Digital Identifier and the number in networks. The audit log keeps that you did."`
	outputFlag
	settings
}

const hiddenIdentifier = "(hidden; --reveal shows it)"

// Run prints what the client would get if the person signed in now and agreed.
func (c *claimsPreviewCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if err := cfg.RequireIssuer(); err != nil {
		return asUsage(err)
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer store.Close()
	prov, err := c.provider(ctx, cfg, store)
	if err != nil {
		return err
	}
	person, err := findPerson(ctx, store, c.User)
	if err != nil {
		return err
	}
	client, err := findClient(ctx, store, c.Client)
	if err != nil {
		return err
	}
	asked := provider.Asked{
		ClientID: client.ID, PersonID: person.ID, Scopes: strings.Fields(c.Scope), Claims: c.Claims, Profile: c.Profile,
		Hidden: hiddenIdentifier, Reading: idp.Reading{Actor: "claims preview", Purpose: "preview", ClientID: client.ID},
	}
	if c.Reveal {
		asked.Hidden = ""
	}
	preview, err := previewClaims(ctx, prov, client, asked)
	if errors.Is(err, provider.ErrPreview) {
		return asUsage(err)
	}
	if err != nil {
		return err
	}
	return c.print(term, person, client, preview)
}

// previewClaims is what a client would get for a sign-in with a passkey, for the command and the administrator's page. No scopes are
// all that the client is registered for.
func previewClaims(ctx context.Context, prov *provider.Provider, client idp.Client, asked provider.Asked) (provider.Preview, error) {
	if len(asked.Scopes) == 0 {
		asked.Scopes = strings.Fields(client.Scope)
	}
	asked.AMR = assurance.AMR(assurance.Authenticator{UserVerified: true})
	return prov.Preview(ctx, asked)
}

// provider is the provider without a browser: it answers questions only.
func (c *claimsPreviewCommand) provider(ctx context.Context, cfg config.Config, store *sqlstore.Store) (*provider.Provider, error) {
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		return nil, err
	}
	people, err := newIdentity(ctx, cfg, store, v)
	if err != nil {
		return nil, err
	}
	trust := pki.NewTrust(trustSource{store: store, vault: v}) // without a checker: no certificate of others is looked at
	slog.SetDefault(slog.New(slog.DiscardHandler))
	return provider.New(provider.Config{
		Endpoints:  udap.NewEndpoints(cfg.Issuer),
		Store:      store,
		Trust:      providerTrust{trust, func(error) {}},
		Untrusted:  untrusted,
		Identifier: people.Identifier,
		Healthcare: communityPolicy{trust}.healthcare,
		AssertIAL2: cfg.AssertIAL2,
	}), nil
}

// previewLine is a preview as the command prints it.
type previewLine struct {
	Person      string            `json:"person"`
	Client      string            `json:"client"`
	Profile     string            `json:"profile"`
	Refused     *refusedLine      `json:"refused"` // null when it would be answered
	IDToken     map[string]any    `json:"id_token"`
	UserInfo    map[string]any    `json:"userinfo"`
	Level       idp.Level         `json:"level"`
	MatchWeight int               `json:"match_weight"`
	Withheld    []claims.Withheld `json:"withheld"`
}

type refusedLine struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (c *claimsPreviewCommand) print(term terminal, person idp.Person, client idp.Client, preview provider.Preview) error {
	line := previewLine{
		Person: person.ID, Client: client.ID, Profile: string(preview.Profile), IDToken: preview.IDToken, UserInfo: preview.UserInfo,
		Level: preview.Released.Level, MatchWeight: preview.Released.MatchWeight, Withheld: preview.Released.Withheld,
	}
	if refusal := preview.Released.Refusal; refusal != nil {
		line.Refused = &refusedLine{refusal.Code, refusal.Description}
	}
	if c.JSON {
		return printJSON(term.Out, line)
	}
	return line.print(term.Out)
}

func (l previewLine) print(w io.Writer) error {
	fmt.Fprintf(w, "Payload profile %s, level %s.\n", l.Profile, orDash(string(l.Level)))
	if l.Refused != nil {
		fmt.Fprintf(w, "\nThe client would get an error and no token: %s\n%s.\n", l.Refused.Error, l.Refused.Description)
		return nil
	}
	fmt.Fprintln(w, "\nID Token")
	if err := printJSON(w, l.IDToken); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nUserInfo")
	if err := printJSON(w, l.UserInfo); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nWeight in a match (10 is needed where records go to a patient): %d\n\n", l.MatchWeight)
	t := newTable(w, "NOT RELEASED", "WHY")
	for _, withheld := range l.Withheld {
		t.row(withheld.Claim, withheld.Words)
	}
	return t.flush()
}
