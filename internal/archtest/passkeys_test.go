package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var checklistTest = regexp.MustCompile(`\bTest[A-Z][A-Za-z0-9_]+`)

// TestPasskeyChecklistNamesTestsThatExist: no box of docs/passkeys.md is ticked for nothing.
func TestPasskeyChecklistNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	page, err := os.ReadFile(filepath.Join(root, "docs", "passkeys.md"))
	if err != nil {
		t.Fatal(err)
	}
	funcs := testFuncs(t, root)
	for _, box := range strings.Split(string(page), "\n- [")[1:] {
		names := checklistTest.FindAllString(box, -1)
		if len(names) == 0 {
			t.Errorf("a box names no test: [%s", box)
		}
		for _, name := range names {
			if !funcs[name] {
				t.Errorf("there is no test %s: [%s", name, box)
			}
		}
	}
}
