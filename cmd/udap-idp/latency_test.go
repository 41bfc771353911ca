package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

// TestLatenciesAreKeptByFamily: what a request took is added up in its group, on its day, and nothing is lost where the store fails once.
func TestLatenciesAreKeptByFamily(t *testing.T) {
	t.Parallel()
	store := sqltest.Open(t, sqlstore.Open)
	at := time.Date(2026, 11, 24, 23, 59, 0, 0, time.UTC)
	l := &latencies{now: func() time.Time { return at }}
	for route, times := range map[string]int{
		"/login": 3, "/account/passkeys": 1, "/token": 5, "/.well-known/udap": 1, "/admin": 2, "/admin/people/{id}": 1,
		"/static/": 7, "none": 7, "/healthz": 7, "/admin/audit/export": 7, "/account/download": 7,
	} {
		for range times {
			l.observe("GET", route, 200, 20*time.Millisecond)
		}
	}
	fails := func(context.Context, []idp.Latency) error { return errors.New("the database is away") }
	if err := l.flush(t.Context(), fails); err == nil {
		t.Error("the store failed, and nobody was told")
	}
	l.observe("GET", "/admin", 200, 3*time.Second)
	for range 2 { // the second time nothing is left
		if err := l.flush(t.Context(), store.AddLatencies); err != nil {
			t.Fatal(err)
		}
	}
	got, err := store.Latencies(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int{}
	for _, x := range got {
		sum[x.Family] += x.Count
	}
	if len(got) != 4 || sum[idp.LatencyPeople] != 4 || sum[idp.LatencyHolders] != 6 || sum[idp.LatencyDesk] != 4 {
		t.Errorf("counted %v in %+v", sum, got)
	}
}
