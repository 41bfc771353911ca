package main

import (
	"context"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/trust"
)

type communitySetCommand struct {
	URI  string  `arg:"" name:"uri" help:"The community's identifier."`
	Name *string `name:"name" group:"Community" help:"What people call the community; patients read it."`
	communitySettingsFlags
	outputFlag
	settings
}

// Run changes what was given. A running server notices within a second, and judges anew what it found good before.
func (c *communitySetCommand) Run(ctx context.Context, term terminal) error {
	if c.Name == nil && !c.given() {
		return usage("nothing to change was given; udap-idp community set --help lists what can be")
	}
	if c.Name != nil {
		*c.Name = tidy(*c.Name)
		if err := trust.CheckName(*c.Name); err != nil {
			return usage("--name: %w", err)
		}
	}
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	row, err := communityByURI(ctx, store, c.URI)
	if err != nil {
		return err
	}
	change := idp.TrustChange{CommunityID: row.ID}
	if err := c.apply(&row.Settings); err != nil {
		return err
	}
	if c.given() {
		change.Settings = &row.Settings
	}
	if c.Name != nil {
		change.Name = *c.Name
	}
	if row, err = trust.New(trust.Config{Store: store}).Change(ctx, change, nil, idp.Reading{Actor: "community set"}); err != nil {
		return asFlag(err, nil)
	}
	line, err := newCommunityLine(row, time.Now())
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, line)
	}
	return line.print(term.Out)
}
