package sqlstore

import (
	"context"
	"fmt"

	"udap-idp/internal/idp"
)

const certificateRequestColumns = `id, community_id, key_id, request, sealed_key, created_by, created_at`

func scanCertificateRequest(row scanner) (idp.CertificateRequest, error) {
	var r idp.CertificateRequest
	err := row.Scan(&r.ID, &r.CommunityID, &r.KeyID, blobInto(&r.Request), blobInto(&r.SealedKey), &r.CreatedBy, timeInto(&r.CreatedAt))
	return r, err
}

const selectCertificateRequest = `SELECT ` + certificateRequestColumns + ` FROM certificate_requests WHERE id = $1`

// AddCertificateRequest stores a request with its key. It changes nothing that anybody trusts.
func (s *Store) AddCertificateRequest(ctx context.Context, r idp.CertificateRequest, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := one(q.exec(ctx, `UPDATE communities SET name = name WHERE id = $1`, r.CommunityID)); err != nil {
			return err
		}
		_, err := q.exec(ctx, `INSERT INTO certificate_requests (`+certificateRequestColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			r.ID, r.CommunityID, r.KeyID, blob(r.Request), blob(r.SealedKey), r.CreatedBy, micros(r.CreatedAt))
		if err != nil {
			return err
		}
		return insertTrail(ctx, q, idp.Trail{Events: events})
	})
	if err != nil {
		return fmt.Errorf("add certificate request: %w", err)
	}
	return nil
}

// CertificateRequests returns those of a community, the oldest first.
func (s *Store) CertificateRequests(ctx context.Context, communityID string) ([]idp.CertificateRequest, error) {
	rows, err := s.reads.query(ctx, `SELECT `+certificateRequestColumns+` FROM certificate_requests WHERE community_id = $1 ORDER BY id`, communityID)
	requests, err := collect(rows, err, scanCertificateRequest)
	if err != nil {
		return nil, fmt.Errorf("certificate requests: %w", err)
	}
	return requests, nil
}

// CertificateRequest returns one, or idp.ErrNotFound.
func (s *Store) CertificateRequest(ctx context.Context, id string) (idp.CertificateRequest, error) {
	r, err := scanCertificateRequest(s.reads.row(ctx, selectCertificateRequest, id))
	if err != nil {
		return idp.CertificateRequest{}, fmt.Errorf("certificate request: %w", err)
	}
	return r, nil
}

// AcceptCertificate stores what a request was answered with, with the key of the request, which is gone then: of two answers one is
// taken.
func (s *Store) AcceptCertificate(ctx context.Context, requestID string, c idp.CommunityCertificate, events ...idp.AuditEvent) error {
	return s.changeTrust(ctx, "accept certificate", events, func(ctx context.Context, q querier) error {
		r, err := scanCertificateRequest(q.row(ctx, selectCertificateRequest, requestID))
		if err != nil {
			return err
		}
		if r.KeyID != c.KeyID {
			return idp.ErrMismatch
		}
		if err := one(q.exec(ctx, `DELETE FROM certificate_requests WHERE id = $1`, requestID)); err != nil {
			return err
		}
		c.SealedKey = r.SealedKey
		return appendCertificate(ctx, q, r.CommunityID, c)
	})
}

// DiscardCertificateRequest deletes a request with its key.
func (s *Store) DiscardCertificateRequest(ctx context.Context, id string, events ...idp.AuditEvent) error {
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		if err := one(q.exec(ctx, `DELETE FROM certificate_requests WHERE id = $1`, id)); err != nil {
			return err
		}
		return insertTrail(ctx, q, idp.Trail{Events: events})
	})
	if err != nil {
		return fmt.Errorf("discard certificate request: %w", err)
	}
	return nil
}
