package udap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	authorizationCode = "authorization_code"
	refreshToken      = "refresh_token"
	privateKeyJWT     = "private_key_jwt"

	maxClientName = 200 // runes
	maxList       = 20  // entries of redirect_uris, contacts and the other lists
	maxScope      = 4096
)

// RegistrationPolicy is what we grant.
type RegistrationPolicy struct {
	Scopes []string // those that can be granted; openid and udap are among them
	// AllowLoopbackHTTP lets redirect and logo URIs be http on a loopback host, for development.
	AllowLoopbackHTTP bool
	// AllowLoopbackRedirect lets redirect URIs alone be http on a loopback host, for a client that is on trial.
	AllowLoopbackRedirect bool
}

// Registration is what a statement asks for and is granted.
type Registration struct {
	Cancel bool // grant_types was empty: the registration ends, nothing else is filled

	ClientName              string
	RedirectURIs            []string // as received, byte for byte
	Contacts                []string // URIs: a bare e-mail address got its mailto:
	LogoURI                 string
	GrantTypes              []string // authorization_code
	ResponseTypes           []string // code
	TokenEndpointAuthMethod string   // private_key_jwt
	Scope                   string   // granted, in the order asked for
}

// Registration reads the registration parameters. It is for a statement that Validate accepted and whose chain is
// trusted. Errors are *Error: InvalidRedirectURI for the value of a redirect URI, InvalidClientMetadata for the rest.
//
// UDAP Security IG §3.2.3, UDAP Dynamic Client Registration §4.4: an invalid or missing parameter SHALL be denied.
func (s *SoftwareStatement) Registration(p RegistrationPolicy) (Registration, error) {
	r := reader{values: s.parameters, policy: p}
	grants, err := r.grantTypes()
	if err != nil {
		return Registration{}, err
	}
	// UDAP Security IG §3.4: an empty array asks for cancellation.
	if len(grants) == 0 {
		return Registration{Cancel: true}, nil
	}
	registration := Registration{GrantTypes: grants}
	for _, read := range []func(*Registration) error{
		r.clientName, r.redirectURIs, r.contacts, r.logoURI, r.responseTypes, r.authMethod, r.scope,
	} {
		if err := read(&registration); err != nil {
			return Registration{}, err
		}
	}
	return registration, nil
}

// reader reads parameters by name. Its methods return *Error.
type reader struct {
	values map[string]json.RawMessage
	policy RegistrationPolicy
}

func badParameter(format string, args ...any) error {
	return refuse(InvalidClientMetadata, fmt.Sprintf(format, args...))
}

// text reads a parameter that must be a string with something in it: what is expected there.
func (r reader) text(name, expected string) (string, error) {
	value := r.values[name]
	if isAbsent(value) {
		return "", badParameter("the parameter %s is missing, expected %s", name, expected)
	}
	text, ok := stringOf(value)
	if !ok {
		return "", badParameter("the parameter %s is %s, expected a string", name, kindOf(value))
	}
	if strings.TrimSpace(text) == "" {
		return "", badParameter("the parameter %s is empty, expected %s", name, expected)
	}
	return text, nil
}

// list reads a parameter that must be an array of strings: what is expected there.
func (r reader) list(name, expected string) ([]string, error) {
	value := r.values[name]
	if isAbsent(value) {
		return nil, badParameter("the parameter %s is missing, expected %s", name, expected)
	}
	values, ok := stringsOf(value)
	if !ok {
		if kindOf(value) == "an array" {
			return nil, badParameter("the parameter %s holds something other than strings, expected %s", name, expected)
		}
		return nil, badParameter("the parameter %s is %s, expected an array of strings", name, kindOf(value))
	}
	if len(values) > maxList {
		return nil, badParameter("the parameter %s has %d entries, the limit is %d", name, len(values), maxList)
	}
	return values, nil
}

// grantTypes returns nothing for a cancellation and authorization_code otherwise.
func (r reader) grantTypes() ([]string, error) {
	values, err := r.list("grant_types", "['authorization_code']")
	if err != nil || len(values) == 0 {
		return nil, err
	}
	for _, value := range values {
		if value != authorizationCode && value != refreshToken {
			return nil, badParameter("the parameter grant_types has %s, expected authorization_code", quote(value))
		}
	}
	if !slices.Contains(values, authorizationCode) {
		return nil, badParameter("the parameter grant_types has only refresh_token, expected authorization_code")
	}
	// UDAP Tiered OAuth §4.3: no refresh tokens; UDAP Security IG §3.2.3: requested values may be replaced.
	return []string{authorizationCode}, nil
}

func (r reader) clientName(out *Registration) error {
	name, err := r.text("client_name", "the name that people read")
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(name); n > maxClientName {
		return badParameter("the parameter client_name has %d characters, the limit is %d", n, maxClientName)
	}
	// A name that can change the line it is shown in, or the order of the text around it, is no name.
	if strings.ContainsFunc(name, func(c rune) bool {
		return unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	}) {
		return badParameter("the parameter client_name holds control characters, expected text on one line")
	}
	if !strings.ContainsFunc(name, func(c rune) bool { return unicode.IsGraphic(c) && !unicode.IsSpace(c) }) {
		return badParameter("the parameter client_name has nothing that can be seen, expected the name that people read")
	}
	out.ClientName = name
	return nil
}

func (r reader) responseTypes(out *Registration) error {
	values, err := r.list("response_types", "['code']")
	if err != nil {
		return err
	}
	// UDAP Security IG §3.1: SHALL be ["code"] for authorization_code.
	if len(values) != 1 || values[0] != "code" {
		return badParameter("the parameter response_types is [%s], expected ['code']", list(values))
	}
	out.ResponseTypes = values
	return nil
}

func (r reader) authMethod(out *Registration) error {
	method, err := r.text("token_endpoint_auth_method", privateKeyJWT)
	if err != nil {
		return err
	}
	// UDAP Security IG §3.1: SHALL be private_key_jwt.
	if method != privateKeyJWT {
		return badParameter("the parameter token_endpoint_auth_method is %s, expected private_key_jwt", quote(method))
	}
	out.TokenEndpointAuthMethod = method
	return nil
}

// requestedScopes are those of the statement, or the default.
func (s *SoftwareStatement) requestedScopes() []string {
	text, ok := stringOf(s.parameters["scope"])
	if !ok {
		text = defaultScope
	}
	return strings.Fields(text)
}

// defaultScope is what a client gets that asks for no scope: RFC 7591 §2 leaves it to the server, and without these two
// there is no tiered login.
const defaultScope = "openid udap"

// scope grants those of the requested scopes that the policy has, and never more than was asked for.
//
// UDAP Security IG §7.3: an error only when a wildcard is asked for that is not supported, or nothing can be granted;
// otherwise a subset may be granted. §6: openid and udap SHALL be asked for, without them there is no tiered login.
func (r reader) scope(out *Registration) error {
	text := defaultScope
	if value := r.values["scope"]; !isAbsent(value) {
		var err error
		if text, err = r.text("scope", "openid and udap in it"); err != nil {
			return err
		}
	}
	if len(text) > maxScope {
		return badParameter("the parameter scope is %d bytes long, the limit is %d", len(text), maxScope)
	}
	var granted []string
	for _, scope := range strings.Fields(text) {
		// §7.3 (4), (5): a wildcard that is supported is among the policy's scopes, and is granted as it is.
		supported := slices.Contains(r.policy.Scopes, scope)
		if !supported && strings.Contains(scope, "*") {
			return badParameter("the parameter scope has the wildcard %s, which is not supported; supported are %s", quote(scope), strings.Join(r.policy.Scopes, " "))
		}
		if supported && !slices.Contains(granted, scope) {
			granted = append(granted, scope)
		}
	}
	for _, needed := range []string{"openid", "udap"} {
		if !slices.Contains(granted, needed) {
			return badParameter("the parameter scope is %s, expected openid and udap in it; supported are %s", quote(text), strings.Join(r.policy.Scopes, " "))
		}
	}
	out.Scope = strings.Join(granted, " ")
	return nil
}
