package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/attempts"
	"udap-idp/internal/claims"
	"udap-idp/internal/clients"
	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
	"udap-idp/internal/provider"
	"udap-idp/internal/trust"
	"udap-idp/internal/udap"
)

// clientDesk is what the administrator's pages need of data holders.
type clientDesk struct {
	*clients.Clients
	site     *site
	provider *provider.Provider
}

func (s *site) clientDesk(prov *provider.Provider) clientDesk {
	return clientDesk{clients.New(clients.Config{Store: s.store}), s, prov}
}

func (d clientDesk) MaxConnections() int { return clients.MaxConnections }

func (d clientDesk) Profiles() []string {
	names := make([]string, len(claims.Profiles))
	for i, p := range claims.Profiles {
		names[i] = string(p)
	}
	return names
}

// Profile is the payload profile of a client; one that is not known any more is shown as it is stored.
func (d clientDesk) Profile(c idp.Client) string {
	profile, err := claims.ParseProfile(c.Settings.Payload)
	if err != nil {
		return c.Settings.Payload
	}
	return string(profile)
}

// certificatePatience is how long a page waits for lists and responders. What is fetched goes on being fetched for the next look.
const certificatePatience = 2 * time.Second

// Certificate checks the chain that a data holder registered with, as it would be checked if it came now.
func (d clientDesk) Certificate(ctx context.Context, c idp.Client, now time.Time) admin.ClientCertificate {
	chain := registeredChain(c)
	out := admin.ClientCertificate{Verdict: "unknown"}
	for _, certificate := range chain {
		out.Chain = append(out.Chain, certificate.Raw)
	}
	if len(chain) == 0 {
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, certificatePatience)
	defer cancel()
	err := d.site.trust.VerifyIn(ctx, c.CommunityID, chain, now)
	var revoked *revocation.Revoked
	switch {
	case err == nil:
		out.Verdict = "trusted"
		return out
	case errors.As(err, &revoked), errors.Is(err, pki.ErrRevoked):
		out.Verdict = "revoked"
	case errors.Is(err, pki.ErrUntrusted), errors.Is(err, pki.ErrUnknownCommunity):
		out.Verdict = "untrusted"
	}
	out.Why = plain(err.Error())
	return out
}

// registeredChain is x5c of the stored statement, or the certificate alone when that cannot be read.
func registeredChain(c idp.Client) []*x509.Certificate {
	if statement, err := udap.ParseJWT(c.SoftwareStatement); err == nil {
		return statement.Chain
	}
	leaf, err := x509.ParseCertificate(c.Certificate)
	if err != nil {
		return nil
	}
	return []*x509.Certificate{leaf}
}

func (d clientDesk) Advise(a idp.Attempt) admin.AttemptAdvice {
	diagnosis := attempts.Diagnose(a)
	return admin.AttemptAdvice{
		Diagnosis: string(diagnosis), Operator: attempts.Advise(a).Operator, Letter: attempts.Letter(a, d.site.config.Issuer), Path: attempts.PathOf(a.Chain),
		Untrusted: diagnosis == attempts.UntrustedAnchor, Suspended: diagnosis == attempts.SuspendedClient,
	}
}

// ReadAnchor reads one certificate of an authority.
func (d clientDesk) ReadAnchor(pasted string) ([]byte, error) {
	found, err := trust.ReadAuthorities([]byte(pasted))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, &clients.Refusal{Code: "several", Text: "one certificate is trusted at a time"}
	}
	return found[0].Raw, nil
}

// TrustAnchor makes a certificate an anchor of a community.
func (d clientDesk) TrustAnchor(ctx context.Context, communityID string, anchor []byte, by idp.Reading) error {
	change := idp.TrustChange{CommunityID: communityID, AddAnchors: [][]byte{anchor}}
	_, err := trust.New(trust.Config{Store: d.site.store, Issuer: d.site.config.Issuer}).Change(ctx, change, nil, by)
	return err
}

// Preview is the command's preview.
func (d clientDesk) Preview(ctx context.Context, ask admin.ClaimsAsk) (admin.ClaimsPreview, error) {
	asked := provider.Asked{
		ClientID: ask.Client.ID, PersonID: ask.PersonID, Scopes: ask.Scopes, Claims: ask.Claims, Profile: ask.Profile, Hidden: hiddenClaim, Reading: ask.By,
	}
	if ask.Reveal {
		asked.Hidden = ""
	}
	preview, err := previewClaims(ctx, d.provider, ask.Client, asked)
	if errors.Is(err, provider.ErrPreview) {
		return admin.ClaimsPreview{Refused: err.Error()}, nil
	}
	if err != nil {
		return admin.ClaimsPreview{}, err
	}
	out := admin.ClaimsPreview{
		Profile: string(preview.Profile), IDToken: preview.IDToken, UserInfo: preview.UserInfo, Level: preview.Released.Level, MatchWeight: preview.Released.MatchWeight,
		Hidden: strings.Contains(fmt.Sprint(preview.IDToken, preview.UserInfo), hiddenClaim),
	}
	for _, withheld := range preview.Released.Withheld {
		out.Withheld = append(out.Withheld, pages.WithheldClaim{Name: withheld.Claim, Reason: string(withheld.Reason)})
	}
	if refusal := preview.Released.Refusal; refusal != nil {
		out.Code, out.Why = refusal.Code, refusal.Description
	}
	return out, nil
}

// hiddenClaim stands on a page in the place of what is sensitive.
const hiddenClaim = "••••••••"
