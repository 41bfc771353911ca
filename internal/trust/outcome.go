package trust

import (
	"bytes"
	"context"
	"crypto/x509"
	"slices"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pki"
	"udap-idp/internal/udap"
)

const (
	// lookTime bounds how long the clients of a community are looked at: a page waits for it.
	lookTime  = 4 * time.Second
	lookBatch = 500
	lostShown = 10
)

// Outcome is what would come of a change. The errors are those of Change; nothing is changed.
func (c *Communities) Outcome(ctx context.Context, change idp.TrustChange) (idp.TrustOutcome, error) {
	before, after, err := c.prepare(ctx, change)
	if err != nil {
		return idp.TrustOutcome{}, err
	}
	out := idp.TrustOutcome{Before: before, After: after}
	if change.Delete {
		out.After = idp.Community{}
	}
	if out.Added, err = c.added(ctx, change, after); err != nil {
		return out, err
	}
	if change.CommunityID == "" {
		return out, nil
	}
	return out, c.look(ctx, change, &out)
}

// added is what a change adds, each with what should make somebody look again.
func (c *Communities) added(ctx context.Context, change idp.TrustChange, after idp.Community) ([]idp.AddedAuthority, error) {
	all, err := c.Store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(row idp.Community) bool { return row.ID == after.ID })
	parsed, err := Parse(after)
	if err != nil {
		return nil, err
	}
	var rows []idp.AddedAuthority
	for i, der := range slices.Concat(change.AddAnchors, change.AddIntermediates) {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		row := idp.AddedAuthority{Certificate: der, Anchor: i < len(change.AddAnchors)}
		row.Warnings = dateWarnings(certificate, c.now())
		if row.Anchor && !bytes.Equal(certificate.RawSubject, certificate.RawIssuer) {
			row.Warnings = append(row.Warnings, idp.AuthorityIssued)
		}
		if row.Anchor && slices.ContainsFunc(all, func(other idp.Community) bool { return contains(other.Anchors, der) }) {
			row.Warnings = append(row.Warnings, idp.AuthorityElsewhere)
		}
		if !row.Anchor && !parsed.Reaches(certificate, c.now()) {
			row.Warnings = append(row.Warnings, idp.AuthorityDetached)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func dateWarnings(certificate *x509.Certificate, now time.Time) []idp.TrustWarning {
	left := certificate.NotAfter.Sub(now)
	switch {
	case pki.LevelOf(left) == pki.Over:
		return []idp.TrustWarning{idp.AuthorityExpired}
	case now.Before(certificate.NotBefore):
		return []idp.TrustWarning{idp.AuthorityEarly}
	case pki.LevelOf(left) != pki.Fine:
		return []idp.TrustWarning{idp.AuthoritySoon}
	}
	return nil
}

// look counts the clients, and which of them would be lost. They are judged by the certificates that came with their last
// registration and by those that are configured: nobody is asked over the network for it.
func (c *Communities) look(ctx context.Context, change idp.TrustChange, out *idp.TrustOutcome) error {
	before, err := Parse(out.Before)
	if err != nil {
		return err
	}
	if change.Delete || change.Suspend {
		return c.loseAll(ctx, out)
	}
	after, err := Parse(out.After)
	if err != nil {
		return err
	}
	trusts := func(chain []*x509.Certificate) bool { return after.Leads(chain, c.now()) == nil }
	for _, own := range out.Before.Certificates {
		if chain, err := ParseDER(own.Chain); err == nil && before.Leads(chain, c.now()) == nil && !trusts(chain) {
			out.OwnLost++
		}
	}
	enough := time.Now().Add(lookTime)
	for last := ""; ; {
		batch, err := c.Store.ClientsOf(ctx, out.Before.ID, last, lookBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, client := range batch {
			last = client.ID
			out.Clients++
			if time.Now().After(enough) {
				out.Partial = true
				continue
			}
			c.judge(client, before, trusts, out)
		}
	}
}

// loseAll is the outcome of a change after which nobody is trusted any more.
func (c *Communities) loseAll(ctx context.Context, out *idp.TrustOutcome) (err error) {
	if out.Clients, err = c.Store.CountClientsOf(ctx, out.Before.ID); err != nil {
		return err
	}
	some, err := c.Store.ClientsOf(ctx, out.Before.ID, "", lostShown)
	for _, client := range some {
		out.LostNames = append(out.LostNames, client.Name)
	}
	out.Lost, out.OwnLost = out.Clients, len(out.Before.Certificates)
	return err
}

// judge counts one client.
func (c *Communities) judge(client idp.Client, before pki.Community, trusts func([]*x509.Certificate) bool, out *idp.TrustOutcome) {
	chain := chainOf(client)
	if before.Leads(chain, c.now()) != nil {
		out.Unclear++
		return
	}
	if trusts(chain) {
		return
	}
	out.Lost++
	if len(out.LostNames) < lostShown {
		out.LostNames = append(out.LostNames, client.Name)
	}
}

// chainOf are the certificates that came with a client's last registration.
func chainOf(client idp.Client) []*x509.Certificate {
	if statement, err := udap.ParseJWT(client.SoftwareStatement); err == nil {
		return statement.Chain
	}
	chain, err := ParseDER([][]byte{client.Certificate})
	if err != nil {
		return nil
	}
	return chain
}
