package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/login"
	"udap-idp/internal/policy"
	"udap-idp/internal/provider"
)

// authorizer is the provider as login knows it.
type authorizer struct{ *provider.Provider }

func (a authorizer) Allow(ctx context.Context, req idp.AuthRequest, s idp.Session, yes idp.Agreement) (string, error) {
	to, err := a.Provider.Allow(ctx, req, s, yes)
	if errors.Is(err, provider.ErrSignInAgain) {
		return "", login.ErrSignInAgain
	}
	return to, err
}

func (a authorizer) Shares(ctx context.Context, req idp.AuthRequest, s idp.Session, values bool) (login.Offer, error) {
	offer := a.Provider.Offered
	if values {
		offer = a.Provider.Shares
	}
	released, err := offer(ctx, req, s)
	if err != nil {
		return login.Offer{}, err
	}
	if refusal := released.Refusal; refusal != nil {
		if refusal.Again {
			return login.Offer{}, login.ErrSignInAgain
		}
		return login.Offer{}, &login.Refused{Code: refusal.Code, Description: refusal.Description}
	}
	client, err := a.Provider.ClientOf(ctx, req)
	if err != nil {
		return login.Offer{}, err
	}
	return newOffer(client, released, values), nil
}

// newOffer puts the values to the choices they belong to.
func newOffer(client idp.Client, released claims.Released, values bool) login.Offer {
	offer := login.Offer{Sector: client.Sector(), Level: released.Level}
	for _, choice := range released.Choices() {
		c := login.Choice{Name: choice.Name, Claims: choice.Claims, Essential: choice.Essential, Identifier: choice.IsIdentifier()}
		for _, shared := range released.Shown() {
			if values && slices.Contains(choice.Claims, shared.Name) {
				c.Shares = append(c.Shares, login.Share{Claim: shared.Name, Value: shown(shared.Value), Sensitive: sensitive(shared.Name)})
			}
		}
		offer.Choices = append(offer.Choices, c)
	}
	return offer
}

// shown is a claim's value as text: each entry of a list in a line of its own, and of verified_claims the facts about the
// proofing, as lines of a name and a value.
func shown(value any) string {
	switch value := value.(type) {
	case claims.Address:
		return value.Formatted
	case []claims.Address:
		return lines(value, func(a claims.Address) string { return strings.ReplaceAll(a.Formatted, "\n", ", ") })
	case []claims.FlatAddress:
		return lines(value, func(a claims.FlatAddress) string { return strings.ReplaceAll(a.FullAddress, "\n", ", ") })
	case []claims.Name:
		return lines(value, func(n claims.Name) string { return n.NameFull })
	case int64: // a time, in seconds
		return time.Unix(value, 0).UTC().Format(time.DateOnly)
	case []string:
		return strings.Join(value, "\n")
	case claims.TokenPolicy:
		return value.TrustFramework + " " + value.AssuranceLevel
	case claims.VerifiedClaims:
		return lines(value.Facts(), func(fact [2]string) string { return fact[0] + " " + fact[1] })
	}
	return fmt.Sprint(value)
}

func lines[T any](list []T, text func(T) string) string {
	out := make([]string, len(list))
	for i, entry := range list {
		out[i] = text(entry)
	}
	return strings.Join(out, "\n")
}

// sensitive marks the Digital Identifier, which is protected like a social security number (HL7 Identity Matching IG
// 2.0.0), and the number in networks: a page shows their ends only.
func sensitive(claim string) bool { return strings.HasPrefix(claim, "hl7_") || claim == "uuid" }

// practices is the version of the practices that a person accepts before anything is shared. A generated text is one version,
// however often a setting changes a word of it: what is accepted anew is what somebody published.
func practices(documents *policy.Policy) func(ctx context.Context) (idp.Acceptance, error) {
	return func(ctx context.Context) (idp.Acceptance, error) {
		d, err := documents.Current(ctx, idp.PolicyPractices)
		return idp.Acceptance{Kind: idp.PolicyPractices, Version: d.Version, Name: d.Name}, err
	}
}
