package attempts

import (
	"context"
	"time"

	"udap-idp/internal/idp"
)

// retries are the waits before a batch is tried again; then it is dropped.
var retries = []time.Duration{0, 200 * time.Millisecond, time.Second}

// writeTimeout bounds one try.
const writeTimeout = 5 * time.Second

// write is the writer: it waits until something has arrived, gives more a moment to arrive, and writes it all.
func (l *Log) write() {
	defer close(l.ended)
	for {
		closing := l.wait()
		for {
			batch := l.take(closing)
			if len(batch) == 0 {
				break
			}
			l.record(batch)
		}
		if closing {
			return
		}
	}
}

// wait returns when something is to be written, and whether it is the last.
func (l *Log) wait() (closing bool) {
	var turn <-chan time.Time // the minute ends, and what was summed in it becomes a row
	if left := l.untilTurn(); left >= 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		turn = timer.C
	}
	select {
	case <-l.closing:
		return true
	case <-turn:
		return false
	case <-l.wake:
	}
	more := time.NewTimer(gather)
	defer more.Stop()
	select {
	case <-l.closing:
		return true
	case <-l.full:
	case <-more.C:
	}
	return false
}

func (l *Log) untilTurn() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound.untilTurn(time.Now())
}

// take removes up to a batch from the queues, the proved first. When nothing will come any more, the minute ends early.
func (l *Log) take(closing bool) []idp.Attempt {
	l.mu.Lock()
	if closing {
		l.bound.end()
	} else {
		l.bound.turn(time.Now())
	}
	rows := l.bound.rows
	l.bound.rows = nil
	records := head(&l.proved, maxBatch)
	records = append(records, head(&l.strangers, maxBatch-len(records))...)
	l.mu.Unlock()

	for _, r := range records {
		rows = append(rows, r.finish())
	}
	return rows
}

// head removes up to n records from the front of a queue. It leaves no reference behind, and no queue that only grows.
func head(queue *[]*Record, n int) []*Record {
	n = min(n, len(*queue))
	taken := (*queue)[:n:n]
	if n == len(*queue) {
		*queue = nil
	} else {
		*queue = append([]*Record(nil), (*queue)[n:]...)
	}
	return taken
}

// record writes a batch. A store that does not take it gets two more chances.
func (l *Log) record(batch []idp.Attempt) {
	var err error
	for _, pause := range retries {
		if !l.pause(pause) {
			break
		}
		ctx, cancel := context.WithTimeout(l.hurry, writeTimeout)
		err = l.Store.RecordAttempts(ctx, batch)
		cancel()
		if err == nil {
			return
		}
	}
	lost := 0
	for _, a := range batch {
		lost += a.Count
	}
	total := l.dropped.Add(int64(lost))
	l.Log.Error("attempts could not be recorded and are lost", "attempts", lost, "lost_since_start", total, "error", err)
}

// pause waits, and reports whether there is time left to go on.
func (l *Log) pause(d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.hurry.Done():
		return false
	}
}
