package mail

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"udap-idp/internal/idp"
)

// How long a server has a message in hand, and how it tries again.
const (
	lease     = 5 * time.Minute    // more than any try takes
	poll      = 2 * time.Second    // for messages of other processes, and those that are due again
	rest      = 30 * time.Second   // while the way fails
	grace     = 5 * time.Second    // for the message in hand when the server stops
	giveUpAge = 2 * 24 * time.Hour // after which nobody wants to be told
)

// backOff is how long after each try the next one is; the last goes on.
var backOff = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour}

// Outcomes of a try, as metrics count them.
const (
	OutcomeSent    = "sent"
	OutcomeFailed  = "failed" // and will be tried again
	OutcomeGivenUp = "given_up"
)

// Queue sends what is in the outbox. Several may work on one database.
type Queue struct {
	Store    idp.Outbox
	Mail     *Mail
	Delivery Delivery
	Arrived  <-chan struct{} // this process stored messages
	Log      *slog.Logger
	Observe  func(channel idp.Channel, outcome string)
	// Sent is told of each message that went, after that is stored: somebody may have waited for it. nil tells nobody.
	Sent func(ctx context.Context, m idp.Message) error
	Now  func() time.Time // time.Now when nil
}

// Run sends until ctx ends. The message that is in hand then has a moment to get away.
func (q *Queue) Run(ctx context.Context) {
	var wg sync.WaitGroup
	var wakes []chan struct{}
	for channel, sender := range q.Delivery {
		wake := make(chan struct{}, 1)
		wakes = append(wakes, wake)
		wg.Go(func() { q.serve(ctx, channel, sender, wake) })
	}
	for {
		select {
		case <-ctx.Done():
			wg.Wait()
			return
		case <-q.Arrived:
			for _, wake := range wakes {
				select {
				case wake <- struct{}{}:
				default:
				}
			}
		}
	}
}

// serve sends the messages of one channel, one after the other.
func (q *Queue) serve(ctx context.Context, channel idp.Channel, sender Sender, wake <-chan struct{}) {
	defer sender.Close()
	for ctx.Err() == nil {
		took, wayFails := q.Next(ctx, channel, sender)
		if took && !wayFails {
			continue
		}
		sender.Close()
		pause, woken := poll, wake
		if wayFails {
			pause, woken = rest, nil // a new message would not go either
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-woken:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Next sends one message, if one is due.
func (q *Queue) Next(ctx context.Context, channel idp.Channel, sender Sender) (took, wayFails bool) {
	m, err := q.Store.ClaimMessage(ctx, channel, q.now(), lease)
	if errors.Is(err, idp.ErrNotFound) || ctx.Err() != nil && err != nil {
		return false, false
	}
	if err != nil {
		q.Log.Error("the messages could not be read", "channel", channel, "error", err)
		return false, true
	}
	// What is claimed is dealt with: it must be known what became of it, also when the server stops meanwhile.
	ctx, cancel := withGrace(ctx)
	defer cancel()
	failure := q.send(ctx, m, sender)
	if failure == nil {
		q.sent(context.WithoutCancel(ctx), m)
		return true, false
	}
	q.failed(context.WithoutCancel(ctx), m, failure)
	return true, failure.Way
}

// withGrace is a context that outlives another for a moment.
func withGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return lasting, func() { stop(); cancel() }
}

// errExpired: there was no way for so long that nobody wants to be told any more. So a mail server that is set up after
// months does not bring back old news.
var errExpired = errors.New("it expired before it could be sent")

func (q *Queue) send(ctx context.Context, m idp.Message, sender Sender) *Failure {
	if !q.now().Before(worthUntil(m)) {
		return &Failure{Permanent: true, Cause: errExpired}
	}
	letter, err := q.Mail.Read(m)
	if err != nil {
		return &Failure{Permanent: true, Cause: err}
	}
	if err := sender.Send(ctx, Outgoing{ID: m.ID, To: m.To, Language: m.Language, Letter: letter}); err != nil {
		return failureOf(err)
	}
	return nil
}

func (q *Queue) sent(ctx context.Context, m idp.Message) {
	q.report(m, OutcomeSent, q.Store.MessageSent(ctx, m.ID, q.now()))
	if q.Sent == nil {
		return
	}
	if err := q.Sent(ctx, m); err != nil {
		q.Log.Error("a message went, and what waited for that could not go on", "message", m.ID, "kind", m.Kind, "person", m.PersonID, "error", err)
	}
}

// failed puts the message off, or gives it up.
func (q *Queue) failed(ctx context.Context, m idp.Message, failure *Failure) {
	now := q.now()
	report := idp.MessageFailure{ID: m.ID, Tries: m.Tries, Failure: withoutRecipient(failure, m), RetryAt: now.Add(backOff[min(max(m.Tries, 1), len(backOff))-1])}
	outcome := OutcomeFailed
	if failure.Permanent || report.RetryAt.After(worthUntil(m)) {
		report.RetryAt, report.GaveUpAt, outcome = time.Time{}, now, OutcomeGivenUp
	}
	q.Log.Warn("a message could not be sent", "message", m.ID, "kind", m.Kind, "channel", m.Channel, "try", m.Tries,
		"given_up", outcome == OutcomeGivenUp, "error", report.Failure)
	q.report(m, outcome, q.Store.MessageFailed(ctx, report))
}

// worthUntil is when nobody wants to be told any more.
func worthUntil(m idp.Message) time.Time {
	until := m.CreatedAt.Add(giveUpAge)
	if !m.ExpiresAt.IsZero() && m.ExpiresAt.Before(until) {
		return m.ExpiresAt
	}
	return until
}

// withoutRecipient is a failure in words that can go to the log: servers like to repeat the address.
func withoutRecipient(failure *Failure, m idp.Message) string {
	return strings.ReplaceAll(failure.Error(), m.To, "(the recipient)")
}

// report counts an outcome. What could not be stored is sent once more when the claim is over, which is better than not at
// all.
func (q *Queue) report(m idp.Message, outcome string, err error) {
	if err != nil {
		q.Log.Error("what became of a message could not be stored", "message", m.ID, "outcome", outcome, "error", err)
	}
	if q.Observe != nil {
		q.Observe(m.Channel, outcome)
	}
}

func (q *Queue) now() time.Time {
	if q.Now == nil {
		return time.Now().UTC()
	}
	return q.Now().UTC()
}
