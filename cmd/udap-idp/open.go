package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"udap-idp/internal/config"
	"udap-idp/internal/identity"
	"udap-idp/internal/idp"
	live "udap-idp/internal/settings"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/vault"
)

// settings are the flags that every command takes.
type settings struct{ config.Settings }

// outputFlag is the flag of commands that print a result.
type outputFlag struct {
	JSON bool `name:"json" help:"Print JSON, for programs."`
}

// resolve reads the settings from everywhere they may come from.
func (s *settings) resolve() (config.Config, error) {
	c, err := s.Resolve(os.Environ())
	return c, asUsage(err)
}

// open reads the settings, makes the data folder if there is none and opens the database, brought up to date. It works
// beside a running server.
func (s *settings) open(ctx context.Context) (config.Config, *sqlstore.Store, error) {
	c, err := s.resolve()
	if err != nil {
		return c, nil, err
	}
	store, err := openStore(ctx, c)
	if err != nil {
		return c, nil, err
	}
	now, err := live.Stored(ctx, c, store)
	if err != nil {
		store.Close()
		return c, nil, err
	}
	return now, store, nil
}

func openStore(ctx context.Context, c config.Config) (*sqlstore.Store, error) {
	if err := makeDataDir(c.DataDir); err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, c.Database)
	if err != nil {
		return nil, fmt.Errorf("the database could not be opened (setting database): %w", err)
	}
	return store, nil
}

// makeDataDir makes the data folder, for nobody but us: it holds the master key and people's data.
func makeDataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s could not be made: %w. Choose another with --data-dir", dir, err)
	}
	return nil
}

// maxFile bounds a certificate or key file, in bytes.
const maxFile = 1 << 20

// readFile reads a file that an operator names. Only an ordinary file of a sensible size is read: a device or a disk image
// would fill the memory.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not an ordinary file", path)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, more than a file of certificates or a key can have", path, info.Size())
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// openVault reads the master key and proves that the store was made with it.
func openVault(ctx context.Context, c config.Config, store idp.Store) (*vault.Vault, error) {
	v, err := vault.Open(vault.Options{
		Text:      c.MasterKey,
		File:      c.MasterKeyFile,
		MayCreate: c.MasterKeyMayCreate,
		NotFound:  idp.ErrNotFound,
	})
	if err != nil {
		return nil, err
	}
	if err := v.Unlock(ctx, store); err != nil {
		return nil, err
	}
	return v, nil
}

// openIdentity opens the room of persons for a command.
func openIdentity(ctx context.Context, c config.Config, store idp.Store) (*identity.Identity, error) {
	v, err := openVault(ctx, c, store)
	if err != nil {
		return nil, err
	}
	return newIdentity(ctx, c, store, v)
}

// newIdentity makes the room of persons. What an older version stored is brought up to date first.
func newIdentity(ctx context.Context, c config.Config, store idp.Store, v *vault.Vault) (*identity.Identity, error) {
	texts, err := newMail(c, v)
	if err != nil {
		return nil, err
	}
	people := identity.New(identity.Config{
		Store: store, Sealer: v, TwoPersonApproval: c.TwoPersonApproval, Mail: postOffice{texts, c}, RepudiationURL: repudiationURL(c),
		Staff: staff{texts, c}.tell,
	})
	if _, err := people.Upgrade(ctx); err != nil {
		return nil, fmt.Errorf("people of an older version could not be brought up to date: %w", err)
	}
	return people, nil
}

// newLog is where the server tells what it does. Results of commands never go there.
func newLog(c config.Config, term terminal) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == config.LogJSON {
		return slog.New(slog.NewJSONHandler(term.Err, options))
	}
	return slog.New(slog.NewTextHandler(term.Err, options))
}
