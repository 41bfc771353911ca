// Package clients is what those who run the service decide about data holders: to suspend, to resume, to delete, and in which words
// and with which leniencies one is served.
//
// It owns the rules about that and the line in the audit log, which is written in the transaction of the change, with what was
// before and what is after. It does not own the registration (registration), which is the data holder's own act, nor what the
// settings mean (claims, idp.Compatibility).
//
// The command and the administrator's page call the same functions.
package clients
