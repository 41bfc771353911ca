package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// How much of a client's names and URI is sorted and searched by, in bytes: PostgreSQL has no index entries above 2,700.
const (
	maxSortName   = 200
	maxSearchText = 1500
	maxSearchWord = 300
	maxWords      = 6
)

// plainLetters takes the marks off Latin letters, so that Clínica is found as clinica and stands beside it.
var plainLetters = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e", "ì", "i", "í", "i", "î", "i", "ï", "i",
	"ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o", "ù", "u", "ú", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "ß", "ss", "æ", "ae", "œ", "oe",
)

// folded is a text as it is searched and sorted by.
func folded(s string, most int) string {
	s = plainLetters.Replace(strings.ToLower(printable(strings.Join(strings.Fields(s), " "))))
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// sortName is where a client stands in the list. It is never empty: that marks a row that has none yet.
func sortName(c idp.Client) string {
	return cmp.Or(folded(c.Organization, maxSortName), folded(c.Name, maxSortName), folded(c.URI, maxSortName), "~")
}

// searchText is what the words of a search are looked for in. The URI comes last, where a very long one is cut.
func searchText(c idp.Client) string {
	return folded(c.Organization+" "+c.Name+" "+c.URI, maxSearchText)
}

// fillDirectory gives the clients of an older version their place in the list.
func (s *Store) fillDirectory(ctx context.Context) error {
	for {
		rows, err := s.reads.query(ctx, `SELECT `+clientColumns+` FROM clients WHERE sort_name = '' ORDER BY id LIMIT $1`, purgeBatch)
		some, err := collect(rows, err, scanClient)
		if err != nil {
			return fmt.Errorf("directory of clients: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
		err = s.write(ctx, func(ctx context.Context, q querier) error {
			for _, c := range some {
				if _, err := q.exec(ctx, `UPDATE clients SET sort_name = $2, search = $3 WHERE id = $1`, c.ID, sortName(c), searchText(c)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("directory of clients: %w", err)
		}
	}
}

// ListClients returns the registered clients that the filter selects, in the order of their names. The rows of the page are
// chosen in the index alone; only they are read whole.
func (s *Store) ListClients(ctx context.Context, f idp.ClientFilter) ([]idp.ListedClient, error) {
	chosen, args, err := s.chosenClients(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	since := "$" + strconv.Itoa(len(args)+1)
	rows, err := s.reads.query(ctx, `SELECT `+clientColumns+`,
			COALESCE((SELECT SUM(number) FROM client_days WHERE client_id = clients.id AND day >= `+since+`), 0),
			COALESCE((SELECT MAX(last_at) FROM client_days WHERE client_id = clients.id
				AND day = (SELECT MAX(day) FROM client_days WHERE client_id = clients.id)), 0)
		FROM (`+chosen+`) chosen JOIN clients ON clients.id = chosen.listed ORDER BY sort_name, id`, append(args, dayOf(f.Since))...)
	listed, err := collect(rows, err, func(row scanner) (l idp.ListedClient, err error) {
		err = row.Scan(append(clientInto(&l.Client), &l.SignIns, timeInto(&l.LastUsedAt))...)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	return listed, nil
}

// chosenClients is a query for the ids of a page of clients, as listed.
func (s *Store) chosenClients(ctx context.Context, f idp.ClientFilter) (query string, args []any, err error) {
	where := "cancelled_at = 0"
	add := func(condition string, values ...any) {
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where += " AND " + condition
	}
	search := strings.TrimSpace(printable(f.Search))
	if isID(search) {
		add("id = ?", strings.ToLower(search))
	} else {
		words := strings.Fields(search)
		for _, word := range words[:min(len(words), maxWords)] {
			add(`search LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(folded(word, maxSearchWord))+"%")
		}
	}
	if f.CommunityID != "" {
		add("(community_id || '') = ?", printable(f.CommunityID)) // hidden from an index of wide rows in another order
	}
	switch f.State {
	case idp.ClientRegistered:
		where += " AND suspended_at = 0"
	case idp.ClientSuspended:
		where += " AND suspended_at > 0"
	}
	if f.After != "" {
		var name, id string
		if err := s.reads.row(ctx, `SELECT sort_name, id FROM clients WHERE id = $1`, printable(f.After)).Scan(&name, &id); err != nil {
			return "", nil, fmt.Errorf("page: %w", err)
		}
		add("(sort_name, id) > (?, ?)", name, id)
	}
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	args = append(args, f.Limit)
	return "SELECT id AS listed FROM clients WHERE " + where + " ORDER BY sort_name, id LIMIT $" + strconv.Itoa(len(args)), args, nil
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// isID reports whether a text has the form of a client_id.
func isID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdefABCDEF", c) {
			return false
		}
	}
	return true
}

// dayOf is a day as client_days has it.
func dayOf(t time.Time) int64 { return micros(t) / microsOfADay }

// shards is over how many rows the sign-ins of a day are spread.
const shards = 8

// countSignIn counts an ID Token that goes out. It is the last statement of its transaction: on PostgreSQL the row is held until
// the commit. The end of the release's id is random, so it chooses the row.
func countSignIn(ctx context.Context, q querier, clientID string, r idp.Release) error {
	shard := r.ID[len(r.ID)-1] % shards
	_, err := q.exec(ctx, `INSERT INTO client_days (client_id, day, shard, number, last_at) VALUES ($1, $2, $3, 1, $4)
		ON CONFLICT (client_id, day, shard) DO UPDATE SET number = client_days.number + 1,
			last_at = CASE WHEN excluded.last_at > client_days.last_at THEN excluded.last_at ELSE client_days.last_at END`,
		clientID, dayOf(r.At), int64(shard), micros(r.At))
	if err != nil {
		return fmt.Errorf("count the sign-in: %w", err)
	}
	return nil
}

// gatherDays makes one row of the rows of each day that is over, and returns the number of rows that went.
func (s *Store) gatherDays(ctx context.Context, now time.Time) (int64, error) {
	before := dayOf(now.Add(-time.Hour)) // a sign-in of yesterday may still be on its way
	var spread int64
	if err := s.reads.row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM client_days WHERE day < $1 AND shard > 0 LIMIT 1) spread`, before).Scan(&spread); err != nil || spread == 0 {
		return 0, err
	}
	var gone int64
	err := s.write(ctx, func(ctx context.Context, q querier) (err error) {
		_, err = q.exec(ctx, `INSERT INTO client_days (client_id, day, shard, number, last_at)
			SELECT client_id, day, 0, SUM(number), MAX(last_at) FROM client_days WHERE day < $1 AND shard > 0 GROUP BY client_id, day
			ON CONFLICT (client_id, day, shard) DO UPDATE SET number = client_days.number + excluded.number,
				last_at = CASE WHEN excluded.last_at > client_days.last_at THEN excluded.last_at ELSE client_days.last_at END`, before)
		if err != nil {
			return err
		}
		gone, err = q.exec(ctx, `DELETE FROM client_days WHERE day < $1 AND shard > 0`, before)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("days of clients: %w", err)
	}
	return gone, nil
}

// ClientDays returns how often people signed in to a client on each day on which anybody did, the oldest first.
func (s *Store) ClientDays(ctx context.Context, clientID string, since time.Time) ([]idp.ClientDay, error) {
	rows, err := s.reads.query(ctx, `SELECT day, SUM(number), MAX(last_at) FROM client_days WHERE client_id = $1 AND day >= $2
		GROUP BY day ORDER BY day`, printable(clientID), dayOf(since))
	days, err := collect(rows, err, func(row scanner) (d idp.ClientDay, err error) {
		var day int64
		err = row.Scan(&day, &d.SignIns, timeInto(&d.LastAt))
		d.Day = dateOf(day)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("days of a client: %w", err)
	}
	return days, nil
}

// CountConnections counts the people who share with a sector, and no further than most.
func (s *Store) CountConnections(ctx context.Context, sector string, most int) (int, error) {
	var n int
	err := s.reads.row(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM consents WHERE sector = $1 AND ended_at = 0 LIMIT $2) counted`, sector, most).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count connections: %w", err)
	}
	return n, nil
}

// ClientChanges returns what was decided about a client, the newest first. The actions stand in the text as they stand in the
// index, which is limited to them: a client has millions of other events.
func (s *Store) ClientChanges(ctx context.Context, clientID string, limit int) ([]idp.AuditEvent, error) {
	rows, err := s.reads.query(ctx, `SELECT `+auditColumns+` FROM audit WHERE client_id = $1
		AND action IN ('client.suspend', 'client.resume', 'client.delete', 'client.change') ORDER BY id DESC LIMIT $2`, printable(clientID), limit)
	events, err := collect(rows, err, scanAudit)
	if err != nil {
		return nil, fmt.Errorf("changes of a client: %w", err)
	}
	return events, nil
}
