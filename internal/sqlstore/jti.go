package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"udap-idp/internal/idp"
)

// UseJTI records that issuer used jti until expiresAt, or returns idp.ErrUsed. UDAP Security IG §7.1.4: a jti is not used
// again by the same issuer before the JWT that had it expired; afterwards it may be.
func (s *Store) UseJTI(ctx context.Context, issuer, jti string, expiresAt, now time.Time) error {
	digest := jtiDigest(issuer, jti)
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		recorded, err := q.exec(ctx, `INSERT INTO used_jti (digest, expires_at) VALUES ($1, $2)
			ON CONFLICT (digest) DO UPDATE SET expires_at = excluded.expires_at WHERE used_jti.expires_at <= $3`,
			digest, micros(expiresAt), micros(now))
		if err != nil {
			return err
		}
		if recorded == 0 {
			return idp.ErrUsed
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("use jti: %w", err)
	}
	return nil
}

// jtiDigest stands for the pair; the length in front keeps ("ab", "c") and ("a", "bc") apart.
func jtiDigest(issuer, jti string) []byte {
	text := binary.BigEndian.AppendUint64(nil, uint64(len(issuer)))
	text = append(append(text, issuer...), jti...)
	sum := sha256.Sum256(text)
	return sum[:]
}
