// Package settings is the settings of a running server: what its flags, its environment and its file say, and below them what
// administrators made in the browser.
//
// It owns the one rule of precedence, how every server on the database follows, and how a change is checked, stored and recorded. It
// does not own which settings there are and what is good for them (config), nor who may change them (admin, and the command line, which
// both come through here).
//
//	live.go     the settings at the moment, and following a change that was made on any server
//	change.go   making, taking back; what is refused
//
// # Precedence
//
//	flag > environment > configuration file > made in the browser > default
//
// What the machine says wins. Who runs the machine decides with its file what nobody in a browser can change, puts that under review,
// and finds it after a restart as it was written. A browser session that was stolen can change what the file leaves open and nothing
// else.
//
// # Security
//
// Only what config names as changeable is made in the browser: how the service looks and where help is, how patients come in, how
// long attempts are kept. Two things are one-way there: an administrator can ask for a second person for more acts, and never for
// fewer, or the one who is to be watched could end the watch; and the retention of the audit log is in the file alone, because whoever
// shortens it deletes the traces of what was done.
package settings
