package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/idp"
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
	Anchors       []certificateLine `json:"anchors"`
	Intermediates []certificateLine `json:"intermediates"`
	Certificates  []certificateLine `json:"certificates"` // ours, the active one first
}

type certificateLine struct {
	Subject string    `json:"subject"`
	SHA256  string    `json:"sha256"` // of the DER, in hex
	Expires time.Time `json:"expires"`
	KeyID   string    `json:"key_id,omitempty"` // kid in the JWKS; of ours only
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
	lines := make([]communityLine, len(rows))
	for i, row := range rows {
		if lines[i], err = newCommunityLine(row); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(term.Out, lines)
	}
	return printCommunities(term, lines, time.Now())
}

func newCommunityLine(row idp.Community) (communityLine, error) {
	c, err := parseCommunity(row)
	if err != nil {
		return communityLine{}, fmt.Errorf("trust community %s: %w", row.URI, err)
	}
	line := communityLine{
		ID: row.ID, URI: row.URI, Name: row.Name, Created: row.CreatedAt.UTC(),
		Anchors: certificateLines(c.Anchors), Intermediates: certificateLines(c.Intermediates), Certificates: []certificateLine{},
	}
	for _, own := range row.Certificates {
		chain, err := parseDER(own.Chain)
		if err != nil || len(chain) == 0 {
			return communityLine{}, fmt.Errorf("trust community %s: our certificate %s is damaged", row.URI, own.ID)
		}
		leaf := newCertificateLine(chain[0])
		leaf.KeyID = own.KeyID
		line.Certificates = append(line.Certificates, leaf)
	}
	return line, nil
}

func certificateLines(certificates []*x509.Certificate) []certificateLine {
	lines := make([]certificateLine, len(certificates))
	for i, certificate := range certificates {
		lines[i] = newCertificateLine(certificate)
	}
	return lines
}

func newCertificateLine(c *x509.Certificate) certificateLine {
	return certificateLine{Subject: c.Subject.String(), SHA256: fingerprint(c.Raw), Expires: c.NotAfter.UTC()}
}

func printCommunities(term terminal, lines []communityLine, now time.Time) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(term.Out, "There is no trust community yet, so no data holder can register. Add one with udap-idp community add.")
		return err
	}
	t := newTable(term.Out, "NAME", "URI", "ANCHORS UNTIL", "OUR CERTIFICATE UNTIL")
	for _, l := range lines {
		t.row(l.Name, l.URI, expiries(l.Anchors, now), orDash(expiries(l.Certificates, now)))
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
