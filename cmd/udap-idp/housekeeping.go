package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// housekeeping is what deletes rows from time to time: what nobody can use any more, and what exceeds its limits. One rule that
// fails does not keep the others.
type housekeeping struct {
	rules []houseRule
	store idp.Housekeeping // nil: what expired is not purged, and the runs are not recorded
}

// houseRule is one of them.
type houseRule struct {
	name string // as the page What is kept knows it
	run  func(ctx context.Context, now time.Time) (int64, error)
}

// Purge carries all of them out.
func (h housekeeping) Purge(ctx context.Context, now time.Time) (int64, error) {
	return h.keep(ctx, now, idp.Trail{})
}

// keep carries all of them out, and records what each deleted, with the trail of who asked for it.
func (h housekeeping) keep(ctx context.Context, now time.Time, trail idp.Trail) (int64, error) {
	var total int64
	var errs []error
	var runs []idp.Housekept
	done := func(rule string, n int64) {
		total += n
		runs = append(runs, idp.Housekept{Rule: rule, RanAt: now.UTC(), Removed: n})
	}
	if h.store != nil {
		expired, err := h.store.PurgeByRule(ctx, now)
		for rule, n := range expired {
			done(rule, n)
		}
		errs = append(errs, err)
	}
	for _, rule := range h.rules {
		n, err := rule.run(ctx, now)
		done(rule.name, n)
		errs = append(errs, err)
	}
	if h.store != nil {
		errs = append(errs, h.store.Housekept(ctx, runs, trail))
	}
	return total, errors.Join(errs...)
}

// housekeeping is that of this server.
func (s *site) housekeeping() housekeeping {
	return housekeeping{store: s.store, rules: []houseRule{
		{"attempts", s.attempts.Trim}, {"proofings", s.expireProofings}, {"audit", s.audit.Trim}, {"closings", s.closeAccounts},
		{"late-messages", s.store.ExpireMessages}, {"keys", s.retireKeys},
	}}
}

// housekeepNow carries the housekeeping out for somebody who asked for it.
func (s *site) housekeepNow(ctx context.Context, by idp.Reading) (int64, error) {
	now := time.Now().UTC()
	event := idp.AuditEvent{ID: idp.NewID(), At: now, Actor: by.Actor, Action: "retention.run", RequestID: by.RequestID, IP: by.IP}
	n, err := s.housekeeping().keep(ctx, now, idp.Trail{Events: []idp.AuditEvent{event}})
	if err != nil {
		return n, fmt.Errorf("housekeeping: %w", err)
	}
	return n, nil
}
