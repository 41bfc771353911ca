package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// compatibility is what the operator allows the client beside the strict reading of the specification.
func (p *Provider) compatibility(ctx context.Context, c idp.Client) (idp.Compatibility, error) {
	if p.Compatibility == nil {
		return idp.Compatibility{}, nil
	}
	compatibility, err := p.Config.Compatibility(ctx, c)
	if err != nil {
		return idp.Compatibility{}, fmt.Errorf("compatibility of client %s: %w", c.ID, err)
	}
	return compatibility, nil
}

// allowed records that only a compatibility switch let something of the client pass.
func (p *Provider) allowed(ctx context.Context, c idp.Client, name, detail string) {
	slog.LogAttrs(ctx, slog.LevelInfo, "compatibility switch used", slog.String("switch", name), slog.String("detail", detail),
		slog.String("community", c.CommunityID), slog.String("client", c.ID))
}

// checkAllowed looks at what of a request needs a switch. A switch that was turned off holds at once, also for clients that
// registered while it was on.
func (p *Provider) checkAllowed(ctx context.Context, a *authorization) *Problem {
	loopback := p.isStrict() && udap.IsLoopbackRedirect(a.request.RedirectURI)
	if !loopback && a.has("code_challenge") {
		return nil
	}
	compatibility, err := p.compatibility(ctx, a.client)
	if err != nil {
		return internalPage(err)
	}
	if loopback {
		// UDAP Security IG §3.1: each redirect URI SHALL use https.
		if !compatibility.LoopbackRedirect {
			return invalidPage(KindRedirectURI, "The redirect_uri is http, which is not allowed for this client any more.")
		}
		p.allowed(ctx, a.client, "loopback redirect", a.request.RedirectURI)
	}
	a.noPKCE = compatibility.NoPKCE
	return nil
}

// isStrict reports whether we are reached by https: on trial on one machine, http is for everybody.
func (p *Provider) isStrict() bool {
	u, err := url.Parse(p.Endpoints.Issuer)
	return err != nil || u.Scheme != "http"
}

// noVerifier stands for the code challenge of a token request without a code_verifier, of a client that must send one. It is
// no SHA-256, so it is that of no code, while "" is that of a code which the client got when it was excused.
const noVerifier = "none"

// requireVerifier decides what a token request without a code_verifier may redeem: a code without a challenge, and that only
// for a client that is excused from PKCE now.
//
// UDAP Security IG §7.2.2: PKCE SHALL be used; RFC 9700 §2.1.1: a code_verifier without a code_challenge is refused, which
// the store does, so that nobody can take the challenge out of a request on its way.
func (p *Provider) requireVerifier(ctx context.Context, c idp.Client, r *idp.Redemption) *udap.Error {
	if r.CodeChallenge != "" {
		return nil
	}
	compatibility, err := p.compatibility(ctx, c)
	if err != nil {
		return internal(err)
	}
	if !compatibility.NoPKCE {
		r.CodeChallenge = noVerifier
		return nil
	}
	recordOf(ctx).Allowed("no PKCE", "")
	return nil
}
