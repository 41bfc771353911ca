package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// networkSector is the sector of the number that a person has in all networks, instead of a client's (Client.Sector has a
// space): random like a sub, and related to none.
const networkSector = "networks"

// grant is what a client was granted about a person.
type grant struct {
	personID       string
	scopes         []string
	claims         string              // the claims parameter
	agreed         []string            // the claims that the person agreed to
	offer          bool                // she is asked yet: everything that could be agreed to
	authentication *idp.Authentication // nil where no sign-in matters
	at             time.Time
	reading        idp.Reading // why her Digital Identifier is opened; zero: it is not
	hidden         string      // nobody is shown what must not be read unseen: this stands in its place
}

// release decides what a client learns about a person, and returns its sub besides. The ID Token, UserInfo, the consent page
// and the preview read the same.
func (p *Provider) release(ctx context.Context, c idp.Client, g grant) (claims.Released, string, error) {
	person, err := p.Store.Person(ctx, g.personID)
	if err != nil {
		return claims.Released{}, "", fmt.Errorf("person: %w", err)
	}
	// UDAP Tiered OAuth §4.3, OIDC Core §8.1: stable, and never another person's.
	subject, err := p.Store.Subject(ctx, person.ID, c.Sector())
	if err != nil {
		return claims.Released{}, "", fmt.Errorf("subject: %w", err)
	}
	in, err := p.releaseRequest(ctx, c, person, g)
	if err != nil {
		return claims.Released{}, "", err
	}
	// Opened, and its reading recorded, only when it goes out.
	if g.reading != (idp.Reading{}) && claims.SharesIdentifier(in) {
		if in.Identifier, err = p.Identifier(ctx, person, g.reading); err != nil {
			return claims.Released{}, "", fmt.Errorf("digital identifier: %w", err)
		}
	}
	if g.hidden != "" && !person.Identifier.IsZero() && claims.SharesIdentifier(in) {
		in.Identifier = g.hidden
	}
	return claims.Release(in), subject, nil
}

// releaseRequest collects what the release depends on.
func (p *Provider) releaseRequest(ctx context.Context, c idp.Client, person idp.Person, g grant) (claims.Request, error) {
	in := claims.Request{Person: person, Scopes: g.scopes, Agreed: g.agreed, Offer: g.offer, AssertIAL2: p.AssertIAL2, Now: g.at}
	var err error
	if in.Profile, err = claims.ParseProfile(c.Settings.Payload); err != nil {
		return in, fmt.Errorf("client %s: %w", c.ID, err)
	}
	if in.Asked, err = claims.ParseParameter(g.claims); err != nil {
		return in, fmt.Errorf("the stored claims parameter %w", err)
	}
	if in.Healthcare, err = p.Healthcare(ctx, c.CommunityID); err != nil {
		return in, fmt.Errorf("community: %w", err)
	}
	if g.authentication != nil {
		in.AuthTime, in.AMR = g.authentication.Time, g.authentication.AMR
	}
	if in.Profile.NeedsUUID() && g.hidden != "" {
		in.UUID = g.hidden
	} else if in.Profile.NeedsUUID() {
		if in.UUID, err = p.Store.Subject(ctx, person.ID, networkSector); err != nil {
			return in, fmt.Errorf("number in networks: %w", err)
		}
	}
	return in, p.readProofings(ctx, &in)
}

// readProofings reads the events that the person and her attributes name. One that is not there counts for nothing.
func (p *Provider) readProofings(ctx context.Context, in *claims.Request) error {
	var ids []string
	for _, a := range in.Person.Attributes {
		if a.ProofingID != "" && a.ProofingID != in.Person.ProofingID && !slices.Contains(ids, a.ProofingID) {
			ids = append(ids, a.ProofingID)
		}
	}
	for _, id := range ids {
		e, err := p.Store.Proofing(ctx, id)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return fmt.Errorf("proofing: %w", err)
		}
		in.Earlier = append(in.Earlier, e)
	}
	if in.Person.ProofingID == "" {
		return nil
	}
	e, err := p.Store.Proofing(ctx, in.Person.ProofingID)
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("proofing: %w", err)
	}
	in.Proofing = &e
	return nil
}

// profileOf is the client's payload profile. An unknown one is refused before anything is asked of it (checkProfile).
func profileOf(c idp.Client) claims.Profile {
	profile, _ := claims.ParseProfile(c.Settings.Payload)
	return profile
}

// checkProfile refuses a request that can never be answered in the client's payload profile, and asks for a sign-in as recent
// as the profile wants it, as if the client had sent max_age.
func (p *Provider) checkProfile(ctx context.Context, a *authorization) *udap.Error {
	profile, err := claims.ParseProfile(a.client.Settings.Payload)
	if err != nil {
		return internal(err)
	}
	if profile.MaxAge() == 0 {
		return nil
	}
	signer, err := p.signer(ctx, a.client.CommunityID)
	if err != nil {
		return internal(err)
	}
	if refusal := p.checkSigner(a.client, signer); refusal != nil {
		return refuse(refusal.Code, refusal.Description)
	}
	seconds := int(profile.MaxAge() / time.Second)
	if a.request.MaxAge == nil || *a.request.MaxAge > seconds {
		a.request.MaxAge = &seconds
	}
	return nil
}

// checkSigner is why our key, or our standing, does not do for the client's profile.
func (p *Provider) checkSigner(c idp.Client, signer *udap.Signer) *claims.Refusal {
	return profileOf(c).Supports(p.AssertIAL2, signer.Algorithm())
}
