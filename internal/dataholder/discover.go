package dataholder

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/udap"
)

// Discovery is what an identity provider says of itself in its UDAP metadata, signed and trusted.
type Discovery struct {
	Base string // its address, without a trailing slash
	// The endpoints as signed.
	AuthorizationEndpoint, TokenEndpoint, RegistrationEndpoint string
	Scopes                                                     []string // supported
}

// BaseURL reads the address of an identity provider as a person types it. The base has no trailing slash.
func BaseURL(typed string) (string, error) {
	base := strings.TrimRight(strings.TrimSpace(typed), "/")
	u, err := url.Parse(base)
	if err != nil || len(base) > 500 || !isUsable(base) || u.RawQuery != "" || u.ForceQuery {
		return "", &Problem{
			Step: StepDiscovery, Reason: ReasonBadAddress, Cause: err,
			Message: "An identity provider's address begins with https:// and has no question mark, user name or fragment. What was given is " + quoted(typed) + ".",
		}
	}
	return base, nil
}

// Discover fetches and verifies the UDAP metadata of an identity provider. base is from BaseURL. Errors are *Problem.
func (c *Client) Discover(ctx context.Context, story *Story, base string) (*Discovery, error) {
	step := story.begin(StepDiscovery)
	metadata, err := c.fetchMetadata(ctx, step, base)
	if err != nil {
		return nil, err
	}
	if err := c.checkMetadata(step, metadata); err != nil {
		return nil, err
	}
	signed, err := c.verifySignedMetadata(ctx, step, base, metadata.text("signed_metadata"))
	if err != nil {
		return nil, err
	}
	if err := checkEndpoints(step, metadata, signed); err != nil {
		return nil, err
	}
	step.Done = true
	return &Discovery{
		Base: base,
		// UDAP Server Metadata §3.4: the signed value wins. They are equal by now.
		AuthorizationEndpoint: signed.text("authorization_endpoint"),
		TokenEndpoint:         signed.text("token_endpoint"),
		RegistrationEndpoint:  signed.text("registration_endpoint"),
		Scopes:                metadata.list("scopes_supported"),
	}, nil
}

func (c *Client) fetchMetadata(ctx context.Context, step *Step, base string) (object, error) {
	// UDAP Security IG §2.1: the path is appended to the base URL, also when that has a path of its own.
	address := base + "/.well-known/udap"
	if c.Community != "" {
		// UDAP Security IG §2.4.
		address += "?community=" + url.QueryEscape(c.Community)
	}
	answer, err := c.get(ctx, step, address, "application/json")
	if err != nil {
		return nil, err
	}
	// UDAP Security IG §2.1, §2.4: 404 says that no UDAP workflow is supported, 204 that the community is not.
	if err := step.verify(rule{
		reason: ReasonNotUDAP, ok: answer.status != http.StatusNotFound && answer.status != http.StatusNoContent,
		what: "the server speaks UDAP", source: "UDAP Security IG §2.1",
		found: "it answered " + http.StatusText(answer.status) + " at " + address,
	}); err != nil {
		return nil, err
	}
	if err := answer.expect(step, "UDAP Security IG §2.1", http.StatusOK); err != nil {
		return nil, err
	}
	metadata, err := answer.object(step)
	if err != nil {
		return nil, err
	}
	step.document("UDAP metadata", answer.body)
	return metadata, nil
}

// checkMetadata checks the unsigned members of UDAP Security IG §2.2.
func (c *Client) checkMetadata(step *Step, m object) error {
	const source = "UDAP Security IG §2.2"
	contains := func(reason Reason, name string, wanted ...string) rule {
		values := m.list(name)
		ok := true
		for _, value := range wanted {
			ok = ok && slices.Contains(values, value)
		}
		return rule{
			reason: reason, ok: ok, source: source,
			what:  name + " has " + strings.Join(wanted, ", "),
			found: "it has " + quotedList(values),
		}
	}
	isThere := func(name string) rule {
		return rule{
			reason: ReasonMissingMember, ok: m.isList(name), source: source,
			what: name + " is a list", found: "it is missing or of another type",
		}
	}
	isEmpty := func(reason Reason, name, why string) rule {
		return rule{
			reason: reason, ok: len(m.list(name)) == 0 && (!m.has(name) || m.isList(name)), source: source,
			what: name + " asks for nothing", found: why + ": " + quotedList(m.list(name)),
		}
	}
	endpoint := func(name string) rule {
		return rule{
			reason: ReasonEndpoint, ok: isUsable(m.text(name)), source: source,
			what:  name + " is an absolute https address",
			found: "it is " + quoted(m.text(name)),
		}
	}
	algorithm := c.Signer.Algorithm()
	return step.verify(
		contains(ReasonVersions, "udap_versions_supported", "1"),
		contains(ReasonProfiles, "udap_profiles_supported", "udap_dcr", "udap_authn", "udap_to"),
		isThere("udap_authorization_extensions_supported"),
		isEmpty(ReasonRequiresExtension, "udap_authorization_extensions_required", "it asks for an extension that a sign-in does not carry"),
		isThere("udap_certifications_supported"),
		isEmpty(ReasonRequiresCert, "udap_certifications_required", "it asks for a certification that this hospital does not hold"),
		contains(ReasonGrantTypes, "grant_types_supported", "authorization_code"),
		// UDAP Security IG §6: an identity provider SHALL list both.
		contains(ReasonScopes, "scopes_supported", "openid", "udap"),
		endpoint("authorization_endpoint"),
		endpoint("token_endpoint"),
		endpoint("registration_endpoint"),
		contains(ReasonAuthMethods, "token_endpoint_auth_methods_supported", "private_key_jwt"),
		contains(ReasonAlgorithms, "token_endpoint_auth_signing_alg_values_supported", algorithm),
		contains(ReasonAlgorithms, "registration_endpoint_jwt_signing_alg_values_supported", algorithm),
		rule{
			reason: ReasonNoSignedMetadata, ok: m.text("signed_metadata") != "", source: source,
			what: "signed_metadata is there", found: "it is missing",
		},
	)
}

// verifySignedMetadata proves who signed, and then checks what is said (UDAP Security IG §2.3).
func (c *Client) verifySignedMetadata(ctx context.Context, step *Step, base, raw string) (object, error) {
	jwt, claims, err := c.readJWT(step, raw, "signed_metadata")
	if err != nil {
		return nil, err
	}
	step.document("signed_metadata: claims", jwt.Payload)
	if err := c.verifyChain(ctx, step, jwt.Chain); err != nil {
		return nil, err
	}
	if err := c.checkSignedClaims(step, base, jwt.Chain[0], claims); err != nil {
		return nil, err
	}
	return claims, nil
}

// readJWT reads a UDAP JWT with its certificates and verifies the signature with the first of them.
func (c *Client) readJWT(step *Step, raw, name string) (*udap.JWT, object, error) {
	jwt, err := udap.ParseJWT(raw)
	if err := step.verify(rule{
		reason: ReasonMalformedJWT, ok: err == nil, source: "UDAP Security IG §7.1.1–7.1.3",
		what:  name + " is a signed JWT with alg " + strings.Join(udap.Algorithms(), ", ") + " and certificates in x5c",
		found: jwtReason(err),
	}); err != nil {
		return nil, nil, err
	}
	err = jwt.VerifySignature()
	if err := step.verify(rule{
		reason: ReasonSignature, ok: err == nil, source: "UDAP Security IG §7.1.6, UDAP Server Metadata §3.1",
		what:  name + " is signed with the key of its first certificate (" + jwt.Algorithm + ")",
		found: jwtReason(err),
	}); err != nil {
		return nil, nil, err
	}
	claims, err := parseObject(jwt.Payload)
	if err := step.verify(rule{
		reason: ReasonMalformedJWT, ok: err == nil, source: "RFC 7519 §4",
		what: "the claims are one JSON object with unique names", found: "they cannot be read as one",
	}); err != nil {
		return nil, nil, err
	}
	return jwt, claims, nil
}

// jwtReason is the part of a JWT error that is made to be shown.
func jwtReason(err error) string {
	var problem *udap.JWTError
	if errors.As(err, &problem) {
		return problem.Reason
	}
	return "it cannot be read"
}

func (c *Client) checkSignedClaims(step *Step, base string, leaf *x509.Certificate, claims object) error {
	const source = "UDAP Security IG §2.3"
	now := c.Now()
	iss, iat, exp := claims.text("iss"), claims.seconds("iat"), claims.seconds("exp")
	names, err := udap.URISANs(leaf)
	if err != nil {
		names = nil
	}
	return step.verify(
		rule{
			reason: ReasonIssuerSAN, ok: udap.HasURISAN(leaf, iss), source: source,
			what: "iss is a URI of the certificate", found: "iss is " + quoted(iss) + " and the certificate names " + quotedList(names),
		},
		rule{
			// https://host and https://host/ have the same well-known addresses; communities certify either.
			reason: ReasonIssuer, ok: strings.TrimSuffix(iss, "/") == base, source: source,
			what: "iss is the address that was asked, " + base, found: "iss is " + quoted(iss),
		},
		rule{
			reason: ReasonSubject, ok: claims.text("sub") == iss, source: source,
			what: "sub is the same as iss", found: "sub is " + quoted(claims.text("sub")),
		},
		rule{
			reason: ReasonIssuedAt, ok: !iat.IsZero() && !iat.After(now.Add(clockSkew)), source: source,
			what: "iat is a time that has come", found: missing(iat, "iat"),
		},
		rule{
			reason: ReasonExpired, ok: !exp.IsZero() && now.Before(exp), source: source,
			what: "exp is still to come", found: missing(exp, "exp"),
		},
		rule{
			reason: ReasonLifetime, ok: !exp.After(iat.AddDate(1, 0, 0)), source: source,
			what: "it lives no longer than a year", found: missing(exp, "exp") + " and " + missing(iat, "iat"),
		},
		rule{
			reason: ReasonID, ok: claims.text("jti") != "", source: "UDAP Security IG §2.3, §7.1.4",
			what: "jti is there", found: "it is missing",
		},
	)
}

// checkEndpoints: UDAP Security IG §2.3, UDAP Server Metadata §3.5: each endpoint is signed too, with the same value.
func checkEndpoints(step *Step, metadata, signed object) error {
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "registration_endpoint"} {
		err := step.verify(rule{
			reason: ReasonEndpointSwapped, ok: signed.text(name) == metadata.text(name), source: "UDAP Security IG §2.3",
			what:  "the signed " + name + " equals the unsigned one",
			found: "signed is " + quoted(signed.text(name)) + ", unsigned " + quoted(metadata.text(name)),
		})
		if err != nil {
			return err
		}
		step.fact(name, signed.text(name))
	}
	step.fact("scopes_supported", strings.Join(metadata.list("scopes_supported"), " "))
	step.fact("signed_metadata good until", moment(signed.seconds("exp")))
	return nil
}

// rawJSON is what a parsed message looked like.
func rawJSON(data []byte) json.RawMessage {
	if !json.Valid(data) {
		return nil
	}
	return json.RawMessage(data)
}
