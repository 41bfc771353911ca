package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"udap-idp/migrations"
)

// maxConnections is what one server takes of a database's connections, of which PostgreSQL has 100 by default.
const maxConnections = 20

// maxAttempts bounds how often a verb that met a deadlock or a serialization failure is run.
const maxAttempts = 10

func openPostgres(ctx context.Context, dsn string) (*Store, error) {
	config, err := pgx.ParseConfig(dsn) // its errors leave the password out
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	// Whatever the server's defaults are: a commit that returned survives a power cut, and the statements here are
	// written for read committed.
	config.RuntimeParams["synchronous_commit"] = "on"
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(maxConnections)
	db.SetMaxIdleConns(maxConnections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := migratePostgres(ctx, db, migrations.Postgres()); err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), db.Close())
	}
	return ready(ctx, &Store{db: db, reads: newStatements(db), writer: transactionWriter{db}, arrived: make(chan struct{}, 1)})
}

// transactionWriter runs each verb in a transaction of its own.
type transactionWriter struct{ db *sql.DB }

func (w transactionWriter) write(ctx context.Context, v verb) error {
	var err error
	for range maxAttempts {
		err = w.once(ctx, v)
		if !runAgain(err) {
			return err
		}
	}
	return fmt.Errorf("given up after %d attempts: %w", maxAttempts, err)
}

func (w transactionWriter) once(ctx context.Context, v verb) error {
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if _, err := attempt(ctx, v, transaction{tx}); err != nil {
		_ = tx.Rollback() // the verb's error is the one to report; a connection that cannot roll back is thrown away
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// runAgain reports a transaction that the server gave up for the sake of another one, with nothing of it done.
func runAgain(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	return refused.Code == "40001" || refused.Code == "40P01" // serialization_failure, deadlock_detected
}

// close has nothing of its own to end: the pool is the Store's.
func (w transactionWriter) close() error { return nil }
