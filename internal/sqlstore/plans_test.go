package sqlstore

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqltest"
)

type filterPlan struct {
	name, query, lite, pgsql string
	args                     []any
}

// filterPlans are the questions of the administrators' pages that are not about names, and the index that each is answered by.
func filterPlans() []filterPlan {
	var all []filterPlan
	add := func(name, lite, pgsql string) func(query string, args []any) {
		return func(query string, args []any) { all = append(all, filterPlan{name, query, lite, pgsql, args}) }
	}
	now, before := time.Now(), "x"
	add("every event", "PRIMARY KEY (id<?)", "audit_pkey")(auditQuery(idp.AuditFilter{Before: before}))
	add("events of a day", "PRIMARY KEY (id>? AND id<?)", "audit_pkey")(auditQuery(idp.AuditFilter{Before: before, Since: now, Until: now}))
	add("an action", "audit_action (action=? AND id<?)", "audit_action")(auditQuery(idp.AuditFilter{Before: before, Action: "a"}))
	add("an actor", "audit_actor (actor=? AND id<?)", "audit_actor")(auditQuery(idp.AuditFilter{Before: before, Actor: "a"}))
	add("an actor's action", "audit_actor_action (actor=? AND action=? AND id<?)", "audit_actor_action")(auditQuery(idp.AuditFilter{Before: before, Actor: "a", Action: "b"}))
	add("a client", "audit_client (client_id=? AND id<?)", "audit_client")(auditQuery(idp.AuditFilter{Before: before, ClientID: "a", Actor: "b"}))
	add("a client's action", "audit_client_action (client_id=? AND action=? AND id<?)", "audit_client_action")(auditQuery(idp.AuditFilter{Before: before, ClientID: "a", Action: "b", Actor: "c"}))
	add("a person and all else", "audit_person (person_id=? AND id<?)", "audit_person")(auditQuery(idp.AuditFilter{Before: before, PersonID: "a", ClientID: "b", Actor: "c", Action: "d"}))
	add("a request", "audit_request (request_id=? AND id<?)", "audit_request")(auditQuery(idp.AuditFilter{Before: before, RequestID: "a", PersonID: "b"}))

	add("a person's proofings", "proofings_person (person_id=? AND id>?)", "proofings_person")(proofingsQuery(idp.ProofingFilter{PersonID: "a", Status: "b", After: before}))
	add("proofings of a status", "proofings_status (status=? AND id>?)", "proofings_status")(proofingsQuery(idp.ProofingFilter{Status: "b", After: before}))
	add("proofings that end", "proofings_due (status=? AND expires_at>? AND expires_at<?)", "proofings_due")(proofingsQuery(idp.ProofingFilter{Status: "b", ExpiresBefore: now, After: before}))
	add("a person's requests", "requests_person (person_id=? AND id>?)", "requests_person")(requestsQuery(idp.RequestFilter{PersonID: "a", After: before}))
	add("open requests", "requests_open (id>?)", "requests_open")(requestsQuery(idp.RequestFilter{Open: true, After: before}))
	add("a person's messages", "messages_person (person_id=? AND id<?)", "messages_person")(messagesQuery(idp.MessageFilter{PersonID: "a", State: idp.MessageSent, Before: before}))
	add("messages", "PRIMARY KEY (id<?)", "messages_pkey")(messagesQuery(idp.MessageFilter{Before: before}))
	add("messages that wait", "messages_open (id<?)", "messages_open")(messagesQuery(idp.MessageFilter{State: idp.MessageWaiting, Before: before}))
	add("messages that were given up", "messages_given_up (id<?)", "messages_given_up")(messagesQuery(idp.MessageFilter{State: idp.MessageGivenUp, Before: before}))
	add("messages that went", "messages_sent (id<?)", "messages_sent")(messagesQuery(idp.MessageFilter{State: idp.MessageSent, Before: before}))
	add("approvals of a person", "approvals_person (person_id=? AND id<?)", "approvals_person")(approvalQuery(idp.ApprovalFilter{PersonID: "a", Waiting: true, Before: before}))
	add("approvals that wait", "approvals_waiting (id<?)", "approvals_waiting")(approvalQuery(idp.ApprovalFilter{Waiting: true, Before: before}))
	return all
}

// TestListsOfTheDeskAreReadByAnIndex: no page of the administrators' reads a whole table, whatever is chosen on it.
func TestListsOfTheDeskAreReadByAnIndex(t *testing.T) {
	t.Parallel()
	lite := sqltest.Open(t, Open)
	tx := withoutScans(t, open(t, sqltest.PostgreSQL(t, Open)))
	for _, c := range filterPlans() {
		// What becomes of it afterwards is a page long.
		if plan := stepsOf(t, lite.db, "EXPLAIN QUERY PLAN ", c); !strings.Contains(plan, c.lite) || scans(plan) {
			t.Errorf("SQLite reads %s as\n%s\nwant %s", c.name, plan, c.lite)
		}
		if plan := stepsOf(t, tx, "EXPLAIN ", c); !strings.Contains(plan, c.pgsql) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("PostgreSQL reads %s as\n%s\nwant %s", c.name, plan, c.pgsql)
		}
	}
}

// scans reports whether a plan of SQLite's reads a whole table. Of a list within the query it may read all.
func scans(plan string) bool {
	for line := range strings.Lines(plan) {
		if strings.HasPrefix(line, "SCAN") && line != "SCAN own\n" && line != "SCAN others\n" {
			return true
		}
	}
	return false
}

// withoutScans is a transaction in which PostgreSQL reads a whole table only where nothing else will do: it would, of an empty one.
func withoutScans(t *testing.T, s *Store) *sql.Tx {
	t.Helper()
	tx, err := s.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	for _, name := range []string{"enable_seqscan", "enable_bitmapscan", "enable_sort"} {
		if _, err := tx.Exec("SET LOCAL " + name + " = off"); err != nil {
			t.Fatal(err)
		}
	}
	return tx
}

// stepsOf is the plan of a statement, a step a line.
func stepsOf(t *testing.T, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, explain string, p filterPlan) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), explain+p.query, p.args...)
	plan, err := collect(rows, err, func(row scanner) (text string, err error) {
		if explain == "EXPLAIN " {
			return text, row.Scan(&text)
		}
		var id, parent, unused int64
		err = row.Scan(&id, &parent, &unused, &text)
		return text, err
	})
	if err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	return strings.Join(plan, "\n") + "\n"
}
