package settings

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"udap-idp/internal/config"
	"udap-idp/internal/idp"
)

// FollowEvery is how often a server looks whether a setting was made on another: every server follows within it and the time of a
// query.
const FollowEvery = time.Second

// InForce is the settings of one moment.
type InForce struct {
	config.Config
	Logo []byte // PNG that was made in the browser; nil for none, or when a file has it
}

// Live is the settings at the moment. It is safe for use by many goroutines.
type Live struct {
	base  config.Config // without what was made in the browser
	store idp.OperatorSettings
	log   *slog.Logger

	current atomic.Pointer[InForce]

	mu       sync.Mutex // of loading
	revision int64
	followed []func(InForce)
}

// New reads what was made in the browser. base is the settings without it.
func New(ctx context.Context, base config.Config, store idp.OperatorSettings, log *slog.Logger) (*Live, error) {
	l := &Live{base: base, store: store, log: log}
	if err := l.Load(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Now is the settings at the moment.
func (l *Live) Now() InForce { return *l.current.Load() }

// Follow calls f with the settings of now, and again whenever they have changed.
func (l *Live) Follow(f func(InForce)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followed = append(l.followed, f)
	f(l.Now())
}

// Run looks for changes until ctx ends.
func (l *Live) Run(ctx context.Context) {
	ticker := time.NewTicker(FollowEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := l.Load(ctx); err != nil && !errors.Is(err, context.Canceled) {
				l.log.ErrorContext(ctx, "the settings made in the browser could not be read; those before go on", "error", err)
			}
		}
	}
}

// Load takes over what was made since the last look. What cannot stand is left out, and said in the log.
func (l *Live) Load(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	revision, err := l.store.OperatorRevision(ctx)
	if err != nil {
		return err
	}
	if l.current.Load() != nil && revision == l.revision {
		return nil
	}
	made, revision, err := l.store.OperatorSettings(ctx)
	if err != nil {
		return err
	}
	now, err := With(l.base, made)
	if err != nil {
		l.log.WarnContext(ctx, "a setting that was made in the browser does not count", "error", err)
	}
	l.current.Store(&now)
	l.revision = revision
	for _, f := range l.followed {
		f(now)
	}
	return nil
}

// With is the settings with what was made in the browser. The error names what cannot stand; the rest counts all the same.
func With(base config.Config, made []idp.OperatorSetting) (InForce, error) {
	var rest []config.Made
	var logo []byte
	var errs []error
	for _, m := range made {
		if m.Name != idp.LogoSetting {
			rest = append(rest, config.Made{Name: m.Name, Value: m.Value, By: m.ChangedBy, At: m.ChangedAt})
			continue
		}
		content, err := base64.StdEncoding.DecodeString(m.Value)
		if err != nil {
			errs = append(errs, fmt.Errorf("logo: %w", err))
			continue
		}
		if base.Operator.LogoFile == "" {
			logo = content
		}
	}
	c, err := base.With(rest)
	return InForce{Config: c, Logo: logo}, errors.Join(append(errs, err)...)
}

// Stored is the settings of a command, with what was made in the browser. What cannot stand is the server's to say.
func Stored(ctx context.Context, base config.Config, store idp.OperatorSettings) (config.Config, error) {
	made, _, err := store.OperatorSettings(ctx)
	if err != nil {
		return base, err
	}
	now, _ := With(base, made)
	return now.Config, nil
}
