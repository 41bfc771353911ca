package sqlstore

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

// planOf is how SQLite goes about a query.
func planOf(t *testing.T, s *Store, query string, args ...any) []string {
	t.Helper()
	rows, err := s.reads.query(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	plan, err := collect(rows, err, func(row scanner) (string, error) {
		var id, parent, unused int64
		var text string
		err := row.Scan(&id, &parent, &unused, &text)
		return text, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestAttemptFiltersAreServedByAnIndex(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	for _, test := range []struct {
		filter idp.AttemptFilter
		index  string
	}{
		{idp.AttemptFilter{}, "PRIMARY KEY (id<?)"},
		{idp.AttemptFilter{ClientID: "a", CommunityID: "b", RemoteIP: "c"}, "attempts_client (client_id=? AND id<?)"},
		{idp.AttemptFilter{Issuer: "a", CommunityID: "b", Kind: idp.AttemptAuthentication}, "attempts_issuer (issuer=? AND id<?)"},
		{idp.AttemptFilter{RemoteIP: "a", CommunityID: "b"}, "attempts_address (remote_ip=? AND id<?)"},
		{idp.AttemptFilter{CommunityID: "a", Outcome: "registered"}, "attempts_community (community_id=? AND id<?)"},
		{idp.AttemptFilter{Since: time.Now(), Until: time.Now()}, "PRIMARY KEY (id>? AND id<?)"},
		{idp.AttemptFilter{Refused: true}, "attempts_refused (id<?)"},
		{idp.AttemptFilter{ClientID: "a", Kind: idp.AttemptRegistration}, "attempts_registrations (client_id=? AND id<?)"},
	} {
		test.filter.Before = "x"
		query, args := attemptQuery(test.filter)
		if plan := planOf(t, s, query, args...); len(plan) != 1 || !strings.Contains(plan[0], test.index) {
			t.Errorf("%+v is planned as %q, want %s alone", test.filter, plan, test.index)
		}
	}
}

// TestListOfClientsIsChosenInItsIndex: the rows hold statements and certificates, so that reading all of them would take long.
func TestListOfClientsIsChosenInItsIndex(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	for _, f := range []idp.ClientFilter{{}, {Search: "general hospital"}, {CommunityID: "c", State: idp.ClientSuspended}} {
		query, args, err := s.chosenClients(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if plan := planOf(t, s, query, args...); len(plan) != 1 || !strings.Contains(plan[0], "COVERING INDEX clients_directory") {
			t.Errorf("%+v is planned as %q", f, plan)
		}
	}
	plan := planOf(t, s, `SELECT id FROM audit WHERE client_id = $1
		AND action IN ('client.suspend', 'client.resume', 'client.delete', 'client.change') ORDER BY id DESC LIMIT 2`, "x")
	if !slices.ContainsFunc(plan, func(p string) bool { return strings.Contains(p, "audit_client_changes (client_id=?)") }) || len(plan) != 1 {
		t.Errorf("the changes of a client are planned as %q", plan)
	}
}

func TestClientsOfAnOlderVersionGetTheirPlaceInTheList(t *testing.T) {
	t.Parallel()
	path := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := s.RegisterClient(t.Context(), idp.Client{ID: idp.NewUUIDv4(), CommunityID: "c", URI: "https://x.example", Organization: "Clínica", CreatedAt: time.Now(), UpdatedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	err = s.write(t.Context(), func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `UPDATE clients SET sort_name = '', search = ''`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	got, err := s.ListClients(t.Context(), idp.ClientFilter{Search: "clinica"})
	if err != nil || len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("got %+v (%v)", got, err)
	}
}
