// Package audit is the log of who did what, to whom and from where: its actions, its chain, and what leaves it.
//
// It owns the catalogue of actions, the sealing of events into the chain, the check of the chain, retention, and the export. It
// does not own events (each room writes its own, in the transaction of what they tell of), SQL (sqlstore), nor any page.
//
// # Security design
//
// Every event has a place in a chain: its hash is SHA-256 over the hash before, its place and all of its fields
// (idp.ChainHash). The head of the chain, and the checkpoint that stands for what retention has deleted, carry a keyed digest
// under the master key. Whoever has the database without that key cannot change an event, take one out, put one in, exchange
// two, cut the end off or make the whole chain anew without being found by Check.
//
// Writers of events never wait for the chain. An event is committed with what it tells of, and put into the chain by Seal, which
// runs every second in a server: one transaction for up to a few hundred events, in which the head is locked, so that several
// servers on one database seal one after the other. The order of the chain is the order of sealing, which is the order of time to
// within a second or so.
//
// What cannot be found:
//
//   - A change to an event between its commit and its seal, a second or so while a server runs. Events of commands wait until a
//     server runs or the log is checked.
//   - The whole database put back to an earlier state, with the head of that time. Check takes a witness against it: a place
//     and its hash that was written down elsewhere. A server writes one to its own log every hour.
//   - What somebody does who has the master key as well.
package audit
