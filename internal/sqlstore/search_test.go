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
	{name: "a name and a birthdate", query: idp.PeopleQuery{Keys: [][]string{{"a", "b"}, {"c", "d"}}, PeopleFilter: idp.PeopleFilter{State: idp.PersonActive, Level: idp.IDIAL2}, Before: "x"}, lite: "SEARCH k USING PRIMARY KEY (key=? AND person_id<?)", pgsql: "match_keys_pkey"},
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
	// With nobody in it the whole of a table is read fastest; what is asked here is what else there is.
	for _, off := range []string{"enable_seqscan", "enable_bitmapscan"} {
		if _, err := tx.ExecContext(t.Context(), "SET LOCAL "+off+" = off"); err != nil {
			t.Fatal(err)
		}
	}
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
