package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/trust"
)

// authorityFlags are those of the commands that change the authorities of a community.
type authorityFlags struct {
	URI string `arg:"" name:"uri" help:"The community's identifier."`
	outputFlag
	settings
}

type anchorAddCommand struct {
	authorityFlags
	Files []string `arg:"" name:"file" help:"Certificate of a trust anchor, PEM or DER. Repeatable."`
}

// Run adds anchors. A running server notices within a second.
func (c *anchorAddCommand) Run(ctx context.Context, term terminal) error {
	return c.add(ctx, term, c.Files, "community anchor add", func(change *idp.TrustChange, ders [][]byte) { change.AddAnchors = ders })
}

type intermediateAddCommand struct {
	authorityFlags
	Files []string `arg:"" name:"file" help:"Certificate of an authority between an anchor and the members, PEM or DER. Repeatable."`
}

// Run adds intermediates. A running server notices within a second.
func (c *intermediateAddCommand) Run(ctx context.Context, term terminal) error {
	return c.add(ctx, term, c.Files, "community intermediate add", func(change *idp.TrustChange, ders [][]byte) { change.AddIntermediates = ders })
}

func (f *authorityFlags) add(ctx context.Context, term terminal, files []string, actor string, put func(*idp.TrustChange, [][]byte)) error {
	authorities, err := readAuthorities("FILE", files)
	if err != nil {
		return err
	}
	return f.change(ctx, term, actor, func(change *idp.TrustChange) { put(change, trust.DER(authorities)) }, nil)
}

// removalFlags are those of the commands that take an authority away.
type removalFlags struct {
	authorityFlags
	SHA256 string `arg:"" name:"sha256" help:"The certificate's SHA-256, as community show prints it."`
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the audit log."`
	Yes    bool   `name:"yes" help:"Do not ask."`
}

type anchorRemoveCommand struct{ removalFlags }

// Run takes an anchor away, after asking.
func (c *anchorRemoveCommand) Run(ctx context.Context, term terminal) error {
	return c.remove(ctx, term, "community anchor remove")
}

type intermediateRemoveCommand struct{ removalFlags }

// Run takes an intermediate away, after asking.
func (c *intermediateRemoveCommand) Run(ctx context.Context, term terminal) error {
	return c.remove(ctx, term, "community intermediate remove")
}

func (f *removalFlags) remove(ctx context.Context, term terminal, actor string) error {
	reason, err := reasonOf(f.Reason, "replaced by the anchor of 2027")
	if err != nil {
		return err
	}
	fingerprint := strings.ToUpper(strings.NewReplacer(":", "", " ", "").Replace(f.SHA256))
	return f.change(ctx, term, actor, func(change *idp.TrustChange) {
		change.Remove, change.Reason = []string{fingerprint}, reason
	}, func(out idp.TrustOutcome) error { return confirmed(term, f.Yes, consequence(out), "Remove it") })
}

// change carries a change of a community out, after ask, which may be nil, has agreed to what comes of it, and prints the community.
func (f *authorityFlags) change(ctx context.Context, term terminal, actor string, make func(*idp.TrustChange), ask func(idp.TrustOutcome) error) error {
	_, store, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	row, err := communityByURI(ctx, store, f.URI)
	if err != nil {
		return err
	}
	communities := trust.New(trust.Config{Store: store})
	change := idp.TrustChange{CommunityID: row.ID}
	make(&change)
	if ask != nil {
		out, err := communities.Outcome(ctx, change)
		if err != nil {
			return asFlag(err, nil)
		}
		if err := ask(out); err != nil {
			return err
		}
	}
	if row, err = communities.Change(ctx, change, nil, idp.Reading{Actor: actor}); err != nil {
		return asFlag(err, nil)
	}
	if change.Delete {
		_, err := fmt.Fprintf(term.Out, "%s (%s) is trusted no more. The registrations of its members have ended.\n", plain(row.Name), plain(row.URI))
		return err
	}
	warnExpired(term, row, time.Now())
	line, err := newCommunityLine(row, time.Now())
	if err != nil {
		return err
	}
	if f.JSON {
		return printJSON(term.Out, line)
	}
	return line.print(term.Out)
}

// consequence says what comes of a change.
func consequence(out idp.TrustOutcome) string {
	text := fmt.Sprintf("Of %d registered data holders of %s, %d would not be trusted any more", out.Clients, plain(out.Before.Name), out.Lost)
	if len(out.LostNames) > 0 {
		text += ": " + plain(strings.Join(out.LostNames, ", "))
		if out.Lost > len(out.LostNames) {
			text += " and others"
		}
	}
	text += "."
	if out.Unclear > 0 {
		text += fmt.Sprintf(" Of %d it is not known: the certificates between them and an anchor are not here.", out.Unclear)
	}
	if out.Partial {
		text += " Not all of them could be looked at."
	}
	if out.OwnLost > 0 {
		text += fmt.Sprintf(" %d of our own certificates in it would be refused.", out.OwnLost)
	}
	return text
}
