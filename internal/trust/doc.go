// Package trust owns the rules about trust communities: what is taken as an anchor, which change may be made, who would no longer
// be trusted by it, and how we come to a certificate of our own. The command and the administrator's pages call the same code.
//
// It does not decide about a chain (pki does), stores nothing by itself (an idp.Store does), and has no page and no command.
//
//	read.go       certificates as somebody gives them, and private keys that were given by mistake
//	community.go  a stored community with its certificates read
//	settings.go   what an operator may decide
//	change.go     a change of a community: checked, carried out, recorded
//	outcome.go    what would come of it
//	own.go        our certificates
//	request.go    a certificate that is asked for here
//
// # Security design
//
// Whoever may add an anchor may let anybody into the community: the fingerprint is compared by a person with what the community
// publishes, before anything is stored. A change is a value (idp.TrustChange) that is checked, shown, approved and carried out as
// it is. Every change is stored with its audit events, which have what was and what is.
//
// A private key that is pasted where a certificate belongs is refused before anything is made of it. The key of a certificate that
// is requested here is made here, sealed under the master key before it is stored, and never leaves.
package trust
