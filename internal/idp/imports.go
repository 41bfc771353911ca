package idp

import "context"

// ImportMark is how far an import has come.
type ImportMark struct {
	ID   string // of the file: a digest of its content
	Rows int64  // up to and with this row everything is done
}

// ImportBatch is a part of an import, which is stored whole or not at all, with how far the import has come by it.
type ImportBatch struct {
	Mark  ImportMark
	After int64 // the mark's Rows before

	People      []Person
	Invitations []Invitation // of some of them
	Trail       Trail
}

// Imports adds people out of files.
type Imports interface {
	// ImportPeople stores a batch. ErrStale: the import has not come to After, or is further; somebody else imports the same
	// file. ErrExists: an identifier belongs to somebody.
	ImportPeople(ctx context.Context, b ImportBatch) error
	// ImportMark returns how far an import has come; a mark of zero when it has not begun.
	ImportMark(ctx context.Context, id string) (ImportMark, error)
	// PeopleSharing returns up to limit persons, no tombstones, who share at least so many of the keys: those with the most
	// first. It is PeopleByMatchKeys for many calls in a row.
	PeopleSharing(ctx context.Context, keys []string, atLeast, limit int) ([]Person, error)
}
