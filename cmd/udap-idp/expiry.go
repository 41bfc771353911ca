package main

import (
	"context"
	"log/slog"
	"time"

	"udap-idp/internal/pki"
)

// expiryInterval is how often the certificates are looked at.
const expiryInterval = time.Hour

// expiryWatch warns of certificates that end soon or have ended: once for each certificate and threshold (pki.Level).
type expiryWatch struct {
	communities func(ctx context.Context) ([]pki.Community, error)
	log         *slog.Logger
	warned      map[expiryKey]pki.Level
}

// expiryKey is a certificate in a community.
type expiryKey struct {
	communityID string
	kind        pki.Kind
	sha256      string
}

func newExpiryWatch(communities func(ctx context.Context) ([]pki.Community, error), log *slog.Logger) *expiryWatch {
	return &expiryWatch{communities: communities, log: log, warned: map[expiryKey]pki.Level{}}
}

// run looks now and then every expiryInterval, until ctx ends.
func (w *expiryWatch) run(ctx context.Context) {
	ticker := time.NewTicker(expiryInterval)
	defer ticker.Stop()
	for {
		w.look(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *expiryWatch) look(ctx context.Context, now time.Time) {
	communities, err := w.communities(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Error("the trust communities could not be read", "error", err)
		}
		return
	}
	for _, e := range pki.Expiries(communities, now) {
		key := expiryKey{e.CommunityID, e.Kind, e.SHA256}
		if e.Replaced || e.Level <= w.warned[key] {
			continue
		}
		w.warned[key] = e.Level
		w.warn(ctx, e)
	}
}

// advice is what to do, by what the certificate is.
var advice = map[pki.Kind]string{
	pki.KindOwn:          "ask the community for a new certificate with a new key, and add it with udap-idp community certificate add",
	pki.KindAnchor:       "ask the community for its next anchor",
	pki.KindIntermediate: "ask the community for the authority's next certificate",
}

func (w *expiryWatch) warn(ctx context.Context, e pki.Expiry) {
	level, text := slog.LevelWarn, "a certificate expires soon"
	if e.Level == pki.Over {
		level, text = slog.LevelError, "a certificate has expired"
	}
	w.log.Log(ctx, level, text, "community", e.Community, "kind", string(e.Kind), "subject", e.Subject,
		"expires", e.NotAfter.Format(time.RFC3339), "days_left", e.Days, "what_to_do", advice[e.Kind])
}
