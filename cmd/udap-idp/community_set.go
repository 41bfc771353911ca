package main

import (
	"context"
	"fmt"
	"time"
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
		if *c.Name = tidy(*c.Name); !goodCommunityName(*c.Name) {
			return asUsage(errCommunityName)
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
	if err := c.apply(&row.Settings); err != nil {
		return err
	}
	if c.given() {
		if err := store.SetCommunitySettings(ctx, row.ID, row.Settings); err != nil {
			return fmt.Errorf("the settings could not be stored: %w", err)
		}
	}
	if c.Name != nil {
		if err := store.RenameCommunity(ctx, row.ID, *c.Name); err != nil {
			return fmt.Errorf("the name could not be stored: %w", err)
		}
		row.Name = *c.Name
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
