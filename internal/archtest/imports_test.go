package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "udap-idp"

// importing is one import line.
type importing struct {
	pkg    string // the importing package, by its path in the module
	file   string
	path   string
	isTest bool
}

// imports reads every Go file of the module, those for other systems included.
func imports(t *testing.T, root string) []importing {
	t.Helper()
	var list []importing
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		one := importing{pkg: path.Dir(name), file: name, isTest: strings.HasSuffix(name, "_test.go")}
		list = append(list, one) // without a path: the package is there, whatever it imports
		for _, spec := range file.Imports {
			if one.path, err = strconv.Unquote(spec.Path.Value); err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestEveryPackageHasARule(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, i := range imports(t, moduleRoot(t)) {
		found[i.pkg] = true
	}
	for pkg := range found {
		if _, ok := rules[pkg]; !ok {
			t.Errorf("%s has no row in rules (internal/archtest/rules_test.go); give it one, and a line in docs/architecture.md", pkg)
		}
	}
	for pkg := range rules {
		if !found[pkg] {
			t.Errorf("rules has a row for %s, which has no Go files", pkg)
		}
	}
}

func TestImportsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, i := range imports(t, moduleRoot(t)) {
		if reason := breaks(i); reason != "" {
			t.Errorf("%s imports %s: %s", i.file, i.path, reason)
		}
	}
}

func TestForeignLibrariesHaveOneAddress(t *testing.T) {
	t.Parallel()
	addresses := map[string][]string{}
	for pkg, r := range rules {
		for _, library := range r.foreign {
			addresses[library] = append(addresses[library], pkg)
		}
	}
	for library, pkgs := range addresses {
		if _, excused := twoAddresses[library]; len(pkgs) > 1 && !excused {
			slices.Sort(pkgs)
			t.Errorf("%s has the addresses %s; a library has one, or a reason in twoAddresses", library, strings.Join(pkgs, " and "))
		}
	}
}

// breaks returns why an import is against the rules, or "".
func breaks(i importing) string {
	r, ok := rules[i.pkg]
	if !ok || i.path == "" {
		return "" // TestEveryPackageHasARule tells
	}
	if inner, ok := strings.CutPrefix(i.path, module+"/"); ok {
		if inner == i.pkg || slices.Contains(r.house, "*") || slices.Contains(r.house, inner) {
			return ""
		}
		if i.isTest && slices.Contains(testHouse, inner) {
			return ""
		}
		return i.pkg + " may import " + orNothing(r.house) + " of this module, because " + r.why
	}
	if first, _, _ := strings.Cut(i.path, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	if slices.ContainsFunc(r.foreign, func(library string) bool { return within(i.path, library) }) {
		return ""
	}
	if i.isTest && testMayUse(i.pkg, i.path) {
		return ""
	}
	return i.pkg + " may import " + orNothing(r.foreign) + " of others, because " + r.why
}

func testMayUse(pkg, importPath string) bool {
	for library, pkgs := range testForeign {
		if within(importPath, library) && (pkgs == nil || slices.Contains(pkgs, pkg)) {
			return true
		}
	}
	return false
}

func within(importPath, library string) bool {
	return importPath == library || strings.HasPrefix(importPath, library+"/")
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, ", ")
}

// The rules themselves must catch what they are for.
func TestRulesCatchWrongImports(t *testing.T) {
	t.Parallel()
	wrong := []importing{
		{pkg: "internal/login", path: "udap-idp/internal/provider"},
		{pkg: "internal/login", path: "udap-idp/internal/provider", isTest: true},
		{pkg: "internal/login", path: "udap-idp/internal/sqlstore"},
		{pkg: "internal/idp", path: "github.com/google/uuid"},
		{pkg: "internal/udap", path: "udap-idp/internal/idp"},
		{pkg: "internal/dataholder", path: "udap-idp/internal/idp"},
		{pkg: "internal/discovery", path: "github.com/zitadel/oidc/v3/pkg/op"},
		{pkg: "internal/login", path: "github.com/go-webauthn/webauthn-fork"},
		{pkg: "internal/provider", path: "github.com/descope/virtualwebauthn", isTest: true},
	}
	for _, i := range wrong {
		if breaks(i) == "" {
			t.Errorf("%s may import %s (test %v)", i.pkg, i.path, i.isTest)
		}
	}
	right := []importing{
		{pkg: "internal/login", path: "udap-idp/internal/idp"},
		{pkg: "internal/login", path: "udap-idp/internal/sqlstore", isTest: true},
		{pkg: "internal/login", path: "udap-idp/internal/login", isTest: true},
		{pkg: "internal/login", path: "github.com/go-webauthn/webauthn/protocol"},
		{pkg: "internal/idp", path: "crypto/sha256"},
		{pkg: "cmd/udap-idp", path: "udap-idp/internal/provider"},
	}
	for _, i := range right {
		if reason := breaks(i); reason != "" {
			t.Errorf("%s may not import %s: %s", i.pkg, i.path, reason)
		}
	}
}

// udaptest holds keys and behaviours that only a test may want, and brings x/crypto with it.
func TestUdaptestIsForTestsOnly(t *testing.T) {
	t.Parallel()
	for _, i := range imports(t, moduleRoot(t)) {
		if i.path == module+"/internal/udap/udaptest" && !i.isTest {
			t.Errorf("%s imports udaptest and is no test", i.file)
		}
	}
}
