package attempts_test

import (
	"context"

	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
	"udap-idp/internal/udap"
)

func openStore(t testing.TB) *sqlstore.Store {
	t.Helper()
	return sqltest.Open(t, sqlstore.Open)
}

func request(address string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/register", nil)
	r.RemoteAddr = address
	return r
}

var quiet = slog.New(slog.DiscardHandler)

// stranger is an attempt of somebody whose chain leads nowhere; member is one that registers.
func stranger(l *attempts.Log, address string) {
	r := l.Begin(idp.AttemptRegistration, request(address))
	r.Step(attempts.Request)
	r.Step(attempts.Trust)
	r.Claimed("https://stranger.example", nil)
	r.Refuse(&udap.Error{Status: 400, Code: udap.UnapprovedSoftwareStatement, Description: "does not lead", Cause: errors.New("no path")})
}

func member(l *attempts.Log) {
	r := l.Begin(idp.AttemptRegistration, request("192.0.2.200:1"))
	r.Step(attempts.Request)
	r.Step(attempts.Trust)
	r.Claimed("https://hospital.example", nil)
	r.Proved("first")
	r.Step(attempts.Storage)
	r.Succeed(201, attempts.OutcomeRegistered)
}

func closed(l *attempts.Log) { l.Close(context.Background()) }

func recorded(t *testing.T, store *sqlstore.Store) []idp.Attempt {
	t.Helper()
	rows, err := store.Attempts(context.Background(), idp.AttemptFilter{Limit: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A flood of strangers neither pushes out members nor gets more rows than its bound, and every attempt is accounted for.
func TestStrangersCannotFloodTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // time begins with a minute
		store := openStore(t)
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for i := range 5000 {
			stranger(l, fmt.Sprintf("198.51.100.%d:1000", i%40))
			if i%50 == 0 {
				member(l)
			}
		}
		time.Sleep(time.Minute + time.Second) // the minute ends by itself
		rows := recorded(t, store)
		closed(l)
		var members, own, total, sums int
		for _, a := range rows {
			switch {
			case a.Proved:
				members++
			case a.Count > 1:
				sums++
				total += a.Count
				if a.Code != udap.UnapprovedSoftwareStatement || !strings.Contains(a.Cause, "198.51.100.0 (") {
					t.Errorf("got the sum %+v", a)
				}
			default:
				own++
				total++
			}
		}
		if members != 100 {
			t.Errorf("got %d members, want 100", members)
		}
		if own != 120 || sums != 1 || total != 5000 {
			t.Errorf("got %d rows of strangers and %d sums that stand for %d, want 120 and 1 for 5000", own, sums, total)
		}
	})
}
