// Package provider is the OpenID provider of the tiered flow: /authorize, /token, /userinfo, /jwks and
// /.well-known/openid-configuration, and the end of an authorization request (Allow, Refuse, Expired).
//
// It owns the rules of UDAP Security IG §4, §6 and §7, UDAP Tiered OAuth and UDAP JWT Client Authentication as an
// authorization server has to keep them. It does not own the browser's session, signing in and consent (login), the shape
// of a client assertion (udap), trust in a certificate (pki), which claims a scope releases (claims), or SQL. It is the
// only package that knows zitadel/oidc.
//
// The library is used through op.Server, which is implemented here: it routes, parses and validates once more. In front of
// each endpoint stands a step of ours that reads the request first, because the library answers a person with JSON, puts
// the text of an internal error on the wire, writes the address it redirects to (state included) into the log, and wants a
// redirect_uri that UDAP lets a client leave out:
//
//	authorize.go     reads and recognises the request, then the library, then Authorize stores it
//	request.go       the checks whose failure goes back to the client
//	hint.go          id_token_hint and a sub asked for by the claims parameter
//	answer.go        Allow, Refuse, Expired, Shares: for login
//	response.go      the one place that writes the address of an authorization response
//	token.go         reads the token request, then the library
//	authenticate.go  VerifyClient: the client assertion
//	exchange.go      CodeExchange: the code
//	release.go       what the release depends on, for everyone who asks
//	idtoken.go       the ID Token
//	userinfo.go      UserInfo
//	preview.go       both payloads of a request that nobody made
//	discovery.go     openid-configuration and the JWKS
//	parameters.go    reading a form: sizes, duplicates, empty values
//	wire.go          errors as the other side reads them
//
// # Security design
//
// Redirects. Nothing is sent anywhere before the client is known and the redirect_uri is, byte for byte, one that it
// registered; until then a person gets a page (Config.Problem). Afterwards everything goes back to the client, errors of
// ours included. Every answer carries iss (RFC 9207) and the state as it came. The library never sees the state, so it
// cannot log it, and an answer that it writes to /authorize on its own is thrown away.
//
// Binding. A stored request belongs to a browser's session: who knows its id alone gets nothing. A code belongs to a
// client, a redirect_uri, a code challenge and a session; it lives 60 seconds and is redeemed in one transaction of the
// store, in which a second use revokes what the first one bought. PKCE with S256 is required, unless the operator
// excuses the client (compatibility.go).
//
// Client authentication. The order is: signature, claims, registration, the certificate's URI, the chain in the community
// that the client registered from, and then the jti, so that a stranger can neither spend a jti nor learn whether a chain
// is trusted in another community. A chain that cannot be checked is 503, never invalid_client.
//
// Tokens. The access token is opaque and random, lives five minutes and is good for UserInfo only; there are no refresh
// tokens (UDAP Tiered OAuth §4.3). The ID Token is signed with the key of our certificate in the client's community. sub
// is the store's, per client sector.
//
// Logs. Descriptions name the parameter and what was expected. They hold no code, token, assertion, state, or anything
// about a person, because the library writes them to the log; the cause of an internal error goes there and never on the
// wire.
//
// Cross-origin reads. Every client is confidential and calls /token and /userinfo from its own server, so no page of
// another origin has business with them and the library's policy (any origin, with credentials) is off. The two public
// documents, openid-configuration and the JWKS, may be read from any page.
package provider
