package sqlstore

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqltest"
)

const putSetting = `INSERT INTO settings (name, value) VALUES ($1, $2)`

func openFile(t testing.TB) *Store {
	t.Helper()
	return sqltest.Open(t, Open)
}

// put is a verb that stores a row and then ends as asked.
func put(name string, end func() error) verb {
	return func(ctx context.Context, q querier) error {
		if _, err := q.exec(ctx, putSetting, name, []byte("x")); err != nil {
			return err
		}
		return end()
	}
}

func well() error { return nil }

func settings(t *testing.T, s *Store) int {
	t.Helper()
	var n int
	if err := s.db.QueryRow(`SELECT count(*) FROM settings`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// hold keeps the writer busy inside a verb until release is called, so that what is sent meanwhile shares the next commit.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- s.write(context.Background(), func(context.Context, querier) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-held; err != nil {
			t.Errorf("the verb that held the writer: %v", err)
		}
	}
}

// queued waits until n verbs wait behind the one that holds the writer.
func queued(t *testing.T, s *Store, n int) {
	t.Helper()
	w := s.writer.(*groupWriter)
	for limit := time.Now().Add(10 * time.Second); len(w.jobs) < n; {
		if time.Now().After(limit) {
			t.Fatalf("%d verbs are waiting, want %d", len(w.jobs), n)
		}
		runtime.Gosched() // a channel has nothing that announces its length
	}
}

func TestOneFailureUndoesItselfOnly(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	refused := errors.New("refused")
	release := hold(t, s)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if err := s.write(t.Context(), put(idp.NewID(), well)); err != nil {
				t.Errorf("good work: %v", err)
			}
		})
		group.Go(func() {
			err := s.write(t.Context(), put(idp.NewID(), func() error { return refused }))
			if !errors.Is(err, refused) {
				t.Errorf("refused work: got %v, want its own error", err)
			}
		})
		group.Go(func() {
			err := s.write(t.Context(), put(idp.NewID(), func() error { panic("on purpose") }))
			if err == nil || !strings.Contains(err.Error(), "panic") {
				t.Errorf("panicking work: got %v, want an error that says so", err)
			}
		})
		group.Go(func() {
			err := s.write(t.Context(), func(ctx context.Context, q querier) error {
				_, err := q.exec(ctx, putSetting, "the same name", []byte("x"))
				if err != nil {
					return err
				}
				_, err = q.exec(ctx, putSetting, "the same name", []byte("x"))
				return err
			})
			if err == nil {
				t.Error("work against a constraint was answered with success")
			}
		})
	}
	queued(t, s, 80)
	release()
	group.Wait()
	if got := settings(t, s); got != 20 {
		t.Errorf("%d rows, want the 20 of the good work", got)
	}
}

func TestCancelledWriteIsNotRun(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- s.write(ctx, put("cancelled", well)) }()
	queued(t, s, 1)
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) { // while the writer is still held
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	release()
	if err := s.write(t.Context(), put("after", well)); err != nil {
		t.Fatal(err)
	}
	if got := settings(t, s); got != 1 {
		t.Errorf("%d rows, want 1: the cancelled write was run", got)
	}
}

// A write that has begun is answered with its outcome, also when its caller's context ends meanwhile.
func TestWriteUnderWayIsNotInterrupted(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.write(ctx, put("a", func() error { cancel(); return nil })); err != nil {
		t.Errorf("got %v, want success", err)
	}
	if got := settings(t, s); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
}

func TestNobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	release := hold(t, s)
	first := make(chan error, 1)
	go func() { first <- s.write(t.Context(), put("first", well)) }()
	queued(t, s, 1)
	// The second verb shares the commit of the first and looks, from within, whether that was answered or is visible.
	second := make(chan error, 1)
	go func() {
		second <- s.write(t.Context(), put("second", func() error {
			if len(first) != 0 {
				t.Error("the first caller was answered before the commit")
			}
			var n int
			if err := s.db.QueryRow(`SELECT count(*) FROM settings`).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows are visible before the commit (%v), want none", n, err)
			}
			return nil
		}))
	}()
	queued(t, s, 2)
	release()
	if err := errors.Join(<-first, <-second); err != nil {
		t.Fatal(err)
	}
	if got := settings(t, s); got != 2 {
		t.Errorf("%d rows, want 2", got)
	}
}

// When the commit fails, everybody in it is told, and the writer goes on.
func TestFailedCommitIsToldToAll(t *testing.T) {
	t.Parallel()
	s := openFile(t)
	release := hold(t, s)
	answers := make(chan error, 2)
	go func() { answers <- s.write(t.Context(), put("a", well)) }()
	queued(t, s, 1)
	go func() {
		answers <- s.write(t.Context(), func(ctx context.Context, q querier) error {
			_, err := q.exec(ctx, `ROLLBACK`) // as SQLite itself does on a full disk
			return err
		})
	}()
	queued(t, s, 2)
	release()
	for range 2 {
		if err := <-answers; err == nil {
			t.Error("a caller whose work was undone got success")
		}
	}
	if err := s.write(t.Context(), put("b", well)); err != nil {
		t.Errorf("the next write: %v", err)
	}
	if got := settings(t, s); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
}

func TestCloseFinishesWhatWasHandedOver(t *testing.T) {
	t.Parallel()
	source := sqltest.SQLite(t, Open)
	s := open(t, source)
	release := hold(t, s)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := s.write(t.Context(), put(idp.NewID(), well)); err != nil {
				t.Errorf("handed over before Close: %v", err)
			}
		})
	}
	queued(t, s, 50)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	release()
	group.Wait()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if got := settings(t, open(t, source)); got != 50 {
		t.Errorf("%d rows after reopening, want 50", got)
	}
}

// An operator's command on a running server: two stores on one file write in turns, and neither fails.
func TestTwoStoresOnOneFileBothWrite(t *testing.T) {
	t.Parallel()
	source := sqltest.SQLite(t, Open)
	stores := []*Store{open(t, source), open(t, source)}
	var group sync.WaitGroup
	for _, s := range stores {
		for range 4 {
			group.Go(func() {
				for range 25 {
					if err := s.write(t.Context(), put(idp.NewID(), well)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	group.Wait()
	for i, s := range stores {
		if got := settings(t, s); got != 200 {
			t.Errorf("store %d sees %d rows, want 200", i, got)
		}
	}
}
