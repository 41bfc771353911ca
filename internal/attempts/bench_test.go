package attempts_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/udap/udaptest"
)

// nowhere takes rows and keeps none.
type nowhere struct{}

func (nowhere) RecordAttempts(context.Context, []idp.Attempt) error { return nil }
func (nowhere) TrimAttempts(context.Context, idp.AttemptLimits, time.Time) (int64, error) {
	return 0, nil
}

func authentication(l *attempts.Log, q *http.Request, leaf *udaptest.Leaf) {
	r := l.Begin(idp.AttemptAuthentication, q)
	r.Step(attempts.Request)
	r.Step(attempts.ClientAssertion)
	r.Parsed(nil)
	r.Claimed("client-1", leaf.Chain)
	r.Step(attempts.Claims)
	r.Step(attempts.Registered)
	r.Client("client-1")
	r.Step(attempts.Certificate)
	r.Step(attempts.Trust)
	r.Proved("first")
	r.Step(attempts.Replay)
	r.Step(attempts.Code)
	r.Succeed(200, attempts.OutcomeAuthenticated)
}

// BenchmarkAttempt is what a token request pays.
func BenchmarkAttempt(b *testing.B) {
	leaf := udaptest.New(b, udaptest.WithoutServer()).Leaf("https://hospital.example")
	l := attempts.New(attempts.Config{Store: nowhere{}, Log: quiet})
	defer closed(l)
	q := request("192.0.2.1:443")
	b.ReportAllocs()
	for b.Loop() {
		authentication(l, q, leaf)
	}
}

// BenchmarkAttemptWritten is what it costs altogether, SQLite included.
func BenchmarkAttemptWritten(b *testing.B) {
	leaf := udaptest.New(b, udaptest.WithoutServer()).Leaf("https://hospital.example")
	store := openStore(b)
	q := request("192.0.2.1:443")
	b.ReportAllocs()
	for b.Loop() {
		l := attempts.New(attempts.Config{Store: store, Log: quiet})
		for range 200 { // a batch
			authentication(l, q, leaf)
		}
		closed(l)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/200, "µs/attempt")
}
