package registration

import (
	"context"
	"errors"
	"strings"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// Communities knows what the operator has decided about the trust communities.
type Communities interface {
	Settings(ctx context.Context, communityID string) (idp.CommunitySettings, error)
}

// settings are those of the community that the chain led to. Without Communities they are the strictest.
func (a *attempt) settings(ctx context.Context) (idp.CommunitySettings, error) {
	if a.Communities == nil {
		return idp.CommunitySettings{}, nil
	}
	return a.Communities.Settings(ctx, a.communityID)
}

// policy is what this client is granted: that of the server, and what the operator allows besides.
func (a *attempt) policy(ctx context.Context, statement *udap.SoftwareStatement, settings idp.CommunitySettings) (udap.RegistrationPolicy, error) {
	policy := a.Policy
	loopback := statement.LoopbackRedirects()
	if policy.AllowLoopbackHTTP || len(loopback) == 0 {
		return policy, nil
	}
	compatibility, err := a.compatibility(ctx, statement, settings)
	if err != nil {
		return policy, err
	}
	// UDAP Security IG §3.1: each redirect URI SHALL use https.
	if policy.AllowLoopbackRedirect = compatibility.LoopbackRedirect; policy.AllowLoopbackRedirect {
		a.allowed(ctx, "loopback redirect", strings.Join(loopback, " "))
	}
	return policy, nil
}

// compatibility is what holds for the client, which may be registered already with settings of its own.
func (a *attempt) compatibility(ctx context.Context, statement *udap.SoftwareStatement, settings idp.CommunitySettings) (idp.Compatibility, error) {
	client, err := a.Store.ClientByURI(ctx, a.communityID, statement.Issuer)
	if err != nil && !errors.Is(err, idp.ErrNotFound) && !errors.Is(err, idp.ErrSuspended) {
		return idp.Compatibility{}, err
	}
	return settings.Compatibility.For(client.Settings), nil
}
