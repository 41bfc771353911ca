package attempts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
)

func TestOneAddressGetsItsShareOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for i := range 100 {
			stranger(l, "192.0.2.1:1")
			stranger(l, fmt.Sprintf("[2001:db8::%x]:1", i)) // one neighbourhood
		}
		stranger(l, "192.0.2.2:1")
		stranger(l, "[2001:db8:0:1::1]:1")
		member(l)
		closed(l)
		own := map[string]int{}
		for _, a := range recorded(t, store) {
			if a.Count == 1 {
				own[a.RemoteIP[:9]]++
			} else if a.Count != 2*(100-20) {
				t.Errorf("got a sum of %d, want %d", a.Count, 2*(100-20))
			}
		}
		if own["192.0.2.1"] != 20 || own["2001:db8:"] != 20+1 || own["192.0.2.2"] != 1+1 { // and the member of 192.0.2.200
			t.Errorf("got %v", own)
		}
	})
}

func TestTheNextMinuteHasRoomAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := openStore(t)
		l := attempts.New(attempts.Config{Store: store, Log: quiet, PerMinute: 2, PerAddress: 1})
		for range 3 {
			for range 4 {
				stranger(l, "192.0.2.1:1")
			}
			time.Sleep(time.Minute)
		}
		closed(l)
		if rows := recorded(t, store); len(rows) != 3*(1+1) {
			t.Errorf("got %d rows, want one and a sum for each minute", len(rows))
		}
	})
}

// gated is the store behind a gate.
type gated struct {
	*sqlstore.Store
	gate  chan struct{}
	calls [][]idp.Attempt
}

func (g *gated) RecordAttempts(ctx context.Context, rows []idp.Attempt) error {
	select {
	case <-g.gate:
	case <-ctx.Done():
		return ctx.Err()
	}
	g.calls = append(g.calls, rows)
	return g.Store.RecordAttempts(ctx, rows)
}

func TestMembersDoNotWaitBehindStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &gated{Store: openStore(t), gate: make(chan struct{})}
		l := attempts.New(attempts.Config{Store: store, Log: quiet, PerMinute: 10_000, PerAddress: 10_000})
		member(l)
		time.Sleep(time.Second) // the writer stands at the gate
		for range 1000 {
			stranger(l, "192.0.2.1:1")
		}
		for range 10 {
			member(l)
		}
		close(store.gate)
		closed(l)
		if len(store.calls) < 2 {
			t.Fatalf("got %d batches", len(store.calls))
		}
		for i, a := range store.calls[1] {
			if a.Proved != (i < 10) {
				t.Fatalf("row %d of the next batch: proved is %v", i, a.Proved)
			}
		}
	})
}

func TestWhatDoesNotFitIsCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &gated{Store: openStore(t), gate: make(chan struct{})}
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for range 5000 {
			member(l)
		}
		close(store.gate)
		closed(l)
		rows, total := recorded(t, store.Store), 0
		for _, a := range rows {
			total += a.Count
			if !a.Proved || a.Code != "" || a.Outcome != attempts.OutcomeRegistered {
				t.Errorf("got %+v", a)
			}
		}
		if total != 5000 || len(rows) > 2000+200+1 { // the queue, the batch under way and the sum
			t.Errorf("got %d rows that stand for %d", len(rows), total)
		}
	})
}

func TestShutdownWritesWhatWaits(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	l := attempts.New(attempts.Config{Store: store, Log: quiet})
	for range 500 {
		member(l)
	}
	stranger(l, "192.0.2.1:1")
	closed(l)
	if rows := recorded(t, store); len(rows) != 501 {
		t.Errorf("got %d rows, want 501", len(rows))
	}
	member(l) // too late, and no panic
	closed(l)
	if l.Dropped() != 1 {
		t.Errorf("got %d dropped, want 1", l.Dropped())
	}
}

func TestShutdownDoesNotWaitForAStuckStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &gated{Store: openStore(t)} // never opens
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for range 1000 {
			member(l)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		l.Close(ctx)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("it took %s", took)
		}
		if l.Dropped() != 1000 {
			t.Errorf("got %d dropped, want 1000", l.Dropped())
		}
	})
}

// failing is a store that fails some times.
type failing struct {
	*sqlstore.Store
	times int
}

func (f *failing) RecordAttempts(ctx context.Context, rows []idp.Attempt) error {
	if f.times > 0 {
		f.times--
		return errors.New("the disk is full")
	}
	return f.Store.RecordAttempts(ctx, rows)
}

func TestFailedBatchIsTriedAgainAndThenDropped(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]int{1: 1, 2: 1, 3: 0} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			store := &failing{Store: openStore(t), times: times}
			l := attempts.New(attempts.Config{Store: store, Log: slog.New(slog.NewTextHandler(&log, nil))})
			member(l)
			time.Sleep(5 * time.Second)
			if rows := recorded(t, store.Store); len(rows) != want {
				t.Errorf("after %d failures: got %d rows, want %d", times, len(rows), want)
			}
			member(l) // the log goes on
			closed(l)
			if rows := recorded(t, store.Store); len(rows) != want+1 {
				t.Errorf("after %d failures: got %d rows in the end, want %d", times, len(rows), want+1)
			}
			told := strings.Contains(log.String(), `msg="attempts could not be recorded and are lost" attempts=1`) &&
				strings.Contains(log.String(), "the disk is full")
			if told != (want == 0) || l.Dropped() != int64(1-want) {
				t.Errorf("after %d failures: got %d dropped and the log\n%s", times, l.Dropped(), &log)
			}
		})
	}
}

func TestRowsAreWrittenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		close(gate)
		store := &gated{Store: openStore(t), gate: gate}
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for range 100 {
			member(l)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		closed(l)
		if len(store.calls) != 1 || len(store.calls[0]) != 100 {
			t.Errorf("got %d batches, the first with %d rows; want 1 with 100", len(store.calls), len(store.calls[0]))
		}
	})
}

func TestTrimKeepsStrangersAndMembersApart(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	l := attempts.New(attempts.Config{
		Store: store, Log: quiet, PerAddress: 100,
		Limits: func() idp.AttemptLimits { return idp.AttemptLimits{Age: time.Hour, Proved: 100, Strangers: 5} },
	})
	for range 30 {
		member(l)
		stranger(l, "192.0.2.1:1")
	}
	closed(l)
	if n, err := l.Trim(t.Context(), time.Now()); err != nil || n != 25 {
		t.Errorf("got %d, %v; want 25 deleted", n, err)
	}
	if n, err := l.Trim(t.Context(), time.Now().Add(2*time.Hour)); err != nil || n != 35 {
		t.Errorf("got %d, %v; want the rest deleted for its age", n, err)
	}
}
