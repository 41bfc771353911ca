// Package check looks at a UDAP identity provider or authorization server from outside and says, requirement by requirement,
// what holds.
//
// It owns the catalogue of requirements that can be seen from outside (catalogue.go), the requests that show them, and the
// report. It does not own the profile: JWTs, certificates and signatures are udap's, the way to an anchor and the
// revocation lists are dataholder's, and a certificate made for the test is authority's.
//
//	metadata.go      /.well-known/udap, member by member
//	signed.go        signed_metadata: its signature, chain, revocation and claims
//	openid.go        openid-configuration and the key set
//	registration.go  a registration that must be taken, to its cancellation
//	refusals.go      statements that must be refused
//	token.go         token and authorization requests that must be refused
//
// # Security design
//
// The server under test is a stranger. Its endpoints are called only where they are absolute https addresses, or http on a
// loopback host when the server itself is on one; no redirect is followed, an answer is read up to one mebibyte and waited
// for ten seconds, and private addresses are not reached unless the operator says so. Revocation lists are fetched only for
// certificates that lead to an anchor that the operator gave.
//
// Nothing stays behind. A registration that was made is cancelled at the end, also when a check in between failed, and one
// that a server made out of a statement it should have refused is cancelled as well. The certificate is therefore one for
// tests: what is registered under it is replaced and removed.
//
// What came from outside is cut short before it is reported; it may still hold anything, and whoever prints it to a terminal
// makes it harmless first.
package check
