// Package pgtest gives tests a throw-away PostgreSQL server: one for each test binary, a database for each test.
//
// The server is the one installed on the machine, started in a temporary folder on a loopback port and ended with the test
// binary: by Main when it ends well, by the kernel (parent-death signal) when it is killed.
package pgtest

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// server is the running server of this test binary.
type server struct {
	dir  string
	port int
	cmd  *exec.Cmd
	stop chan struct{}
	done chan struct{}
}

var errAbsent = errors.New("PostgreSQL is not installed")

var (
	started   = sync.OnceValues(start)
	running   atomic.Pointer[server]
	databases atomic.Int64
	creating  sync.Mutex // held while a database is made
)

// filled is the database that Copy copies.
var filled struct {
	once sync.Once
	name string
	err  error
}

// Main runs the tests, ends the server and exits. Call it from TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main without the exit: it returns the exit code.
func Run(m *testing.M) int {
	code := m.Run()
	if s := running.Load(); s != nil {
		s.end()
	}
	return code
}

// DSN makes an empty database for this test and returns its postgres:// URL. Without PostgreSQL on the machine the test
// is skipped, unless CI or REQUIRE_TOOLS is set: then it fails.
func DSN(t testing.TB) string {
	t.Helper()
	return serverOf(t).fresh(t, "template1")
}

// Copy makes a database for this test that is a copy of one that fill has filled, once for this test binary. It is DSN otherwise.
func Copy(t testing.TB, fill func(dsn string) error) string {
	t.Helper()
	s := serverOf(t)
	filled.once.Do(func() {
		filled.name = "filled"
		if filled.err = s.create(filled.name, "template1"); filled.err == nil {
			filled.err = fill(s.url(filled.name))
		}
	})
	if filled.err != nil {
		t.Fatalf("fill the database that tests copy: %v", filled.err)
	}
	return s.fresh(t, filled.name)
}

// serverOf is the server of this test binary.
func serverOf(t testing.TB) *server {
	t.Helper()
	s, err := started()
	if errors.Is(err, errAbsent) && os.Getenv("CI") == "" && os.Getenv("REQUIRE_TOOLS") == "" {
		t.Skip("PostgreSQL is not installed")
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return s
}

// fresh makes a database for a test and returns its URL.
func (s *server) fresh(t testing.TB, from string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := s.create(name, from); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

// create makes a database out of another that nobody uses. One at a time: PostgreSQL refuses to copy what is being copied.
func (s *server) create(name, from string) error {
	creating.Lock()
	defer creating.Unlock()
	admin, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer admin.Close()
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + from); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://tester@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func start() (*server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, stop: make(chan struct{}), done: make(chan struct{})}
	attr, err := s.account()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	init := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	init.SysProcAttr, init.Dir = attr, dir
	if out, err := init.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(dir))
	}
	if s.port, err = freePort(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-p", strconv.Itoa(s.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=400",
		"-c", "shared_buffers=64MB")
	withDeath := *attr
	withDeath.Pdeathsig = syscall.SIGQUIT
	s.cmd.SysProcAttr, s.cmd.Dir = &withDeath, dir
	if err := s.run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	running.Store(s)
	return s, s.ready()
}

// run starts the server from a thread that lives as long as the server: the parent-death signal is the thread's.
func (s *server) run() error {
	begun := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := s.cmd.Start()
		begun <- err
		if err == nil {
			<-s.stop
		}
		close(s.done)
	}()
	return <-begun
}

func (s *server) ready() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for limit := time.Now().Add(time.Minute); ; {
		if err = db.Ping(); err == nil || time.Now().After(limit) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // a server being started has nothing to wait on
	}
}

// end stops the server at once; its data is thrown away anyhow.
func (s *server) end() {
	s.cmd.Process.Signal(syscall.SIGQUIT)
	s.cmd.Wait()
	close(s.stop)
	<-s.done
	os.RemoveAll(s.dir)
}

// account says as whom the server runs: PostgreSQL refuses to run as root.
func (s *server) account() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2, os.Chown(s.dir, uid, gid)); err != nil {
			return nil, err
		}
		return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.New("no account other than root to run PostgreSQL as")
}

// binaries is the folder with initdb and postgres.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil && strings.HasSuffix(filepath.Dir(real), "bin") {
			return filepath.Dir(real), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errAbsent
	}
	return filepath.Dir(found[len(found)-1]), nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
