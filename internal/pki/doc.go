// Package pki owns trust: which certificate belongs to which trust community, and our own certificates in them. It reads
// certificates and keys that operators give, and answers two questions about a chain of others: which community does
// it lead into (Identify), and does it lead into this one (VerifyIn). It does not store anything (a Source does), and does
// not compare the URI of a client with its certificate (udap does).
//
// # What is trusted
//
// A trust community has anchors and intermediates, configured by an operator. A chain is trusted in it when crypto/x509
// builds a path from its first certificate to one of these anchors, at the time asked about, through the configured
// intermediates and the other certificates that were sent. Those come in any order, may be rubbish, and are never
// anchors. Nothing else is an anchor either: not the roots of the operating system, nor another community's.
//
// UDAP says nothing of extended key usages and real communities have roots with odd ones, so any is accepted; nor are
// host names looked at. On top of crypto/x509 every path keeps these rules:
//
//   - each key is RSA of 2048 to 8192 bits, P-256 or P-384, which are the keys that UDAP's algorithms use
//     (UDAP Security IG §7.1.2);
//   - each certificate below the anchor is signed with SHA-256, SHA-384 or SHA-512;
//   - a path has at most six certificates, the first and the anchor included;
//   - the first certificate is no CA and no anchor: a key that vouches for others does not also speak for itself.
//
// Chains that lead into several communities belong to the one with precedence, which is the first in the Source's order.
//
// A chain that is not trusted is an *Untrusted error, whose Reason tells the engineer on the other side what is wrong in
// printable ASCII, so that it can go on the wire. Any other error is a failure of ours, and says nothing about the chain:
// the two must not be mixed up, because a UDAP client may not retry after the first (UDAP Dynamic Client Registration
// §5.2). Paths are found in one place, paths, which returns every acceptable one: a check that looks at each
// certificate of a path belongs behind it.
//
// # Revocation and fetched issuers
//
// Behind paths, each path is checked for revocation as its community's policy says (package revocation); the first that
// passes counts. A revoked certificate is *Untrusted with ErrRevoked; one that cannot be checked is *Unchecked, which is
// not *Untrusted. A community that cannot be checked ends the search for the community of a chain, and a certificate that
// its own issuer has revoked is trusted in none.
//
// When there is no path, and only then, issuers are fetched from where the certificates point (AIA caIssuers): at most five
// above one another, each only when it has signed the one below. They are candidates for a path, never anchors. A community
// without checks asks nobody: nothing is fetched for its sake.
//
// A chain that was found good is remembered until the first of its certificates or of the evidence about it ends, the
// communities change, or new evidence says something else than before.
//
// # Our own certificates
//
// Of our certificates in a community the first that is valid signs (Community.Signer), so that the next one takes over by itself
// in the moment in which the active one ends. The keys of all are in the JWKS until an operator removes them: an ID Token
// that was signed just before can be verified just after.
//
// # Freshness
//
// Trust keeps one parsed snapshot of the communities. At most every 500 ms a use of it asks the Source for its revision and loads
// the communities anew when that has changed, so that a change made by another process is noticed within a second. If the Source
// fails, the last snapshot serves until 10 seconds after the Source last answered, which rides out a failover of the
// database; then callers get the error, because trust that was withdrawn meanwhile would go unnoticed.
package pki
