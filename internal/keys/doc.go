// Package keys is the change-over of the keys we sign with, so that at no moment somebody holds a token that the key set he reads
// does not verify.
//
// It owns how each key stands and what may be done with it: change over, withdraw, remove, and letting go of those whose time is
// over. It does not own the certificates (pki), the private keys (vault) or who may do it (admin, and the command line, which both
// come through here).
//
// # How a key lives
//
// Every key of ours belongs to a certificate in one trust community. It is in the key set from the moment it is stored (Next), and
// signs nothing until everybody who keeps the key set has fetched it anew: Lead. Then it may take over (Active); by itself it does
// when the active one's certificate ends. The one before (Retiring) signs nothing any more, and its key stays in the key set until
// the last thing that it signed has expired: Keep. Then it is retired: the private key is deleted, and the certificate stays on
// record.
//
// Every server on the database follows within pki's poll, half a second; Lead and Keep have that, and a database that does not
// answer for ten seconds, in them.
//
// Withdrawing is for a key that somebody else has: it is out of the key set at once, and what it signed is refused by everybody who
// fetches the key set anew. It is the only way in which a moment is invalid, and says so.
package keys
