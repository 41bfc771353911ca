package main

import (
	"context"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

type clientListCommand struct {
	settings
	outputFlag
}

// clientLine is a data holder as the command prints it.
type clientLine struct {
	ID           string    `json:"id"`    // client_id
	State        string    `json:"state"` // registered, suspended, or deleted by the command that prints it
	Name         string    `json:"name"`
	Organization string    `json:"organization"` // from its certificate
	URI          string    `json:"uri"`
	Community    string    `json:"community"` // the community's URI
	RedirectURIs []string  `json:"redirect_uris"`
	Contacts     []string  `json:"contacts"`
	Scope        string    `json:"scope"`
	Registered   time.Time `json:"registered"`
	Updated      time.Time `json:"updated"`
}

// Run prints the data holders that are registered.
func (c *clientListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	lines, err := clientLines(ctx, store)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	return printClients(term, lines)
}

func clientLines(ctx context.Context, store idp.Store) ([]clientLine, error) {
	communities, err := communitiesByID(ctx, store)
	if err != nil {
		return nil, err
	}
	clients, err := allClients(ctx, store)
	if err != nil {
		return nil, err
	}
	lines := make([]clientLine, len(clients))
	for i, client := range clients {
		lines[i] = newClientLine(client, communities[client.CommunityID])
	}
	return lines, nil
}

func allClients(ctx context.Context, store idp.Store) ([]idp.Client, error) {
	return all(ctx, store.Clients, func(client idp.Client) string { return client.ID })
}

func communitiesByID(ctx context.Context, store idp.Store) (map[string]idp.Community, error) {
	communities, err := store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]idp.Community, len(communities))
	for _, community := range communities {
		byID[community.ID] = community
	}
	return byID, nil
}

func newClientLine(client idp.Client, community idp.Community) clientLine {
	return clientLine{
		ID: client.ID, State: string(client.State()), Name: client.Name, Organization: client.Organization, URI: client.URI,
		Community: community.URI, RedirectURIs: list(client.RedirectURIs), Contacts: list(client.Contacts),
		Scope: client.Scope, Registered: client.CreatedAt.UTC(), Updated: client.UpdatedAt.UTC(),
	}
}

func printClients(term terminal, lines []clientLine) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "No data holder is registered. They register themselves, once their trust community is added (udap-idp community add).")
		return err
	}
	t := newTable(term.Out, "ID", "NAME", "ORGANIZATION", "URI", "COMMUNITY", "REGISTERED", "STATE")
	for _, l := range lines {
		t.row(l.ID, l.Name, orDash(l.Organization), l.URI, l.Community, day(l.Registered), l.State)
	}
	return t.flush()
}

// pageSize is how many rows a list command reads at once.
const pageSize = 200

// all reads a list of the store to its end. id is what the next page starts after.
func all[T any](ctx context.Context, page func(ctx context.Context, after string, limit int) ([]T, error), id func(T) string) ([]T, error) {
	rows, after := []T{}, ""
	for {
		some, err := page(ctx, after, pageSize)
		if err != nil {
			return nil, err
		}
		rows = append(rows, some...)
		if len(some) < pageSize {
			return rows, nil
		}
		after = id(some[len(some)-1])
	}
}

// list is values, never null in JSON.
func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
