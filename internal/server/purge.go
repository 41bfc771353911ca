package server

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Purger is the part of idp.Store that forgets what nobody can use any more.
type Purger interface {
	Purge(ctx context.Context, now time.Time) (int64, error)
}

// PurgeEvery purges once per interval until ctx ends. A purge that fails is logged and tried again at the next turn.
func PurgeEvery(ctx context.Context, interval time.Duration, store Purger, log *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			purge(ctx, store, log)
		}
	}
}

func purge(ctx context.Context, store Purger, log *slog.Logger) {
	rows, err := store.Purge(ctx, time.Now())
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		log.ErrorContext(ctx, "purge failed", "error", err)
	case rows > 0:
		log.DebugContext(ctx, "purged", "rows", rows)
	}
}
