// Package dataholder is a complete relying party of UDAP Tiered OAuth: the hospital of the demo, which lets people sign in
// with an identity provider it meets for the first time, and finds their records.
//
// It owns both halves of that. Client is the protocol without pages, one file per step:
//
//	discover.go   /.well-known/udap and its signed_metadata
//	openid.go     /.well-known/openid-configuration
//	register.go   the software statement and the registration
//	authorize.go  the authorization request, and what comes back
//	token.go      the token request
//	idtoken.go    the ID Token
//	userinfo.go   UserInfo
//	walk.go       Begin and Complete: the steps in their order
//	chain.go      a certificate chain, led to an anchor of ours; crl.go asks whether any of it was revoked
//	match.go      which record belongs to the person, with the weights of the HL7 Identity Matching IG
//
// Hospital is the portal around it: hospital.go has the routes, session.go the browser's session, and pages.go the pages.
//
// Every step tells what it did in a Step: what it asked, what came back, each check with its outcome. The pages and
// /result.json show these; the protocol never reads them. A check that fails ends the walk with a Problem, which has a
// Reason of its own.
//
// The package is the other side of the wire. It shares the profile's JWTs and signer (udap) with the identity provider and
// nothing else; it never imports a package that knows persons, clients or the provider's store.
//
// # Security design
//
// Who speaks. An identity provider is whoever a person typed, so nothing it says counts before signed_metadata is verified:
// signature with the key of x5c[0], that certificate led to an anchor of ours, every certificate below the anchor looked up
// in the revocation list of its issuer, and the address that was typed among its URIs. A list that cannot be had, is out of
// date or does not cover the certificate counts as a refusal: without it nobody knows. The same is done again for the
// certificate in the ID Token's header, whose key must also be the one that the provider publishes under the same kid.
//
// Which endpoint. Only signed endpoints are used, and they must equal the unsigned ones and those of openid-configuration.
//
// Whose answer. A browser has one pending sign-in, in a session that an HttpOnly, SameSite=Lax cookie names. The answer must
// carry its state, compared before anything else is read, and that uses it up. iss (RFC 9207) is compared next, so that an
// answer of another provider is never taken to this one's token endpoint. PKCE binds the code to this sign-in, nonce the ID
// Token. After sign-in the session gets a new name.
//
// What is fetched. Addresses are https, or http on a loopback host. The client follows no redirect, waits ten seconds,
// reads one mebibyte, uses no proxy, and does not connect to a private or link-local address; to a loopback address only
// when the hospital itself is on one. Revocation lists are fetched only for certificates that lead to an anchor, so a
// stranger cannot choose where from.
//
// What is kept. Sessions, registrations and bindings are in memory and gone with the process. Access tokens are used once,
// for UserInfo, and dropped; codes, tokens, assertions and code verifiers are never shown in full and never logged, nor is
// anything about a person.
package dataholder
