package main

import (
	"context"
	"errors"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/revocation"
)

// standing is how a community stands, for the administrator's page.
func (s *site) standing(ctx context.Context, communityID string, now time.Time) (admin.Standing, error) {
	c, err := s.trust.Community(ctx, communityID)
	if errors.Is(err, pki.ErrUnknownCommunity) {
		return admin.Standing{}, nil // added a moment ago
	}
	if err != nil {
		return admin.Standing{}, err
	}
	standing := admin.Standing{Revocation: c.Revocation.Mode.String(), States: map[string]string{}}
	for i, state := range c.States(now) {
		standing.States[c.Signers[i].KeyID()] = string(state)
	}
	var sources []revocation.Status
	if c.Revocation.Mode != revocation.NoCheck { // what was fetched before it was switched off says nothing any more
		sources = c.Sources(s.revocation.checker.Status(), now)
	}
	for _, status := range sources {
		standing.Sources = append(standing.Sources, sourceOf(status))
	}
	for _, e := range pki.Expiries([]pki.Community{c}, now) {
		if e.Level > pki.Fine && !e.Replaced {
			standing.Ending = append(standing.Ending, admin.Ending{
				Kind: string(e.Kind), Subject: e.Subject, NotAfter: e.NotAfter,
			})
		}
	}
	return standing, nil
}
