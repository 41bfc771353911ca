package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"udap-idp/internal/idp"
)

// Filler writes what was invented into a database that is to be measured: many rows at a time, past the verbs, with the indexes made at the
// end. A database that was not finished has no indexes and is to be thrown away.
type Filler struct {
	store   *Store
	indexes []string // to be made again
	head    idp.AuditMark
	days    map[dayKind]int64
}

type dayKind struct{ day, action string }

// filledTables are those whose indexes are made at the end.
var filledTables = []string{"persons", "match_keys", "passkeys", "proofings", "messages", "clients", "attempts", "audit"}

// Fill begins to fill a database.
func (s *Store) Fill(ctx context.Context) (*Filler, error) {
	f := &Filler{store: s, days: map[dayKind]int64{}}
	var err error
	if f.head, err = s.AuditHead(ctx); err != nil {
		return nil, err
	}
	err = s.write(ctx, func(ctx context.Context, q querier) error {
		names, err := f.droppable(ctx, q)
		if err != nil {
			return err
		}
		create := `CREATE TEMP TABLE filling (key TEXT NOT NULL, person_id TEXT NOT NULL)`
		if s.isPostgres() {
			create = `CREATE UNLOGGED TABLE filling (key TEXT NOT NULL, person_id TEXT NOT NULL)`
		}
		for _, name := range names {
			if _, err := q.exec(ctx, `DROP INDEX `+name); err != nil {
				return err
			}
		}
		_, err = q.exec(ctx, create)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("fill: %w", err)
	}
	return f, nil
}

func (s *Store) isPostgres() bool { _, is := s.writer.(transactionWriter); return is }

// droppable reads how the indexes are made that hold nothing to be unique.
func (f *Filler) droppable(ctx context.Context, q querier) (names []string, err error) {
	f.indexes = nil
	query := `SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
	if f.store.isPostgres() {
		query = `SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()`
	}
	rows, err := q.query(ctx, query)
	type index struct{ name, table, sql string }
	all, err := collect(rows, err, func(row scanner) (i index, err error) { err = row.Scan(&i.name, &i.table, &i.sql); return i, err })
	for _, i := range all {
		if slices.Contains(filledTables, i.table) && !strings.HasPrefix(i.sql, "CREATE UNIQUE") {
			names, f.indexes = append(names, i.name), append(f.indexes, i.sql)
		}
	}
	return names, err
}

// People writes persons with what is theirs.
func (f *Filler) People(ctx context.Context, people []idp.Person, passkeys []idp.Passkey, proofings []idp.Proofing, messages []idp.Message) error {
	var rows, keys, keyRows, events, letters [][]any
	enrolled, signedIn := map[string]int64{}, map[string]int64{} // as the triggers would say
	for _, k := range passkeys {
		enrolled[k.PersonID] = 1
		if !k.LastUsedAt.IsZero() {
			signedIn[k.PersonID] = 1
		}
	}
	for _, p := range people {
		rows = append(rows, append(personValues(p), "", enrolled[p.ID], signedIn[p.ID]))
		for _, key := range p.MatchKeys {
			keys = append(keys, []any{key, p.ID})
		}
	}
	for _, k := range passkeys {
		keyRows = append(keyRows, []any{blob(k.ID), k.PersonID, k.Name, k.AAGUID, int64(k.SignCount), k.BackupEligible, k.BackupState,
			list(k.Transports), blob(k.Credential), micros(k.CreatedAt), micros(k.LastUsedAt), string(k.LastUsedOn)})
	}
	for _, p := range proofings {
		events = append(events, []any{p.ID, p.PersonID, string(p.Status), micros(p.ExpiresAt), jsonText(p), int64(1)})
	}
	for _, m := range messages {
		letters = append(letters, []any{m.ID, m.PersonID, string(m.Channel), m.To, string(m.Kind), m.Language, blob(m.Sealed), micros(m.CreatedAt),
			micros(m.ExpiresAt), int64(m.Tries), micros(m.NextAt), micros(m.SentAt), micros(m.GaveUpAt), m.Failure})
	}
	return errors.Join(
		f.put(ctx, "persons", personColumns+", digital_identifier, enrolled, signed_in", rows), f.put(ctx, "filling", "key, person_id", keys),
		f.put(ctx, "passkeys", passkeyColumns, keyRows), f.put(ctx, "proofings", "id, person_id, status, expires_at, body, revision", events),
		f.put(ctx, "messages", messageColumns, letters),
	)
}

// Events writes events and their places in the chain, in their order. Whoever seals afterwards makes the head right.
func (f *Filler) Events(ctx context.Context, events []idp.AuditEvent) error {
	var rows, chain [][]any
	for _, e := range events {
		e.At = stored(e.At)
		rows = append(rows, []any{e.ID, micros(e.At), e.Actor, e.Action, e.PersonID, e.ClientID, e.RequestID, e.IP, e.Detail})
		f.head.Seq++
		f.head.Hash = idp.ChainHash(f.head.Hash, f.head.Seq, e)
		chain = append(chain, []any{f.head.Seq, e.ID, bytes.Clone(f.head.Hash)})
		f.days[dayKind{e.At.UTC().Format("2006-01-02"), e.Action}]++
	}
	return errors.Join(f.put(ctx, "audit", auditColumns, rows), f.put(ctx, "audit_chain", "seq, event_id, hash", chain))
}

// End makes the match keys, the figures and the indexes.
func (f *Filler) End(ctx context.Context) error {
	var days [][]any
	for k, n := range f.days {
		days = append(days, []any{k.day, k.action, n})
	}
	if err := f.put(ctx, "audit_days", "day, action, number", days); err != nil {
		return err
	}
	steps := []string{
		`INSERT INTO match_keys (key, person_id) SELECT key, person_id FROM filling ORDER BY key, person_id`,
		`DROP TABLE filling`,
	}
	steps = append(steps, f.indexes...)
	steps = append(steps, `ANALYZE`)
	if !f.store.isPostgres() {
		steps = steps[:len(steps)-1] // nobody analyzes it in use: the plans must be right without
	}
	for _, step := range steps {
		err := f.store.write(ctx, func(ctx context.Context, q querier) error { _, err := q.exec(ctx, step); return err })
		if err != nil {
			return fmt.Errorf("fill: %s: %w", step, err)
		}
	}
	return f.store.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE audit_marks SET seq = $1, hash = $2 WHERE name = 'head'`, f.head.Seq, f.head.Hash)
		return err
	})
}

// put writes rows by the fastest way there is: COPY, or statements of many rows.
func (f *Filler) put(ctx context.Context, table, columns string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	names := strings.FieldsFunc(columns, func(c rune) bool { return strings.ContainsRune(", \t\n", c) })
	if f.store.isPostgres() {
		return f.copy(ctx, table, names, rows)
	}
	err := f.store.write(ctx, func(ctx context.Context, q querier) error {
		most := max(1, 500/len(names))
		for part := range slices.Chunk(rows, most) {
			var args []any
			for _, row := range part {
				args = append(args, row...)
			}
			if _, err := q.exec(ctx, insertMany(table, names, len(part)), args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	return nil
}

// insertMany is a statement for a number of rows.
func insertMany(table string, names []string, rows int) string {
	var text strings.Builder
	text.WriteString(`INSERT INTO ` + table + ` (` + strings.Join(names, ", ") + `) VALUES `)
	n := 0
	for row := range rows {
		if row > 0 {
			text.WriteString(", ")
		}
		for i := range names {
			n++
			text.WriteString([]string{"(", ", "}[min(i, 1)] + "$" + strconv.Itoa(n))
		}
		text.WriteString(")")
	}
	return text.String()
}

func (f *Filler) copy(ctx context.Context, table string, names []string, rows [][]any) error {
	conn, err := f.store.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	defer func(conn *sql.Conn) { _ = conn.Close() }(conn) // back to the pool
	err = conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver is %T", driver)
		}
		_, err := c.Conn().CopyFrom(ctx, pgx.Identifier{table}, names, pgx.CopyFromRows(rows))
		return err
	})
	if err != nil {
		return fmt.Errorf("fill %s: %w", table, err)
	}
	return nil
}
