// Package migrations embeds the database schema, step by step: a folder for each engine, the same file names in both.
//
// Steps go forward only and are never edited once released; each runs in one transaction (sqlstore runs them, with
// goose). The two folders differ in the spelling of types alone: SQLite tables are STRICT and their integers, blobs and
// flags are INTEGER, BLOB and INTEGER where PostgreSQL has BIGINT, BYTEA and BOOLEAN.
//
// Conventions of every table: ids are TEXT; times are integer Unix microseconds, and 0 stands for "not set" (columns
// are NOT NULL, so a comparison never meets NULL); lists are JSON text; secrets are kept as SHA-256 hashes only.
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// SQLite is the folder of the SQLite steps.
func SQLite() fs.FS { return folder("sqlite") }

// Postgres is the folder of the PostgreSQL steps.
func Postgres() fs.FS { return folder("postgres") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("migrations: " + err.Error()) // the name is a constant of this file
	}
	return sub
}
