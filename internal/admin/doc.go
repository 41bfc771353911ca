// Package admin is the house of those who run the service: who they are, what waits for a hand, people, trust, and the audit log.
//
// It owns which page there is, who may ask for it, and what is on it. It does not own the session or the sign-in (they arrive
// through the Config), the look of the pages (pages), the rules about persons (identity, through Config.People), the audit log's
// chain (audit) or trust in a certificate (pki).
//
//	permissions.go      the one table of every address: who may, and whether a recent sign-in is asked for
//	admin.go            Config, and the guard in front of every page
//	setup.go            the link with which the first owner takes a new server
//	administrators.go   who runs the service
//	acts.go approvals.go   what may need a second person, and the list of what waits
//	dashboard.go trust.go people.go messages.go audit.go check.go   the pages
//	proofing.go proofing_event.go   the desk where identities are checked: its list, and one event
//	proofing_steps.go proofing_contact.go proofing_decide.go   its steps, and what is decided
//	requests.go         what people ask for
//	clients.go client_acts.go client_chain.go   data holders: their list and pages, what is decided about them, their chain as it is drawn
//	attempts.go anchor.go   what they attempted, and the anchor that is trusted from there
//	claims.go           what one would get about a person
//
// # Security design
//
// One table decides who may do what (permissions.go): the guard reads it before a page's handler runs, and the pages ask the
// same table for what they show. The role is read from the store at each request, so that taking it away works at once. A
// stranger is sent to sign in; everybody else whom the table does not name gets 403 in words. What an administrator was refused
// is in the audit log.
//
// Administrators sign in with a passkey as everybody does. Nobody becomes one without a link: the first owner by the set-up link
// that the server prints on its own machine while it has no owner, the others by an owner's invitation. The links are kept as
// hashes, good once and for a time. Records of administrators are changed by owners alone, or a clerk who may invite people could
// invite himself into an owner's account. The last owner with a passkey stays; the store holds to that.
//
// What cannot be taken back asks for a sign-in of the last five minutes, and where the operator has set it for the consent of a
// second administrator. What is carried out is what was asked for, as it was stored; nobody decides what he asked for himself,
// and he must still be allowed to ask when it is carried out.
//
// What a message says is shown to owners only, after a recent sign-in, and recorded before: where nothing is sent, a code is in it. A
// code that is on its way is shown to nobody but its reader.
//
// Pages show no private key. A Digital Identifier stands on no page but its own and, hidden at first, in the preview of what a data holder
// would get: owners and clerks get both for a reason and after a recent sign-in, and the reading is recorded before. Every look at a person's record is in the audit log.
package admin
