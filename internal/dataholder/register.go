package dataholder

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

// Registration is what an identity provider knows us as.
type Registration struct {
	ClientID     string
	Scope        string // granted
	RegisteredAt time.Time
}

// softwareStatement is UDAP Security IG §3.1.
type softwareStatement struct {
	Issuer                  string   `json:"iss"`
	Subject                 string   `json:"sub"`
	Audience                string   `json:"aud"`
	Expiry                  int64    `json:"exp"`
	IssuedAt                int64    `json:"iat"`
	ID                      string   `json:"jti"`
	ClientName              string   `json:"client_name"`
	RedirectURIs            []string `json:"redirect_uris"`
	Contacts                []string `json:"contacts"`
	LogoURI                 string   `json:"logo_uri"`
	GrantTypes              []string `json:"grant_types"`
	ResponseTypes           []string `json:"response_types"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method"`
	Scope                   string   `json:"scope"`
}

// Register registers with the identity provider. It is done at every sign-in: the same statement of the same certificate
// holder is a modification that changes nothing and keeps the client_id (UDAP Security IG §3.4), and a provider that lost
// or changed the registration has it again. Errors are *Problem.
func (c *Client) Register(ctx context.Context, story *Story, d *Discovery) (*Registration, error) {
	step := story.begin(StepRegistration)
	statement := c.statement(d)
	signed, err := c.Signer.Sign(statement)
	if err != nil {
		return nil, asProblem(step.Name, fmt.Errorf("sign software statement: %w", err))
	}
	step.document("Software statement: claims that were sent", statement)

	// UDAP Dynamic Client Registration §3. certifications is optional, and this hospital has none.
	body, err := json.Marshal(map[string]string{"software_statement": signed, "udap": "1"})
	if err != nil {
		return nil, asProblem(step.Name, err)
	}
	answer, err := c.post(ctx, step, d.RegistrationEndpoint, "application/json", string(body))
	if err != nil {
		return nil, err
	}
	if err := refused(step, answer, "The identity provider did not register this hospital."); err != nil {
		return nil, err
	}
	// UDAP Security IG §3.2.3: 201 for a new one; §3.4: 200 for one that was there.
	if err := answer.expect(step, "UDAP Security IG §3.2.3, §3.4", http.StatusCreated, http.StatusOK); err != nil {
		return nil, err
	}
	registered, err := answer.object(step)
	if err != nil {
		return nil, err
	}
	step.document("Answer", withMasked(registered, "software_statement"))
	if err := checkRegistered(step, registered, statement, signed); err != nil {
		return nil, err
	}
	registration := Registration{ClientID: registered.text("client_id"), Scope: registered.text("scope"), RegisteredAt: c.Now().UTC()}
	c.remember(step, d.Base, registration, answer.status)
	step.Done = true
	return &registration, nil
}

func (c *Client) statement(d *Discovery) softwareStatement {
	now := c.Now()
	return softwareStatement{
		// UDAP Security IG §3.1: iss is a URI of the certificate, sub the same, aud the registration endpoint as published,
		// exp at most five minutes after iat.
		Issuer:                  c.URI,
		Subject:                 c.URI,
		Audience:                d.RegistrationEndpoint,
		Expiry:                  now.Add(udap.MaxLifetime).Unix(),
		IssuedAt:                now.Unix(),
		ID:                      rand.Text(),
		ClientName:              c.Name,
		RedirectURIs:            []string{c.RedirectURI},
		Contacts:                c.Contacts,
		LogoURI:                 c.LogoURI,
		GrantTypes:              []string{"authorization_code"},
		ResponseTypes:           []string{"code"},
		TokenEndpointAuthMethod: "private_key_jwt",
		Scope:                   strings.Join(c.scopes(d.Scopes), " "),
	}
}

func checkRegistered(step *Step, r object, sent softwareStatement, signed string) error {
	const source = "UDAP Dynamic Client Registration §5.1"
	// A server may register other values than were asked for (UDAP Security IG §3.2.3); with these ones changed the
	// sign-in could not go on.
	includes := func(name string, values []string, wanted ...string) rule {
		ok := true
		for _, value := range wanted {
			ok = ok && slices.Contains(values, value)
		}
		return rule{
			reason: ReasonRegisteredParameter, ok: ok, source: "UDAP Security IG §3.2.3",
			what: name + " was registered with " + strings.Join(wanted, " "), found: "it is " + quotedList(values),
		}
	}
	return step.verify(
		rule{
			reason: ReasonClientID, ok: r.text("client_id") != "", source: source,
			what: "the answer has a client_id", found: "it has none",
		},
		rule{
			reason: ReasonStatementEcho, ok: r.text("software_statement") == signed, source: source,
			what: "the answer repeats our software statement as it was sent", found: "it is missing or another one",
		},
		includes("grant_types", r.list("grant_types"), sent.GrantTypes...),
		includes("response_types", r.list("response_types"), sent.ResponseTypes...),
		includes("redirect_uris", r.list("redirect_uris"), sent.RedirectURIs...),
		includes("token_endpoint_auth_method", r.textOrList("token_endpoint_auth_method"), sent.TokenEndpointAuthMethod),
		includes("scope", words(r.text("scope")), "openid", "udap"),
	)
}

// remember keeps the registration and tells how it relates to the one before.
func (c *Client) remember(step *Step, base string, registration Registration, status int) {
	c.mu.Lock()
	before, known := c.registrations[base]
	c.registrations[base] = registration
	c.mu.Unlock()

	outcome := "a new registration (201)"
	if status == http.StatusOK {
		outcome = "registered before, and confirmed (200)"
	}
	step.fact("Outcome", outcome)
	step.fact("client_id", registration.ClientID)
	step.fact("scope", registration.Scope)
	if known {
		step.note(rule{
			ok: before.ClientID == registration.ClientID, source: "UDAP Security IG §3.4",
			what: "the client_id is the same as last time", found: "last time it was another one",
		})
	}
}

// refused turns an OAuth error answer into a Problem with what the server said.
func refused(step *Step, answer *answer, message string) error {
	if answer.status < 400 {
		return nil
	}
	said := answer.refusal()
	if said == nil {
		return nil
	}
	step.document("Answer", answer.body)
	return &Problem{Step: step.Name, Reason: ReasonRefused, Message: message, Server: said}
}

// withMasked is a copy of the object in which the named members, when they are there, are masked.
func withMasked(o object, names ...string) object {
	masked := object{}
	for name, value := range o {
		if slices.Contains(names, name) {
			value, _ = json.Marshal(mask(o.text(name)))
		}
		masked[name] = value
	}
	return masked
}
