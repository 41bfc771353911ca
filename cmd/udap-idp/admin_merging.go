package main

import (
	"context"
	"slices"
	"time"

	"udap-idp/internal/admin"
	"udap-idp/internal/config"
)

// twoPersonActs are the groups of acts that wait for a second administrator. With two-person-approval the rules about persons ask
// for somebody else who approves a merge, so that it waits for her.
func twoPersonActs(c config.Config) []string {
	acts := slices.Clone(c.TwoPersonActs)
	if c.TwoPersonApproval && !slices.Contains(acts, admin.GroupMerging) {
		acts = append(acts, admin.GroupMerging)
	}
	return acts
}

const (
	examineBatch = 50              // records that are compared before the pairs are stored
	examineIdle  = 2 * time.Second // between looks when nothing waits
	examineRest  = time.Minute     // after a failure
)

// examine compares records that are new or were changed with all others, until ctx ends. It takes half of the time at most, so that
// people who sign in meanwhile do not wait behind an import of a million.
func (s *site) examine(ctx context.Context) {
	for {
		begun := time.Now()
		compared, err := s.identity.Examine(ctx, examineBatch)
		pause := time.Since(begun)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.Error("records could not be compared", "error", err)
			pause = examineRest
		case compared == 0:
			pause = examineIdle
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
