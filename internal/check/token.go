package check

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/udap"
)

// refusedStatuses are those of RFC 6749 §5.2.
var refusedStatuses = []int{http.StatusBadRequest, http.StatusUnauthorized}

// checkAuthorize asks for authorizations that no browser may be sent back from.
func (r *run) checkAuthorize(c *client) {
	endpoint := r.metadata.text("authorization_endpoint")
	if !r.usable(endpoint) {
		r.skip("there is no authorization endpoint to call", "A-3", "A-4")
		return
	}
	r.refuseAuthorize("A-3", endpoint, rand.Text(), redirectURI)
	if c != nil {
		r.refuseAuthorize("A-4", endpoint, c.id, "https://check.invalid/another")
	}
}

func (r *run) refuseAuthorize(id, endpoint, clientID, redirect string) {
	query := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirect}, "scope": {r.scope()},
		"state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}
	joint := "?"
	if strings.Contains(endpoint, "?") {
		joint = "&"
	}
	answer, err := r.get(endpoint + joint + query.Encode())
	if err != nil {
		r.verify(id, false, "it got no answer")
		return
	}
	// A server may lead to a page of its own; what counts is where the browser ends.
	r.verify(id, !strings.HasPrefix(answer.header.Get("Location"), redirect), "it answered %d to %s", answer.status, quote(redirect))
	r.verify(id, answer.status < http.StatusInternalServerError, "it answered %d", answer.status)
}

// checkToken sends token requests that must be refused.
func (r *run) checkToken(c *client) {
	endpoint := r.metadata.text("token_endpoint")
	if !r.usable(endpoint) {
		r.skip("there is no token endpoint to call", "C-1a", "C-1b", "C-1c", "C-4", "C-8", "C-5")
		return
	}
	clientID, who := r.stranger.uri, r.stranger
	if c != nil {
		clientID, who = c.id, c.party
	}
	r.refuseToken("C-1a", r.form(who, clientID, map[string]string{"client_assertion": "", "client_assertion_type": ""}), udap.InvalidClient, udap.InvalidRequest)
	r.refuseToken("C-1b", r.form(who, clientID, map[string]string{"client_assertion_type": "urn:check"}), udap.InvalidClient, udap.InvalidRequest)
	r.refuseToken("C-4", r.form(r.stranger, clientID, nil), udap.InvalidClient)
	if c != nil {
		r.refuseToken("C-8", r.form(c.party, c.id, nil), udap.InvalidGrant)
	}
	answer, err := r.get(endpoint + "?" + r.form(who, clientID, nil).Encode())
	if err != nil {
		r.verify("C-1c", false, "it got no answer")
		return
	}
	r.verify("C-1c", answer.status >= 400 && answer.status < 500, "it answered %d", answer.status)
}

// checkCancelled: what was cancelled cannot authenticate.
func (r *run) checkCancelled(c *client) {
	if r.usable(r.metadata.text("token_endpoint")) {
		r.refuseToken("C-5", r.form(c.party, c.id, nil), udap.InvalidClient)
	}
}

// form is a token request with a code that was never issued. A change to "" takes a parameter out.
func (r *run) form(p *party, clientID string, changes map[string]string) url.Values {
	now := r.now()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {rand.Text()}, "redirect_uri": {redirectURI}, "udap": {"1"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}, "client_assertion_type": {udap.AssertionType},
	}
	signed, err := p.Sign(map[string]any{
		"iss": clientID, "sub": clientID, "aud": r.metadata.text("token_endpoint"),
		"iat": now.Unix(), "exp": now.Add(4 * time.Minute).Unix(), "jti": rand.Text(),
	})
	if err == nil {
		form.Set("client_assertion", signed)
	}
	for name, value := range changes {
		if form.Set(name, value); value == "" {
			form.Del(name)
		}
	}
	return form
}

func (r *run) refuseToken(id string, form url.Values, codes ...string) {
	answer, err := r.post(r.metadata.text("token_endpoint"), "application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		r.verify(id, false, "it got no answer")
		return
	}
	r.judge(id, answer, refusedStatuses, codes)
}
