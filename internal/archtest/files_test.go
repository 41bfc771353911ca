package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxLines is how long a Go file that is no test may be: what one can hold in mind.
const maxLines = 500

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// files lists the files that are or will be tracked, by their path under root.
func files(t *testing.T, root string) []string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	if out, err := list.Output(); err == nil {
		names := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
		return slices.DeleteFunc(names, func(name string) bool { // deleted and not yet committed, or a link
			info, err := os.Lstat(filepath.Join(root, name))
			return err != nil || !info.Mode().IsRegular()
		})
	}
	return walk(t, root) // an unpacked archive
}

func walk(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == ".git" || name == "bin") {
			return fs.SkipDir
		}
		if err == nil && entry.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, root, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGoFilesAreShort(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	for _, name := range files(t, root) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if lines := bytes.Count(read(t, root, name), []byte("\n")); lines > maxLines {
			t.Errorf("%s has %d lines, the limit is %d: split it by noun, step or endpoint", name, lines, maxLines)
		}
	}
}

var (
	// Put together, so that this file does not find itself.
	machinePath = regexp.MustCompile("(^|[^A-Za-z0-9_.-])/(wo" + "rk|ro" + "ot)/")
	unfinished  = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)
)

// forbidden returns the line and the reason of the first thing in a file that must not be in it, or 0.
func forbidden(name string, data []byte) (line int, reason string) {
	source := slices.Contains([]string{".go", ".html", ".js", ".sql"}, filepath.Ext(name))
	for i, text := range bytes.Split(data, []byte("\n")) {
		if machinePath.Match(text) {
			return i + 1, "names a path of the machine it was built on"
		}
		if source && unfinished.Match(text) {
			return i + 1, "says that it is not finished; finish it, or write what is missing in the issue"
		}
	}
	return 0, ""
}

func TestFilesNameNoMachineAndNothingUnfinished(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	for _, name := range files(t, root) {
		data := read(t, root, name)
		if !utf8.Valid(data) { // a picture or a font
			continue
		}
		if line, reason := forbidden(name, data); line > 0 {
			t.Errorf("%s:%d %s", name, line, reason)
		}
	}
}

func TestForbiddenWordsAreFound(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		line       int
	}{
		{"a.go", "package a\n// TO" + "DO: later", 2},
		{"a.sql", "-- FIX" + "ME", 1},
		{"a.md", "see TO" + "DO", 0},
		{"a.go", "// TO" + "DOS is a word, as is HA" + "CKER", 0},
		{"a.md", "in `/wo" + "rk/main`", 1},
		{"a.md", "https://example.org/a/wo" + "rk/b and frame" + "work/x and ./wo" + "rk/y", 0},
	}
	for _, c := range cases {
		if line, reason := forbidden(c.name, []byte(c.text)); line != c.line {
			t.Errorf("%s %q: line %d (%s), want %d", c.name, c.text, line, reason, c.line)
		}
	}
}
