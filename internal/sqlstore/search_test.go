package sqlstore

import (
	"context"
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/pgtest"
)

// plans are questions, and the index that each is answered by, on both engines.
var plans = []struct {
	name  string
	query idp.PeopleQuery
	lite  string
	pgsql string
}{
	{name: "everybody", query: idp.PeopleQuery{}, lite: "sqlite_autoindex_persons_1 (id>?)", pgsql: "persons_pkey"},
	{name: "a page of everybody", query: idp.PeopleQuery{Before: "x"}, lite: "sqlite_autoindex_persons_1 (id<?)", pgsql: "persons_pkey"},
	{name: "back", query: idp.PeopleQuery{After: "x"}, lite: "sqlite_autoindex_persons_1 (id>?)", pgsql: "persons_pkey"},
	{name: "suspended", query: idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{State: idp.PersonSuspended, Level: idp.IDIAL2, Enrolled: idp.No}}, lite: "persons_state (account_state=? AND id>?)", pgsql: "persons_state"},
	{name: "a level", query: idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{State: idp.PersonActive, Level: idp.IDIAL2}}, lite: "persons_level (level=? AND id>?)", pgsql: "persons_level"},
	{name: "never signed in", query: idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{NotSeen: true}}, lite: "persons_signed_in (signed_in=? AND id>?)", pgsql: "persons_signed_in"},
	{name: "no passkey", query: idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{Enrolled: idp.No}, Before: "x"}, lite: "persons_enrolled (enrolled=? AND id<?)", pgsql: "persons_enrolled"},
	{name: "administrators", query: idp.PeopleQuery{PeopleFilter: idp.PeopleFilter{Role: idp.Owner}}, lite: "persons_administrators (id>?)", pgsql: "persons_administrators"},
	{name: "a name", query: idp.PeopleQuery{Keys: [][]string{{"a", "b"}}}, lite: "sqlite_autoindex_persons_1", pgsql: "match_keys_pkey"},
	{name: "a name among the suspended", query: idp.PeopleQuery{Keys: [][]string{{"a"}}, PeopleFilter: idp.PeopleFilter{State: idp.PersonSuspended, NoLevel: true}}, lite: "persons_state (account_state=? AND id>?)", pgsql: "persons_state"},
	{name: "a name and a birthdate", query: idp.PeopleQuery{Keys: [][]string{{"c17", "d"}, {"a", "b"}}, PeopleFilter: idp.PeopleFilter{State: idp.PersonActive, Level: idp.IDIAL2}, Before: "x"}, lite: "SEARCH k USING PRIMARY KEY (key=? AND person_id<?)", pgsql: "match_keys_pkey"},
}

func explain(t *testing.T, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, prefix string, q idp.PeopleQuery, columns int) string {
	t.Helper()
	q.Now, q.Limit = time.Now(), 51
	query, args := peopleQuery(q)
	rows, err := db.QueryContext(t.Context(), prefix+query, args...)
	plan, err := collect(rows, err, func(row scanner) (string, error) {
		var text string
		if columns == 1 {
			return text, row.Scan(&text)
		}
		var id, parent, unused int64
		err := row.Scan(&id, &parent, &unused, &text)
		return text, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

var pages = regexp.MustCompile(`SCAN source\d+(\nUSE TEMP B-TREE FOR ORDER BY)?`)

// crowd puts people into the database, as many as it takes for PostgreSQL to read no whole table: most are in use
// and have a passkey, few are verified, suspended or run the service, and a quarter have one name.
func crowd(t *testing.T, tx *sql.Tx) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO persons (id, user_handle, role, given_name, middle_name, family_name, birthdate, sex, email, phone, street, city, state, postal_code, country, level,
			verified_at, digital_identifier, created_at, account_state, enrolled, signed_in)
			SELECT lpad(i::text, 10, '0'), convert_to(i::text, 'UTF8'), CASE WHEN i % 4000 = 0 THEN 'owner' ELSE 'patient' END, 'Maria', '', 'Garcia', '1980-05-17', '', '', '', '', '', '',
			'', '', CASE WHEN i % 100 = 1 THEN 'idial2' ELSE '' END, 0, '', 1, CASE WHEN i % 1000 = 0 THEN 'suspended' ELSE 'active' END, CASE WHEN i % 100 = 2 THEN 0 ELSE 1 END, CASE WHEN i % 100 = 3 THEN 0 ELSE 1 END FROM generate_series(1, 20000) AS i`,
		`INSERT INTO match_keys (key, person_id) SELECT CASE WHEN i % 4 = 0 THEN 'a' ELSE 'k' || i END, lpad(i::text, 10, '0') FROM generate_series(1, 20000) AS i`,
		`INSERT INTO match_keys (key, person_id) SELECT 'c' || i % 2000, lpad(i::text, 10, '0') FROM generate_series(1, 20000) AS i`,
		`ANALYZE persons`, `ANALYZE match_keys`,
	} {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// TestListsOfPeopleAreReadByAnIndex: no page reads a whole table, or sorts one.
func TestListsOfPeopleAreReadByAnIndex(t *testing.T) {
	t.Parallel()
	lite := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	postgres := open(t, pgtest.DSN(t))
	tx, err := postgres.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	crowd(t, tx)
	for _, c := range plans {
		// What each key came to is no more than a page, and may be sorted once more to be put together.
		plan := pages.ReplaceAllString(explain(t, lite.db, "EXPLAIN QUERY PLAN ", c.query, 4), "")
		if !strings.Contains(plan, c.lite) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
			t.Errorf("%s: SQLite plans, and not with %s alone,\n%s", c.name, c.lite, plan)
		}
		plan = explain(t, tx, "EXPLAIN ", c.query, 1)
		if !strings.Contains(plan, c.pgsql) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s: PostgreSQL plans, and not with %s,\n%s", c.name, c.pgsql, plan)
		}
	}
}
