package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/trust"
)

type communityListCommand struct {
	settings
	outputFlag
}

// communityLine is a trust community as the commands print it.
type communityLine struct {
	ID            string            `json:"id"`
	URI           string            `json:"uri"`
	Name          string            `json:"name"`
	Created       time.Time         `json:"created"`
	Suspended     *time.Time        `json:"suspended,omitempty"`
	SuspendedFor  string            `json:"suspended_reason,omitempty"`
	Settings      settingsLine      `json:"settings"`
	Anchors       []certificateLine `json:"anchors"`
	Intermediates []certificateLine `json:"intermediates"`
	Certificates  []certificateLine `json:"certificates"` // ours, in order of preference
}

type certificateLine struct {
	Subject  string    `json:"subject"`
	SHA256   string    `json:"sha256"` // of the DER, in hex
	Begins   time.Time `json:"begins"`
	Expires  time.Time `json:"expires"`
	DaysLeft int       `json:"days_left"` // whole ones, negative once it is over

	// Of ours only.
	ID        string    `json:"id,omitempty"`
	Community string    `json:"community,omitempty"` // its URI
	State     pki.State `json:"state,omitempty"`     // active, next, retiring or expired
	KeyID     string    `json:"key_id,omitempty"`    // kid in the JWKS
}

// Run prints the communities in order of precedence.
func (c *communityListCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	rows, err := store.Communities(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	lines := make([]communityLine, len(rows))
	for i, row := range rows {
		if lines[i], err = newCommunityLine(row, now); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	return printCommunities(term, lines, now)
}

func newCommunityLine(row idp.Community, now time.Time) (communityLine, error) {
	c, err := trust.Parse(row)
	if err != nil {
		return communityLine{}, fmt.Errorf("trust community %s: %w", row.URI, err)
	}
	line := communityLine{
		ID: row.ID, URI: row.URI, Name: row.Name, Created: row.CreatedAt.UTC(),
		Anchors: certificateLines(c.Anchors, now), Intermediates: certificateLines(c.Intermediates, now),
	}
	if !row.SuspendedAt.IsZero() {
		line.Suspended, line.SuspendedFor = &row.SuspendedAt, row.SuspendedReason
	}
	if line.Settings, err = newSettingsLine(row.Settings, now); err != nil {
		return communityLine{}, fmt.Errorf("trust community %s: %w", row.URI, err)
	}
	line.Certificates, err = ownLines(row, now)
	return line, err
}

// ownLines are our certificates in a community.
func ownLines(row idp.Community, now time.Time) ([]certificateLine, error) {
	leaves, err := ownLeaves(row)
	if err != nil {
		return nil, err
	}
	lines := certificateLines(leaves, now)
	for i, state := range pki.States(leaves, now) {
		own := row.Certificates[i]
		if state == pki.Next && !own.StoppedAt.IsZero() { // it signed, until a change-over
			state = pki.Retiring
		}
		lines[i].ID, lines[i].Community, lines[i].State, lines[i].KeyID = own.ID, row.URI, state, own.KeyID
	}
	return lines, nil
}

// ownLeaves are our certificates in a community without their chains, in order of preference.
func ownLeaves(row idp.Community) ([]*x509.Certificate, error) {
	leaves := make([]*x509.Certificate, len(row.Certificates))
	for i, own := range row.Certificates {
		chain, err := trust.ParseDER(own.Chain)
		if err != nil || len(chain) == 0 {
			return nil, fmt.Errorf("trust community %s: our certificate %s is damaged", row.URI, own.ID)
		}
		leaves[i] = chain[0]
	}
	return leaves, nil
}

func certificateLines(certificates []*x509.Certificate, now time.Time) []certificateLine {
	lines := make([]certificateLine, len(certificates))
	for i, c := range certificates {
		lines[i] = certificateLine{
			Subject: c.Subject.String(), SHA256: fingerprint(c.Raw), Begins: c.NotBefore.UTC(), Expires: c.NotAfter.UTC(),
			DaysLeft: pki.DaysLeft(c.NotAfter.Sub(now)),
		}
	}
	return lines
}

func printCommunities(term terminal, lines []communityLine, now time.Time) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There is no trust community yet, so no data holder can register. Add one with udap-idp community add.")
		return err
	}
	t := newTable(term.Out, "NAME", "URI", "ANCHORS UNTIL", "OUR CERTIFICATE UNTIL", "REVOCATION")
	for _, l := range lines {
		name := l.Name
		if l.Suspended != nil {
			name += " (suspended)"
		}
		t.row(name, l.URI, expiries(l.Anchors, now), orDash(expiries(l.Certificates, now)), l.Settings.Revocation)
	}
	return t.flush()
}

func expiries(certificates []certificateLine, now time.Time) string {
	texts := make([]string, len(certificates))
	for i, c := range certificates {
		texts[i] = day(c.Expires)
		if now.After(c.Expires) {
			texts[i] += " (expired)"
		}
	}
	return strings.Join(texts, ", ")
}
