package provider

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/claims"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap"
)

// Sizes of what is stored, in bytes.
const (
	maxState = 32 << 10
	maxNonce = 4 << 10
	maxHint  = 1 << 10 // login_hint, ui_locales, acr_values: longer ones are left out, they are hints
)

// check reads the rest of the request into a.request, and returns the error that goes back to the client.
//
// OIDC Core §3.1.2.2: the OAuth 2.0 parameters MUST be validated. RFC 6749 §4.1.2.1: the errors.
func (a *authorization) check() *udap.Error {
	a.request.State = a.get("state")
	for _, check := range []func() *udap.Error{
		a.checkRepeated,
		a.checkRequestObject,
		a.checkState,
		a.checkResponse,
		a.checkScope,
		a.checkChallenge,
		a.checkNonce,
		a.checkPrompt,
		a.checkMaxAge,
		a.checkClaims,
	} {
		if refusal := check(); refusal != nil {
			return refusal
		}
	}
	a.readHints()
	return nil
}

// RFC 6749 §3.1: request parameters MUST NOT be included more than once.
func (a *authorization) checkRepeated() *udap.Error {
	if len(a.repeated) == 0 {
		return nil
	}
	return refuse(udap.InvalidRequest, "the parameter "+parameterName(a.repeated[0])+" is there more than once")
}

// parameterName is a name that came in, short enough to say back.
func parameterName(name string) string {
	if len(name) > 60 {
		name = name[:60] + "..."
	}
	return udap.Printable(name)
}

// OIDC Core §6.1 and §6.2: a provider that does not support them MUST return these errors.
func (a *authorization) checkRequestObject() *udap.Error {
	if a.has("request") {
		return refuse(requestNotSupported, "the parameter request is not supported")
	}
	if a.has("request_uri") {
		return refuse(requestURINotSupported, "the parameter request_uri is not supported")
	}
	return nil
}

func (a *authorization) checkState() *udap.Error {
	// UDAP Security IG §7.2.1: the server SHALL return invalid_request when the state is missing.
	if !a.has("state") {
		return refuse(udap.InvalidRequest, "the parameter state is missing")
	}
	if len(a.get("state")) > maxState {
		return refuse(udap.InvalidRequest, "the state is longer than "+strconv.Itoa(maxState)+" bytes")
	}
	return nil
}

func (a *authorization) checkResponse() *udap.Error {
	if !a.has("response_type") {
		return refuse(udap.InvalidRequest, "the parameter response_type is missing, expected code")
	}
	// UDAP Tiered OAuth §3.4: the authorization code flow.
	if a.get("response_type") != "code" {
		return refuse(udap.UnsupportedResponseType, "the response_type is not supported, expected code")
	}
	if a.has("response_mode") && a.get("response_mode") != "query" {
		return refuse(udap.InvalidRequest, "the response_mode is not supported, expected query")
	}
	return nil
}

// checkScope grants what is asked for and registered. Scopes that nobody knows are left out, not refused (UDAP Security
// IG §7.3 (7), (9)).
func (a *authorization) checkScope() *udap.Error {
	requested, registered := words(a.get("scope")), words(a.client.Scope)
	// UDAP Security IG §6: the scope SHALL contain openid and udap; without them the tiered flow SHOULD NOT go on.
	for _, scope := range []string{scopeOpenID, claims.ScopeUDAP} {
		if !slices.Contains(requested, scope) {
			return refuse(udap.InvalidScope, "the scope must contain openid and udap: "+scope+" is missing")
		}
		if !slices.Contains(registered, scope) {
			return refuse(udap.InvalidScope, "the client is not registered for the scope "+scope)
		}
	}
	for _, scope := range requested {
		if slices.Contains(registered, scope) {
			a.request.Scopes = append(a.request.Scopes, scope)
			continue
		}
		// UDAP Security IG §7.3 (5), (9): invalid_scope for a wildcard that is not supported.
		if strings.Contains(scope, "*") {
			return refuse(udap.InvalidScope, "the scope has a wildcard, and none is supported; supported are "+strings.Join(Scopes(), " "))
		}
	}
	return nil
}

func (a *authorization) checkChallenge() *udap.Error {
	// RFC 7636 §4.4.1: a server that requires PKCE MUST return invalid_request when the challenge is missing.
	// UDAP Security IG §7.2.2: clients SHALL use PKCE with S256.
	if !a.has("code_challenge") && a.noPKCE {
		if a.has("code_challenge_method") {
			return refuse(udap.InvalidRequest, "the parameter code_challenge_method is there without a code_challenge")
		}
		return nil
	}
	if !a.has("code_challenge") {
		return refuse(udap.InvalidRequest, "code challenge required: the parameter code_challenge is missing")
	}
	switch a.get("code_challenge_method") {
	case "S256":
	case "":
		// RFC 7636 §4.3: plain when it is not there.
		return refuse(udap.InvalidRequest, "the parameter code_challenge_method is missing, which means plain; expected S256")
	default:
		return refuse(udap.InvalidRequest, "transform algorithm not supported: the code_challenge_method must be S256")
	}
	if !isSHA256(a.get("code_challenge")) {
		return refuse(udap.InvalidRequest, "the code_challenge is not a SHA-256 in base64url without padding, which has 43 characters")
	}
	a.request.CodeChallenge = a.get("code_challenge")
	return nil
}

func isSHA256(challenge string) bool {
	if len(challenge) != 43 {
		return false
	}
	// Not Strict: the last character holds two bits that say nothing, and the comparison of challenges is of their text.
	_, err := base64.RawURLEncoding.DecodeString(challenge)
	return err == nil && !strings.ContainsAny(challenge, "\r\n")
}

func (a *authorization) checkNonce() *udap.Error {
	if len(a.get("nonce")) > maxNonce {
		return refuse(udap.InvalidRequest, "the nonce is longer than "+strconv.Itoa(maxNonce)+" bytes")
	}
	a.request.Nonce = a.get("nonce")
	return nil
}

// OIDC Core §3.1.2.1: none with any other value is an error. What each value asks for is done by login.
func (a *authorization) checkPrompt() *udap.Error {
	prompt := words(a.get("prompt"))
	for _, value := range prompt {
		if !slices.Contains(prompts, value) {
			return refuse(udap.InvalidRequest, "the prompt has a value that is not known, expected "+strings.Join(prompts, ", "))
		}
	}
	if slices.Contains(prompt, "none") && len(prompt) > 1 {
		return refuse(udap.InvalidRequest, "the prompt none cannot be combined with other values")
	}
	a.request.Prompt = prompt
	return nil
}

var prompts = []string{"none", "login", "consent", "select_account"}

// OIDC Core §3.1.2.1: max_age in seconds.
func (a *authorization) checkMaxAge() *udap.Error {
	if !a.has("max_age") {
		return nil
	}
	text := a.get("max_age")
	if strings.Trim(text, "0123456789") != "" {
		return refuse(udap.InvalidRequest, "the max_age is not a whole number of seconds, 0 or more")
	}
	maxAge, err := strconv.ParseInt(text, 10, 32)
	if err != nil { // digits that are too many: longer than any sign-in lasts
		maxAge = math.MaxInt32
	}
	seconds := int(maxAge)
	a.request.MaxAge = &seconds
	return nil
}

// OIDC Core §5.5: the claims parameter. What acr_values prefers is kept with it, as §5.5.1.1 reads it, because a code has no
// other place for it.
func (a *authorization) checkClaims() *udap.Error {
	parameter, err := claims.ParseParameter(a.get("claims"))
	if err != nil {
		return refuse(udap.InvalidRequest, "the parameter claims "+err.Error())
	}
	a.request.Claims = parameter.WithACRValues(words(a.hint("acr_values"))).String()
	return nil
}

// readHints keeps what may help the person and cannot be wrong.
func (a *authorization) readHints() {
	a.request.LoginHint = a.hint("login_hint")
	a.request.UILocales = words(a.hint("ui_locales"))
	a.request.ACRValues = words(a.hint("acr_values"))
}

func (a *authorization) hint(name string) string {
	if len(a.get(name)) > maxHint {
		return ""
	}
	return a.get(name)
}

// asks reports whether the request has this prompt.
func asks(r idp.AuthRequest, prompt string) bool { return slices.Contains(r.Prompt, prompt) }
