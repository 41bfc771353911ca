package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
	"udap-idp/internal/policy"
	"udap-idp/internal/provider"
	"udap-idp/internal/udap"
)

// policy is the documents of a running server.
func (s *site) policy(endpoints udap.Endpoints) *policy.Policy {
	documents := newPolicy(s.config, s.store, endpoints)
	documents.FactsNow = func() policy.Facts { return factsOf(s.live.Now().Config, s.store, endpoints) }
	return documents
}

// newPolicy makes the documents from the settings.
func newPolicy(c config.Config, store idp.Store, e udap.Endpoints) *policy.Policy {
	return &policy.Policy{Store: store, Facts: factsOf(c, store, e)}
}

func factsOf(c config.Config, store idp.Store, e udap.Endpoints) policy.Facts {
	return policy.Facts{
		Operator: c.Operator.Name, Issuer: c.Issuer,
		HelpEmail: c.Operator.HelpEmail, HelpPhone: c.Operator.HelpPhone, HelpURL: c.Operator.HelpURL,
		SessionIdle: c.SessionIdle, SessionLimit: c.SessionLimit, ProofingYears: idp.ProofingYears,
		TwoPersons: c.TwoPersonApproval, AssertsIAL2: c.AssertIAL2,
		ScopesSupported: provider.Scopes(),
		Endpoints: []policy.Endpoint{
			{What: "UDAP metadata", URL: e.Issuer + "/.well-known/udap"},
			{What: "OpenID configuration", URL: e.Issuer + "/.well-known/openid-configuration"},
			{What: "Registration endpoint", URL: e.Registration},
			{What: "Authorization endpoint", URL: e.Authorization},
			{What: "Token endpoint", URL: e.Token},
			{What: "UserInfo endpoint", URL: e.UserInfo},
			{What: "Key set", URL: e.JWKS},
		},
		CommunitiesNamed: func(ctx context.Context) ([]string, error) {
			communities, err := store.Communities(ctx)
			if err != nil {
				return nil, err
			}
			uris := make([]string, len(communities))
			for i, c := range communities {
				uris[i] = c.URI
			}
			return uris, nil
		},
	}
}

// policyURL is where a document is read.
func policyURL(issuer, kind string) string { return issuer + "/policy/" + kind }

// policyCommand is what the commands share.
type policyCommand struct {
	settings
}

// open returns the documents, and what closes the store behind them.
func (c *policyCommand) open(ctx context.Context) (*policy.Policy, func() error, error) {
	cfg, store, err := c.settings.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := cfg.RequireIssuer(); err != nil { // the texts name it
		store.Close()
		return nil, nil, asUsage(err)
	}
	return newPolicy(cfg, store, udap.NewEndpoints(cfg.Issuer)), store.Close, nil
}

type policyShowCommand struct {
	Document string `arg:"" help:"practices, terms or guide."`
	Lang     string `name:"lang" default:"en" placeholder:"LANGUAGE" help:"The text in this language, or in English where there is none (en)."`
	Version  int    `name:"version" placeholder:"NUMBER" help:"An earlier version (the one that applies now)."`
	policyCommand
}

// Run prints a document as Markdown: what policy publish reads.
func (c *policyShowCommand) Run(ctx context.Context, term terminal) error {
	documents, closeStore, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	d, err := documents.Version(ctx, c.Document, c.Version)
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("there is no version %d of %s; udap-idp policy list shows those there are", c.Version, c.Document)
	}
	if err != nil {
		return badDocument(err)
	}
	d, _ = d.In(c.Lang)
	_, err = io.WriteString(term.Out, strings.TrimRight(d.Markdown, "\n")+"\n")
	return err
}

// badDocument says which documents there are.
func badDocument(err error) error {
	if errors.Is(err, policy.ErrUnknownKind) {
		return usage("%w: choose one of %s", err, strings.Join(policy.Kinds, ", "))
	}
	return err
}

type policyListCommand struct {
	policyCommand
	outputFlag
}

// policyLine is a document as the command prints it.
type policyLine struct {
	Document  string     `json:"document"`
	Name      string     `json:"name"` // of the version that applies
	Title     string     `json:"title"`
	Version   int        `json:"version"` // 0 when it is generated
	Published *time.Time `json:"published"`
	Versions  []int      `json:"versions"`
	URL       string     `json:"url"`
}

// Run prints the documents.
func (c *policyListCommand) Run(ctx context.Context, term terminal) error {
	documents, closeStore, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	var lines []policyLine
	for _, kind := range policy.Kinds {
		d, err := documents.Current(ctx, kind)
		if err != nil {
			return err
		}
		line := policyLine{Document: kind, Name: d.Name, Title: d.Title(), Version: d.Version, Versions: d.Versions, URL: policyURL(documents.Facts.Issuer, kind)}
		if line.Versions == nil {
			line.Versions = []int{}
		}
		if !d.PublishedAt.IsZero() {
			line.Published = &d.PublishedAt
		}
		lines = append(lines, line)
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	t := newTable(term.Out, "DOCUMENT", "VERSION", "PUBLISHED", "TITLE", "READ AT")
	for _, l := range lines {
		published := "generated from the settings"
		if l.Published != nil {
			published = day(*l.Published)
		}
		t.row(l.Document, l.Name, published, l.Title, l.URL)
	}
	return t.flush()
}

type policyPublishCommand struct {
	Document string            `arg:"" help:"practices, terms or guide."`
	File     string            `arg:"" help:"The text, as Markdown; it begins with a title. udap-idp policy show prints what applies now."`
	Text     map[string]string `name:"translation" placeholder:"LANGUAGE=FILE" help:"The same in another language, such as es=FILE. Readers of a language without one get FILE, and are told."`
	By       string            `name:"by" required:"" placeholder:"NAME" help:"Who publishes it, for the audit log."`
	policyCommand
}

// Run publishes a version. It applies at once; the earlier ones stay readable.
func (c *policyPublishCommand) Run(ctx context.Context, term terminal) error {
	if c.By = tidy(c.By); c.By == "" || badText(c.By) || len(c.By) > maxLine {
		return usage("--by: must be a name of at most %d characters", maxLine)
	}
	text, err := readFile(c.File)
	if err != nil {
		return usage("%w", err)
	}
	documents, closeStore, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer closeStore()
	texts := policy.Texts{policy.First: string(text)}
	for language, file := range c.Text {
		other, err := readFile(file)
		if err != nil {
			return usage("--translation: %w", err)
		}
		texts[language] = string(other)
	}
	d, err := documents.PublishTexts(ctx, c.Document, texts, idp.Reading{Actor: c.By}, time.Now())
	if errors.Is(err, policy.ErrText) {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if err != nil {
		return badDocument(err)
	}
	_, err = fmt.Fprintf(term.Out, "%s is published, and applies now:\n%s\n", d.Name, policyURL(documents.Facts.Issuer, d.Kind))
	return err
}
