package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"udap-idp/internal/server"
)

func listenLoopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestShutdownLetsARunningRequestFinish(t *testing.T) {
	t.Parallel()
	arrived, finish := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-finish
		io.WriteString(w, "whole")
	})
	l := listenLoopback(t)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, h, server.Listening{Listener: l, ShutdownTimeout: time.Minute, Log: slog.New(slog.DiscardHandler)})
	}()
	type result struct {
		body string
		err  error
	}
	answered := make(chan result, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		resp, err := client.Get("http://" + l.Addr().String())
		if err != nil {
			answered <- result{err: err}
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		answered <- result{string(body), err}
	}()
	<-arrived
	stop()
	for { // wait until nobody is accepted any more
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
	}
	close(finish)
	if got := <-answered; got.err != nil || got.body != "whole" {
		t.Errorf("got %q, %v, want the whole answer", got.body, got.err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: got %v, want nil", err)
	}
}

func TestShutdownCutsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	l := listenLoopback(t)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, h, server.Listening{Listener: l, ShutdownTimeout: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	}()
	failed := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-arrived
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: got %v, want nil", err)
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

// UDAP data holders put several kB into state; a request line with them must pass, and one past the limit must not.
func TestHeaderLimit(t *testing.T) {
	t.Parallel()
	l := listenLoopback(t)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, http.NotFoundHandler(), server.Listening{Listener: l, ShutdownTimeout: time.Second, Log: slog.New(slog.DiscardHandler)})
	}()
	defer func() { stop(); <-served }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for size, want := range map[int]int{32 << 10: http.StatusNotFound, 128 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		resp, err := client.Get("http://" + l.Addr().String() + "/authorize?state=" + strings.Repeat("s", size))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("state of %d bytes: got %d, want %d", size, resp.StatusCode, want)
		}
	}
}

// writePair writes a new self-signed certificate for localhost and its key, and returns the certificate.
func writePair(t *testing.T, certFile, keyFile string, serial int64) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(100, 0, 0),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		// A file system with coarse times must not hide the change.
		if err := os.Chtimes(file, time.Time{}, time.Unix(serial*1000, 0)); err != nil {
			t.Fatal(err)
		}
	}
	return cert
}

func TestRenewedCertificateIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.pem"), filepath.Join(dir, "tls.key")
	synctest.Test(t, func(t *testing.T) {
		first := writePair(t, certFile, keyFile, 1)
		log := &logBuffer{}
		c, err := server.NewTLSConfig(certFile, keyFile, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		used := func() []byte {
			t.Helper()
			time.Sleep(time.Minute) // of the bubble's clock: the files are due for a look
			pair, err := c.GetCertificate(&tls.ClientHelloInfo{})
			if err != nil {
				t.Fatal(err)
			}
			return pair.Certificate[0]
		}
		if !bytes.Equal(used(), first) {
			t.Error("the first certificate is not used")
		}
		second := writePair(t, certFile, keyFile, 2)
		if !bytes.Equal(used(), second) {
			t.Error("the renewed certificate is not used")
		}
		if err := os.WriteFile(keyFile, []byte("half a ke"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(used(), second) {
			t.Error("a broken file took the last good certificate away")
		}
		if !strings.Contains(log.String(), "cannot be used") {
			t.Errorf("the log does not tell of the broken file: %s", log)
		}
	})
}

func TestServesHTTPS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "tls.pem"), filepath.Join(dir, "tls.key")
	cert, err := x509.ParseCertificate(writePair(t, certFile, keyFile, 1))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	secure, err := server.NewTLSConfig(certFile, keyFile, log)
	if err != nil {
		t.Fatal(err)
	}
	l := listenLoopback(t)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- server.Serve(ctx, http.NotFoundHandler(), server.Listening{Listener: l, TLS: secure, ShutdownTimeout: time.Second, Log: log})
	}()
	defer func() { stop(); <-served }()
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"},
	}}
	resp, err := client.Get("https://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.TLS == nil || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %+v, want TLS 1.2 or later", resp.TLS)
	}
}

func TestUnreadableCertificateStopsTheStart(t *testing.T) {
	t.Parallel()
	_, err := server.NewTLSConfig(filepath.Join(t.TempDir(), "none.pem"), "none.key", slog.New(slog.DiscardHandler))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file does not exist", err)
	}
}

// purges counts the calls and fails at the first.
type purges struct{ at []time.Time }

func (p *purges) Purge(_ context.Context, now time.Time) (int64, error) {
	p.at = append(p.at, now)
	if len(p.at) == 1 {
		return 0, errors.New("the database is away")
	}
	return 1, nil
}

func TestPurgeGoesOnAfterAFailureAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		p, log := &purges{}, &logBuffer{}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			server.PurgeEvery(ctx, time.Minute, p, slog.New(slog.NewTextHandler(log, nil)))
		}()
		time.Sleep(3*time.Minute + time.Second)
		stop()
		<-ended
		if len(p.at) != 3 {
			t.Errorf("got %d purges in three minutes, want 3", len(p.at))
		}
		if !strings.Contains(log.String(), "the database is away") {
			t.Error("the failure is not in the log")
		}
	})
}
