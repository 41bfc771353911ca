package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"udap-idp/internal/udap/udaptest"
)

// checked is a requirement as "check --json" prints it.
type checked struct{ ID, Status, Found string }

// runCheck runs "udap-idp check" and returns its exit status and what it printed.
func runCheck(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	cmd := exec.Command(binary(t), append([]string{"check"}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = cleanEnv(), &out, &problems
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), problems.String()
}

// failures are the ids of the requirements that do not hold, with what was found.
func failures(t testing.TB, stdout string) map[string]string {
	t.Helper()
	var results []checked
	if err := json.Unmarshal([]byte(stdout), &results); err != nil || len(results) == 0 {
		t.Fatalf("check --json: %v\n%s", err, stdout)
	}
	failed := map[string]string{}
	for _, r := range results {
		if r.Status == "FAIL" {
			failed[r.ID] = r.Found
		}
	}
	return failed
}

// memberFlags writes a certificate of the community for files of check.
func (p *provider) memberFlags(leaf *udaptest.Leaf) []string {
	p.t.Helper()
	return []string{"--anchor", p.file("check-anchor.crt", certificates(p.community.Anchor())),
		"--certificate", p.file("check.crt", certificates(leaf.Chain...)), "--key", p.file("check.pk8", privateKey(p.t, leaf))}
}

// TestProviderPassesItsOwnCheck: with an anchor and a certificate nothing fails, nothing is left to warn of, and nothing is
// left behind.
func TestProviderPassesItsOwnCheck(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	flags := append(p.memberFlags(p.community.Leaf("https://checker.example/")), "--community", p.community.URI, p.issuer)
	code, stdout, stderr := runCheck(t, flags...)
	if code != 0 {
		t.Errorf("exit status %d\n%s", code, stderr)
	}
	for line := range strings.Lines(stdout) {
		if strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "warn") {
			t.Errorf("the check says: %s", line)
		}
	}
	for _, id := range []string{"M-1", "M-31", "M-41", "J-7a", "J-7b", "O-10", "D-4", "D-8", "D-20", "D-24", "A-4", "C-5", "C-8"} {
		if !strings.Contains(stdout, "ok       "+id+" ") {
			t.Errorf("%s is not among what was found to hold:\n%s", id, stdout)
		}
	}
	var clients []struct {
		URI    string `json:"uri"`
		Status string `json:"status"`
	}
	run(t, &clients, append([]string{"client", "list"}, p.settings...)...)
	if len(clients) != 0 {
		t.Errorf("after the check %d clients are registered: %+v", len(clients), clients)
	}
}

// TestCheckWithoutCertificate: refusals are looked at with a certificate that nobody trusts, and the rest is skipped.
func TestCheckWithoutCertificate(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	code, stdout, stderr := runCheck(t, "--json", p.issuer)
	if failed := failures(t, stdout); code != 0 || len(failed) > 0 {
		t.Errorf("exit status %d, failed %v\n%s", code, failed, stderr)
	}
	// What a refusal for another reason, or an answer to everybody, cannot show is not said to hold.
	var results []checked
	if err := json.Unmarshal([]byte(stdout), &results); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"D-4": "ok", "D-5a": "ok", "D-6d": "skipped", "D-8": "skipped", "J-7a": "skipped", "M-41": "skipped"}
	for _, r := range results {
		if want[r.ID] != "" && r.Status != want[r.ID] {
			t.Errorf("%s is %s, want %s", r.ID, r.Status, want[r.ID])
		}
	}
}

// TestCheckSeesRevocation: a provider whose certificate was revoked fails, and one whose anchor is another is not trusted.
func TestCheckSeesRevocation(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	anchor := p.file("check-anchor.crt", certificates(p.community.Anchor()))
	p.community.Issuer.Revoke(p.own.Certificate(), p.own.Certificate().NotBefore)
	code, stdout, _ := runCheck(t, "--json", "--anchor", anchor, p.issuer)
	if failed := failures(t, stdout); code != 1 || failed["J-7b"] == "" {
		t.Errorf("revoked: exit status %d, failed %v", code, failed)
	}
	other := udaptest.New(t)
	anchor = p.file("other-anchor.crt", certificates(other.Anchor()))
	code, stdout, _ = runCheck(t, "--json", "--anchor", anchor, p.issuer)
	if failed := failures(t, stdout); code != 1 || failed["J-7a"] == "" {
		t.Errorf("another anchor: exit status %d, failed %v", code, failed)
	}
}

// TestCheckAskedWrongly: 2 is for a command that has to be written differently, and for a server that is not there.
func TestCheckAskedWrongly(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no address":              {},
		"not an address":          {"id.example.org"},
		"http":                    {"http://id.example.org"},
		"certificate without key": {"--certificate", "x.pem", "https://id.example.org"},
		"anchor that is not there": {"--anchor", filepath.Join(t.TempDir(), "none.crt"),
			"https://id.example.org"},
		"nobody there": {"http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, stdout, stderr := runCheck(t, args...); code != 2 || stderr == "" {
				t.Errorf("exit status %d, want 2\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// TestDemoPassesTheCheck: the demo is an identity provider like any other.
func TestDemoPassesTheCheck(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	code, stdout, stderr := runCheck(t, "--json", d.issuer)
	if failed := failures(t, stdout); code != 0 || len(failed) > 0 {
		t.Errorf("exit status %d, failed %v\n%s", code, failed, stderr)
	}
}
