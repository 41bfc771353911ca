package dataholder

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

// maxAccessTokenLife is UDAP Tiered OAuth §4.3.
const maxAccessTokenLife = 5 * time.Minute

// Tokens are what a code was exchanged for.
type Tokens struct {
	AccessToken string
	IDToken     string
}

type clientAssertion struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expiry   int64  `json:"exp"`
	IssuedAt int64  `json:"iat"`
	ID       string `json:"jti"`
}

// Exchange redeems the code. Errors are *Problem.
func (c *Client) Exchange(ctx context.Context, p *Pending, code string) (*Tokens, error) {
	step := p.Story.begin(StepToken)
	now := c.Now()
	// UDAP JWT Client Authentication §4, UDAP Security IG §4.2.1: iss and sub the client_id, aud the token endpoint, at most
	// five minutes.
	assertion := clientAssertion{
		Issuer: p.Registration.ClientID, Subject: p.Registration.ClientID, Audience: p.Discovery.TokenEndpoint,
		Expiry: now.Add(udap.MaxLifetime).Unix(), IssuedAt: now.Unix(), ID: rand.Text(),
	}
	signed, err := c.Signer.Sign(assertion)
	if err != nil {
		return nil, asProblem(step.Name, fmt.Errorf("sign client assertion: %w", err))
	}
	// UDAP Security IG §4.2.2, UDAP JWT Client Authentication §5.
	form := url.Values{
		"grant_type":            {"authorization_code"},
		"code":                  {code},
		"redirect_uri":          {c.RedirectURI},
		"client_assertion_type": {udap.AssertionType},
		"client_assertion":      {signed},
		"code_verifier":         {p.verifier},
		"udap":                  {"1"},
	}
	step.document("Client assertion: claims that were sent", assertion)
	step.document("Form that was sent", formShown(form))

	answer, err := c.post(ctx, step, p.Discovery.TokenEndpoint, "application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		return nil, err
	}
	if err := refused(step, answer, "The identity provider did not accept the code."); err != nil {
		return nil, err
	}
	if err := answer.expect(step, "RFC 6749 §5.1", http.StatusOK); err != nil {
		return nil, err
	}
	response, err := answer.object(step)
	if err != nil {
		return nil, err
	}
	step.document("Answer", withMasked(response, "access_token", "id_token", "refresh_token"))
	return readTokens(step, response)
}

func readTokens(step *Step, response object) (*Tokens, error) {
	if err := step.verify(
		rule{
			reason: ReasonNoAccessToken, ok: response.text("access_token") != "", source: "RFC 6749 §5.1",
			what: "an access token came", found: "there is none",
		},
		rule{
			// RFC 6749 §7.1: a token of a type that is not understood MUST NOT be used; §5.1: case insensitive.
			reason: ReasonTokenType, ok: strings.EqualFold(response.text("token_type"), "Bearer"), source: "RFC 6749 §5.1, §7.1",
			what: "token_type is Bearer", found: "it is " + quoted(response.text("token_type")),
		},
		rule{
			reason: ReasonNoIDToken, ok: response.text("id_token") != "", source: "UDAP Security IG §6.2",
			what: "an ID Token came", found: "there is none",
		},
	); err != nil {
		return nil, err
	}
	// The harm of these two would be the provider's own: the hospital uses the access token once and keeps no other.
	life, known := response.integer("expires_in")
	step.note(rule{
		ok: known && life > 0 && life <= int64(maxAccessTokenLife.Seconds()), source: "UDAP Tiered OAuth §4.3",
		what: "the access token lives five minutes at most", found: fmt.Sprintf("expires_in is %d", life),
	})
	step.note(rule{
		ok: !response.has("refresh_token"), source: "UDAP Tiered OAuth §4.3",
		what: "no refresh token came", found: "one did, and was thrown away",
	})
	step.Done = true
	return &Tokens{AccessToken: response.text("access_token"), IDToken: response.text("id_token")}, nil
}

// formShown is the token request without its secrets.
func formShown(form url.Values) map[string]string {
	shown := map[string]string{}
	for name := range form {
		shown[name] = form.Get(name)
	}
	for _, secret := range []string{"code", "client_assertion", "code_verifier"} {
		shown[secret] = mask(form.Get(secret))
	}
	return shown
}
