package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationLock names our advisory lock on a PostgreSQL server: "udap-idp" in ASCII.
const migrationLock = 0x756461702d696470

// migrateSQLite brings the file up to the newest step, each in a transaction. The caller holds the file's lock. A file
// that holds data is copied first.
func migrateSQLite(ctx context.Context, db *sql.DB, path string, steps fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, newest, err := versions(ctx, provider)
	if err != nil || current == newest {
		return err
	}
	if current > 0 {
		if err := backUpSQLite(ctx, db, path, nextStep(provider, current)); err != nil {
			return fmt.Errorf("copy it before the migration: %w", err)
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migratePostgres brings the database up to the newest step, each in a transaction, under a lock of the server that lets
// one process at a time through.
func migratePostgres(ctx context.Context, db *sql.DB, steps fs.FS) error {
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(migrationLock),
		lock.WithLockTimeout(1, 300), // seconds between two attempts, attempts
	)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps,
		goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, newest, err := versions(ctx, provider)
	if err != nil || current == newest {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, _, err = versions(ctx, provider) // a newer program may have migrated while this one waited
	return err
}

// versions returns the step that the database is at and the newest one known, or ErrNewerDatabase.
func versions(ctx context.Context, provider *goose.Provider) (current, newest int64, err error) {
	current, newest, err = provider.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read the version: %w", err)
	}
	if current > newest {
		return 0, 0, fmt.Errorf("%w: it is at version %d, this program knows %d; start the newer program, or restore the copy made before the migration",
			ErrNewerDatabase, current, newest)
	}
	return current, newest, nil
}

func nextStep(provider *goose.Provider, current int64) int64 {
	for _, step := range provider.ListSources() {
		if step.Version > current {
			return step.Version
		}
	}
	return current
}

// backUpSQLite copies the database to path.before-N, where N is the step that comes next. A copy of an earlier attempt
// at the same step is replaced: the step did not happen, so the newer copy holds more.
func backUpSQLite(ctx context.Context, db *sql.DB, path string, step int64) error {
	final := fmt.Sprintf("%s.before-%d", path, step)
	partial := final + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := createFile(partial); err != nil { // empty, so VACUUM INTO takes it, and keeps its mode
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO $1", partial); err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	if err := syncFile(partial); err != nil {
		return err
	}
	if err := os.Rename(partial, final); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(final))
}

func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
