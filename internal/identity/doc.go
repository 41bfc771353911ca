// Package identity is what this provider vouches for: persons and what is known about them, the proofing events that stand
// behind it, the Digital Identifier, duplicates, and who may act for whom.
//
// It owns the rules: which change makes which value unverified, when a level is reached and when it ends, when a Digital
// Identifier is made, who may read it. It does not own how evidence makes a level (assurance), how records are compared
// (matching), what a data holder gets (claims), SQL (sqlstore), nor any page or command.
//
// # Security design
//
// A Digital Identifier is a random UUID version 4 that is related to nothing. It is kept encrypted under the master key, with
// a keyed digest beside it that finds it again; whoever has the database alone learns neither the value nor, without the key,
// whether a value is in it. It is opened by Identifier only, and there is no way to open it without a line in the audit log:
// the line is written first. The same holds for the numbers of evidence.
package identity
