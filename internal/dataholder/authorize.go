package dataholder

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// pendingLifetime is how long a person may take at the identity provider. Some read slowly, and a good provider gives them more
// time when they ask for it (WCAG 2.2 SC 2.2.1).
const pendingLifetime = 3 * time.Hour

// Pending is a sign-in that waits for the browser to come back. It belongs to one browser and is used once.
type Pending struct {
	Discovery    *Discovery
	OpenID       *OpenID
	Registration *Registration
	URL          string // where the browser is sent
	Story        *Story
	StartedAt    time.Time

	state, nonce, verifier string
}

// Authorize makes the authorization request.
func (c *Client) Authorize(story *Story, d *Discovery, o *OpenID, r *Registration) (*Pending, error) {
	step := story.begin(StepAuthorization)
	p := &Pending{
		Discovery: d, OpenID: o, Registration: r, Story: story, StartedAt: c.Now(),
		// UDAP Security IG §7.2.1: state SHALL be used; UDAP Tiered OAuth §3.4: random, and nonce RECOMMENDED.
		state: rand.Text(),
		nonce: rand.Text(),
		// RFC 7636 §4.1: 43 to 128 characters of the unreserved set.
		verifier: rand.Text() + rand.Text(),
	}
	endpoint, err := url.Parse(d.AuthorizationEndpoint)
	if err != nil {
		return nil, asProblem(step.Name, err)
	}
	parameters := c.parameters(p)
	query := make([]string, len(parameters))
	for i, parameter := range parameters {
		query[i] = parameter.Name + "=" + url.QueryEscape(parameter.Value)
	}
	// RFC 6749 §3.1: a query of the endpoint is kept.
	if endpoint.RawQuery != "" {
		query = slices.Insert(query, 0, endpoint.RawQuery)
	}
	endpoint.RawQuery = strings.Join(query, "&")
	p.URL = endpoint.String()
	step.fact("Sent to", d.AuthorizationEndpoint)
	step.Facts = append(step.Facts, parameters...)
	step.Done = true
	return p, nil
}

func (c *Client) parameters(p *Pending) []Fact {
	challenge := sha256.Sum256([]byte(p.verifier))
	return []Fact{
		// UDAP Security IG §7.2, UDAP Tiered OAuth §3.4: the authorization code flow.
		{"response_type", "code"},
		{"client_id", p.Registration.ClientID},
		{"redirect_uri", c.RedirectURI},
		{"scope", p.scope(c)},
		{"state", p.state},
		{"nonce", p.nonce},
		// UDAP Security IG §7.2.2: PKCE with S256 SHALL be used.
		{"code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])},
		{"code_challenge_method", "S256"},
	}
}

// scope is what was registered, of what we want.
func (p *Pending) scope(c *Client) string {
	return strings.Join(c.scopes(words(p.Registration.Scope)), " ")
}

// Owns reports whether an answer with this state is the answer to this sign-in.
func (p *Pending) Owns(state string) bool {
	return p != nil && subtle.ConstantTimeCompare([]byte(p.state), []byte(state)) == 1
}

// Callback reads the authorization response and returns the code. The caller has compared the state (Owns) and used the
// sign-in up. Errors are *Problem.
func (c *Client) Callback(p *Pending, query url.Values) (string, error) {
	step := p.Story.begin(StepCallback)
	step.document("Parameters that came back", callbackShown(query))
	if err := step.verify(
		rule{
			reason: ReasonState, ok: p.Owns(query.Get("state")), source: "UDAP Security IG §7.2.1, RFC 6749 §10.12",
			what: "state is the one that this browser was sent with", found: "it is missing or another one",
		},
		rule{
			reason: ReasonPendingExpired, ok: c.Now().Before(p.StartedAt.Add(pendingLifetime)), source: "RFC 6749 §10.12",
			what:  fmt.Sprintf("the sign-in took less than %d minutes", int(pendingLifetime.Minutes())),
			found: "it began at " + p.StartedAt.UTC().Format("15:04 MST"),
		},
		rule{
			// RFC 6749 §3.1: parameters MUST NOT be included more than once.
			reason: ReasonDuplicate, ok: unique(query), source: "RFC 6749 §3.1",
			what: "no parameter came twice", found: "one did",
		},
		responseIssuer(p, query),
	); err != nil {
		return "", err
	}
	if code := query.Get("error"); code != "" {
		return "", refusedByBrowser(step, code, query.Get("error_description"))
	}
	if err := step.verify(rule{
		reason: ReasonCode, ok: query.Get("code") != "", source: "RFC 6749 §4.1.2",
		what: "a code came", found: "there is none",
	}); err != nil {
		return "", err
	}
	step.Done = true
	return query.Get("code"), nil
}

// responseIssuer: RFC 9207 §2.4: iss is compared with the issuer, and MUST be there when the provider says that it sends it.
func responseIssuer(p *Pending, query url.Values) rule {
	r := rule{
		reason: ReasonResponseIssuer, source: "RFC 9207 §2.4",
		what:  "iss is " + p.OpenID.Issuer + ": the answer is of the provider that was asked",
		found: "it is " + quoted(query.Get("iss")),
		ok:    query.Get("iss") == p.OpenID.Issuer,
	}
	if !query.Has("iss") && !p.OpenID.ResponseIssuer {
		r.ok = true
		r.what = "iss is left out by a provider that does not announce it"
	}
	return r
}

func refusedByBrowser(step *Step, code, description string) error {
	said := &ServerError{Code: shorten(code, 100), Description: shorten(description, 500)}
	if code == "access_denied" {
		return &Problem{Step: step.Name, Reason: ReasonAccessDenied, Message: "You chose not to share, or the time to answer ran out. Nothing was received.", Server: said}
	}
	return &Problem{Step: step.Name, Reason: ReasonRefused, Message: "The identity provider ended the sign-in.", Server: said}
}

func unique(query url.Values) bool {
	for _, values := range query {
		if len(values) > 1 {
			return false
		}
	}
	return true
}

// callbackShown is the answer without the code.
func callbackShown(query url.Values) map[string]string {
	shown := map[string]string{}
	for name := range query {
		shown[shorten(name, 50)] = shorten(query.Get(name), 500)
	}
	if code := query.Get("code"); code != "" {
		shown["code"] = mask(code)
	}
	return shown
}
