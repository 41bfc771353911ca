package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/trust"
)

type communityShowCommand struct {
	URI string `arg:"" name:"uri" help:"The community's identifier."`
	outputFlag
	settings
}

// settingsLine is what the operator decided about a community, as the commands print it.
type settingsLine struct {
	Revocation    string `json:"revocation"`      // hard-fail, soft-fail or no-check
	Grace         string `json:"grace,omitempty"` // of soft-fail
	WithoutSource string `json:"without_source"`  // accept or refuse
	Healthcare    bool   `json:"healthcare"`

	AllowNoPKCE           bool `json:"allow_no_pkce"`
	AllowLoopbackRedirect bool `json:"allow_loopback_redirect"`
	ListRefreshToken      bool `json:"list_refresh_token"`

	Certifications         []string          `json:"certifications"`
	RequiredCertifications []string          `json:"required_certifications"`
	Certifiers             []certificateLine `json:"certifiers"`
}

func newSettingsLine(s idp.CommunitySettings, now time.Time) (settingsLine, error) {
	policy, err := trust.RevocationPolicy(s.Revocation)
	if err != nil {
		return settingsLine{}, err
	}
	certifiers, err := trust.ParseDER(s.Certifications.Anchors)
	if err != nil {
		return settingsLine{}, fmt.Errorf("certifier: %w", err)
	}
	line := settingsLine{
		Revocation: policy.Mode.String(), WithoutSource: "refuse", Healthcare: s.Healthcare,
		AllowNoPKCE: s.Compatibility.NoPKCE, AllowLoopbackRedirect: s.Compatibility.LoopbackRedirect,
		ListRefreshToken: s.Compatibility.ListRefreshToken,
		Certifications:   list(s.Certifications.Supported), RequiredCertifications: list(s.Certifications.Required),
		Certifiers: certificateLines(certifiers, now),
	}
	if policy.AllowWithoutSource {
		line.WithoutSource = "accept"
	}
	if policy.Mode == revocation.SoftFail {
		line.Grace = policy.Grace.String()
	}
	return line, nil
}

// Run prints one community.
func (c *communityShowCommand) Run(ctx context.Context, term terminal) error {
	_, store, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()

	row, err := communityByURI(ctx, store, c.URI)
	if err != nil {
		return err
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

// communityByURI finds a community that an operator names.
func communityByURI(ctx context.Context, store idp.Store, uri string) (idp.Community, error) {
	rows, err := store.Communities(ctx)
	if err != nil {
		return idp.Community{}, err
	}
	for _, row := range rows {
		if row.URI == uri {
			return row, nil
		}
	}
	return idp.Community{}, fmt.Errorf("there is no community %s; udap-idp community list shows those there are", uri)
}

func (l communityLine) print(out io.Writer) error {
	fmt.Fprintln(out, plain(l.Name))
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, row := range append([][2]string{{"URI", l.URI}, {"ID", l.ID}, {"Added", day(l.Created)}}, l.Settings.rows()...) {
		fmt.Fprintf(w, "  %s\t%s\n", row[0], plain(row[1]))
	}
	if l.Suspended != nil {
		fmt.Fprintf(w, "  Suspended\tsince %s: %s\n", day(*l.Suspended), plain(l.SuspendedFor))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	printCertificates(out, "Anchors", l.Anchors)
	printCertificates(out, "Intermediates", l.Intermediates)
	printCertificates(out, "Certifiers", l.Settings.Certifiers)
	if len(l.Certificates) == 0 {
		_, err := fmt.Fprintln(out, "\nWe hold no certificate in it: its members can register, but nobody can sign in to them.")
		return err
	}
	printCertificates(out, "Our certificates", l.Certificates)
	return nil
}

func (l settingsLine) rows() [][2]string {
	revoked := l.Revocation
	if l.Grace != "" {
		revoked += ", grace " + l.Grace
	}
	return [][2]string{
		{"Revocation", revoked},
		{"Certificates without a source", l.WithoutSource},
		{"Healthcare", yes(l.Healthcare)},
		{"Requests without PKCE", allowed(l.AllowNoPKCE)},
		{"Loopback redirect URIs", allowed(l.AllowLoopbackRedirect)},
		{"List refresh_token", yes(l.ListRefreshToken)},
		{"Certifications", orDash(strings.Join(l.Certifications, ", "))},
		{"Required certifications", orDash(strings.Join(l.RequiredCertifications, ", "))},
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func allowed(b bool) string {
	if b {
		return "allow"
	}
	return "refuse"
}

// printCertificates writes certificates under a heading, nothing when there is none.
func printCertificates(out io.Writer, heading string, lines []certificateLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", heading)
	for _, l := range lines {
		state := ""
		if l.State != "" {
			state = string(l.State) + ", "
		}
		fmt.Fprintf(out, "  %s\n    %s%s to %s, %s\n    SHA-256 %s\n", plain(l.Subject), state, day(l.Begins), day(l.Expires), daysLeft(l.DaysLeft), l.SHA256)
		if l.ID != "" {
			fmt.Fprintf(out, "    ID %s, key ID %s\n", l.ID, l.KeyID)
		}
	}
}

func daysLeft(days int) string {
	switch {
	case days < 0:
		return "expired"
	case days == 0:
		return "ends today"
	case days == 1:
		return "1 day left"
	}
	return fmt.Sprintf("%d days left", days)
}
