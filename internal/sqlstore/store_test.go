package sqlstore

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pgtest"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/storetest"
	"udap-idp/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t testing.TB, source string) *Store {
	t.Helper()
	s, err := Open(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) idp.Store { return sqltest.Open(t, Open) })
}

func TestPostgreSQLKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) idp.Store { return open(t, sqltest.PostgreSQL(t, Open)) })
}

func TestUnknownDatabaseIsRefusedByName(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "mysql://x", "sqlite:", "/var/lib/x.db"} {
		if _, err := Open(context.Background(), source); err == nil || !strings.HasPrefix(err.Error(), "database: ") {
			t.Errorf("Open(%q) = %v, want an error that begins with the setting's name", source, err)
		}
	}
}

func TestBothEnginesHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	lite, err1 := fs.Glob(migrations.SQLite(), "*.sql")
	post, err2 := fs.Glob(migrations.Postgres(), "*.sql")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for i := range lite {
		lite[i] = filepath.Base(lite[i])
	}
	for i := range post {
		post[i] = filepath.Base(post[i])
	}
	if len(lite) == 0 || !reflect.DeepEqual(lite, post) {
		t.Errorf("sqlite has %v, postgres %v", lite, post)
	}
}

func TestDataSurvivesReopening(t *testing.T) {
	t.Parallel()
	ctx, source := context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "test.db")
	first, err := Open(ctx, source)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.PutSettingOnce(ctx, "a", []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, source).Setting(ctx, "a"); err != nil || string(got) != "b" {
		t.Errorf("after reopening: %q, %v", got, err)
	}
}

// Several processes on one file: each sees what another wrote, and both may start at once on an empty one.
func TestTwoOpenStoresSeeEachOther(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{"SQLite": "sqlite:" + filepath.Join(t.TempDir(), "test.db"), "PostgreSQL": ""} {
		t.Run(name, func(t *testing.T) {
			if source == "" {
				source = pgtest.DSN(t)
			}
			stores := make([]*Store, 4)
			var wg sync.WaitGroup
			for i := range stores {
				wg.Go(func() {
					s, err := Open(context.Background(), source)
					if err != nil {
						t.Error(err)
						return
					}
					stores[i] = s
				})
			}
			wg.Wait()
			for _, s := range stores {
				if s == nil {
					t.FailNow()
				}
				t.Cleanup(func() { s.Close() })
			}
			ctx := context.Background()
			before, _ := stores[1].TrustRevision(ctx)
			c := idp.Community{ID: idp.NewID(), URI: "urn:a", Name: "A", CreatedAt: time.Now()}
			if err := stores[0].AddCommunity(ctx, c); err != nil {
				t.Fatal(err)
			}
			if after, err := stores[1].TrustRevision(ctx); err != nil || after <= before {
				t.Errorf("revision seen by the other: %d after %d, %v", after, before, err)
			}
		})
	}
}

func TestAClosedStoreRefuses(t *testing.T) {
	t.Parallel()
	s := sqltest.Open(t, Open)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutSettingOnce(context.Background(), "a", nil); err == nil {
		t.Error("a write after Close succeeded")
	}
}
