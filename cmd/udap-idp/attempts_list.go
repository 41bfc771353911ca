package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
)

type attemptsListCommand struct {
	settings
	Refused   bool          `name:"refused" help:"Only those that did not succeed."`
	Kind      string        `name:"kind" enum:",registration,authentication" default:"" placeholder:"KIND" help:"Only this kind: registration or authentication."`
	Iss       string        `name:"iss" placeholder:"URI" help:"Only those that claimed to be from this issuer: the URI of a data holder, or the client_id in an authentication."`
	Client    string        `name:"client" placeholder:"ID" help:"Only those of this client_id."`
	Outcome   string        `name:"outcome" enum:",registered,modified,cancelled,authenticated,refused,failed" default:"" placeholder:"OUTCOME" help:"Only those that ended so: registered, modified, cancelled, authenticated, refused or failed."`
	Address   string        `name:"address" placeholder:"ADDRESS" help:"Only those from this network address."`
	Community string        `name:"community" placeholder:"URI" help:"Only those that were proved to come from this trust community."`
	Since     time.Duration `name:"since" placeholder:"DURATION" help:"Only those of the last so long, such as 24h."`
	Limit     int           `name:"limit" default:"50" placeholder:"NUMBER" help:"At most so many (${default})."`
	outputFlag
}

// maxAttempts is the longest list.
const maxAttempts = 10_000

// attemptLine is an attempt as the commands print it.
type attemptLine struct {
	ID          string                   `json:"id"`
	Kind        string                   `json:"kind"`
	At          time.Time                `json:"at"`
	Request     string                   `json:"request"`
	RemoteIP    string                   `json:"remote_ip"`
	Iss         string                   `json:"iss"`       // claimed
	Client      string                   `json:"client_id"` // of the registration it is about
	Community   string                   `json:"community"` // URI; "" unless proved
	Proved      bool                     `json:"proved"`
	Outcome     string                   `json:"outcome"`
	Status      int                      `json:"status"`
	Code        string                   `json:"error"`
	Description string                   `json:"error_description"`
	Cause       string                   `json:"cause"`
	Count       int                      `json:"count"`
	Diagnosis   string                   `json:"diagnosis"`
	Checks      []idp.AttemptCheck       `json:"checks"`
	Chain       []idp.AttemptCertificate `json:"chain"`
}

func newAttemptLine(a idp.Attempt, communities map[string]string) attemptLine {
	line := attemptLine{
		ID: a.ID, Kind: string(a.Kind), At: a.At.UTC(), Request: a.RequestID, RemoteIP: a.RemoteIP, Iss: a.Issuer, Client: a.ClientID,
		Community: communities[a.CommunityID], Proved: a.Proved, Outcome: a.Outcome, Status: a.Status, Code: a.Code,
		Description: a.Description, Cause: a.Cause, Count: a.Count, Diagnosis: string(attempts.Diagnose(a)),
		Checks: a.Checks, Chain: a.Chain,
	}
	if line.Checks == nil {
		line.Checks = []idp.AttemptCheck{}
	}
	if line.Chain == nil {
		line.Chain = []idp.AttemptCertificate{}
	}
	return line
}

// Run prints the attempts that were asked for.
func (c *attemptsListCommand) Run(ctx context.Context, term terminal) error {
	if c.Limit < 1 || c.Limit > maxAttempts {
		return usage("--limit: %d is not between 1 and %d", c.Limit, maxAttempts)
	}
	if c.Since < 0 {
		return usage("--since: %s is in the future", c.Since)
	}
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	communities, err := communityURIs(ctx, store)
	if err != nil {
		return err
	}
	filter, err := c.filter(communities, time.Now())
	if err != nil {
		return err
	}
	rows, err := store.Attempts(ctx, filter)
	if err != nil {
		return err
	}
	if c.JSON {
		lines := make([]attemptLine, len(rows))
		for i, row := range rows {
			lines[i] = newAttemptLine(row, communities)
		}
		return printJSON(term.Out, lines)
	}
	return printAttempts(term, rows)
}

func (c *attemptsListCommand) filter(communities map[string]string, now time.Time) (idp.AttemptFilter, error) {
	f := idp.AttemptFilter{
		Kind: idp.AttemptKind(c.Kind), Refused: c.Refused, Outcome: c.Outcome, Issuer: c.Iss, ClientID: c.Client, Limit: c.Limit,
	}
	if c.Address != "" {
		address, err := netip.ParseAddr(c.Address)
		if err != nil {
			return f, usage("--address: %q is not a network address such as 192.0.2.7", c.Address)
		}
		f.RemoteIP = address.Unmap().WithZone("").String()
	}
	if c.Since > 0 {
		f.Since = now.Add(-c.Since)
	}
	if c.Community == "" {
		return f, nil
	}
	for id, uri := range communities {
		if uri == c.Community {
			f.CommunityID = id
			return f, nil
		}
	}
	return f, usage("--community: there is no trust community %s. udap-idp community list shows those that there are", c.Community)
}

// communityURIs are the URIs of the trust communities by id.
func communityURIs(ctx context.Context, store idp.Store) (map[string]string, error) {
	communities, err := store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	uris := make(map[string]string, len(communities))
	for _, community := range communities {
		uris[community.ID] = community.URI
	}
	return uris, nil
}

func printAttempts(term terminal, rows []idp.Attempt) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(term.Out, "No such attempt is recorded. A running server records each within a second.")
		return err
	}
	t := newTable(term.Out, "ID", "AT", "KIND", "FROM", "CLAIMED ISSUER", "PROVED", "OUTCOME")
	for _, a := range rows {
		proved := "no"
		if a.Proved {
			proved = "yes"
		}
		t.row(a.ID, second(a.At), string(a.Kind), orDash(a.RemoteIP), orDash(a.Issuer), proved, attemptOutcome(a))
	}
	return t.flush()
}

// attemptOutcome is what came of an attempt in a few words: registered, or invalid_client at trust.
func attemptOutcome(a idp.Attempt) string {
	parts := []string{a.Outcome}
	if a.Code != "" {
		parts = []string{a.Outcome + ":", a.Code}
	}
	for i := len(a.Checks) - 1; i >= 0; i-- {
		if a.Checks[i].Outcome == idp.CheckFailed {
			parts = append(parts, "("+a.Checks[i].Name+")")
			break
		}
	}
	if a.Count > 1 {
		parts = append(parts, fmt.Sprintf("and others, %d in all", a.Count))
	}
	return strings.Join(parts, " ")
}

func second(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
