package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// maxBatch bounds how many verbs share a commit, and with it how long the first of them waits for the others.
const maxBatch = 128

// groupWriter commits concurrent verbs together. One goroutine owns the one writing connection: it begins a
// transaction when a verb arrives, runs every verb that is waiting by then, commits, and answers them. The next verbs
// gather while the disk syncs, so no timer is needed.
type groupWriter struct {
	db    *sql.DB
	batch int // the most verbs in one commit

	mu     sync.RWMutex // held for reading while a verb is handed over, so that close comes after
	closed bool
	jobs   chan *job
	ended  chan struct{} // closed when the goroutine has ended

	// Of the goroutine alone:
	conn *sql.Conn
	on   *statements // prepared on conn
}

// job is a verb on its way through the writer.
type job struct {
	ctx   context.Context
	verb  verb
	taken atomic.Bool // by the writer, which will answer; or by the caller, who has left
	err   error       // the writer's, until it is sent
	done  chan error  // one answer
}

func newGroupWriter(db *sql.DB, batch int) *groupWriter {
	w := &groupWriter{db: db, batch: batch, jobs: make(chan *job, 2*maxBatch), ended: make(chan struct{})}
	go w.run()
	return w
}

// write hands the verb to the writer and waits until its commit has returned. A caller whose context ends before the
// verb has begun gets the context's error and the verb is never run; one that has begun is waited for, since only then
// is its outcome known.
func (w *groupWriter) write(ctx context.Context, v verb) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, verb: v, done: make(chan error, 1)}
	if err := w.submit(j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		return <-j.done
	}
}

func (w *groupWriter) submit(j *job) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.jobs <- j:
		return nil
	case <-j.ctx.Done():
		return j.ctx.Err()
	}
}

// close lets the writer finish what was handed over, and ends it.
func (w *groupWriter) close() error {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	<-w.ended
	return w.db.Close()
}

func (w *groupWriter) run() {
	defer close(w.ended)
	defer w.disconnect()
	for first := range w.jobs {
		w.commit(first)
	}
}

// commit runs one shared transaction, from the first verb to the answers. The waiting verbs are collected after the
// transaction began, which is where another process may have kept us waiting.
func (w *groupWriter) commit(first *job) {
	err := w.begin()
	batch := w.collect(first)
	if err == nil {
		err = w.together(batch)
	}
	if err != nil {
		w.disconnect()
	}
	for _, j := range batch {
		if err != nil {
			// Also for a verb that had failed by itself: what it saw may have been another verb's work, now undone.
			j.err = err
		}
		j.done <- j.err
	}
}

func (w *groupWriter) begin() error {
	if err := w.connect(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	// The context of no caller: it may end, and an interrupted statement would undo the work of all.
	if _, err := w.on.exec(context.Background(), "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// collect takes the first verb and those that wait behind it, without the ones whose callers have left.
func (w *groupWriter) collect(first *job) []*job {
	var batch []*job
	take := func(j *job) {
		if j.taken.CompareAndSwap(false, true) {
			batch = append(batch, j)
		}
	}
	take(first)
	for len(batch) < w.batch {
		select {
		case j, open := <-w.jobs:
			if !open {
				return batch
			}
			take(j)
		default:
			return batch
		}
	}
	return batch
}

// together runs the verbs and commits. An error means that nothing of the batch happened.
func (w *groupWriter) together(batch []*job) error {
	worked, panicked := 0, false
	for _, j := range batch {
		p, err := w.alone(j)
		if err != nil {
			return err
		}
		panicked = panicked || p
		if j.err == nil {
			worked++
		}
	}
	end := "COMMIT"
	if worked == 0 {
		end = "ROLLBACK"
	}
	if _, err := w.on.exec(context.Background(), end); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if panicked {
		w.disconnect() // the verb may have left a statement open
	}
	return nil
}

// alone runs one verb under its savepoint and leaves its error in the job. It returns an error when the transaction as a
// whole is lost: SQLite undoes all of it on some failures (a full disk), and then the savepoint is gone too.
func (w *groupWriter) alone(j *job) (panicked bool, err error) {
	if j.err = j.ctx.Err(); j.err != nil {
		return false, nil
	}
	ctx := context.WithoutCancel(j.ctx)
	if _, err := w.on.exec(ctx, "SAVEPOINT verb"); err != nil {
		return false, fmt.Errorf("savepoint: %w", err)
	}
	panicked, j.err = attempt(ctx, j.verb, w.on)
	if j.err != nil {
		if _, err := w.on.exec(ctx, "ROLLBACK TO verb"); err != nil {
			return panicked, errors.Join(j.err, fmt.Errorf("roll back to the savepoint: %w", err))
		}
	}
	if _, err := w.on.exec(ctx, "RELEASE verb"); err != nil {
		return panicked, fmt.Errorf("release the savepoint: %w", err)
	}
	return panicked, nil
}

func (w *groupWriter) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := w.db.Conn(context.Background())
	if err != nil {
		return err
	}
	w.conn, w.on = conn, newStatements(conn)
	return nil
}

// disconnect throws the connection away, and with it any transaction that is open on it.
func (w *groupWriter) disconnect() {
	if w.conn == nil {
		return
	}
	// The errors would only say again that the connection is to be thrown away.
	_ = w.on.close()
	_ = w.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = w.conn.Close()
	w.conn, w.on = nil, nil
}
