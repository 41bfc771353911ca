package sqlstore

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/audit"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqltest"
)

// keyedBy stands for the vault: a keyed digest under a key that whoever has the database does not have.
func keyedBy(key string) func(data []byte, purpose string) ([]byte, error) {
	return func(data []byte, purpose string) ([]byte, error) {
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "%s\n%s", purpose, data)
		return mac.Sum(nil), nil
	}
}

func onBothEngines(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, sqltest.Open(t, Open))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, sqltest.PostgreSQL(t, Open)))
	})
}

// sealedLog is a log of n events in the chain.
func sealedLog(t *testing.T, s *Store, n int) *audit.Log {
	t.Helper()
	l := audit.New(audit.Config{Store: s, Digest: keyedBy("master")})
	for i := range n {
		e := idp.AuditEvent{ID: idp.NewID(), At: time.Now(), Actor: "clerk", Action: "identifier.read", PersonID: "p", Detail: fmt.Sprint(i)}
		if err := s.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := l.Seal(t.Context()); err != nil || got != n {
		t.Fatalf("sealed %d, %v; want %d", got, err, n)
	}
	return l
}

// tamper runs statements past the program, as somebody does who has the database; first those that are to stop our own mistakes.
func tamper(t *testing.T, s *Store, queries ...string) {
	t.Helper()
	err := s.write(t.Context(), func(ctx context.Context, q querier) error {
		drop := []string{"DROP TRIGGER audit_is_only_added_to", "DROP TRIGGER audit_chain_is_only_added_to"}
		if _, postgres := s.writer.(transactionWriter); postgres {
			drop = []string{drop[0] + " ON audit", drop[1] + " ON audit_chain"}
		}
		for _, query := range append(drop, queries...) {
			if _, err := q.exec(ctx, query); err != nil {
				return fmt.Errorf("%s: %w", query, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func kinds(r audit.Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, fmt.Sprintf("%s %d", f.Kind, f.Seq))
	}
	return strings.Join(all, ", ")
}

func TestTamperingWithTheAuditLogIsFound(t *testing.T) {
	t.Parallel()
	const at = `(SELECT event_id FROM audit_chain WHERE seq = %d)`
	event := func(seq int) string { return fmt.Sprintf(at, seq) }
	for _, test := range []struct {
		name    string
		queries []string
		want    string
	}{
		{"nothing", nil, ""},
		{"a changed detail", []string{`UPDATE audit SET detail = 'x' WHERE id = ` + event(5)}, "altered 5"},
		{"a changed actor", []string{`UPDATE audit SET actor = 'else' WHERE id = ` + event(1)}, "altered 1"},
		{"a changed time", []string{`UPDATE audit SET at = at + 1 WHERE id = ` + event(10)}, "altered 10"},
		{"a word moved to another field", []string{`UPDATE audit SET actor = '', request_id = actor WHERE id = ` + event(4)}, "altered 4"},
		{"a deleted event", []string{`DELETE FROM audit WHERE id = ` + event(6)}, "missing 6"},
		{"a deleted event with its place", []string{`DELETE FROM audit WHERE id = ` + event(6), `DELETE FROM audit_chain WHERE seq = 6`}, "gap 7, altered 7"},
		{"a deleted place, later ones moved up", []string{`DELETE FROM audit WHERE id = ` + event(9), `DELETE FROM audit_chain WHERE seq = 9`,
			`UPDATE audit_chain SET seq = 9 WHERE seq = 10`, `UPDATE audit_marks SET seq = 9 WHERE name = 'head'`}, "forged 9, altered 9"},
		{"two exchanged events", []string{`UPDATE audit_chain SET event_id = 'x' WHERE seq = 3`,
			`UPDATE audit_chain SET event_id = (SELECT id FROM audit WHERE detail = '2') WHERE seq = 8`,
			`UPDATE audit_chain SET event_id = (SELECT id FROM audit WHERE detail = '7') WHERE seq = 3`}, "altered 3, altered 8"},
		{"an event put in", []string{`INSERT INTO audit (` + auditColumns + `) SELECT 'x', at, actor, action, person_id, client_id, request_id, ip, detail FROM audit WHERE id = ` + event(2)}, "stray 0"},
		{"the end cut off", []string{`DELETE FROM audit WHERE id = ` + event(10), `DELETE FROM audit_chain WHERE seq = 10`}, "cut 10"},
		{"the end cut off and the head moved back", []string{`DELETE FROM audit WHERE id = ` + event(10), `DELETE FROM audit_chain WHERE seq = 10`,
			`UPDATE audit_marks SET seq = 9, hash = (SELECT hash FROM audit_chain WHERE seq = 9) WHERE name = 'head'`}, "forged 9"},
		{"the beginning cut off with a checkpoint", []string{`DELETE FROM audit WHERE id = ` + event(1),
			`UPDATE audit_marks SET seq = 1, hash = (SELECT hash FROM audit_chain WHERE seq = 1) WHERE name = 'checkpoint'`,
			`DELETE FROM audit_chain WHERE seq = 1`}, "forged 1"},
		{"everything emptied", []string{`DELETE FROM audit`, `DELETE FROM audit_chain`}, "cut 10"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			onBothEngines(t, func(t *testing.T, s *Store) {
				l := sealedLog(t, s, 10)
				if len(test.queries) > 0 {
					tamper(t, s, test.queries...)
				}
				r, err := l.Check(t.Context(), audit.Witness{}, nil)
				got := strings.TrimSuffix(kinds(r), ", stray 0") // an event that lost its place is found a second time
				if err != nil || got != test.want {
					t.Errorf("found %q (%v), want %q", kinds(r), err, test.want)
				}
			})
		})
	}
}

// Whoever makes the whole chain anew, hashes and all, does not have the master key for the head.
func TestChainMadeAnewWithoutTheKeyIsFound(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		l := sealedLog(t, s, 10)
		tamper(t, s, `UPDATE audit SET detail = 'x' WHERE id IN (SELECT event_id FROM audit_chain WHERE seq = 2)`,
			`INSERT INTO audit_waiting (event_id) SELECT event_id FROM audit_chain`, `DELETE FROM audit_chain`,
			`UPDATE audit_marks SET seq = 0, hash = (SELECT hash FROM audit_marks WHERE name = 'checkpoint') WHERE name = 'head'`)
		if _, err := audit.New(audit.Config{Store: s, Digest: keyedBy("of somebody else")}).Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		r, err := l.Check(t.Context(), audit.Witness{}, nil)
		if err != nil || kinds(r) != "forged 10" {
			t.Errorf("found %q (%v)", kinds(r), err)
		}
	})
}

// A head of an earlier time, put back with the whole database, is right in itself: a witness from elsewhere finds it.
func TestDatabasePutBackIsFoundByAWitness(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		l := sealedLog(t, s, 5)
		early, err := l.Check(t.Context(), audit.Witness{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		state, err := s.AuditState(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sealedLog(t, s, 5)
		late, err := l.Check(t.Context(), early.Head, nil)
		if err != nil || !late.Sound() {
			t.Fatalf("the earlier witness: %q, %v", kinds(late), err)
		}
		tamper(t, s, `DELETE FROM audit WHERE id IN (SELECT event_id FROM audit_chain WHERE seq > 5)`, `DELETE FROM audit_chain WHERE seq > 5`)
		err = s.write(t.Context(), func(ctx context.Context, q querier) error {
			return moveMark(ctx, q, state.Head, func(idp.AuditMark) ([]byte, error) { return state.Head.MAC, nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := l.Check(t.Context(), audit.Witness{}, nil); err != nil || !r.Sound() {
			t.Errorf("without a witness: %q, %v; it cannot be seen, and the documents say so", kinds(r), err)
		}
		if r, err := l.Check(t.Context(), late.Head, nil); err != nil || kinds(r) != "contradict 10" {
			t.Errorf("with the witness: %q, %v", kinds(r), err)
		}
	})
}

func TestRetentionDoesNotDeleteEvidence(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		l := sealedLog(t, s, 10)
		l.Keep = time.Nanosecond
		tamper(t, s, `UPDATE audit SET detail = 'x' WHERE id IN (SELECT event_id FROM audit_chain WHERE seq = 4)`)
		if n, err := l.Trim(t.Context(), time.Now().Add(time.Hour)); err == nil || n != 0 {
			t.Errorf("%d were deleted, %v", n, err)
		}
		if r, err := l.Check(t.Context(), audit.Witness{}, nil); err != nil || kinds(r) != "altered 4" {
			t.Errorf("found %q (%v)", kinds(r), err)
		}
	})
}

func TestRetentionLeavesAChainThatVerifies(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		l := sealedLog(t, s, 300)
		l.Keep = time.Nanosecond
		if n, err := l.Trim(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 300 {
			t.Fatalf("%d were deleted, %v", n, err)
		}
		r, err := l.Check(t.Context(), audit.Witness{}, nil)
		if err != nil || !r.Sound() || r.First != 301 || r.Last != 301 { // that it was done is recorded
			t.Errorf("the report is %+v (%v)", r, err)
		}
		events, err := s.AuditEvents(t.Context(), idp.AuditFilter{})
		if err != nil || len(events) != 1 || events[0].Action != "audit.trim" {
			t.Errorf("left are %+v (%v)", events, err)
		}
	})
}

func TestAuditEventsAreNeverChangedByTheProgram(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, s *Store) {
		sealedLog(t, s, 1)
		for _, query := range []string{`UPDATE audit SET detail = 'x'`, `UPDATE audit_chain SET seq = 9`} {
			err := s.write(t.Context(), func(ctx context.Context, q querier) error { _, err := q.exec(ctx, query); return err })
			if err == nil {
				t.Errorf("%s was done", query)
			}
		}
	})
}
