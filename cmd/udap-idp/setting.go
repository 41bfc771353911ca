package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"udap-idp/internal/brand"
	"udap-idp/internal/idp"
	live "udap-idp/internal/settings"
)

// settingCommands are the settings that an administrator may make in the browser: the same as the page Settings, in the same way.
type settingCommands struct {
	List  settingListCommand  `cmd:"" help:"List every setting with its value and where it comes from."`
	Set   settingSetCommand   `cmd:"" help:"Make a setting that counts where neither a flag, a variable nor the file says anything."`
	Clear settingClearCommand `cmd:"" help:"Take back what was made so."`
}

type settingListCommand struct {
	settings
	outputFlag
}

// Run prints the settings. Secrets are hidden.
func (c *settingListCommand) Run(ctx context.Context, term terminal) error {
	cfg, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	all := cfg.Describe()
	if c.JSON {
		return printJSON(term.Out, all)
	}
	t := newTable(term.Out, "SETTING", "VALUE", "FROM")
	for _, d := range all {
		from := d.Source
		switch {
		case d.By != "":
			from += ", by " + d.By + " on " + day(d.At)
		case d.From != "":
			from += ", " + d.From
		}
		t.row(d.Name, orDash(d.Value), from)
	}
	return t.flush()
}

type settingSetCommand struct {
	Name  string `arg:"" help:"The setting, without dashes, such as sign-up."`
	Value string `arg:"" help:"Its value."`
	settings
}

// Run makes a setting. Every running server follows within two seconds.
func (c *settingSetCommand) Run(ctx context.Context, term terminal) error {
	if contrast, needed, nearest, ok := brand.Contrast(c.Value); c.Name == "primary-color" && ok && contrast < needed {
		return usage("%s has a contrast of %.1f:1 and people need %.1f:1 to read it; %s is the nearest that has it", plain(c.Value), contrast, needed, nearest)
	}
	if err := change(ctx, &c.settings, live.Change{Set: map[string]string{c.Name: c.Value}, Loosen: true}, "setting set"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(term.Out, "%s is %s. Every running server follows within two seconds.\n", plain(c.Name), plain(c.Value))
	return err
}

type settingClearCommand struct {
	Name string `arg:"" help:"The setting, without dashes."`
	settings
}

// Run takes a setting back.
func (c *settingClearCommand) Run(ctx context.Context, term terminal) error {
	if err := change(ctx, &c.settings, live.Change{Clear: []string{c.Name}, Loosen: true}, "setting clear"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(term.Out, "%s is what it is without. Every running server follows within two seconds.\n", plain(c.Name))
	return err
}

// change makes or takes back settings, as the page does.
func change(ctx context.Context, s *settings, what live.Change, actor string) error {
	base, err := s.resolve()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, base)
	if err != nil {
		return err
	}
	defer store.Close()
	room, err := live.New(ctx, base, store, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	err = room.Make(ctx, what, idp.Reading{Actor: actor}, time.Now().UTC())
	var refused *live.Refusal
	if errors.As(err, &refused) {
		return usage("%w", refused)
	}
	return err
}
