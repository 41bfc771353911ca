// Package claims decides what a data holder learns about a person: person + request -> released claims.
//
// It owns the names and the values of the identity claims, which scope and which claims parameter ask for which of them,
// the levels at which they may be said, the payload profiles of networks, verified_claims, and acr. It does not own the
// protocol claims of a token (iss, sub, exp and so on: provider), the assurance values (assurance), or the question whether
// the person agreed (login). It is pure: no clock, no store, no randomness.
//
// The ID Token, UserInfo, the consent page and the operator's preview all read what Release makes, so what a person is shown
// is what is sent.
//
//	release.go    Request, Released, and the order of the steps
//	source.go     every identity claim: its scope, its value
//	worth.go      what stands behind a value, and the level of the whole
//	choice.go     what a person says yes or no to at once, and what she agreed to
//	withheld.go   why something is not released
//	parameter.go  the claims parameter, read strictly
//	acr.go        acr, ial and the number
//	verified.go   verified_claims (OpenID Connect for Identity Assurance)
//	evidence.go   the proofing event in the words of that specification
//	profile.go    the payload profiles and what they refuse
//
// # Security design
//
// Release starts from nothing and adds what a scope, or the claims parameter, asks for; a name it does not know adds nothing.
// A value that is not known is left out: there is no "", null or "unknown" on the wire.
//
// Nothing goes out that the person did not agree to: the caller says which claims those are, and an empty list is nothing. A claim
// in another dress (a part, a copy in verified_claims, the profile's own word) has a name of its own in that list, and so has each
// fact about the proofing; a person decides about those that say the same at once (Choices).
//
// No claim stands above its evidence. The level in force is that of the proofing event, which has an end; name and birthdate
// can lower it, because nobody is found without them; every other value that is worth less than the result is left out, and
// acr is the result (HL7 Identity Matching IG 2.0.0: the minimum of all that goes with it). An attribute counts for what the
// event that verified it is worth, and for nothing when that event was revoked, repudiated or is unknown.
//
// The Digital Identifier goes to a client whose community is trusted with it, from IDIAL1.8 up, when a scope asks for it; the
// caller opens it only if SharesIdentifier says so. Release never sees the sub, so neither can be made from the other.
//
// A profile that promises level 2 is refused below it, or when this deployment was not approved to assert it, and then
// nothing at all is released.
package claims
