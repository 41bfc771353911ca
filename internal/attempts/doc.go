// Package attempts is the log of what data holders attempted: every registration and every client authentication, with
// what was looked at, what came of it, and what to do about it (Diagnose).
//
// It owns how an attempt is noted (Record), how it gets to the store without holding up the answer (Log), and how much of
// it is kept. It does not own the checks themselves (registration, provider), the rows (idp.Store), or the words in which
// an operator reads them (the command and the administrator's page).
//
// A room begins a Record with the request, names each step before it takes it, and ends the record with the answer:
//
//	record := log.Begin(idp.AttemptRegistration, r)
//	record.Step(attempts.Request)            // from here on, what fails failed in this step
//	record.Step(attempts.SoftwareStatement)  // the step before has passed
//	record.Succeed(201, attempts.Registered) // or Refuse: the step under way has failed
//
// # Security design
//
// Anybody may send a statement, so what is kept of strangers is bounded three times over. In time: of the attempts that
// are not proved (no chain to an anchor, or no good signature), a few a minute from each address and a few more from all
// of them get a row each; the rest of the minute becomes one row that counts them, so that nothing is unaccounted. In
// space: every text in a row is cut, and so are the certificates of a chain. In the store: strangers' rows are trimmed
// apart from the proved ones (idp.AttemptLimits), and cannot push them out. In memory they wait in a queue of their own,
// and a proved attempt is written before them.
//
// What is kept is what was said and what was answered, never what could be used: no signed message, no code, no token. A
// text of a stranger that holds something in the form of a JWT is recorded without it. What is read of a message whose
// signature or form is bad is read for the record alone, after the answer; nothing is decided by it.
//
// Recording never decides or delays an answer: a request costs a few list operations in memory, and one goroutine reads
// certificates, makes rows and writes them many at a time. When the store does not take them they are tried again, then
// dropped, counted and logged. What the process has not written when the power fails is lost, at most the last moment.
package attempts
