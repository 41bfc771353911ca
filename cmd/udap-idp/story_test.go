package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"udap-idp/internal/idp"
	"udap-idp/internal/sqlstore"
	"udap-idp/internal/udap/authority"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"udap-idp": main})
}

// The command line as stories on the real binary: testdata/*.txtar. Under the race detector the servers of the stories run under it;
// commands do one thing after the other, and to start one takes six times as long with it.
func TestStories(t *testing.T) {
	t.Parallel()
	commands := ""
	if raceDetector {
		commands = plainBinary(t)
	}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Setup:              func(env *testscript.Env) error { return setupStory(env, commands) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"start":        startCommand,
			"halt":         stopCommand,
			"fetch":        fetchCommand,
			"occupy":       occupyCommand,
			"certificates": certificatesCommand,
			"issue":        issueCommand,
			"json":         jsonCommand,
			"register":     registerCommand,
			"show":         showCommand,
			"nowhere":      nowhereCommand,
			"member":       memberCommand,
			"get":          getCommand,
			"keys":         keysCommand,
			"signer":       signerCommand,
			"waitlog":      waitLogCommand,
			"holder":       holderCommand,
			"capture":      captureCommand,
			"post":         postCommand,
			"enlist":       enlistCommand,
			"proof":        proofCommand,
			"mailserver":   mailServerCommand,
			"waitmail":     waitMailCommand,
		},
	})
}

// plainBinary builds the command without the race detector, and returns its folder.
func plainBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "udap-idp"), "udap-idp/cmd/udap-idp").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return dir
}

// setupStory gives each story ports of its own and nothing of the caller's settings. commands is the folder with the binary that
// its commands are run with, "" for this test's own.
func setupStory(env *testscript.Env, commands string) error {
	if commands != "" {
		env.Setenv("PATH", commands+string(filepath.ListSeparator)+env.Getenv("PATH"))
	}
	names := []string{"PORT", "PORT2", "PORT3"}
	ports, err := freePorts(len(names))
	if err != nil {
		return err
	}
	for i, name := range names {
		env.Setenv(name, strconv.Itoa(ports[i]))
	}
	env.Setenv("DATA", filepath.Join(env.WorkDir, "data"))
	env.Values["servers"] = map[string]*process{}
	return nil
}

// freePorts are ports that were free a moment ago, each another one: all are taken before the first is let go.
func freePorts(number int) ([]int, error) {
	var ports []int
	for range number {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// process is a udap-idp in the background.
type process struct {
	cmd   *exec.Cmd
	out   bytes.Buffer
	ended chan struct{}
	err   error
}

// startCommand: start NAME UNTIL ARGS… runs udap-idp ARGS in the background and waits until its output has the text UNTIL.
// The output is in NAME.out.
func startCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: start NAME UNTIL ARGS…")
	}
	name, until := args[0], args[1]
	path, err := exec.LookPath("udap-idp")
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[2:]...), ended: make(chan struct{})}
	p.cmd.Env = environOf(ts)
	p.cmd.Dir = ts.MkAbs(".")
	read, write, err := os.Pipe()
	ts.Check(err)
	p.cmd.Stdout, p.cmd.Stderr = write, write
	ts.Check(p.cmd.Start())
	write.Close()

	ready := make(chan struct{})
	go p.follow(read, filepath.Join(ts.MkAbs("."), name+".out"), until, ready)
	ts.Defer(func() {
		p.cmd.Process.Kill()
		<-p.ended
	})
	select {
	case <-ready:
	case <-p.ended:
		ts.Fatalf("udap-idp %s ended before it said %q: %v\n%s", strings.Join(args[2:], " "), until, p.err, &p.out)
	}
	servers(ts)[name] = p
}

func servers(ts *testscript.TestScript) map[string]*process {
	return ts.Value("servers").(map[string]*process)
}

func environOf(ts *testscript.TestScript) []string {
	var environ []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "WORK", "SystemRoot"} {
		environ = append(environ, name+"="+ts.Getenv(name))
	}
	return environ
}

// follow reads what the process writes until it ends, and closes ready when the text came by.
func (p *process) follow(read io.ReadCloser, file, until string, ready chan struct{}) {
	defer close(p.ended)
	defer read.Close()
	out, err := os.Create(file)
	if err != nil {
		p.cmd.Process.Kill()
	}
	defer out.Close()
	for lines := bufio.NewScanner(read); lines.Scan(); {
		fmt.Fprintln(io.MultiWriter(out, &p.out), lines.Text())
		if ready != nil && strings.Contains(lines.Text(), until) {
			close(ready)
			ready = nil
		}
	}
	p.err = p.cmd.Wait()
}

// stopCommand: halt NAME ends it with SIGTERM; it must end well, or, with !, badly.
func stopCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: stop NAME")
	}
	p := servers(ts)[args[0]]
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		ts.Fatalf("%s does not end", args[0])
	}
	if (p.err != nil) != neg {
		ts.Fatalf("%s ended with %v\n%s", args[0], p.err, &p.out)
	}
}

// fetchCommand: fetch STATUS URL asks for a page; the body is in the file body. With a running server that has to notice
// a change, it asks until the status is the one wanted, at most a second: as the issue of operator commands promises.
func fetchCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fetch STATUS URL")
	}
	deadline := time.Now().Add(time.Second)
	for {
		resp, err := http.Get(args[1])
		ts.Check(err)
		body, err := io.ReadAll(resp.Body)
		ts.Check(err)
		resp.Body.Close()
		if strconv.Itoa(resp.StatusCode) == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs("body"), body, 0o600))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: got %s, want %s\n%s", args[1], resp.Status, args[0], body)
		}
	}
}

// occupyCommand: occupy PORT listens there until the story ends.
func occupyCommand(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:"+args[0])
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

// certificatesCommand: certificates URI… makes a trust community: ca.pem, other-ca.pem, and ours.pem with ours.key for the
// URIs, other.key that fits no certificate, and expired.pem for ours.key. next.pem, coming.pem (which begins in ten days), short.pem
// (which ends before ours.pem), elsewhere.pem (for another URI), stranger.pem and later.pem (of the other authority, the second
// beginning in ten days) have keys of their own.
func certificatesCommand(ts *testscript.TestScript, neg bool, args []string) {
	ca, err := authority.New("Story CA", authority.Options{KeyType: authority.P256})
	ts.Check(err)
	other, err := authority.New("Other CA", authority.Options{KeyType: authority.P256})
	ts.Check(err)
	key, err := authority.NewKey(authority.P256)
	ts.Check(err)
	ours, err := ca.IssueLeaf(authority.Leaf{URIs: args, Key: key})
	ts.Check(err)
	expired, err := ca.IssueLeaf(authority.Leaf{
		URIs: args, Key: key, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0),
	})
	ts.Check(err)

	dir := ts.MkAbs(".")
	day := func(n int) time.Time { return time.Now().AddDate(0, 0, n) }
	for name, issue := range map[string]struct {
		from *authority.Authority
		leaf authority.Leaf
	}{
		"next":      {ca, authority.Leaf{URIs: args, NotAfter: day(1000)}},
		"coming":    {ca, authority.Leaf{URIs: args, NotBefore: day(10), NotAfter: day(2000)}},
		"short":     {ca, authority.Leaf{URIs: args, NotAfter: day(20)}},
		"elsewhere": {ca, authority.Leaf{URIs: []string{"https://elsewhere.example.org"}}},
		"stranger":  {other, authority.Leaf{URIs: args}},
		"later":     {other, authority.Leaf{URIs: args, NotBefore: day(10)}},
	} {
		issue.leaf.KeyType = authority.P256
		identity, err := issue.from.IssueLeaf(issue.leaf)
		ts.Check(err)
		ts.Check(writeIdentity(dir, name, identity.Chain, identity.Key))
	}
	ts.Check(writeIdentity(dir, "ours", ours.Chain, key))
	ts.Check(writeIdentity(dir, "expired", expired.Chain, key))
	ts.Check(writeIdentity(dir, "ca", append(ours.Chain[:0:0], ca.Certificate), ca.Key))
	ts.Check(writeIdentity(dir, "other", append(ours.Chain[:0:0], other.Certificate), other.Key))
}

// enlistCommand: enlist URI puts a data holder into the oldest community, which it makes one of healthcare organisations.
func enlistCommand(ts *testscript.TestScript, neg bool, args []string) {
	store, err := sqlstore.Open(context.Background(), "sqlite:"+filepath.Join(ts.Getenv("DATA"), "udap-idp.db"))
	ts.Check(err)
	defer store.Close()
	communities, err := store.Communities(context.Background())
	ts.Check(err)
	communities[0].Settings = idp.CommunitySettings{Healthcare: true}
	ts.Check(store.ChangeCommunity(context.Background(), communities[0]))
	_, _, err = store.RegisterClient(context.Background(), idp.Client{
		ID: idp.NewUUIDv4(), CommunityID: communities[0].ID, URI: args[0], Name: "General Hospital", RedirectURIs: []string{args[0] + "/callback"},
		GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, TokenEndpointAuthMethod: "private_key_jwt",
		Scope: "openid udap identity_assurance", SoftwareStatement: "a.b.c", Certificate: []byte{1}, CreatedAt: time.Now(), UpdatedAt: time.Now(),
	})
	ts.Check(err)
}

// memberCommand: member VARIABLE FILE NAME puts a member of the JSON object in FILE into a variable.
func memberCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: member VARIABLE FILE NAME")
	}
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &object))
	value, ok := object[args[2]].(string)
	if !ok {
		ts.Fatalf("%s has no text %s", args[1], args[2])
	}
	ts.Setenv(args[0], value)
}

// jsonCommand: json FILE PATH VALUE compares a member of the JSON in FILE: 0.name is the member name of the first item.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	if got := member(ts, args[0], args[1]); (got == args[2]) == neg {
		ts.Fatalf("%s: got %q, want %q (not: %v)", args[1], got, args[2], neg)
	}
}

// getCommand: get NAME FILE PATH puts a member of the JSON in FILE into the variable NAME.
func getCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: get NAME FILE PATH")
	}
	ts.Setenv(args[0], member(ts, args[1], args[2]))
}

func member(ts *testscript.TestScript, file, path string) string {
	var value any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &value))
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(v) {
				ts.Fatalf("%s: no item %s", path, part)
			}
			value = v[i]
		default:
			ts.Fatalf("%s: nothing below %v", path, v)
		}
	}
	return fmt.Sprint(value)
}
