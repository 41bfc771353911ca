package sqlstore

import (
	"context"
	"fmt"
)

const selectSetting = `SELECT value FROM settings WHERE name = $1`

// Setting returns the value stored under name, or idp.ErrNotFound.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	if err := s.reads.row(ctx, selectSetting, name).Scan(blobInto(&value)); err != nil {
		return nil, fmt.Errorf("setting %s: %w", name, err)
	}
	return value, nil
}

// PutSettingOnce stores value unless one is there, and returns the one that is there afterwards.
func (s *Store) PutSettingOnce(ctx context.Context, name string, value []byte) ([]byte, error) {
	var stored []byte
	err := s.write(ctx, func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, blob(value))
		if err != nil {
			return err
		}
		return q.row(ctx, selectSetting, name).Scan(blobInto(&stored))
	})
	if err != nil {
		return nil, fmt.Errorf("put setting %s: %w", name, err)
	}
	return stored, nil
}
