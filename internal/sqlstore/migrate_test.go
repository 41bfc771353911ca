package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"udap-idp/internal/pgtest"
	"udap-idp/migrations"
)

func TestMigrationsRunOnce(t *testing.T) {
	t.Parallel()
	for name, source := range bothEngines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := source(t)
			open(t, dsn)
			s := open(t, dsn)
			var steps, versions int
			if err := s.db.QueryRow(`SELECT count(*), count(DISTINCT version_id) FROM goose_db_version`).Scan(&steps, &versions); err != nil {
				t.Fatal(err)
			}
			if steps != versions || steps < 2 { // the steps and goose's own version 0
				t.Errorf("%d steps recorded for %d versions", steps, versions)
			}
		})
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	for name, source := range bothEngines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := source(t)
			s := open(t, dsn)
			err := s.write(t.Context(), func(ctx context.Context, q querier) error {
				_, err := q.exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), dsn); !errors.Is(err, ErrNewerDatabase) {
				t.Errorf("got %v, want %v", err, ErrNewerDatabase)
			}
		})
	}
}

// oneMoreStep is our migrations with another behind them, and its number.
func oneMoreStep(t *testing.T, text string) fs.FS {
	t.Helper()
	steps := fstest.MapFS{"90000_next.sql": {Data: []byte("-- +goose Up\n" + text)}}
	names, err := fs.Glob(migrations.SQLite(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(migrations.SQLite(), name)
		if err != nil {
			t.Fatal(err)
		}
		steps[name] = &fstest.MapFile{Data: data}
	}
	return steps
}

func TestCopyIsKeptBeforeAMigration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "test.db")
	backup := path + ".before-90000"
	s := open(t, "sqlite:"+path)
	if _, err := s.PutSettingOnce(t.Context(), "a", []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + ".before-*"); len(left) != 0 {
		t.Errorf("a new database left copies: %v", left)
	}

	// A step that fails half-way leaves nothing of itself, and the next attempt replaces the copy.
	if _, err := migratedSQLite(t.Context(), path, oneMoreStep(t, "CREATE TABLE next (a TEXT);\nINSERT INTO nowhere VALUES (1);\n")); err == nil {
		t.Fatal("a wrong step was run without an error")
	}
	db, err := migratedSQLite(t.Context(), path, oneMoreStep(t, "CREATE TABLE next (a TEXT);\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	old := open(t, "sqlite:"+backup) // a whole database, at the version before
	if value, err := old.Setting(t.Context(), "a"); err != nil || string(value) != "b" {
		t.Errorf("the copy has %q, %v", value, err)
	}
	if err := old.db.QueryRow(`SELECT a FROM next`).Scan(new(string)); err == nil || errors.Is(err, sql.ErrNoRows) {
		t.Error("the copy was made after the migration")
	}
	if _, err := os.Stat(backup + ".partial"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unfinished copy was left: %v", err)
	}
	ownersOnly(t, path, backup)
}

func ownersOnly(t *testing.T, paths ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v, want 0600", filepath.Base(path), info.Mode().Perm())
		}
	}
}

func TestFileNamesMayHoldAnything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c#d%41é.db")
	s := open(t, "sqlite:"+path)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	ownersOnly(t, path)
}

func TestSQLiteIsDurableAndStrict(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "10000"} {
		err := s.write(t.Context(), func(ctx context.Context, q querier) error {
			var got string
			if err := q.row(ctx, `PRAGMA `+pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s of the writer is %s, want %s", pragma, got, want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var loose int
	err := s.db.QueryRow(`SELECT count(*) FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`).Scan(&loose)
	if err != nil || loose != 0 {
		t.Errorf("%d tables are not STRICT (%v)", loose, err)
	}
	if _, err := s.db.Exec(`DELETE FROM settings`); err == nil {
		t.Error("a reader's connection writes")
	}
}

// bothEngines makes an empty database of each kind.
func bothEngines() map[string]func(*testing.T) string {
	return map[string]func(*testing.T) string{
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") },
		"PostgreSQL": func(t *testing.T) string { return pgtest.DSN(t) },
	}
}
