package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"udap-idp/internal/attempts"
	"udap-idp/internal/audit"
	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/keys"
	"udap-idp/internal/mail"
	"udap-idp/internal/metrics"
	"udap-idp/internal/pki"
	"udap-idp/internal/pki/fetch"
	"udap-idp/internal/server"
	live "udap-idp/internal/settings"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/transfer"
	"udap-idp/internal/vault"
)

type serveCommand struct {
	settings
}

// purgeInterval is how often expired rows are deleted.
const purgeInterval = time.Minute

// Run serves until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, term terminal) error {
	cfg, err := c.resolve()
	if err != nil {
		return err
	}
	if err := cfg.Validate(); err != nil {
		return asUsage(err)
	}
	log := newLog(cfg, term)
	slog.SetDefault(log) // for the libraries

	// What another program may hold comes first, so that a start that fails has made nothing.
	unlock, err := takeDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := listen(cfg.Listen, "--listen")
	if err != nil {
		return err
	}
	defer listener.Close()
	metrics, err := listenForMetrics(cfg)
	if err != nil {
		return err
	}
	if metrics != nil {
		defer metrics.Close()
	}
	s, err := openSite(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer s.close()
	if metrics != nil {
		defer background(func(ctx context.Context) { s.serveMetrics(ctx, metrics) })()
	}
	s.openSetup(ctx, term)
	return s.serve(ctx, listener)
}

// takeDataDir makes the data folder and takes it for this process, until unlock.
func takeDataDir(dir string) (unlock func(), err error) {
	if err := makeDataDir(dir); err != nil {
		return nil, err
	}
	return lockDataDir(dir)
}

// site is the provider with everything it holds open.
type site struct {
	config   config.Config // as of the start; what may change while it serves is in live
	live     *live.Live
	log      *slog.Logger
	store    *sqlstore.Store
	trust    *pki.Trust
	identity *identity.Identity
	audit    *audit.Log
	mail     *mail.Mail
	vault    *vault.Vault

	attempts   *attempts.Log // while it serves
	revocation *revocationWatch
	imports    *transfer.Desk // while it serves
	logoDoor   *fetch.Fetcher // nil while it does not serve
	metrics    *metrics.Metrics
	latencies  latencies
}

// openSite opens the database and proves the master key. The data folder is the caller's (takeDataDir).
func openSite(ctx context.Context, cfg config.Config, log *slog.Logger) (*site, error) {
	store, err := openStore(ctx, cfg)
	if err != nil {
		return nil, err
	}
	hadKey := cfg.MasterKeyFile == "" || exists(cfg.MasterKeyFile)
	v, err := openVault(ctx, cfg, store)
	if err != nil {
		store.Close()
		return nil, err
	}
	if !hadKey {
		log.Info("a new master key was made; keep a copy of it apart from the backups of the database", "file", cfg.MasterKeyFile)
	}
	now, err := live.New(ctx, cfg, store, log)
	if err != nil {
		store.Close()
		return nil, err
	}
	cfg = now.Now().Config
	s := &site{config: cfg, live: now, log: log, store: store, vault: v}
	if s.identity, err = newIdentity(ctx, cfg, store, v); err != nil {
		store.Close()
		return nil, err
	}
	s.audit = newAuditLog(cfg, store, v, log)
	if s.mail, err = newMail(cfg, v); err != nil {
		store.Close()
		return nil, err
	}
	if err := s.openTrust(v); err != nil {
		store.Close()
		return nil, err
	}
	s.metrics = s.newMetrics()
	s.latencies.now = time.Now
	return s, nil
}

func (s *site) close() {
	if s.logoDoor != nil {
		s.logoDoor.Close()
	}
	s.revocation.close()
	if err := s.store.Close(); err != nil {
		s.log.Error("the database could not be closed", "error", err)
	}
}

// gcPercent lets the heap grow to five times what is in use before it is collected. What is in use is some ten megabytes,
// and an exchange of tokens costs a twelfth less processor time that way. GOGC overrides it.
const gcPercent = 400

// serve answers on the listener until ctx ends.
func (s *site) serve(ctx context.Context, listener net.Listener) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	s.attempts = s.newAttempts()
	defer s.closeAttempts()
	handler, err := s.handler()
	if err != nil {
		return err
	}
	secure, err := s.tls()
	if err != nil {
		return err
	}
	queue, err := s.newQueue()
	if err != nil {
		return err
	}
	s.checkTrust(ctx)
	s.revocation.start()

	defer background(func(ctx context.Context) {
		server.PurgeEvery(ctx, purgeInterval, s.housekeeping(), s.log)
	})()
	defer background(s.live.Run)()
	defer background(s.audit.Run)()
	defer background(s.keepLatencies)()
	defer background(s.examine)()
	defer background(s.imports.Run)()
	defer background(queue.Run)()
	defer background(newExpiryWatch(s.trust.Communities, s.log).run)()

	s.log.Info("listening", "url", s.config.Issuer, "address", listener.Addr().String())
	err = server.Serve(ctx, handler, server.Listening{
		Listener: listener, TLS: secure, ShutdownTimeout: s.config.ShutdownTimeout, Log: s.log,
	})
	s.log.Info("stopped")
	return err
}

// retireKeys takes the keys out of the key set that have signed nothing for long enough.
func (s *site) retireKeys(ctx context.Context, now time.Time) (int64, error) {
	return (&keys.Keys{Store: s.store}).RetireOver(ctx, now)
}

// expireProofings ends the proofings whose time is over.
func (s *site) expireProofings(ctx context.Context, _ time.Time) (int64, error) {
	expired, err := s.identity.ExpireProofings(ctx)
	return int64(expired), err
}

// background runs something until stop, which waits for its end.
func background(run func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	return func() { cancel(); <-ended }
}

func (s *site) tls() (*tls.Config, error) {
	if !s.config.TLS() {
		return nil, nil
	}
	secure, err := server.NewTLSConfig(s.config.TLSCertificate, s.config.TLSKey, s.log)
	if err != nil {
		return nil, fmt.Errorf("https cannot be served (settings tls-certificate and tls-key): %w", err)
	}
	return secure, nil
}

// checkTrust tells what an operator should know at the start: without a community nobody can register, and what we sign
// with a certificate that does not fit is refused by everybody.
func (s *site) checkTrust(ctx context.Context) {
	communities, err := s.trust.Communities(ctx)
	if err != nil {
		s.log.Error("the trust communities could not be read", "error", err)
		return
	}
	if len(communities) == 0 {
		s.log.Warn("there is no trust community yet, so no data holder can register; add one with udap-idp community add")
	}
	now := time.Now()
	for _, c := range communities {
		signer, err := c.Signer(now)
		if errors.Is(err, pki.ErrNoSigner) {
			s.log.Warn("we have no certificate in this trust community", "community", c.URI)
			continue
		}
		if err == nil {
			err = pki.CheckOwn(c, signer, s.config.Issuer, now)
		}
		if err != nil {
			s.log.Warn("our certificate in this trust community cannot be used", "community", c.URI, "error", err)
		}
	}
}

// listen opens the port. setting is the flag that chooses another.
func listen(address, setting string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(address)
		return nil, fmt.Errorf("port %s is in use: another program listens on %s. Stop it, or choose another port with %s", port, address, setting)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be listened on without more rights. Choose a port above 1023 with %s", address, setting)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be listened on: %w. Choose another address with %s", address, err, setting)
	}
	return listener, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
