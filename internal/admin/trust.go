package admin

import (
	"context"
	"fmt"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// listLimit is how many data holders are shown. The command line shows all.
const listLimit = 100

// trust answers GET /admin/trust: the communities with what is known of them, and the data holders.
func (a *Admin) trust(w http.ResponseWriter, r *http.Request, by Visitor) error {
	page, err := a.overview(r.Context())
	if err != nil {
		return err
	}
	page.Desk, page.MayAdd = a.desk(r, by), by.may("POST /admin/trust")
	return a.Pages.AdminTrust(w, r, page)
}

func (a *Admin) overview(ctx context.Context) (pages.AdminTrust, error) {
	out := pages.AdminTrust{Issuer: a.Issuer, Now: a.Now().UTC()}
	communities, err := a.Store.Communities(ctx)
	if err != nil {
		return out, fmt.Errorf("communities: %w", err)
	}
	for _, c := range communities {
		standing, err := a.Standing(ctx, c.ID, out.Now)
		if err != nil {
			return out, fmt.Errorf("standing of the community %s: %w", c.URI, err)
		}
		out.Communities = append(out.Communities, communityRow(c, standing))
		out.Warnings = append(out.Warnings, warningRows(c, standing)...)
	}
	out.Clients, out.MoreClients, err = a.clients(ctx, communities)
	return out, err
}

func (a *Admin) clients(ctx context.Context, communities []idp.Community) (rows []pages.AdminClient, more bool, err error) {
	clients, err := a.Store.Clients(ctx, "", listLimit+1)
	if err != nil {
		return nil, false, fmt.Errorf("clients: %w", err)
	}
	names := map[string]string{}
	for _, c := range communities {
		names[c.ID] = c.Name
	}
	for _, c := range clients[:min(len(clients), listLimit)] {
		rows = append(rows, pages.AdminClient{
			ID: c.ID, Name: c.Name, Organization: c.Organization, URI: c.URI, Community: names[c.CommunityID],
			Certificate: describe(c.Certificate), RegisteredAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		})
	}
	return rows, len(clients) > listLimit, nil
}
