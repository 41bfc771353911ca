package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"udap-idp/internal/clients"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// clientCommand is what the commands on one data holder have in common.
type clientCommand struct {
	ID string `arg:"" name:"id" help:"The client_id, or the URI the data holder registered with."`
	outputFlag
	settings
}

// run finds the data holder, lets do work on it, and prints what do says, or the data holder as JSON.
func (c *clientCommand) run(ctx context.Context, term terminal, do func(store idp.Store, client idp.Client) (changed idp.Client, said string, err error)) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	client, err := findClient(ctx, store, c.ID)
	if err != nil {
		return err
	}
	changed, said, err := do(store, client)
	if err != nil {
		return err
	}
	if !c.JSON {
		_, err = fmt.Fprintln(term.Out, said)
		return err
	}
	communities, err := communitiesByID(ctx, store)
	if err != nil {
		return err
	}
	return printJSON(term.Out, newClientDetail(changed, communities[changed.CommunityID]))
}

// findClient returns the data holder with the client_id, suspended or not, or else the only one with the URI.
func findClient(ctx context.Context, store idp.Store, id string) (idp.Client, error) {
	if badText(id) {
		return idp.Client{}, noClient(id, nil)
	}
	client, err := store.Client(ctx, id)
	if err == nil || errors.Is(err, idp.ErrSuspended) {
		return client, nil
	}
	if !errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, err
	}
	everyone, err := allClients(ctx, store)
	if err != nil {
		return idp.Client{}, err
	}
	var found []idp.Client
	for _, client := range everyone {
		if client.URI == id { // byte for byte, as everywhere
			found = append(found, client)
		}
	}
	switch len(found) {
	case 0:
		return idp.Client{}, noClient(id, everyone)
	case 1:
		return found[0], nil
	}
	return idp.Client{}, severalClients(ctx, store, id, found)
}

// noClient helps with a URI that is nearly right.
func noClient(id string, clients []idp.Client) error {
	for _, client := range clients {
		if strings.EqualFold(strings.TrimRight(client.URI, "/"), strings.TrimRight(id, "/")) {
			return fmt.Errorf("no data holder is registered with the client_id or URI %s; there is one with %s", plain(id), plain(client.URI))
		}
	}
	return fmt.Errorf("no data holder is registered with the client_id or URI %s. udap-idp client list shows those that are", plain(id))
}

func severalClients(ctx context.Context, store idp.Store, id string, clients []idp.Client) error {
	communities, err := communitiesByID(ctx, store)
	if err != nil {
		return err
	}
	lines := make([]string, len(clients))
	for i, client := range clients {
		lines[i] = "\n  " + client.ID + "  " + plain(communities[client.CommunityID].URI)
	}
	return usage("%d data holders have the URI %s, each in another trust community. Give the client_id of one:%s",
		len(clients), plain(id), strings.Join(lines, ""))
}

type clientShowCommand struct{ clientCommand }

// Run prints everything about a data holder.
func (c *clientShowCommand) Run(ctx context.Context, term terminal) error {
	return c.run(ctx, term, func(store idp.Store, client idp.Client) (idp.Client, string, error) {
		communities, err := communitiesByID(ctx, store)
		if err != nil {
			return client, "", err
		}
		return client, newClientDetail(client, communities[client.CommunityID]).text(time.Now()), nil
	})
}

// clientDetail is a data holder with everything that is known of it.
type clientDetail struct {
	clientLine
	CommunityName           string             `json:"community_name"`
	LogoURI                 string             `json:"logo_uri"`
	GrantTypes              []string           `json:"grant_types"`
	ResponseTypes           []string           `json:"response_types"`
	TokenEndpointAuthMethod string             `json:"token_endpoint_auth_method"`
	Certifications          int                `json:"certifications"` // how many were accepted
	Certificate             *clientCertificate `json:"certificate"`    // that signed the registration; null when it cannot be read
	Settings                clientSettings     `json:"settings"`
	Suspended               *clientSuspension  `json:"suspended"` // null unless it is
}

type clientCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	URIs      []string  `json:"uris"` // in its Subject Alternative Name
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"` // of the DER, in hex
}

type clientSettings struct {
	NoPKCE           string `json:"no_pkce"` // inherit, allow or refuse
	LoopbackRedirect string `json:"loopback_redirect"`
}

type clientSuspension struct {
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

func newClientDetail(client idp.Client, community idp.Community) clientDetail {
	d := clientDetail{
		clientLine:              newClientLine(client, community),
		CommunityName:           community.Name,
		LogoURI:                 client.LogoURI,
		GrantTypes:              list(client.GrantTypes),
		ResponseTypes:           list(client.ResponseTypes),
		TokenEndpointAuthMethod: client.TokenEndpointAuthMethod,
		Certifications:          len(client.Certifications),
		Certificate:             newClientCertificate(client.Certificate),
		Settings:                clientSettings{clients.Choice(client.Settings.NoPKCE), clients.Choice(client.Settings.LoopbackRedirect)},
	}
	if !client.SuspendedAt.IsZero() {
		d.Suspended = &clientSuspension{client.SuspendedAt.UTC(), client.SuspendedReason}
	}
	return d
}

func newClientCertificate(der []byte) *clientCertificate {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	uris, err := udap.URISANs(c)
	if err != nil {
		return nil
	}
	return &clientCertificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), URIs: list(uris),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: fingerprint(c.Raw),
	}
}

// text is the detail for reading: a label and a value in each line, without a line end.
func (d clientDetail) text(now time.Time) string {
	var out strings.Builder
	t := table{tabwriter.NewWriter(&out, 0, 0, 3, ' ', 0)}
	add := func(label string, values ...string) {
		if len(values) == 0 {
			values = []string{""}
		}
		for _, value := range values {
			t.row(label, orDash(value))
			label = ""
		}
	}
	add("client_id", d.ID)
	add("State", d.State)
	if d.Suspended != nil {
		add("Suspended since", minute(d.Suspended.Since))
		add("Reason", d.Suspended.Reason)
	}
	add("Name", d.Name)
	add("Organization", d.Organization)
	add("URI", d.URI)
	add("Community", d.CommunityName, d.Community)
	add("Redirect URIs", d.RedirectURIs...)
	add("Contacts", d.Contacts...)
	add("Logo", d.LogoURI)
	add("Scope", d.Scope)
	add("Grant types", strings.Join(d.GrantTypes, " "))
	add("Response types", strings.Join(d.ResponseTypes, " "))
	add("Authentication", d.TokenEndpointAuthMethod)
	add("Certifications", fmt.Sprint(d.Certifications))
	d.Certificate.add(add, now)
	add("No PKCE", d.Settings.NoPKCE)
	add("Loopback redirect", d.Settings.LoopbackRedirect)
	add("Registered", minute(d.Registered))
	add("Updated", minute(d.Updated))
	t.flush()
	return strings.TrimSuffix(out.String(), "\n")
}

func (c *clientCertificate) add(add func(label string, values ...string), now time.Time) {
	if c == nil {
		add("Certificate", "cannot be read")
		return
	}
	until := minute(c.NotAfter)
	if now.After(c.NotAfter) {
		until += " (expired)"
	}
	add("Certificate", c.Subject)
	add("  issued by", c.Issuer)
	add("  URIs", c.URIs...)
	add("  valid", minute(c.NotBefore)+" to "+until)
	add("  SHA-256", c.SHA256)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
