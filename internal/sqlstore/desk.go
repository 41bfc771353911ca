package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"udap-idp/internal/idp"
)

// beyondIDs is greater than every id: ids are hexadecimal digits and dashes.
const beyondIDs = "~"

// ProofingQueue asks for each status apart, so that each is a walk along the index, and puts the pages together.
func (s *Store) ProofingQueue(ctx context.Context, f idp.ProofingQueue) ([]idp.Proofing, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query := `SELECT body, revision FROM proofings WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3`
	if f.Newest {
		query = `SELECT body, revision FROM proofings WHERE status = $1 AND id < $2 ORDER BY id DESC LIMIT $3`
		if f.From == "" {
			f.From = beyondIDs
		}
	}
	var all []idp.Proofing
	for _, status := range f.Statuses {
		rows, err := s.reads.query(ctx, query, string(status), f.From, f.Limit)
		some, err := collect(rows, err, scanProofing)
		if err != nil {
			return nil, fmt.Errorf("queue of proofings: %w", err)
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b idp.Proofing) int {
		if f.Newest {
			a, b = b, a
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all[:min(len(all), f.Limit)], nil
}

// DueProofings returns the events that end before a time. One without an end has 0, and is never due.
func (s *Store) DueProofings(ctx context.Context, f idp.DueProofings) ([]idp.Proofing, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	rows, err := s.reads.query(ctx, `SELECT body, revision FROM proofings
		WHERE status = $1 AND expires_at > 0 AND expires_at < $2 AND expires_at >= $3 AND (expires_at > $3 OR id > $4)
		ORDER BY expires_at, id LIMIT $5`, string(f.Status), micros(f.Before), micros(f.FromAt), f.FromID, f.Limit)
	due, err := collect(rows, err, scanProofing)
	if err != nil {
		return nil, fmt.Errorf("due proofings: %w", err)
	}
	return due, nil
}

// Request returns idp.ErrNotFound when there is none.
func (s *Store) Request(ctx context.Context, id string) (idp.Request, error) {
	r, err := scanRequest(s.reads.row(ctx, `SELECT `+requestColumns+` FROM requests WHERE id = $1`, id))
	if err != nil {
		return idp.Request{}, fmt.Errorf("request: %w", err)
	}
	return r, nil
}

// RequestQueue returns the open requests, or those that were answered.
func (s *Store) RequestQueue(ctx context.Context, f idp.RequestQueue) ([]idp.Request, error) {
	if f.Limit <= 0 {
		f.Limit = pageOfAll
	}
	query := `SELECT ` + requestColumns + ` FROM requests WHERE answered_at = 0 AND id > $1 ORDER BY id LIMIT $2`
	if f.Answered {
		query = `SELECT ` + requestColumns + ` FROM requests WHERE answered_at <> 0 AND id < $1 ORDER BY id DESC LIMIT $2`
		if f.From == "" {
			f.From = beyondIDs
		}
	}
	rows, err := s.reads.query(ctx, query, f.From, f.Limit)
	requests, err := collect(rows, err, scanRequest)
	if err != nil {
		return nil, fmt.Errorf("queue of requests: %w", err)
	}
	return requests, nil
}
