package main

import (
	"context"
	"errors"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/idp"
	"udap-idp/internal/server"
)

// strangersPart is which part of the log is for strangers: one in so many rows.
const strangersPart = 10

func (s *site) newAttempts() *attempts.Log {
	return attempts.New(attempts.Config{
		Store: s.store, Log: s.log, RequestID: server.Number,
		Limits: s.attemptLimits,
	})
}

func (s *site) attemptLimits() idp.AttemptLimits {
	now := s.live.Now()
	strangers := now.AttemptsMax / strangersPart
	return idp.AttemptLimits{Age: now.AttemptsAge, Proved: now.AttemptsMax - strangers, Strangers: strangers}
}

// attemptsShutdown is how long the last attempts may take to be written.
const attemptsShutdown = 10 * time.Second

func (s *site) closeAttempts() {
	ctx, cancel := context.WithTimeout(context.Background(), attemptsShutdown)
	defer cancel()
	s.attempts.Close(ctx)
}

// housekeeping is what deletes rows from time to time: what nobody can use any more, and the attempts that exceed their
// limits. One that fails does not keep the others.
type housekeeping []func(ctx context.Context, now time.Time) (int64, error)

// Purge is all of them.
func (h housekeeping) Purge(ctx context.Context, now time.Time) (int64, error) {
	var total int64
	var errs []error
	for _, purge := range h {
		n, err := purge(ctx, now)
		total += n
		errs = append(errs, err)
	}
	return total, errors.Join(errs...)
}
