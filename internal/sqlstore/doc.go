// Package sqlstore keeps everything in a relational database: it is idp.Store on database/sql, for SQLite and PostgreSQL,
// with one SQL text for both.
//
// It owns the SQL, the drivers, the migrations' run and the transactions. It does not own the contract (idp.Store), its
// tests (storetest) or the schema (migrations).
//
// # Columns
//
// Ids are TEXT. Times are integer Unix microseconds, written from Go and never by the database's clock; 0 stands for the
// zero time, so no comparison meets NULL. Lists are JSON text, and an empty list is read as nil. Booleans are written and
// tested without a comparison (NOT column), which both engines understand.
//
// # Invariants
//
// What may happen once is one conditional statement: UPDATE … WHERE it has not happened, DELETE … RETURNING, or INSERT …
// ON CONFLICT. Its row count is the decision. When it changed nothing, a second query finds out why; the answer to the
// caller may depend on that query, the decision never does. A Store method is one transaction, and its error undoes it,
// with two exceptions that commit although the caller gets an error, because the contract wants the effect to last: a
// code used twice revokes what it bought, and an expired ceremony is deleted.
//
// # Secrets
//
// The database sees hashes only. A row is found by its id; the hash that the caller presents is compared with the stored
// one in constant time in Go. Where a statement has the hash among its conditions too, that is to keep the check and the
// change in one step, and what could be timed there is the digest of 256 random bits, not the secret.
//
// A cancelled client takes its codes and access tokens with it in the one statement that cancels it: whatever redeems a
// code or reads a token asks whether its client stands, and a client id never comes back.
//
// # SQLite
//
// One connection writes, a pool reads. Verbs that arrive together are run by one goroutine in one transaction, each under a
// savepoint of its own, and are answered after the one commit that holds them all (group commit): each waits for a
// shared fsync, none is answered before it, and the error of one undoes its own savepoint only. The transactions begin
// immediate, so two processes on one file take turns under the busy timeout instead of failing half-way. The journal is a
// WAL with synchronous=FULL: under NORMAL a power cut could bring a spent code back.
//
// # PostgreSQL
//
// Each verb is a transaction at read committed. Races are settled by row locks and unique indexes; what the server
// gives up as a serialization failure or a deadlock is run again here. synchronous_commit is on, whatever the server's
// default.
package sqlstore
