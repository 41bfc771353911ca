package dataholder

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"udap-idp/internal/udap"
)

// OpenID is what an identity provider says of itself as an OpenID provider.
type OpenID struct {
	Issuer           string // iss of its ID Tokens
	JWKSURI          string
	UserInfoEndpoint string // "" when it has none
	// ResponseIssuer: every authorization response carries iss (RFC 9207 §3).
	ResponseIssuer bool
}

// DiscoverOpenID fetches openid-configuration and compares it with the UDAP metadata. Errors are *Problem.
func (c *Client) DiscoverOpenID(ctx context.Context, story *Story, d *Discovery) (*OpenID, error) {
	step := story.begin(StepOpenID)
	answer, err := c.get(ctx, step, d.Base+"/.well-known/openid-configuration", "application/json")
	if err != nil {
		return nil, err
	}
	if err := answer.expect(step, "OpenID Connect Discovery §4.2", http.StatusOK); err != nil {
		return nil, err
	}
	config, err := answer.object(step)
	if err != nil {
		return nil, err
	}
	step.document("openid-configuration", answer.body)
	if err := checkOpenID(step, config, d); err != nil {
		return nil, err
	}
	responseIssuer, _ := config.flag("authorization_response_iss_parameter_supported")
	step.fact("issuer", config.text("issuer"))
	step.fact("jwks_uri", config.text("jwks_uri"))
	step.fact("userinfo_endpoint", config.text("userinfo_endpoint"))
	step.Done = true
	return &OpenID{
		Issuer:           config.text("issuer"),
		JWKSURI:          config.text("jwks_uri"),
		UserInfoEndpoint: config.text("userinfo_endpoint"),
		ResponseIssuer:   responseIssuer,
	}, nil
}

func checkOpenID(step *Step, config object, d *Discovery) error {
	const source = "OpenID Connect Discovery §3"
	// The UDAP metadata is signed and this document is not: only what agrees with it is believed.
	same := func(name, signed string, optional bool) rule {
		value := config.text(name)
		return rule{
			reason: ReasonOpenIDEndpoint, ok: value == signed || (optional && !config.has(name)),
			source: "UDAP Security IG §2.3, §6",
			what:   name + " is the one of the UDAP metadata",
			found:  "it is " + quoted(value) + " instead of " + quoted(signed),
		}
	}
	usable := func(name string, optional bool) rule {
		return rule{
			reason: ReasonOpenIDMember, ok: isUsable(config.text(name)) || (optional && !config.has(name)), source: source,
			what: name + " is an absolute https address", found: "it is " + quoted(config.text(name)),
		}
	}
	lists := func(name, source string, optional bool, wanted ...string) rule {
		values := config.list(name)
		return rule{
			reason: ReasonOpenIDMember, source: source,
			ok: (optional && !config.has(name)) || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted, v) }),

			what: name + " has " + strings.Join(wanted, " or "), found: "it has " + quotedList(values),
		}
	}
	return step.verify(
		rule{
			// OpenID Connect Discovery §4.3: exactly the address the document was found under.
			reason: ReasonOpenIDIssuer, ok: strings.TrimSuffix(config.text("issuer"), "/") == d.Base,
			source: "OpenID Connect Discovery §4.3",
			what:   "issuer is the address that was asked, " + d.Base, found: "it is " + quoted(config.text("issuer")),
		},
		same("authorization_endpoint", d.AuthorizationEndpoint, false),
		same("token_endpoint", d.TokenEndpoint, false),
		same("registration_endpoint", d.RegistrationEndpoint, true),
		usable("jwks_uri", false),
		usable("userinfo_endpoint", true),
		lists("response_types_supported", source, false, "code"),
		lists("id_token_signing_alg_values_supported", source, false, udap.Algorithms()...),
		lists("code_challenge_methods_supported", "UDAP Security IG §7.2.2", true, "S256"),
	)
}
