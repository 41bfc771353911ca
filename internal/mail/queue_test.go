package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"udap-idp/internal/idp"
	"udap-idp/internal/mail"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/sqltest"
)

// office is a queue with its store, its clock and a sender that does as it is told.
type office struct {
	*testing.T
	store *sqlstore.Store
	mail  *mail.Mail
	queue *mail.Queue
	log   bytes.Buffer
	now   time.Time

	mu   sync.Mutex
	sent []mail.Outgoing
	fail error
	hold chan struct{} // not nil: Send waits for it
}

func (o *office) Send(ctx context.Context, m mail.Outgoing) error {
	if o.hold != nil {
		select {
		case <-o.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail == nil {
		o.sent = append(o.sent, m)
	}
	return o.fail
}

func (o *office) Close() {}

func (o *office) took() []mail.Outgoing {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]mail.Outgoing(nil), o.sent...)
}

func newOffice(t *testing.T) *office {
	t.Helper()
	store := sqltest.Open(t, sqlstore.Open)
	o := &office{T: t, store: store, mail: mailOn(t, store), now: time.Now().UTC().Truncate(time.Microsecond)}
	o.mail.Now = func() time.Time { return o.now }
	o.queue = &mail.Queue{
		Store: store, Mail: o.mail, Delivery: mail.Delivery{idp.ByEmail: o}, Arrived: store.MessagesArrived(),
		Log: slog.New(slog.NewTextHandler(&o.log, nil)), Now: func() time.Time { return o.now },
	}
	return o
}

// post puts a message into the outbox.
func (o *office) post(n idp.Notice) idp.Message {
	o.Helper()
	m, err := o.mail.To(full("en"), idp.ByEmail, "ada@mailbox.example", n)
	if err != nil {
		o.Fatal(err)
	}
	if err := o.store.AddMessages(o.Context(), idp.Trail{Messages: []idp.Message{m}}); err != nil {
		o.Fatal(err)
	}
	return m
}

func (o *office) next() (took, wayFails bool) {
	o.Helper()
	return o.queue.Next(o.Context(), idp.ByEmail, o)
}

func (o *office) stored(m idp.Message) idp.Message {
	o.Helper()
	m, err := o.store.Message(o.Context(), m.ID)
	if err != nil {
		o.Fatal(err)
	}
	return m
}

func TestMessageIsSentAndForgotten(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m := o.post(notice(t, idp.NoticeContactCode))
	if took, _ := o.next(); !took {
		t.Fatal("the message was not taken")
	}
	got := o.took()
	if len(got) != 1 || got[0].ID != m.ID || !strings.Contains(got[0].Text, params["code"]) || got[0].HTML == "" {
		t.Errorf("sent %+v", got)
	}
	if after := o.stored(m); after.State() != idp.MessageSent || len(after.Sealed) != 0 {
		t.Errorf("it is %s with %d bytes", after.State(), len(after.Sealed))
	}
	if took, _ := o.next(); took {
		t.Error("it was taken once more")
	}
}

func TestFailedMessageIsTriedAgainAndThenGivenUp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.fail = &mail.Failure{Cause: errors.New("452 <ada@mailbox.example> mailbox full")}
	m := o.post(notice(t, idp.NoticePasskeyAdded))
	var waits []time.Duration
	for range 50 {
		if took, _ := o.next(); !took {
			t.Fatal("it is due and was not taken")
		}
		after := o.stored(m)
		if after.State() == idp.MessageGivenUp {
			break
		}
		waits = append(waits, after.NextAt.Sub(o.now))
		o.now = after.NextAt
	}
	for i, want := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 4 * time.Hour} {
		if waits[i] != want {
			t.Errorf("wait %d is %s, want %s", i+1, waits[i], want)
		}
	}
	after := o.stored(m)
	if after.State() != idp.MessageGivenUp || len(after.Sealed) != 0 {
		t.Errorf("in the end it is %s", after.State())
	}
	if age := o.now.Sub(m.CreatedAt); age < 40*time.Hour || age > 48*time.Hour {
		t.Errorf("given up after %s", age)
	}
	if !strings.Contains(after.Failure, "mailbox full") {
		t.Errorf("failure %q", after.Failure)
	}
	if log := o.log.String(); strings.Contains(log, "ada@") || !strings.Contains(log, "mailbox full") || !strings.Contains(log, m.ID) {
		t.Errorf("the log says %s", log)
	}
}

func TestPermanentFailureIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.fail = &mail.Failure{Permanent: true, Cause: errors.New("550 no such user")}
	m := o.post(notice(t, idp.NoticePasskeyAdded))
	o.next()
	if after := o.stored(m); after.State() != idp.MessageGivenUp || after.Tries != 1 {
		t.Errorf("it is %s after %d tries", after.State(), after.Tries)
	}
}

func TestCodeThatExpiredIsNotSent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	n := notice(t, idp.NoticeContactCode)
	n.ExpiresAt = o.now.Add(10 * time.Minute)
	late := o.post(n)
	o.now = n.ExpiresAt
	o.next()
	if after := o.stored(late); after.State() != idp.MessageGivenUp || len(o.took()) != 0 {
		t.Errorf("it is %s, and %d were sent", after.State(), len(o.took()))
	}

	n.ExpiresAt = o.now.Add(10 * time.Minute)
	failing := o.post(n)
	o.fail = &mail.Failure{Cause: errors.New("later")}
	for range 3 {
		o.next()
		if after := o.stored(failing); after.State() == idp.MessageWaiting {
			o.now = after.NextAt
		}
	}
	if after := o.stored(failing); after.State() != idp.MessageGivenUp || after.GaveUpAt.After(n.ExpiresAt) {
		t.Errorf("a code that nobody can use when it comes is %s", after.State())
	}
}

func TestMessageThatWasChangedIsNotSent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	m, err := o.mail.To(full("en"), idp.ByEmail, "ada@mailbox.example", notice(t, idp.NoticeRecoveryCode))
	if err != nil {
		t.Fatal(err)
	}
	m.To = "eve@mailbox.example"
	if err := o.store.AddMessages(t.Context(), idp.Trail{Messages: []idp.Message{m}}); err != nil {
		t.Fatal(err)
	}
	o.next()
	if after := o.stored(m); after.State() != idp.MessageGivenUp || len(o.took()) != 0 {
		t.Errorf("it is %s, and %d were sent", after.State(), len(o.took()))
	}
}

func TestWayThatFailsRestsTheOthers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.fail = &mail.Failure{Way: true, Cause: errors.New("connection refused")}
	o.post(notice(t, idp.NoticeTest))
	if took, wayFails := o.next(); !took || !wayFails {
		t.Errorf("took %v, way fails %v", took, wayFails)
	}
}

// TestEachMessageIsSentOnceByTwoServers lets two queues with their own connections work on one outbox.
func TestEachMessageIsSentOnceByTwoServers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := serveMail(t, nil)
	const messages = 30
	for range messages {
		o.post(notice(t, idp.NoticeIdentityShared))
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		q := *o.queue
		q.Delivery, q.Arrived = mail.Delivery{idp.ByEmail: s.sender(t, nil)}, nil
		q.Log = slog.New(slog.DiscardHandler)
		wg.Go(func() { q.Run(ctx) })
	}
	o.until(func() bool {
		counts, err := o.store.MessageCounts(t.Context(), time.Time{})
		return err == nil && counts.Waiting == 0
	})
	stop()
	wg.Wait()
	ids := map[string]int{}
	for _, raw := range s.taken() {
		_, id, _ := strings.Cut(raw, "Message-ID: <")
		id, _, _ = strings.Cut(id, "@")
		ids[id]++
	}
	if len(ids) != messages || len(s.taken()) != messages {
		t.Errorf("%d mails about %d messages, want %d", len(s.taken()), len(ids), messages)
	}
}

// until waits for something that happens in another goroutine.
func (o *office) until(done func() bool) {
	o.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			o.Fatal("it did not happen")
		case <-tick.C:
		}
	}
}

func TestNewMessageWakesTheQueue(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.queue.Run(ctx) }()
	begun := time.Now()
	for i := range 3 {
		o.post(notice(t, idp.NoticeTest))
		o.until(func() bool { return len(o.took()) == i+1 })
	}
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("three messages took %s: they waited for the clock", took)
	}
	stop()
	<-ended
}

func TestMessageInHandGetsAwayWhenTheServerStops(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.hold = make(chan struct{})
	m := o.post(notice(t, idp.NoticeTest))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.queue.Run(ctx) }()
	o.until(func() bool { return o.stored(m).Tries == 1 })
	stop()
	close(o.hold)
	<-ended
	if after := o.stored(m); after.State() != idp.MessageSent {
		t.Errorf("it is %s", after.State())
	}
}

func TestWhoWaitedForAMessageHearsThatItWent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var heard []string
	o.queue.Sent = func(ctx context.Context, m idp.Message) error {
		if after := o.stored(m); after.State() != idp.MessageSent {
			t.Errorf("told while the message is %s", after.State())
		}
		heard = append(heard, m.ID)
		return errors.New("what waited is broken")
	}
	o.fail = &mail.Failure{Cause: errors.New("later")}
	m := o.post(notice(t, idp.NoticeProofed))
	o.next()
	if len(heard) != 0 {
		t.Error("told of a message that did not go")
	}
	o.fail, o.now = nil, o.stored(m).NextAt
	o.next()
	if len(heard) != 1 || heard[0] != m.ID || !strings.Contains(o.log.String(), "what waited is broken") {
		t.Errorf("heard of %v; log %s", heard, o.log.String())
	}
}
