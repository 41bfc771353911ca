// Package claims decides what a data holder learns about a person: person + scopes -> released claims.
//
// It owns the names and the values of the identity claims, which scope asks for which of them, and their order. It does
// not own the protocol claims of a token (iss, sub, exp and so on: provider), the assurance values (assurance), or the
// question whether the person agreed (login). It is pure: no clock, no store, no randomness.
//
// The ID Token, UserInfo and the consent page all read the one list that Release makes, so what a person is shown is what
// is sent.
//
// Security design. Release starts from nothing and adds what a scope asks for; a scope it does not know adds nothing. A
// value that is not known is left out: there is no "", null or "unknown" on the wire. The Digital Identifier is taken
// from the person's record as it stands, is released from IDIAL1.8 up only, and Release never sees the sub, so neither
// can be made from the other. No e-mail address or telephone number is called verified below the level that verifies
// them, and acr is the level that was recorded, never more.
package claims
