package check

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const redirectURI = "https://check.invalid/callback"

// client is a registration that was made for the test.
type client struct {
	*party
	id string
}

var acceptanceChecks = []string{"D-8", "D-8b", "D-9", "D-12", "D-13", "D-15", "D-20", "D-23", "D-24", "D-26", "A-4", "C-5", "C-8"}

// statement is a software statement in which everything is right.
func (r *run) statement(p *party) map[string]any {
	now := r.now()
	claims := map[string]any{
		"iss": p.uri, "sub": p.uri, "aud": r.metadata.text("registration_endpoint"),
		"iat": now.Unix(), "exp": now.Add(4 * time.Minute).Unix(), "jti": rand.Text(),
		"client_name": "udap-idp check", "contacts": []string{"mailto:check@check.invalid"},
		"grant_types": []string{"client_credentials"}, "token_endpoint_auth_method": "private_key_jwt",
		"scope": r.scope(),
	}
	if r.supports("grant_types_supported", "authorization_code") {
		// UDAP Security IG §3.1: these go with authorization_code and with nothing else.
		claims["grant_types"] = []string{"authorization_code"}
		claims["response_types"] = []string{"code"}
		claims["redirect_uris"] = []string{redirectURI}
		claims["logo_uri"] = "https://check.invalid/logo.png"
	}
	return claims
}

// scope is openid and udap of an identity provider, and one without a wildcard of another server.
func (r *run) scope() string {
	if r.supports("scopes_supported", "openid") && r.supports("scopes_supported", "udap") {
		return "openid udap"
	}
	scopes, _ := r.metadata.list("scopes_supported")
	for _, scope := range scopes {
		if !strings.Contains(scope, "*") {
			return scope
		}
	}
	return "openid"
}

// register sends a statement with further members of the request; a member of nil is left out.
func (r *run) register(statement string, members map[string]any) (*answer, error) {
	request := map[string]any{"software_statement": statement, "udap": "1"}
	maps.Copy(request, members)
	maps.DeleteFunc(request, func(_ string, value any) bool { return value == nil })
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	return r.post(r.metadata.text("registration_endpoint"), "application/json", string(body))
}

// send signs the claims and registers with them.
func (r *run) send(p *party, claims map[string]any, members map[string]any) (a *answer, signed string, err error) {
	if signed, err = p.Sign(claims); err != nil {
		return nil, "", err
	}
	a, err = r.register(signed, members)
	return a, signed, err
}

// checkRegistration registers, repeats and modifies. It returns what must be cancelled; nil when nothing was registered.
func (r *run) checkRegistration(member *party) *client {
	if member == nil {
		r.skip("no certificate was given to register with", acceptanceChecks...)
		return nil
	}
	if !r.usable(r.metadata.text("registration_endpoint")) {
		r.skip("there is no registration endpoint to call", acceptanceChecks...)
		return nil
	}
	claims := r.statement(member)
	answer, signed, err := r.send(member, claims, nil)
	if err != nil {
		r.verify("D-8", false, "it got no answer")
		r.taken = append(r.taken, member) // it may have been registered all the same
		return nil
	}
	d := answer.document()
	id := d.text("client_id")
	switch {
	case answer.status == http.StatusOK && id != "":
		r.warn("D-8", "it answered 200: the certificate was registered before, and was replaced")
	case !r.verify("D-8", answer.status == http.StatusCreated && answer.isJSON(), "it answered %s", answer.refusal()):
		if id == "" {
			return nil
		}
	}
	r.verify("D-8b", strings.Contains(answer.header.Get("Cache-Control"), "no-store"), "Cache-Control is %s", quote(answer.header.Get("Cache-Control")))
	r.checkAnswer(d, claims, signed)
	c := &client{member, id}
	r.checkRepeat(c)
	r.checkModification(c)
	return c
}

// checkAnswer looks at the members of a registration answer.
func (r *run) checkAnswer(d document, claims map[string]any, signed string) {
	r.verify("D-9", d.text("client_id") != "", "client_id is missing")
	r.verify("D-9", d.text("software_statement") == signed, "software_statement is missing or another one")
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		if slices.Contains([]string{"iss", "sub", "aud", "iat", "exp", "jti"}, name) {
			r.verify("D-13", !d.has(name), "it has %s", name)
			continue
		}
		r.verify("D-9", d.has(name), "%s is missing", name)
	}
	for name, value := range d {
		r.verify("D-12", string(value) != "null" && string(value) != `""`, "%s is %s", shorten(name), value)
	}
}

// checkRepeat sends the same parameters again, with a certification that nobody knows.
func (r *run) checkRepeat(c *client) {
	answer, _, err := r.send(c.party, r.statement(c.party), nil)
	if err != nil {
		r.verify("D-26", false, "it got no answer")
		return
	}
	r.verify("D-26", answer.status == http.StatusOK, "it answered %s", answer.refusal())
	r.verify("D-26", answer.document().text("client_id") == c.id, "the client_id is another one")

	unknown, err := c.Sign(map[string]any{
		"iss": c.uri, "sub": c.uri, "iat": r.now().Unix(), "exp": r.now().Add(time.Hour).Unix(), "jti": rand.Text(),
		"certification_name": "udap-idp check", "certification_uris": []string{"https://check.invalid/certification"},
		"grant_types": []string{"authorization_code"},
	})
	if err != nil {
		r.skip("a certification could not be signed", "D-15")
		return
	}
	answer, _, err = r.send(c.party, r.statement(c.party), map[string]any{"certifications": []string{unknown}})
	if err == nil {
		r.verify("D-15", answer.status == http.StatusOK || answer.status == http.StatusCreated, "it answered %s", answer.refusal())
	}
}

func (r *run) checkModification(c *client) {
	claims := r.statement(c.party)
	claims["client_name"] = "udap-idp check, modified"
	answer, _, err := r.send(c.party, claims, nil)
	if err != nil {
		r.verify("D-20", false, "it got no answer")
		return
	}
	d := answer.document()
	r.verify("D-23", answer.status == http.StatusOK, "it answered %s", answer.refusal())
	r.verify("D-23", d.text("client_id") == c.id, "the client_id is another one")
	r.verify("D-20", d.text("client_name") == claims["client_name"], "client_name is %s", d.show("client_name"))
}

// checkCancel removes the registration, and asks whether it is gone.
func (r *run) checkCancel(c *client) {
	if c == nil {
		return
	}
	answer, err := r.cancel(c.party)
	if err != nil {
		r.verify("D-24", false, "it got no answer")
		return
	}
	d := answer.document()
	grants, isList := d.list("grant_types")
	r.verify("D-24", answer.status == http.StatusOK, "it answered %s", answer.refusal())
	r.verify("D-24", isList && len(grants) == 0, "grant_types is %s", d.show("grant_types"))
	r.verify("D-24", d.text("client_id") != "", "client_id is missing")
	r.checkCancelled(c)
}

// cancelTaken removes what a server registered out of statements that it should have refused.
func (r *run) cancelTaken(c *client) {
	done := map[string]bool{}
	if c != nil {
		done[c.uri] = true
	}
	for _, p := range r.taken {
		if !done[p.uri] {
			done[p.uri] = true
			_, _ = r.cancel(p) // whether it can is not what is asked
		}
	}
}

// cancel is not stopped with the run: a registration that was made must not stay behind.
func (r *run) cancel(p *party) (*answer, error) {
	after := *r
	var stop context.CancelFunc
	after.ctx, stop = context.WithTimeout(context.WithoutCancel(r.ctx), fetchTimeout)
	defer stop()
	claims := r.statement(p)
	claims["grant_types"] = []string{}
	// UDAP Security IG §3.1: what goes with a grant type goes with it.
	for _, name := range []string{"response_types", "redirect_uris", "logo_uri"} {
		delete(claims, name)
	}
	answer, _, err := after.send(p, claims, nil)
	return answer, err
}

// refusal is the status of an answer and, if it is an OAuth error, what the server said.
func (a *answer) refusal() string {
	d := a.document()
	if d.text("error") == "" {
		return fmt.Sprintf("%d without an error code", a.status)
	}
	return fmt.Sprintf("%d %s: %s", a.status, shorten(d.text("error")), shorten(d.text("error_description")))
}
