package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"udap-idp/internal/idp"
)

// Store is idp.Store on a database. It is safe for concurrent use.
type Store struct {
	db    *sql.DB     // the pool that reads
	reads *statements // prepared on db
	writer

	arrived chan struct{} // see MessagesArrived
}

var _ idp.Store = (*Store)(nil)

// verb is the work of one method inside its transaction. Its error undoes the work. It may run more than once, so it
// sets what it returns through its closure and adds to nothing there.
type verb func(ctx context.Context, q querier) error

// writer runs verbs, each as a transaction that is durable when write returns nil.
type writer interface {
	write(ctx context.Context, v verb) error
	// close answers what is under way and refuses what comes later.
	close() error
}

var (
	// ErrNewerDatabase: the database was migrated by a later version of the program.
	ErrNewerDatabase = errors.New("the database is newer than this program")

	errClosed = errors.New("the store is closed")
	errNoTime = errors.New("no time given") // a mark of 0 would read as "not yet"
)

// Open connects to the database that dsn names, migrates it, and returns the store. dsn is the setting "database":
// "sqlite:/path/to/file.db" (made if it is not there, its folder must be) or "postgres://…". Errors never hold a
// password.
func Open(ctx context.Context, dsn string) (*Store, error) {
	scheme, rest, found := strings.Cut(dsn, ":")
	switch {
	case !found:
		return nil, errors.New(`database: want "sqlite:/path/to/file.db" or "postgres://user@host/name", got a value without a scheme`)
	case scheme == "sqlite":
		return openSQLite(ctx, rest, maxBatch)
	case scheme == "postgres", scheme == "postgresql":
		return openPostgres(ctx, dsn)
	}
	return nil, fmt.Errorf(`database: want "sqlite:/path/to/file.db" or "postgres://user@host/name", got the scheme %q`, scheme)
}

// ready brings up to date what SQL alone could not.
func ready(ctx context.Context, s *Store) (*Store, error) {
	if err := s.fillDirectory(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("database: %w", err), s.Close())
	}
	return s, nil
}

// Ping asks the database for a row of ours, which takes more than a connection.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.TrustRevision(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

// Close waits for the writes under way and closes the database.
func (s *Store) Close() error {
	return errors.Join(s.writer.close(), s.reads.close(), s.db.Close())
}

// attempt runs a verb and turns a panic in it into an error, so that a bug in one verb does not take the others along.
func attempt(ctx context.Context, v verb, q querier) (panicked bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			panicked, err = true, fmt.Errorf("panic in a store verb: %v", p)
		}
	}()
	return false, v(ctx, q)
}
