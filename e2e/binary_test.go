package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"udap-idp/internal/pgtest"
)

// needTool skips the test for want of a tool, or fails it where everything must run.
func needTool(t testing.TB, name string) {
	t.Helper()
	if os.Getenv("CI") != "" || os.Getenv("REQUIRE_TOOLS") != "" {
		t.Fatalf("%s is not installed, and every test must run here", name)
	}
	t.Skipf("%s is not installed", name)
}

// binary builds udap-idp once and returns its path.
func binary(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(buildDir, "udap-idp")
	out, err := exec.Command("go", "build", "-o", path, "udap-idp/cmd/udap-idp").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

var buildDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "udap-idp-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	buildDir = dir
	code := pgtest.Run(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// process is a running command of ours.
type process struct {
	t   testing.TB
	cmd *exec.Cmd

	mu  sync.Mutex
	out bytes.Buffer
	eof chan struct{}
}

// start runs the binary and ends it with the test.
func start(t testing.TB, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(binary(t), args...), eof: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Env = cleanEnv()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = write, write
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	go p.collect(read)
	t.Cleanup(p.stop)
	return p
}

func (p *process) collect(read *os.File) {
	defer close(p.eof)
	defer read.Close()
	lines := bufio.NewScanner(read)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.out.Write(lines.Bytes())
		p.out.WriteByte('\n')
		p.mu.Unlock()
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// stop asks the process to end and waits for it.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(20*time.Second, func() { p.cmd.Process.Kill() })
	defer kill.Stop()
	p.cmd.Wait()
	<-p.eof
	if p.t.Failed() {
		p.t.Logf("output of %s:\n%s", strings.Join(p.cmd.Args[1:], " "), p.output())
	}
}

// cleanEnv is the environment without our own settings.
func cleanEnv() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "UDAP_IDP_") {
			env = append(env, v)
		}
	}
	return env
}

// run runs an operator command with --json and decodes what it prints into out.
func run(t testing.TB, out any, args ...string) {
	t.Helper()
	cmd := exec.Command(binary(t), append(args, "--json")...)
	cmd.Env = cleanEnv()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("udap-idp %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr.Bytes())
	}
	if err := json.Unmarshal(stdout, out); err != nil {
		t.Fatalf("udap-idp %s: %v\n%s", strings.Join(args, " "), err, stdout)
	}
}

// freePort is a port that was free a moment ago.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
