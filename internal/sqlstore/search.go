package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"udap-idp/internal/idp"
)

// FindPeople returns a page of people, the newest first.
func (s *Store) FindPeople(ctx context.Context, q idp.PeopleQuery) ([]idp.Person, error) {
	query, args := peopleQuery(q)
	// The text differs from question to question, so that it is not kept prepared.
	rows, err := s.db.QueryContext(ctx, query, args...)
	people, err := collect(rows, err, scanPerson)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	if q.After != "" {
		slices.Reverse(people)
	}
	return people, nil
}

// peopleFinder builds the query of a page. Each source is a list of ids that an index has in the order of the page, and that ends at
// the page's length: however many people have a name, no more of them are read than the page shows, and than the other conditions leave out.
type peopleFinder struct {
	idp.PeopleQuery
	args []any
}

// peopleQuery is the query of a page.
func peopleQuery(q idp.PeopleQuery) (query string, args []any) {
	f := &peopleFinder{PeopleQuery: q}
	sources := f.holders()
	if len(q.Keys) == 0 || f.few() {
		sources = f.lists()
	}
	for n, source := range sources {
		sources[n] = `SELECT id FROM (` + source + f.order("id") + `) AS source` + strconv.Itoa(n+1)
	}
	return `SELECT ` + personColumns + ` FROM persons WHERE id IN (` + strings.Join(sources, ` UNION `) + `)` + f.order("id"), f.args
}

// arg is the placeholder of a value.
func (f *peopleFinder) arg(value any) string {
	f.args = append(f.args, value)
	return "$" + strconv.Itoa(len(f.args))
}

// order is in which order a list is read, and where it ends.
func (f *peopleFinder) order(column string) string {
	direction := " DESC"
	if f.After != "" {
		direction = ""
	}
	return ` ORDER BY ` + column + direction + ` LIMIT ` + f.arg(f.Limit)
}

// beyond is the part of a list that is behind the page before.
func (f *peopleFinder) beyond(column string) string {
	switch {
	case f.After != "":
		return column + ` > ` + f.arg(f.After)
	case f.Before != "":
		return column + ` < ` + f.arg(f.Before)
	}
	return column + ` > ''` // an index is read in its order all the same
}

// holders are the holders of each key of the first list who have one of every other.
func (f *peopleFinder) holders() []string {
	if len(f.Keys) == 0 || f.few() {
		return nil
	}
	var sources []string
	for _, key := range f.Keys[0] {
		where := []string{`k.key = ` + f.arg(key), f.beyond("k.person_id")}
		for _, list := range f.Keys[1:] {
			where = append(where, f.hasOne("k.person_id", list))
		}
		// CROSS JOIN: the holders of a key come first, and then the person of each, whatever the planner thinks of its indexes.
		sources = append(sources, `SELECT k.person_id AS id FROM match_keys k CROSS JOIN persons p WHERE p.id = k.person_id AND `+
			strings.Join(append(where, f.conditions("")...), " AND "))
	}
	return sources
}

// hasOne is that a person has one of the keys.
func (f *peopleFinder) hasOne(person string, keys []string) string {
	var any []string
	for _, key := range keys {
		any = append(any, f.arg(key))
	}
	return `EXISTS (SELECT 1 FROM match_keys o WHERE o.person_id = ` + person + ` AND o.key IN (` + strings.Join(any, ", ") + `))`
}

// few reports whether the filter leaves fewer people than a common name has holders, as a rule: then they are looked through for the name.
func (f *peopleFinder) few() bool { return f.Role.Administers() || f.State == idp.PersonSuspended }

// lists are everybody whom the filter leaves, read by the index of the condition that leaves the fewest.
func (f *peopleFinder) lists() []string {
	column := f.narrowest()
	list := func(conditions ...string) string {
		where := append([]string{f.beyond("p.id")}, conditions...)
		for _, keys := range f.Keys {
			where = append(where, f.hasOne("p.id", keys))
		}
		return `SELECT p.id AS id FROM persons p WHERE ` + strings.Join(append(where, f.conditions(column)...), " AND ")
	}
	if !f.NoLevel || column != "level" {
		return []string{list()}
	}
	// Whose level has run out is at none, too. Those are few: housekeeping ends their events.
	now := f.arg(micros(f.Now))
	return []string{list(), f.lapsed(now)}
}

// lapsed are those whose verification has run out and was not taken back yet.
func (f *peopleFinder) lapsed(now string) string {
	others := *f
	others.NoLevel = false
	where := append([]string{others.beyond("p.id"), `p.expires_at > 0 AND p.expires_at <= ` + now}, others.conditions("expires_at")...)
	for _, keys := range f.Keys {
		where = append(where, others.hasOne("p.id", keys))
	}
	f.args = others.args
	return `SELECT p.id AS id FROM persons p WHERE ` + strings.Join(where, " AND ")
}

// narrowest is the column whose index is read: of those in the filter, the one whose value the fewest people have, as a rule.
func (f *peopleFinder) narrowest() string {
	switch {
	case f.Role.Administers():
		return "role"
	case f.State != "" && f.State != idp.PersonActive:
		return "account_state"
	case f.Level != "":
		return "level"
	case f.NotSeen:
		return "signed_in"
	case f.Enrolled != "":
		return "enrolled"
	case f.NoLevel:
		return "level"
	case f.State != "":
		return "account_state"
	}
	return "id"
}

// conditions are those of the filter. Of the columns that have an index all but one are hidden from the planner of SQLite, which knows nothing of how
// often a value occurs and would take any of them: it takes no index for a cast. PostgreSQL drops a cast to what a column is anyway, and knows how often
// each value occurs, because the values are of the domain and written out.
func (f *peopleFinder) conditions(indexed string) []string {
	var all []string
	equal := func(column, value string) {
		if column == indexed {
			all = append(all, `p.`+column+` = '`+value+`'`)
			return
		}
		all = append(all, `CAST(p.`+column+` AS TEXT) = '`+value+`'`)
	}
	flag := func(column, value string) {
		if column == indexed {
			all = append(all, `p.`+column+` = `+value)
			return
		}
		all = append(all, `CAST(p.`+column+` AS BIGINT) = `+value)
	}
	state := f.State
	if f.NotSeen {
		state = idp.PersonActive
		flag("signed_in", "0")
	}
	if slices.Contains([]idp.PersonState{idp.PersonActive, idp.PersonSuspended, idp.PersonClosed}, state) {
		equal("account_state", string(state))
	} else {
		all = append(all, `CAST(p.account_state AS TEXT) <> 'merged'`)
	}
	switch {
	case f.Role.Administers():
		all = append(all, `p.role <> 'patient'`, `CAST(p.role AS TEXT) = '`+string(f.Role)+`'`)
	case f.Role != "":
		all = append(all, `CAST(p.role AS TEXT) = 'patient'`)
	}
	switch {
	case slices.Contains(idp.Levels, f.Level):
		equal("level", string(f.Level))
		all = append(all, `(CAST(p.expires_at AS BIGINT) = 0 OR CAST(p.expires_at AS BIGINT) > `+f.arg(micros(f.Now))+`)`)
	case f.NoLevel && indexed != "level" && indexed != "expires_at":
		all = append(all, `(CAST(p.level AS TEXT) = '' OR CAST(p.expires_at AS BIGINT) > 0 AND CAST(p.expires_at AS BIGINT) <= `+f.arg(micros(f.Now))+`)`)
	case f.NoLevel:
		equal("level", "")
	}
	switch f.Enrolled {
	case idp.Yes:
		flag("enrolled", "1")
	case idp.No:
		flag("enrolled", "0")
	}
	return all
}
