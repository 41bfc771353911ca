package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"udap-idp/internal/clients"
	"udap-idp/internal/idp"
)

type clientSuspendCommand struct {
	clientCommand
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for the operator alone: neither the data holder nor a patient reads it."`
}

// maxReason is how long a reason may be, in bytes.
const maxReason = 1000

// reasonOf checks the text of --reason.
func reasonOf(text, example string) (string, error) { return checkReason("--reason", text, example) }

func checkReason(flag, text, example string) (string, error) {
	text = tidy(text)
	if text == "" || badText(text) || len(text) > maxReason {
		return "", usage("%s: must be a text of at most %d characters on one line, such as %q", flag, maxReason, example)
	}
	return text, nil
}

// Run suspends a data holder. A running server refuses it from its next request on.
func (c *clientSuspendCommand) Run(ctx context.Context, term terminal) error {
	reason, err := reasonOf(c.Reason, "asked by the hospital, ticket 4711")
	if err != nil {
		return err
	}
	c.Reason = reason
	return c.run(ctx, term, func(store idp.Store, client idp.Client) (idp.Client, string, error) {
		changed, err := clients.New(clients.Config{Store: store}).Suspend(ctx, client.ID, c.Reason, idp.Reading{Actor: "client suspend"})
		if err != nil {
			return client, "", notChanged(client, err)
		}
		if !client.SuspendedAt.IsZero() {
			return changed, fmt.Sprintf("%s was suspended already, since %s. The reason was changed.", clientName(client), minute(client.SuspendedAt)), nil
		}
		return changed, fmt.Sprintf("%s is suspended: from now on it can neither register, nor send patients here, nor read about them. "+
			"It and its patients are told, without the reason.\nudap-idp client resume %s ends that.", clientName(client), client.ID), nil
	})
}

type clientResumeCommand struct{ clientCommand }

// Run ends a suspension.
func (c *clientResumeCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(store idp.Store, client idp.Client) (idp.Client, string, error) {
		if client.SuspendedAt.IsZero() {
			return client, clientName(client) + " is not suspended. Nothing was changed.", nil
		}
		changed, err := clients.New(clients.Config{Store: store}).Resume(ctx, client.ID, idp.Reading{Actor: "client resume"})
		if err != nil {
			return client, "", notChanged(client, err)
		}
		return changed, clientName(client) + " is not suspended any more. Its registration is as it was.", nil
	})
}

type clientDeleteCommand struct {
	clientCommand
	Yes bool `name:"yes" help:"Do not ask."`
}

// Run ends a registration, after asking.
func (c *clientDeleteCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(store idp.Store, client idp.Client) (idp.Client, string, error) {
		room := clients.New(clients.Config{Store: store})
		connections, err := room.Connections(ctx, client)
		if err != nil {
			return client, "", err
		}
		if err := c.confirm(term, client, connections); err != nil {
			return client, "", err
		}
		changed, err := room.Delete(ctx, client.ID, idp.Reading{Actor: "client delete"})
		if err != nil {
			return client, "", notChanged(client, err)
		}
		return changed, fmt.Sprintf("%s is deleted. Its client_id %s is good for nothing any more.", clientName(client), client.ID), nil
	})
}

// confirm says what follows, and asks.
func (c *clientDeleteCommand) confirm(term terminal, client idp.Client, connections int) error {
	if c.Yes {
		return nil
	}
	if !isTerminal(term.In) {
		return usage("--yes: nobody can be asked here. %s\nGive --yes to delete it all the same", deletionOf(client, connections))
	}
	fmt.Fprintf(term.Err, "%s\nDelete it? Type yes: ", deletionOf(client, connections))
	answer, _ := bufio.NewReader(term.In).ReadString('\n') // what was typed before an end counts
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return errors.New("nothing was deleted")
	}
	return nil
}

// deletionOf is what follows when a data holder is deleted.
func deletionOf(client idp.Client, connections int) string {
	text := fmt.Sprintf("The registration of %s (%s) ends for good: its client_id, its codes and its access tokens are worth nothing any more, "+
		"patients who are on their way to it are stopped, and %s. Nothing keeps it from registering anew, under another client_id and without the settings made here",
		clientName(client), plain(client.URI), endingOf(connections))
	if client.SuspendedAt.IsZero() {
		return text + "; to keep it out, suspend it (udap-idp client suspend)."
	}
	return text + ". Its suspension ends with the registration."
}

// endingOf is what becomes of those who share with a data holder.
func endingOf(connections int) string {
	switch {
	case connections == 0:
		return "nobody shares anything with it"
	case connections == 1:
		return "the connection of 1 person with it ends"
	case connections > clients.MaxConnections:
		return fmt.Sprintf("the connections of more than %d people with it end", clients.MaxConnections)
	}
	return fmt.Sprintf("the connections of %d people with it end", connections)
}

// isTerminal reports whether a person may sit at f.
func isTerminal(f *os.File) bool {
	if f == nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

type clientSetCommand struct {
	clientCommand
	NoPKCE           *string `name:"no-pkce" placeholder:"CHOICE" help:"May it leave out PKCE: inherit (as its community), allow or refuse."`
	LoopbackRedirect *string `name:"loopback-redirect" placeholder:"CHOICE" help:"May it register redirect URIs with http on a loopback address: inherit (as its community), allow or refuse."`
}

// Run changes the settings that are given and leaves the others as they are.
func (c *clientSetCommand) Run(ctx context.Context, term terminal) error {
	if c.NoPKCE == nil && c.LoopbackRedirect == nil {
		return usage("there is nothing to set: give --no-pkce or --loopback-redirect, each with inherit, allow or refuse")
	}
	var given idp.ClientSettings
	if err := joinUsage(
		readChoice(&given.NoPKCE, "--no-pkce", c.NoPKCE), readChoice(&given.LoopbackRedirect, "--loopback-redirect", c.LoopbackRedirect),
	); err != nil {
		return err
	}
	return c.run(ctx, term, func(store idp.Store, client idp.Client) (idp.Client, string, error) {
		changed, err := clients.New(clients.Config{Store: store}).Set(ctx, client.ID, func(s *idp.ClientSettings) {
			if c.NoPKCE != nil {
				s.NoPKCE = given.NoPKCE
			}
			if c.LoopbackRedirect != nil {
				s.LoopbackRedirect = given.LoopbackRedirect
			}
		}, idp.Reading{Actor: "client set"})
		if err != nil {
			return client, "", notChanged(client, err)
		}
		return changed, fmt.Sprintf("%s: no PKCE: %s; loopback redirect: %s.", clientName(client),
			clients.Choice(changed.Settings.NoPKCE), clients.Choice(changed.Settings.LoopbackRedirect)), nil
	})
}

// readChoice reads one of inherit, allow and refuse. nil was not given.
func readChoice(into **bool, flag string, text *string) error {
	if text == nil {
		return nil
	}
	choice, ok := clients.ParseChoice(*text)
	if !ok {
		return fmt.Errorf("%s: %q is none of inherit, allow and refuse", flag, *text)
	}
	*into = choice
	return nil
}

// clientName is what a data holder is called, as patients read it.
func clientName(client idp.Client) string { return plain(cmp.Or(client.Organization, client.Name)) }

// notChanged is the error of a verb of the store.
func notChanged(client idp.Client, err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("%s has cancelled its registration in this moment", clientName(client))
	}
	return fmt.Errorf("%s could not be changed: %w", clientName(client), err)
}
