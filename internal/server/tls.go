package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateCheckEvery is how often at most the files of the TLS certificate are looked at.
const certificateCheckEvery = 5 * time.Second

// NewTLSConfig reads the certificate and key (PEM) and returns a configuration that follows the files: a renewed
// certificate is in use a few seconds after it was written, without a restart. Files that cannot be read or do not
// match are logged and the last good pair stays in use, so that a renewal that stops half-way takes nothing down.
func NewTLSConfig(certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

// certificate is a pair of files and what was last read from them.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	version fileVersion
	checked time.Time
}

// fileVersion changes when one of the two files does.
type fileVersion struct {
	certTime, keyTime time.Time
	certSize, keySize int64
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < certificateCheckEvery {
		return c.pair, nil
	}
	c.checked = time.Now()
	version, err := c.stat()
	if err != nil || version == c.version {
		return c.pair, nil
	}
	if err := c.load(); err != nil {
		c.log.Error("the new TLS certificate cannot be used; the one before stays in use", "error", err)
	} else {
		c.log.Info("the TLS certificate was renewed")
	}
	return c.pair, nil
}

// load reads the files. The version is taken before, so that a write during the reading is seen at the next look.
func (c *certificate) load() error {
	version, err := c.stat()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("TLS certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.version = &pair, version
	return nil
}

func (c *certificate) stat() (fileVersion, error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return fileVersion{}, fmt.Errorf("TLS certificate: %w", err)
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return fileVersion{}, fmt.Errorf("TLS key: %w", err)
	}
	return fileVersion{cert.ModTime(), key.ModTime(), cert.Size(), key.Size()}, nil
}
