package sqltest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"udap-idp/internal/pgtest"
)

// Opener is sqlstore.Open.
type Opener[S io.Closer] func(ctx context.Context, dsn string) (S, error)

// Open opens a database in a folder of the test, which closes with the test.
func Open[S io.Closer](t testing.TB, open Opener[S]) S {
	t.Helper()
	return opened(t, SQLite(t, open), open)
}

// SQLite is the dsn of a database in a folder of the test.
func SQLite[S io.Closer](t testing.TB, open Opener[S]) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "idp.db")
	PutSQLite(t, path, open)
	return "sqlite:" + path
}

// PutSQLite writes the database to a path.
func PutSQLite[S io.Closer](t testing.TB, path string, open Opener[S]) {
	t.Helper()
	template.once.Do(func() { template.data, template.err = migrated(open) })
	if template.err != nil {
		t.Fatalf("make the database that tests copy: %v", template.err)
	}
	if err := os.WriteFile(path, template.data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// PostgreSQL is the dsn of a database on the server of this test binary (package pgtest).
func PostgreSQL[S io.Closer](t testing.TB, open Opener[S]) string {
	t.Helper()
	return pgtest.Copy(t, func(dsn string) error { return migrate(dsn, open) })
}

var template struct {
	once sync.Once
	data []byte
	err  error
}

// migrated is the file of a database that was opened once. Closing it puts the write-ahead log into the file.
func migrated[S io.Closer](open Opener[S]) ([]byte, error) {
	dir, err := os.MkdirTemp("", "sqltest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "idp.db")
	if err := migrate("sqlite:"+path, open); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func migrate[S io.Closer](dsn string, open Opener[S]) error {
	store, err := open(context.Background(), dsn)
	if err != nil {
		return err
	}
	return store.Close()
}

func opened[S io.Closer](t testing.TB, dsn string, open Opener[S]) S {
	t.Helper()
	store, err := open(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return store
}
