package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// actionName is the shape of an action of the audit log; those of one word are signin and signout.
var actionName = regexp.MustCompile(`^[a-z]+(\.[a-z_-]+)+$`)

// writers are the functions that take an action among their arguments, beside the field Action of an event.
var writers = regexp.MustCompile(`(?i)^(note|noted|happened|record|recorded|take|decide|change|audited|decision\w*|note\w+|advance\w+|\w*(event|events|trail))$`)

// TestEveryRecordedActionHasWords: an action that package audit does not list stands in the log without words, and no filter finds it.
func TestEveryRecordedActionHasWords(t *testing.T) {
	t.Parallel()
	root := moduleRoot(t)
	listed := literals(t, filepath.Join(root, "internal/audit/catalogue.go"), everyString)
	written := map[string]string{}
	for _, name := range files(t, root) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "internal/storetest/") {
			continue
		}
		for _, action := range literals(t, filepath.Join(root, name), actionsIn) {
			written[action] = name
		}
	}
	for action, name := range written {
		if !slices.Contains(listed, action) {
			t.Errorf("%s records %q, which internal/audit/catalogue.go does not list", name, action)
		}
	}
	if len(written) < len(listed)*3/4 { // a writer that the test does not know
		t.Errorf("the test sees %d actions being recorded, of %d that are listed", len(written), len(listed))
	}
}

// literals are the strings that have the shape of an action, among the expressions of a file that pick names.
func literals(t *testing.T, file string, pick func(ast.Node) []ast.Expr) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	add := func(expression ast.Expr) {
		literal, ok := expression.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && actionName.MatchString(text) {
			found = append(found, text)
		}
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		for _, expression := range pick(node) {
			add(expression)
		}
		return true
	})
	return found
}

func everyString(node ast.Node) []ast.Expr {
	if literal, ok := node.(*ast.BasicLit); ok {
		return []ast.Expr{literal}
	}
	return nil
}

// actionsIn are the expressions of a node that are an action.
func actionsIn(node ast.Node) []ast.Expr {
	switch n := node.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Action" {
			return []ast.Expr{n.Value}
		}
	case *ast.ValueSpec:
		if strings.HasPrefix(n.Names[0].Name, "action") {
			return n.Values
		}
	case *ast.AssignStmt:
		if left, ok := n.Lhs[0].(*ast.Ident); ok && left.Name == "action" {
			return n.Rhs
		}
	case *ast.CallExpr:
		if writers.MatchString(called(n.Fun)) {
			return n.Args
		}
	}
	return nil
}

// called is the name of a function or method.
func called(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
