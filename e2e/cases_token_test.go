package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/udap/authority"
	"udap-idp/internal/udap/udaptest"
)

const (
	badClient  = "invalid_client"
	badRequest = "invalid_request"
	badGrant   = "invalid_grant"
)

// asks sends a token request of the client with its one code, in which the form is changed.
func asks(change func(url.Values)) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		values := tokenForm(h.code, clientCallback, h.client.Assertion(h.clientID, h.tokenURL()))
		change(values)
		return form(values)
	}
}

func field(name, value string) func(url.Values) { return func(v url.Values) { v.Set(name, value) } }
func noField(name string) func(url.Values)      { return func(v url.Values) { v.Del(name) } }

// asksOtherwise changes the request around the form.
func asksOtherwise(change func(r *caseRequest)) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		r := asks(func(url.Values) {})(h)
		change(&r)
		return r
	}
}

// tokenFormCases: UDAP JWT Client Authentication §5, what a token request is made of.
var tokenFormCases = []protocolCase{
	{"token request by GET", "C-1", 405, "method_not_allowed", asksOtherwise(func(r *caseRequest) { r.method, r.path, r.body = http.MethodGet, "/token?"+r.body, "" }), nil},
	{"token request as JSON", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.header.Set("Content-Type", "application/json"); r.body = "{}" }), nil},
	{"token request without a media type", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.header.Del("Content-Type") }), nil},
	{"token request with a query", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.path += "?udap=1" }), nil},
	{"token request with an Authorization header", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.header.Set("Authorization", "Basic eDp5") }), nil},
	{"token request with a client_secret", "C-1", 400, badRequest, asks(field("client_secret", "x")), nil},
	{"token request with bad escapes", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.body += "&x=%zz" }), nil},
	{"token request that is not UTF-8", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.body += "&x=%ff" }), nil},
	{"token request too large", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.body += "&x=" + strings.Repeat("x", 64<<10) }), nil},
	{"token request with the code twice", "C-8", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.body += "&code=x" }), nil},
	{"token request with an unknown parameter twice", "C-1", 400, badRequest, asksOtherwise(func(r *caseRequest) { r.body += "&a=1&a=1" }), nil},
	{"grant_type missing at the token endpoint", "C-8", 400, badRequest, asks(noField("grant_type")), nil},
	{"grant_type refresh_token at the token endpoint", "T-12", 400, "unsupported_grant_type", asks(field("grant_type", "refresh_token")), nil},
	{"grant_type client_credentials at the token endpoint", "C-8", 400, "unsupported_grant_type", asks(field("grant_type", "client_credentials")), nil},
	{"udap missing at the token endpoint", "C-14, part 4.12", 400, badRequest, asks(noField("udap")), nil},
	{"udap 2 at the token endpoint", "C-14", 400, badRequest, asks(field("udap", "2")), nil},
	{"client_assertion_type missing", "C-1", 400, badRequest, asks(noField("client_assertion_type")), nil},
	{"client_assertion_type of the guides' examples", "C-1, part 4.12", 400, badRequest, asks(field("client_assertion_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")), nil},
	{"client_assertion_type of SAML", "C-1", 400, badRequest, asks(field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")), nil},
	{"client_assertion missing", "C-1", 400, badClient, asks(noField("client_assertion")), nil},
	{"client_assertion no JWT", "C-3", 400, badClient, asks(field("client_assertion", "x")), nil},
	{"client_id of another", "C-2", 400, badClient, asks(field("client_id", "x")), nil},
	{"code missing", "C-8", 400, badRequest, asks(noField("code")), nil},
}

// signs sends the client's one code with an assertion in which something is changed.
func signs(all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest { return signsWith(h, h.client, h.code, all) }
}

func signsWith(h *caseHouse, leaf *udaptest.Leaf, code string, all []edit) caseRequest {
	return form(tokenForm(code, clientCallback, edits(h, leaf.AssertionMessage(h.clientID, h.tokenURL()), all)))
}

// signsAs sends the client's one code with an assertion of another certificate.
func signsAs(leaf func(h *caseHouse) *udaptest.Leaf) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest { return signsWith(h, leaf(h), h.code, nil) }
}

// exchanges is a token request that is to be taken, with a code of its own.
func exchanges(all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest { return signsWith(h, h.client, h.newCode(), all) }
}

func exchangesAs(change func(h *caseHouse, l *authority.Leaf), all ...edit) func(*caseHouse) caseRequest {
	return func(h *caseHouse) caseRequest {
		leaf := h.community.LeafWith(func(l *authority.Leaf) {
			l.URIs, l.Key = []string{clientURI}, h.key
			change(h, l)
		})
		return signsWith(h, leaf, h.newCode(), all)
	}
}

// assertionCases: UDAP Security IG §4.2.1, UDAP JWT Client Authentication §6, how a client proves who it is.
var assertionCases = []protocolCase{
	{"assertion with alg none", "J-2", 400, badClient, signs(head("alg", "none")), nil},
	{"assertion with alg HS256", "J-2", 400, badClient, signs(head("alg", "HS256")), nil},
	{"assertion with alg in lower case", "J-2", 400, badClient, signs(head("alg", "rs256")), nil},
	{"assertion with alg ES256 and an RSA key", "J-2", 400, badClient, signs(head("alg", "ES256")), nil},
	{"assertion with crit", "J-1", 400, badClient, signs(head("crit", []string{"b64"})), nil},
	{"assertion without x5c", "J-3", 400, badClient, signs(noHead("x5c")), nil},
	{"assertion with an empty x5c", "J-3", 400, badClient, signs(head("x5c", []string{})), nil},
	{"assertion with garbage first in x5c", "J-3", 400, badClient, signs(x5c(func(_ *caseHouse, was []string) any { return append([]string{"AAAA"}, was...) })), nil},
	{"assertion with a payload that is no object", "J-1", 400, badClient, func(h *caseHouse) caseRequest {
		return form(tokenForm(h.code, clientCallback, udaptest.Compact(h.t, h.client.Message().Header, []byte("[]"), h.client.Key)))
	}, nil},
	{"assertion with the signature of another key", "C-3, C-11", 400, badRequest, signs(func(h *caseHouse, m *udaptest.Message) { m.Key = otherKey(h) }), nil},
	{"assertion signed by the second certificate", "C-3, part 4.7", 400, badRequest, signs(x5c(func(h *caseHouse, was []string) any {
		return append(was, udaptest.X5C(h.otherLeaf().Chain)...)
	}), func(h *caseHouse, m *udaptest.Message) { m.Key = otherKey(h) }), nil},
	{"assertion with the signature cut off", "C-3, C-11", 400, badRequest, func(h *caseHouse) caseRequest {
		good := h.client.Assertion(h.clientID, h.tokenURL())
		return form(tokenForm(h.code, clientCallback, good[:strings.LastIndex(good, ".")+1]))
	}, nil},
	{"assertion without iss", "C-5", 400, badClient, signs(noClaim("iss")), nil},
	{"assertion with the client's URI as iss", "C-5, part 4.15", 400, badClient, signs(claim("iss", clientURI), claim("sub", clientURI)), nil},
	{"assertion with the client's URI as sub", "C-5, part 4.15", 400, badClient, signs(claim("sub", clientURI)), nil},
	{"assertion without sub", "C-5", 400, badClient, signs(noClaim("sub")), nil},
	{"assertion of an unknown client", "C-5", 400, badClient, signs(claim("iss", idp.NewUUIDv4()), func(_ *caseHouse, m *udaptest.Message) { m.Claims["sub"] = m.Claims["iss"] }), nil},
	{"assertion with iss a number", "C-5", 400, badClient, signs(claim("iss", 7)), nil},
	{"assertion with a NUL in iss", "C-5", 400, badClient, signs(claim("iss", "a\x00"), claim("sub", "a\x00")), nil},
	{"assertion with iss of 3000 bytes", "C-5", 400, badClient, signs(claim("iss", strings.Repeat("i", 3000)), claim("sub", "x")), nil},
	{"assertion without aud", "C-6", 400, badClient, signs(noClaim("aud")), nil},
	{"assertion with the issuer as aud", "C-6, part 4.4", 400, badClient, signs(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.issuer }), nil},
	{"assertion with the registration endpoint as aud", "C-6, part 4.4", 400, badClient, signs(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.registerURL() }), nil},
	{"assertion with a slash behind aud", "C-6, J-6", 400, badClient, signs(func(h *caseHouse, m *udaptest.Message) { m.Claims["aud"] = h.tokenURL() + "/" }), nil},
	{"assertion with aud a number", "C-6", 400, badClient, signs(claim("aud", 7)), nil},
	{"assertion without iat", "C-6", 400, badClient, signs(noClaim("iat")), nil},
	{"assertion with iat more than a minute ahead", "C-6", 400, badClient, signs(window(70, 300)), nil},
	{"assertion with iat a string", "C-6", 400, badClient, signs(claim("iat", "now")), nil},
	{"assertion without exp", "C-6", 400, badClient, signs(noClaim("exp")), nil},
	{"assertion with exp now", "C-6", 400, badClient, signs(window(-100, 0)), nil},
	{"assertion with exp before iat", "C-6", 400, badClient, signs(window(20, 10)), nil},
	{"assertion that lives 301 seconds", "C-6", 400, badClient, signs(window(0, 301)), nil},
	{"assertion without jti", "J-4", 400, badClient, signs(noClaim("jti")), nil},
	{"assertion with jti of 513 bytes", "J-4", 400, badClient, signs(claim("jti", strings.Repeat("j", 513))), nil},
	{"assertion used before", "C-6, J-5", 400, badClient, func(h *caseHouse) caseRequest {
		assertion := h.client.Assertion(h.clientID, h.tokenURL())
		h.exchanged(form(tokenForm(h.newCode(), clientCallback, assertion)))
		return form(tokenForm(h.code, clientCallback, assertion))
	}, nil},
	{"assertion of a certificate of another community", "C-5, D-21", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.second, clientURI) }), nil},
	{"assertion of a stranger's certificate", "C-4", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf { return h.leaf(h.strange, clientURI) }), nil},
	{"assertion of another member's certificate", "C-5", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf { return h.applicant }), nil},
	{"assertion of a certificate without a URI", "C-5, part 4.3", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf {
		return h.named(func(l *authority.Leaf) { l.URIs, l.DNSNames = nil, []string{"client.example"} })
	}), nil},
	{"assertion of an expired certificate", "C-4", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf {
		return h.named(func(l *authority.Leaf) {
			l.URIs, l.NotBefore, l.NotAfter = []string{clientURI}, time.Now().Add(-time.Hour), time.Now().Add(-time.Second)
		})
	}), nil},
	{"assertion of a revoked certificate", "C-4, part 4.8", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf { return h.revokedClient }), nil},
	{"assertion of a certificate that cannot be checked", "C-4, part 4.8", 503, "temporarily_unavailable", func(h *caseHouse) caseRequest {
		leaf := h.leaf(h.broken, clientURI)
		client := h.stored(h.broken, clientURI)
		return form(tokenForm(h.code, clientCallback, leaf.Assertion(client, h.tokenURL())))
	}, nil},
	{"assertion with a key of RSA-1024", "part 4.7", 400, badClient, signsAs(func(h *caseHouse) *udaptest.Leaf {
		return h.named(func(l *authority.Leaf) { l.URIs, l.Key = []string{clientURI}, rsa1024() })
	}), nil},
	{"assertion of a client that was cancelled", "C-5, D-24", 400, badClient, func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		client := h.registered(leaf)
		h.registered(leaf, cancels)
		return form(tokenForm(h.code, clientCallback, leaf.Assertion(client, h.tokenURL())))
	}, nil},

	{"assertion with RS256", "J-2", 200, "", exchanges(), has("token_type", "Bearer")},
	{"assertion with RS384", "J-2", 200, "", exchanges(head("alg", "RS384")), nil},
	{"assertion with ES256", "J-2", 200, "", exchangesAs(func(_ *caseHouse, l *authority.Leaf) { l.Key = p256() }), nil},
	{"assertion with ES384", "J-2", 200, "", exchangesAs(func(_ *caseHouse, l *authority.Leaf) { l.Key = p384() }), nil},
	{"assertion of a renewed certificate", "C-5, D-10", 200, "", exchangesAs(func(h *caseHouse, l *authority.Leaf) { l.Key = otherKey(h) }), nil},
	{"assertion of a certificate with two URIs", "C-5", 200, "", exchangesAs(func(_ *caseHouse, l *authority.Leaf) { l.URIs = []string{"https://first.example", clientURI} }), nil},
	{"assertion with the leaf alone", "part 4.7", 200, "", exchanges(x5c(func(_ *caseHouse, was []string) any { return was[:1] })), nil},
	{"assertion with garbage behind the leaf", "part 4.7", 200, "", exchanges(x5c(func(_ *caseHouse, was []string) any { return []any{was[0], "AAAA", 7, was[1]} })), nil},
	{"assertion with aud an array", "C-6", 200, "", exchanges(func(h *caseHouse, m *udaptest.Message) {
		m.Claims["aud"] = []string{"https://other.example", h.tokenURL()}
	}), nil},
	{"assertion that lives 300 seconds", "C-6", 200, "", exchanges(window(0, 300)), nil},
	{"assertion with claims that nobody knows", "C-7", 200, "", exchanges(claim("extensions", map[string]any{"hl7-b2b": 1}), claim("nbf", 1)), nil},
	{"assertion with its client_id", "C-2", 200, "", func(h *caseHouse) caseRequest {
		values := tokenForm(h.newCode(), clientCallback, h.client.Assertion(h.clientID, h.tokenURL()))
		values.Set("client_id", h.clientID)
		return form(values)
	}, nil},
	{"assertion with a jti of a statement", "J-5", 200, "", func(h *caseHouse) caseRequest {
		h.registered(h.client, claim("jti", "of both"), redirect(clientCallback), claim("scope", allScopes))
		return signsWith(h, h.client, h.newCode(), []edit{claim("jti", "of both")})
	}, nil},
	{"assertion with a jti of another client", "J-5", 200, "", func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		other := leaf.Assertion(h.registered(leaf), h.tokenURL(), func(c map[string]any) { c["jti"] = "of two clients" })
		h.send(form(tokenForm(h.code, clientCallback, other))) // authenticates, and the code is not its own
		return signsWith(h, h.client, h.newCode(), []edit{claim("jti", "of two clients")})
	}, nil},
}

// exchanged sends a token request that must be good.
func (h *caseHouse) exchanged(r caseRequest) {
	h.t.Helper()
	if got, err := h.send(r); err != nil || got.status != http.StatusOK {
		h.t.Errorf("a token request that a case builds on: %d %s %v", got.status, got.text("error_description"), err)
	}
}

// stored is a client that registered in the community when it could still be checked.
func (h *caseHouse) stored(c *udaptest.Community, uri string) string {
	h.t.Helper()
	for _, community := range must(h.store.Communities(h.t.Context())) {
		if community.URI == c.URI {
			client, _, err := h.store.RegisterClient(h.t.Context(), idp.Client{ID: idp.NewUUIDv4(), CommunityID: community.ID, URI: uri, Name: "General Hospital",
				RedirectURIs: []string{clientCallback}, CreatedAt: time.Now(), UpdatedAt: time.Now()})
			if err != nil {
				h.t.Fatal(err)
			}
			return client.ID
		}
	}
	h.t.Fatalf("no community %s", c.URI)
	return ""
}

// codeCases: RFC 6749 §4.1.3, RFC 7636 §4.6, what a code is good for.
var codeCases = []protocolCase{
	{"code that is none", "C-8", 400, badGrant, asks(field("code", "x")), nil},
	{"code that was never issued", "C-8", 400, badGrant, asks(field("code", idp.NewToken().String())), nil},
	{"code with another secret", "C-8", 400, badGrant, func(h *caseHouse) caseRequest {
		forged := idp.NewTokenFor(must(idp.ParseToken(h.code)).ID).String()
		return asks(field("code", forged))(h)
	}, nil},
	{"code that has expired", "A-15", 400, badGrant, func(h *caseHouse) caseRequest { return asks(field("code", h.codeThatLives(-time.Second)))(h) }, nil},
	{"code used before", "A-15, C-8", 400, badGrant, func(h *caseHouse) caseRequest {
		code := h.newCode()
		h.exchanged(signsWith(h, h.client, code, nil))
		return signsWith(h, h.client, code, nil)
	}, nil},
	{"code of another client", "C-8", 400, badGrant, func(h *caseHouse) caseRequest {
		leaf := h.fresh()
		return form(tokenForm(h.code, clientCallback, leaf.Assertion(h.registered(leaf, redirect(clientCallback)), h.tokenURL())))
	}, nil},
	{"redirect_uri missing", "C-8", 400, badGrant, asks(noField("redirect_uri")), nil},
	{"redirect_uri with a slash", "C-8", 400, badGrant, asks(field("redirect_uri", clientCallback+"/")), nil},
	{"code_verifier missing", "A-7, C-8", 400, badGrant, asks(noField("code_verifier")), nil},
	{"code_verifier of another", "A-7, C-8", 400, badGrant, asks(field("code_verifier", strings.Repeat("w", 43))), nil},
	{"code_verifier that is the challenge", "A-7", 400, badGrant, asks(field("code_verifier", codeChallenge())), nil},
	{"code_verifier of 42 characters", "A-7", 400, badGrant, asks(field("code_verifier", codeVerifier[:42])), nil},
	{"code_verifier of 129 characters", "A-7", 400, badGrant, asks(field("code_verifier", strings.Repeat("v", 129))), nil},
	{"code_verifier with other characters", "A-7", 400, badGrant, asks(field("code_verifier", strings.Repeat("+", 43))), nil},

	{"code with everything right", "C-8, C-10, C-12", 200, "", exchanges(), has("scope", allScopes)},
}
