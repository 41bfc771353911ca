// Package transfer brings people in out of files, and out into files.
//
// It owns the forms that a file may have (a table of comma-separated values, FHIR by way of package fhir), the decision what becomes of
// a row that looks like somebody who is here, the report that a clerk works off, and going on after an interruption. It does not own
// what a value must look like (person), how likely two records are one (matching), what is stored (identity), nor any flag of a command.
//
// # An import
//
// A file is read twice: once for its digest, which names the import, and to see that it is text; then row by row. Rows are decided and
// stored in batches, each in one transaction with the row it ends at. So an import that was interrupted, or run by two at once, goes on
// where the last batch ended, and no row is imported twice. What is written to the report and to the file of links is written before
// its batch is stored; when an import goes on, what was written of rows behind the mark is taken away and done anew.
//
// Memory does not grow with the file: a batch is some hundreds of rows, doubles within the file are found in the store, where the rows
// before are. A dry run does the same with a store that is thrown away.
//
// A Desk does all this for administrators who hand their files over in a browser: it keeps the file, runs the import in the background,
// and knows after a restart where it was. The database has one slot for an import that is not over, and the claim of the one server that
// works on it.
//
// # What a file can bring
//
// Everything is somebody's word. A file makes nobody verified, gives nobody a Digital Identifier, and makes nobody an administrator. A
// Digital Identifier in it says at most that the row is somebody who is here already.
package transfer
