// Package recovery is how somebody who cannot sign in gets a passkey: with the code of an invitation, by signing up, or by
// getting back into her account; and what she prepares for that day while she can: recovery codes and addresses that she has
// shown to be hers.
//
// It owns who is let through to the making of a passkey, and never makes one: that is login's ceremony, which it reaches by an
// invitation of the store and a redirect to its address. It does not own the session (asked for through Config), the words and
// transport of messages (Config.Mail), the rules about persons and about invitations of an operator (identity, through Config).
//
//	recovery.go    Config, New
//	request.go     the browser, posted forms, the audit log
//	throttle.go    what may be tried how often
//	hand.go        and by whom, so that a stranger bars nobody
//	contact_code.go  a code is sent to an address, and comes back
//	judge.go       what is proved, and whether it is enough
//	start.go       GET and POST /recover
//	code.go        GET and POST /recover/code, POST /recover/send
//	saved.go       GET and POST /recover/saved
//	second.go      GET /recover/second, GET /recover/wait
//	grant.go       GET and POST /recover/done
//	cancel.go      GET and POST /recover/cancel/{token}, GET /account/recovery, POST /account/recovery/cancel
//	invite.go      GET and POST /invite, GET and POST /invite/{token}/check
//	sign_up.go     GET and POST /sign-up
//	sign_up_code.go  GET and POST /sign-up/code
//	codes.go       /account/recovery-codes
//	shown.go       POST /account/recovery-codes/shown, POST /recover/shown
//	contact.go     /account/contact/{channel}
//
// # Security design
//
// Nobody learns whether there is an account. Whatever address is typed, the next page is the same, a code can be typed there,
// and wrong codes are counted by what was typed and not by whose it is. Where there is no account, no code is right, and the same is
// read and written: whose recovery it is, is looked up once something was shown.
//
// What is enough. NIST SP 800-63B-4 §4.2.2.2 asks for two recovery codes of different ways, or repeated proofing. An account
// that was proofed is got back by a saved code together with one that was sent to an address she had confirmed. Two that were
// sent, to her mailbox and to her telephone, are one way in the text's own words, and are often in one hand: they are enough
// after a waiting period only, in which every address of hers is told and can stop it. An account that nobody proofed vouches
// for nothing: a saved code is enough, or a sent one after a day. Repeated proofing is the invitation that a helper makes at a
// desk (identity.Invite). A passkey that still works needs no recovery: it signs in.
//
// One waiting period at a time. A second recovery, by whomever, neither shortens nor prolongs it, and who comes back when it is
// over shows the same codes again. Nothing here lets an operator shorten it.
//
// Administrators are not let in here at all: their accounts open those of others.
//
// Codes. Saved ones have 80 bits and are kept as SHA-256 hashes (§4.2.1.1: at least 64 bits); sent ones have 6 digits or 40
// bits, are kept as keyed digests, and are good for ten minutes or a day at most (§4.2.1.2), for five tries, in the browser that
// asked. What may be tried is counted for three hands, so that a stranger's guesses do not bar the person (hand.go, §3.2.2). All
// counts are in the store.
//
// A recovery ends with a new passkey, which is told to all addresses and written to the audit log, as its beginning is (§4.6).
// A saved code that was used is spent, and another takes its place once the recovery is done (§4.2.1.1).
package recovery
