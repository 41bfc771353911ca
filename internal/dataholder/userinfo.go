package dataholder

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// UserInfo asks for what else the provider tells about the person. It returns nil when the provider has no such endpoint.
// Errors are *Problem.
func (c *Client) UserInfo(ctx context.Context, p *Pending, idToken *IDToken, tokens *Tokens) (json.RawMessage, error) {
	if p.OpenID.UserInfoEndpoint == "" {
		return nil, nil
	}
	step := p.Story.begin(StepUserInfo)
	// RFC 6750 §2.1.
	answer, err := c.get(ctx, step, p.OpenID.UserInfoEndpoint, "application/json", "Authorization", "Bearer "+tokens.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := refused(step, answer, "The identity provider did not accept the access token."); err != nil {
		return nil, err
	}
	if err := answer.expect(step, "OpenID Connect Core §5.3.2", http.StatusOK); err != nil {
		return nil, err
	}
	info, err := answer.object(step)
	if err != nil {
		return nil, err
	}
	step.document("Answer", answer.body)
	if err := step.verify(
		rule{
			// OpenID Connect Core §5.3.2: sub MUST be verified to match exactly, else the values MUST NOT be used.
			reason: ReasonUserInfoSubject, ok: info.text("sub") == idToken.Subject, source: "OpenID Connect Core §5.3.2",
			what: "sub is the one of the ID Token", found: "it is missing or another one",
		},
		rule{
			reason: ReasonUserInfoIssuer, ok: !info.has("iss") || info.text("iss") == idToken.Issuer, source: "UDAP Tiered OAuth §4.4",
			what: "iss, if it is there, is the one of the ID Token", found: "it is " + quoted(info.text("iss")),
		},
	); err != nil {
		return nil, err
	}
	var names []string
	for name := range info {
		names = append(names, name)
	}
	step.fact("Claims received", sorted(names))
	step.Done = true
	return rawJSON(answer.body), nil
}

// IdentityFrom reads the person's claims: those of the ID Token, and from UserInfo what is not there.
func IdentityFrom(idToken *IDToken, userInfo json.RawMessage) Identity {
	merged := object{}
	if info, err := parseObject(userInfo); err == nil {
		for name, value := range info {
			merged[name] = value
		}
	}
	for name, value := range idToken.claims {
		merged[name] = value
	}
	return identityOf(merged)
}

func identityOf(claims object) Identity {
	address := claims.object("address")
	identity := Identity{
		Issuer: claims.text("iss"), Subject: claims.text("sub"),
		GivenName: claims.text("given_name"), FamilyName: claims.text("family_name"), Birthdate: claims.text("birthdate"),
		Phone: ifVerified(claims, "phone_number"), Email: ifVerified(claims, "email"),
		Address: Address{
			Street: address.text("street_address"), City: address.text("locality"),
			State: address.text("region"), PostalCode: address.text("postal_code"),
		},
		// Both names are in use: the HL7 Identity Matching IG has one in its text and the other in its examples.
		DigitalIdentifier: claims.text("hl7_person_identifier"),
		ACR:               claims.text("acr"),
		AMR:               claims.textOrList("amr"),
	}
	if identity.DigitalIdentifier == "" {
		identity.DigitalIdentifier = claims.text("hl7_identifier")
	}
	identity.DigitalIdentifier = strings.ToLower(identity.DigitalIdentifier)
	return identity
}

// ifVerified is the contact unless the provider says that it is not verified: then anybody could have typed it.
func ifVerified(claims object, name string) string {
	if verified, known := claims.flag(name + "_verified"); known && !verified {
		return ""
	}
	return claims.text(name)
}
