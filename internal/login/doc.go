// Package login is the browser on its way to a data holder: the session, the invitation with the first passkey, signing
// in, consent, signing out.
//
// It owns the session cookie, the WebAuthn ceremonies and the decision what comes next. It does not own what an
// authorization request means and how it is answered (provider, reached through Authorizer), the look of a page (pages),
// SQL (idp.Store), or the cross-origin check of POSTs and the rendering of unknown errors (server). It is the only package
// that knows go-webauthn and gorilla/sessions.
//
//	login.go       Config, New
//	session.go     the session store behind gorilla/sessions
//	values.go      what is remembered in a session besides who is signed in
//	next.go        next: Login, Consent, Resume or Refuse. It alone decides
//	request.go     reads the authorization request of a step, and follows what next said
//	form.go        reads a posted form
//	ceremony.go    WebAuthn challenges: made, kept, consumed
//	passkey.go     a passkey as the library and as the store see it
//	aaguid.go      well-known passkey providers, for words only
//	known.go       the browser that is recognised, and whom the sign-in page expects; POST /login/forget
//	other_ways.go  GET /login/other
//	declaration.go the signature under a Declaration of Identity, at the desk or in the account
//	trail.go       what a sign-in and a change of passkeys leave behind: audit log and messages
//	passkeys.go    GET /account/passkeys, and the owner with whom each of its pages begins
//	passkey_add.go, passkey_change.go   the pages below it
//	endpoints.go   GET /.well-known/passkey-endpoints
//	invitation.go  GET /invite/{token}
//	enrol.go       POST /invite/{token}
//	sign_in.go     GET and POST /login
//	fresh.go       a recent sign-in, before a change
//	assertion.go   checks the passkey's answer
//	consent.go     GET and POST /consent: the question and the answer
//	agreement.go   what is agreed to, and whether a remembered consent covers what is offered
//	deadline.go    until when a step can be answered, and more time
//	sign_out.go    POST /logout
//	home.go        GET /
//
// # Security design
//
// The session. The cookie is an idp.Token: the id of the row and 256 random bits, of which the store keeps the hash. It is
// __Host- and Secure under https, HttpOnly, SameSite=Lax, and has no Domain. At sign-in the row keeps its id, because
// authorization requests point at it, and gets a new secret: a cookie planted before is worth nothing after. Signing out
// deletes the row. A signed-in session ends after 12 hours, or 30 minutes without use; one in which nobody signed in ends
// after an hour. When the store cannot be read, that is an error and never a new session: otherwise a failing database
// would sign people out one by one.
//
// The request. An authorization request is read by its id and the session's id. Another browser that knows the id gets the
// same page as for a request that never was.
//
// The ceremonies. A WebAuthn challenge is a row, bound to the session and to its purpose, consumed once, good for ten
// minutes. User verification is required and the flag is checked in the signed authenticator data, not believed from the
// browser. The credential is discoverable and the list of allowed credentials empty, so that nothing tells who has an
// account here; it is filled only for the person who is signed in, or who asked this very browser to remember her. Then
// another's passkey is no answer (WebAuthn L3 §7.2 step 5), and the page for anybody is one link away. Attestation is not
// asked for: it would tell the maker of the device and prove nothing that is needed.
//
// A declaration. What a person declares when her identity is checked is signed by her passkey, in the browser of whoever checks it
// or in her own. The challenge is a digest of 32 random bytes with the event, the person and the text, so that the signature stands
// under them alone and can be checked again for ever; only her own passkeys are an answer; and the session stays whosever it is.
//
// A change of passkeys. Whoever adds, renames or removes one signed in at most five minutes ago; the sign-in that is asked for
// leads back to a page and never repeats a post, and only for the person who began. The last passkey stays unless there is a
// recovery code. A removed one ends the sessions that were begun with it. Each change is in the audit log and is told to her.
//
// The known browser. From a sign-in on, a browser has a second cookie: random, kept for 180 days, worth nothing for signing in.
// It tells a sign-in on a new device, of which the person is told, and holds whom the browser was asked to remember. Of her the
// page shows the initials, because others may sit there; "forget me on this device" takes all of it back.
//
// The audit log. Every sign-in is in it. A refused one is when the answer names a person, at most twenty an hour about each, so
// that nobody fills it from outside; who knows no passkey's id or user handle leaves no line at all.
//
// What must not lock a patient out. A signature counter that goes back or a backup eligibility that changes is the sign of
// a cloned or a moved key; passkey providers produce both in ordinary use. The signature is what proves the key. Both are
// written to the log as a warning and into the audit log, and the record follows what the signed data says. A browser is told
// to forget a passkey only when it is nobody's.
//
// Enrolment. Whoever holds the invitation link creates the passkey; the link is a Token, works once, and dies with a newer
// one. The declaration must be agreed to in today's wording. Creating a passkey signs nobody in: the person signs in with
// it, so that auth_time always belongs to an assertion with user verification.
//
// Consent. A "yes" counts for the person and the sign-in to whom the question was shown, and for that very question: the session
// remembers which offer it showed under which sid, so that a page left open by one person cannot be answered by the next, and
// nothing is agreed to that came into the offer since. What is agreed to is a list of claims, and the release takes it as the
// only ones that may go. Without being asked a person shares only what she had remembered, claim by claim, and never the Digital
// Identifier for the first time.
//
// Time. A request and a session end, and whoever needs longer says so with a click, up to a limit. A session that ran out
// comes back for the browser that held it, with nobody signed in and nothing remembered, while a request waits in it.
//
// Forms. At most 64 KiB. Ids that are not ids never reach the store. What comes from a browser is never written into the
// log.
package login
