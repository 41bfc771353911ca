package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"udap-idp/internal/config"
	"udap-idp/internal/server"
)

type demoCommand struct {
	DataDir      string `name:"data-dir" placeholder:"DIR" help:"Keep the demo here, to go on with it later. Left out: a temporary folder, removed at the end."`
	Port         uint16 `name:"port" default:"8080" help:"Port of the identity provider (${default})."`
	HospitalPort uint16 `name:"hospital-port" default:"8090" help:"Port of the sample hospital (${default})."`
}

// demoShutdown is how long running requests may take when the demo is stopped.
const demoShutdown = 5 * time.Second

// Run starts everything that the journey needs on this machine, prints what to do, and serves until it is told to stop.
func (c *demoCommand) Run(ctx context.Context, term terminal) error {
	ports, err := openPorts(c.Port, c.HospitalPort)
	if err != nil {
		return err
	}
	defer ports.close() // no more than a second close after the servers ran
	dir, remove, err := c.dataDir()
	if err != nil {
		return err
	}
	defer remove()

	settings := config.Settings{DataDir: &dir, Listen: &ports.listen, Issuer: &ports.issuer, OperatorName: new(demoOperator),
		LogLevel: new("warn"), FetchAllow: new("localhost"), // the community's list is on this machine
		ShutdownTimeout: new(demoShutdown.String())}
	cfg, err := settings.Resolve(nil) // the environment is for real servers
	if err != nil {
		return err
	}
	log := newLog(cfg, term)
	slog.SetDefault(log)

	unlock, err := takeDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := openSite(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer s.close()
	d, err := newDemo(ctx, s, ports)
	if err != nil {
		return err
	}
	d.guide(term.Out)
	return d.serve(ctx)
}

// dataDir is the folder of the demo, and how to remove it at the end.
func (c *demoCommand) dataDir() (dir string, remove func(), err error) {
	if c.DataDir != "" {
		dir, err = filepath.Abs(c.DataDir)
		return dir, func() {}, err
	}
	dir, err = os.MkdirTemp("", "udap-idp-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("no temporary folder could be made: %w. Name a folder with --data-dir", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// ports are the two addresses of the demo, open before anything is made that names them.
type ports struct {
	provider, hospital net.Listener
	listen             string // of the provider, host and port
	issuer             string
	hospitalURL        string
}

func openPorts(providerPort, hospitalPort uint16) (*ports, error) {
	if providerPort == hospitalPort && providerPort != 0 {
		return nil, usage("--hospital-port: %d is the provider's --port. The two need different ports", hospitalPort)
	}
	var p ports
	var err error
	if p.provider, err = listen(loopback(providerPort), "--port"); err != nil {
		return nil, err
	}
	if p.hospital, err = listen(loopback(hospitalPort), "--hospital-port"); err != nil {
		p.provider.Close()
		return nil, err
	}
	p.listen = p.provider.Addr().String()
	p.issuer, p.hospitalURL = localhost(p.provider), localhost(p.hospital)
	return &p, nil
}

func (p *ports) close() {
	p.provider.Close()
	p.hospital.Close()
}

func loopback(port uint16) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))) }

// localhost is the URL of a listener. Passkeys need a name, not an address, and browsers take localhost for secure.
func localhost(l net.Listener) string {
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if port == "80" {
		return "http://localhost"
	}
	return "http://localhost:" + port
}

// demo is everything that runs in the demo.
type demo struct {
	site     *site
	ports    *ports
	people   []samplePerson
	hospital http.Handler
}

func newDemo(ctx context.Context, s *site, p *ports) (*demo, error) {
	community, err := openDemoCommunity(filepath.Join(s.config.DataDir, "demo"), p)
	if err != nil {
		return nil, err
	}
	if err := community.join(ctx, s); err != nil {
		return nil, err
	}
	people, err := samplePeople(ctx, s)
	if err != nil {
		return nil, err
	}
	hospital, err := community.hospital(s, p)
	if err != nil {
		return nil, err
	}
	return &demo{site: s, ports: p, people: people, hospital: hospital}, nil
}

// serve runs both servers until ctx ends or one of them fails.
func (d *demo) serve(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.site.serve(ctx, d.ports.provider) })
	group.Go(func() error {
		return server.Serve(ctx, d.hospital, server.Listening{
			Listener: d.ports.hospital, ShutdownTimeout: demoShutdown, Log: d.site.log,
		})
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
