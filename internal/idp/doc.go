// Package idp is the domain of the identity provider: the persons it vouches for, the data holders that
// registered themselves with it, the steps of a sign-in, and the Store that keeps them.
//
// It owns the types, the sentinel errors and the contract of the Store. It does not own SQL (sqlstore), the
// protocol's messages (udap, provider, registration) or pages. It imports the standard library only.
//
// Secrets. A code, an access token, a session cookie and an invitation link are each a Token: the id of a row and a
// random secret. Only the SHA-256 of the secret is stored; the row is found by its id and the hash compared in
// constant time. The ids are UUIDv7, so that the rows written on the hot path arrive in key order.
//
// Invariants. A change that must happen once is one verb of the Store (RedeemCode, UseJTI, ConsumeCeremony,
// RegisterClient, EnrolPasskey, IssueCode, SignInSession), and each is one transaction: there is no read followed by a
// write that another request could slip between.
//
// Times are passed in by the caller and kept to the microsecond, in UTC.
package idp
