package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	"udap-idp/internal/vault"
	"udap-idp/migrations"
)

// firstSteps are the steps up to a number.
func firstSteps(t *testing.T, all fs.FS, last string) fs.FS {
	t.Helper()
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	some := fstest.MapFS{}
	for _, name := range names {
		if name[:len(last)] > last {
			continue
		}
		data, err := fs.ReadFile(all, name)
		if err != nil {
			t.Fatal(err)
		}
		some[name] = &fstest.MapFile{Data: data}
	}
	return some
}

// openAtStep2 is a database of the version before attributes, at its dsn.
func openAtStep2(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		db, err := migratedSQLite(t.Context(), path, firstSteps(t, migrations.SQLite(), "00002"))
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	if err := migratePostgres(t.Context(), db, firstSteps(t, migrations.Postgres(), "00002")); err != nil {
		t.Fatal(err)
	}
	return db
}

const (
	oldIdentifier = "0b6f5a0e-6c1b-4a2e-9a53-0c7b8d1e2f30"
	insertOld     = `INSERT INTO persons (id, user_handle, role, given_name, middle_name, family_name, birthdate, sex, email, phone, street, city, state,
		postal_code, country, level, verified_at, digital_identifier, created_at) VALUES ($1, $2, 'patient', 'Maria', 'Elena', 'Garcia', '1984-06-12', 'female',
		'maria@example.org', '+16175550142', '12 Chestnut Street', 'Boston', 'MA', '02108', 'US', $3, $4, $5, 1750000000000000)`
)

// TestDatabaseOfTheFirstVersionIsBroughtUpToDate: HL7 Identity Matching IG 2.0.0, Digital Identifier: protected like a social
// security number, so that none stays behind in clear.
func TestDatabaseOfTheFirstVersionIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	for name, source := range bothEngines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := source(t)
			old := openAtStep2(t, dsn)
			for _, row := range [][]any{
				{"verified", []byte("handle 1"), "idial1.8", int64(1750000000000000), oldIdentifier},
				{"not verified", []byte("handle 2"), "", int64(0), ""},
			} {
				if _, err := old.ExecContext(t.Context(), insertOld, row...); err != nil {
					t.Fatal(err)
				}
			}
			if err := old.Close(); err != nil {
				t.Fatal(err)
			}

			s := open(t, dsn)
			room := roomOn(t, s)
			for turn, want := range []int{2, 0} {
				if done, err := room.Upgrade(t.Context()); err != nil || done != want {
					t.Fatalf("turn %d: %d persons (%v), want %d", turn, done, err, want)
				}
			}
			isUpToDate(t, s, room)
			nothingInClear(t, s, dsn)
		})
	}
}

func roomOn(t *testing.T, s *Store) *identity.Identity {
	t.Helper()
	v, err := vault.Open(vault.Options{File: filepath.Join(t.TempDir(), "key"), MayCreate: true, NotFound: idp.ErrNotFound})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Unlock(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return identity.New(identity.Config{Store: s, Sealer: v})
}

func isUpToDate(t *testing.T, s *Store, room *identity.Identity) {
	t.Helper()
	p, err := s.Person(t.Context(), "verified")
	if err != nil {
		t.Fatal(err)
	}
	value, err := room.Identifier(t.Context(), p, idp.Reading{Actor: "test"})
	if err != nil || value != oldIdentifier {
		t.Errorf("the identifier is %q (%v): it SHALL NOT change", value, err)
	}
	if p.State != idp.PersonActive || p.Level != idp.IDIAL1_8 || p.Name() != "Maria Elena Garcia" || len(p.Attributes) != 6 {
		t.Errorf("got %+v", p)
	}
	for _, a := range p.Attributes {
		if a.Status != idp.Verified || a.Level != idp.IDIAL1_8 || a.VerifiedAt.IsZero() {
			t.Errorf("%s is %+v", a.Kind, a)
		}
	}
	found, err := room.PersonOf(t.Context(), oldIdentifier, idp.Reading{Actor: "test"})
	if err != nil || found.ID != "verified" {
		t.Errorf("by the identifier: %s (%v)", found.ID, err)
	}
	other, err := s.Person(t.Context(), "not verified")
	if err != nil || !other.Identifier.IsZero() || other.Attributes[0].Status != idp.SelfAsserted {
		t.Errorf("got %+v (%v)", other, err)
	}
	// The figures are those of the rows that were there.
	counts, err := s.CountAccounts(t.Context())
	if err != nil || len(counts) != 2 || counts[0].Count != 1 || counts[1].Level != idp.IDIAL1_8 || counts[1].Count != 1 {
		t.Errorf("accounts are counted as %+v (%v)", counts, err)
	}
	// They have the same details, so each is found as a duplicate of the other.
	duplicates, err := room.Duplicates(t.Context(), other)
	if err != nil || len(duplicates) != 1 || duplicates[0].Person.ID != "verified" {
		t.Errorf("duplicates %+v (%v)", duplicates, err)
	}
}

// nothingInClear looks at the column, and in SQLite's case at the bytes of the file.
func nothingInClear(t *testing.T, s *Store, dsn string) {
	t.Helper()
	var left int
	if err := s.db.QueryRowContext(t.Context(), `SELECT count(*) FROM persons WHERE digital_identifier <> ''`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d identifiers are left in clear (%v)", left, err)
	}
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok {
		return
	}
	err := s.write(t.Context(), func(ctx context.Context, q querier) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil { // the write-ahead log goes into the file
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte(oldIdentifier)) {
		t.Error("the file holds the identifier in clear")
	}
}
