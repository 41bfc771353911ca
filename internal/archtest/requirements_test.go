package archtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// requirement is a row of docs/requirements.md: | ID | requirement | where | test |.
type requirement struct {
	line  int
	id    string
	where []string // files; none when the cell begins with "not", such as "not yet" or "not ours: the client's duty"
	tests []string // functions; none likewise
}

var (
	requirementID = regexp.MustCompile(`^[MJDACTRVN]-[0-9]+$`)
	testName      = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Za-z0-9_]+$`)
	testFunc      = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]+)\(`)
	separators    = regexp.MustCompile(`<br */?>|[,;\s]+`)
)

// parseRequirements reads the rows of every table in the page, and says what is wrong with their form.
func parseRequirements(page string) (rows []requirement, errs []error) {
	for i, line := range strings.Split(page, "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := splitRow(line)
		if len(cells) > 0 && (cells[0] == "ID" || strings.Trim(cells[0], ":-") == "") {
			continue // the head and the rule below it
		}
		if len(cells) != 4 {
			errs = append(errs, fmt.Errorf("line %d: %d cells, want | ID | requirement | where | test |", i+1, len(cells)))
			continue
		}
		row := requirement{line: i + 1, id: cells[0], where: names(cells[2]), tests: names(cells[3])}
		for column, cell := range cells {
			if cell == "" {
				errs = append(errs, fmt.Errorf("line %d: %s: cell %d is empty; say \"not yet\" if it is", row.line, row.id, column+1))
			}
		}
		rows = append(rows, row)
	}
	return rows, errs
}

// splitRow splits at the bars that are not escaped.
func splitRow(line string) []string {
	const escaped = "\x00"
	line = strings.ReplaceAll(line, `\|`, escaped)
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, escaped, "|"))
	}
	return cells
}

func names(cell string) []string {
	if cell == "not" || strings.HasPrefix(cell, "not ") {
		return nil
	}
	list := separators.Split(strings.ReplaceAll(cell, "`", ""), -1)
	return slices.DeleteFunc(list, func(name string) bool { return name == "" })
}

func readRequirements(t *testing.T) []requirement {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(moduleRoot(t), "docs", "requirements.md"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("docs/requirements.md is missing: it lists each requirement, where it is kept and which test shows it")
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, errs := parseRequirements(string(page))
	for _, err := range errs {
		t.Errorf("docs/requirements.md %v", err)
	}
	if len(rows) == 0 {
		t.Fatal("docs/requirements.md has no rows")
	}
	return rows
}

func TestRequirementsNameFilesAndTestsThatExist(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	funcs := testFuncs(t, root)
	seen := map[string]int{}
	for _, row := range readRequirements(t) {
		at := fmt.Sprintf("docs/requirements.md:%d %s", row.line, row.id)
		if before := seen[row.id]; before > 0 {
			t.Errorf("%s is on line %d as well", at, before)
		}
		seen[row.id] = row.line
		for _, name := range row.where {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
				t.Errorf("%s: there is no file %s", at, name)
			}
		}
		for _, name := range row.tests {
			function, _, _ := strings.Cut(name, "/") // a subtest
			if !testName.MatchString(function) {
				t.Errorf("%s: %q is not the name of a test", at, name)
			} else if !funcs[function] {
				t.Errorf("%s: there is no test %s", at, function)
			}
		}
	}
}

// testFuncs are the names of all tests of the module.
func testFuncs(t *testing.T, root string) map[string]bool {
	t.Helper()
	funcs := map[string]bool{}
	for _, name := range files(t, root) {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, found := range testFunc.FindAllSubmatch(read(t, root, name), -1) {
			funcs[string(found[1])] = true
		}
	}
	return funcs
}

func TestEveryRequirementOfTheProfileHasARow(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile(filepath.Join(moduleRoot(t), "..", "shared", "spec", "udap.md"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("../shared/spec/udap.md is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	ids := profileIDs(string(spec))
	if len(ids) < 90 {
		t.Fatalf("part 1 of udap.md has %d requirements: it is not read right", len(ids))
	}
	have := map[string]bool{}
	for _, row := range readRequirements(t) {
		have[row.id] = true
	}
	for _, id := range ids {
		if !have[id] {
			t.Errorf("docs/requirements.md has no row for %s", id)
		}
	}
}

// profileIDs are the requirements in the tables of part 1.
func profileIDs(spec string) []string {
	_, part, _ := strings.Cut(spec, "\n# PART 1")
	part, _, _ = strings.Cut(part, "\n# PART 2")
	var ids []string
	for line := range strings.SplitSeq(part, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		if id := splitRow(line)[0]; requirementID.MatchString(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestRequirementRowsAreRead(t *testing.T) {
	t.Parallel()
	rows, errs := parseRequirements("# Requirements\n\n| ID | requirement | where | test |\n|---|:--|---|---|\n" +
		"| M-1 | a \\| b | `internal/a.go`, internal/b.go<br>c.go | `TestA`, TestB/sub |\n" +
		"| M-2 | later | not yet | not yet |\n| M-3 | x | | TestC |\n| M-4 | x |\n")
	if len(rows) != 3 || len(errs) != 2 {
		t.Fatalf("%d rows and %v, want 3 rows and 2 errors", len(rows), errs)
	}
	if want := []string{"internal/a.go", "internal/b.go", "c.go"}; !slices.Equal(rows[0].where, want) {
		t.Errorf("where %q, want %q", rows[0].where, want)
	}
	if want := []string{"TestA", "TestB/sub"}; !slices.Equal(rows[0].tests, want) {
		t.Errorf("tests %q, want %q", rows[0].tests, want)
	}
	if rows[1].where != nil || rows[1].tests != nil {
		t.Errorf("\"not yet\" names %q and %q", rows[1].where, rows[1].tests)
	}
}
