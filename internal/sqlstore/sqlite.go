package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"udap-idp/migrations"
)

// openSQLite opens the file, whose folder must be there. batch is the most verbs in one commit.
func openSQLite(ctx context.Context, path string, batch int) (*Store, error) {
	path, err := sqliteFile(path)
	if err != nil {
		return nil, err
	}
	write, err := migratedSQLite(ctx, path, migrations.SQLite())
	if err != nil {
		return nil, fmt.Errorf("database: %s: %w", path, err)
	}
	read, err := sql.Open("sqlite", sqliteDSN(path, "query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("database: %s: %w", path, err), write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return ready(ctx, &Store{db: read, reads: newStatements(read), writer: newGroupWriter(write, batch), arrived: make(chan struct{}, 1)})
}

// sqliteFile is the absolute path behind "sqlite:".
func sqliteFile(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ":") {
		return "", errors.New(`database: want "sqlite:/path/to/file.db", got no file`)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("database: %w", err)
	}
	folder, err := os.Stat(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !folder.IsDir() {
		return "", fmt.Errorf("database: there is no folder %s", filepath.Dir(path))
	}
	if err != nil {
		return "", fmt.Errorf("database: %w", err)
	}
	return path, nil
}

// sqliteDSN is the driver's form of a path and our pragmas. synchronous(FULL) syncs each commit before it returns:
// NORMAL could bring a spent code or a jti back after a power cut. secure_delete overwrites what is deleted: an identifier that
// was sealed would otherwise stay in the file in clear.
func sqliteDSN(path string, pragmas ...string) string {
	query := url.Values{"_txlock": {"immediate"}}
	for _, pragma := range append([]string{
		"busy_timeout(10000)",
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
		"secure_delete(1)",
		"journal_size_limit(67108864)",
	}, pragmas...) {
		query.Add("_pragma", pragma)
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/…
	}
	file := url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}
	return file.String()
}

// What the one connection that writes has more of than the others. Match keys are digests, so each lands on another page of a large
// tree: pages are kept in memory (32 MiB) and go to the database file after many commits (32 MiB of journal), not after
// each. With the defaults an import of 50,000 people takes twice as long.
const (
	writerCache      = "cache_size(-32768)"
	writerCheckpoint = "wal_autocheckpoint(8192)"
)

// migratedSQLite opens the one connection that writes, on a file that is migrated. A lock next to the file lets one
// process at a time through: SQLite has no lock that spans several transactions, and the first switch to a WAL does not
// wait for another one.
func migratedSQLite(ctx context.Context, path string, steps fs.FS) (*sql.DB, error) {
	unlock, err := lockSQLite(ctx, path+".lock")
	if err != nil {
		return nil, fmt.Errorf("wait for another process that opens it: %w", err)
	}
	defer unlock()
	if err := createFile(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", sqliteDSN(path, writerCache, writerCheckpoint))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := migrateSQLite(ctx, db, path, steps); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// createFile makes the database file for its owner only, unless it is there; the WAL beside it takes over its mode.
func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name in a folder survive a power cut, where the system can.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// lockSQLite holds an exclusive lock until unlock is called or the process ends. It is SQLite's own lock on an empty
// database, so it works wherever the database itself does.
func lockSQLite(ctx context.Context, path string) (unlock func(), err error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "_pragma=busy_timeout(300000)"}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() { _ = db.Close() }, nil // closing releases the lock; nothing was written
}
