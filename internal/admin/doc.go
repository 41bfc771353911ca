// Package admin is the administrator's overview: people, data holders and trust communities, to read.
//
// It owns who may see it and what is in it. It does not own the session (it is asked for through Config.Session), the look
// of the page (pages), trust in a certificate (pki) or changes, which are made with the command line.
//
// Security: only a person with the role of administrator sees it; everybody else who is signed in gets 403, and a stranger
// is sent to sign in. The role is read from the store at each request, so that taking it away works at once. It changes
// nothing, and it shows no demographics besides the name, no private key and no identifier of a patient.
package admin
