package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/zitadel/oidc/v3/pkg/op"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// VerifyClient authenticates a client by its assertion (UDAP JWT Client Authentication §6).
func (s server) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	record := recordOf(ctx)
	c, refusal := s.p.authenticate(ctx, record, r.Data.ClientAssertion, r.Data.ClientID)
	if refusal != nil {
		record.Refuse(refusal)
		setRetryAfter(ctx, refusal)
		return nil, forLibrary(refusal)
	}
	return client{c}, nil
}

// authenticate returns the client that made the assertion. clientID is the parameter client_id, which may be missing.
func (p *Provider) authenticate(ctx context.Context, record *attempts.Record, raw, clientID string) (idp.Client, *udap.Error) {
	at := now()
	record.Step(attempts.ClientAssertion)
	// UDAP JWT Client Authentication §6.1: signature. UDAP Security IG §4.2.1: iss, sub, aud, exp, iat, jti.
	assertion, err := udap.ParseClientAssertion(raw)
	record.Parsed(err)
	if err != nil {
		return idp.Client{}, asRefusal(err)
	}
	record.Claimed(assertion.Issuer, assertion.Chain)
	record.Step(attempts.Claims)
	if err := assertion.Validate(p.Endpoints.Token, at); err != nil {
		return idp.Client{}, asRefusal(err)
	}
	// UDAP JWT Client Authentication §5: client_id is optional and, if there, SHALL be the iss and sub of the assertion.
	if clientID != "" && clientID != assertion.Issuer {
		return idp.Client{}, refuse(udap.InvalidClient, "the parameter client_id is not the iss of the client assertion")
	}
	c, refusal := p.registered(ctx, record, assertion)
	if refusal != nil {
		return idp.Client{}, refusal
	}
	record.Step(attempts.Trust)
	if refusal := p.trust(ctx, c, assertion); refusal != nil {
		return idp.Client{}, refusal
	}
	record.Proved(c.CommunityID)
	record.Step(attempts.Suspension)
	if !c.SuspendedAt.IsZero() { // said to the client alone, once it has proved who it is
		return idp.Client{}, refuse(udap.InvalidClient, "client assertion: the operator of this server has suspended the client")
	}
	record.Step(attempts.Replay)
	return c, p.spend(ctx, c, assertion)
}

// asRefusal passes on what udap says of an assertion.
func asRefusal(err error) *udap.Error {
	var refusal *udap.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return internal(err)
}

// registered finds the registration, a suspended one as well, and compares the certificate with it.
func (p *Provider) registered(ctx context.Context, record *attempts.Record, a *udap.ClientAssertion) (idp.Client, *udap.Error) {
	record.Step(attempts.Registered)
	c, err := p.Store.Client(ctx, a.Issuer)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, refuse(udap.InvalidClient, "client assertion: the iss is not the client_id of a registered client")
	}
	if err != nil && !errors.Is(err, idp.ErrSuspended) { // which authenticate refuses
		return idp.Client{}, internal(fmt.Errorf("client: %w", err))
	}
	record.Client(c.ID)
	record.Step(attempts.Certificate)
	// UDAP JWT Client Authentication §6.3: the registration SHALL be bound to a URI SAN of this certificate. A renewed
	// certificate with the same URI is as good. UDAP Security IG §7.1.5: compared exactly.
	if !udap.HasURISAN(a.Chain[0], c.URI) {
		return idp.Client{}, refuse(udap.InvalidClient, "client assertion: the certificate x5c[0] does not have the URI that the client registered with as a subject alternative name")
	}
	return c, nil
}

// trust verifies the chain in the community that the client registered from.
//
// UDAP JWT Client Authentication §6.2: a chain to a trusted anchor. UDAP Security IG §3.4: a registration belongs to one
// community, so a certificate of another does not speak for it.
func (p *Provider) trust(ctx context.Context, c idp.Client, a *udap.ClientAssertion) *udap.Error {
	err := p.Trust.VerifyIn(ctx, c.CommunityID, a.Chain, now())
	if err == nil {
		return nil
	}
	if !p.Untrusted(err) {
		return cannotTell(fmt.Errorf("verify certificate chain: %w", err))
	}
	return refuse(udap.InvalidClient,
		"client assertion: the certificate x5c[0] is not trusted in the trust community that the client registered from").Because(err)
}

// cannotTell is the answer when trust could not be determined, with which certificate it was if that is known.
func cannotTell(err error) *udap.Error {
	e := unavailable(err)
	var verdict udap.Verdict
	if errors.As(err, &verdict) {
		e.Description = "client assertion: whether the certificate x5c[0] is trusted cannot be determined at the moment"
	}
	return e.Because(err)
}

// spend records the jti, after everything else: a stranger must not be able to use up somebody's.
//
// UDAP Security IG §7.1.4: the same jti is allowed again once the first has expired.
func (p *Provider) spend(ctx context.Context, c idp.Client, a *udap.ClientAssertion) *udap.Error {
	err := p.Store.UseJTI(ctx, c.CommunityID+" "+c.ID, a.ID, a.ReplayUntil(), now())
	if errors.Is(err, idp.ErrUsed) {
		return refuse(udap.InvalidClient, "client assertion: the jti was used before")
	}
	if err != nil {
		return unavailable(fmt.Errorf("record jti: %w", err))
	}
	return nil
}
