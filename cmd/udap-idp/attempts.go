package main

import (
	"context"
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
