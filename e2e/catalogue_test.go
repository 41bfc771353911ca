package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// catalogueRow is a line of the error catalogue of docs/data-holders.md.
type catalogueRow struct {
	table       string // jwt, registration or token
	codes       []string
	description string // with … for what differs
	pattern     *regexp.Regexp
	literal     int // how much of the description is fixed
	met         bool
}

var (
	aCatalogue  = regexp.MustCompile(`(?s)<!-- catalogue: ([a-z]+) -->\n(.*?)<!-- end -->`)
	inBackticks = regexp.MustCompile("`([^`]+)`")
	// jwtName stands before what is wrong with one of the two JWTs.
	jwtName = regexp.MustCompile(`^(software statement|client assertion): `)
)

func readCatalogue(t *testing.T) []*catalogueRow {
	t.Helper()
	document, err := os.ReadFile(dataHoldersDoc)
	if err != nil {
		t.Fatal(err)
	}
	var rows []*catalogueRow
	for _, table := range aCatalogue.FindAllStringSubmatch(string(document), -1) {
		for line := range strings.Lines(table[2]) {
			cells := strings.Split(line, "|")
			if len(cells) != 6 || !strings.Contains(cells[1], "`") {
				continue
			}
			row := &catalogueRow{table: table[1], description: inBackticks.FindStringSubmatch(cells[2])[1]}
			for _, code := range inBackticks.FindAllStringSubmatch(cells[1], -1) {
				row.codes = append(row.codes, code[1])
			}
			row.pattern, row.literal = withGaps(row.description), len(strings.ReplaceAll(row.description, "…", ""))
			if strings.TrimSpace(cells[3]) == "" || strings.TrimSpace(cells[4]) == "" {
				t.Errorf("the catalogue tells no cause or no remedy of %q", row.description)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// find is the row that says most of the description.
func find(rows []*catalogueRow, s seen) *catalogueRow {
	var best *catalogueRow
	tables := []string{"jwt", strings.TrimPrefix(strings.Replace(s.endpoint, "register", "registration", 1), "/")}
	for _, row := range rows {
		if slices.Contains(tables, row.table) && slices.Contains(row.codes, s.code) && row.pattern.MatchString(jwtName.ReplaceAllString(s.description, "")) {
			if best == nil || row.literal > best.literal {
				best = row
			}
		}
	}
	return best
}

// unprovoked are the rows that no request from outside brings about, with the test that does.
var unprovoked = map[string]string{
	"the registration failed on our side; please try again later": "TestFailureOfOursIsNotARefusal",
	"the server met an internal error":                            "TestInternalErrorStaysInside",
	"the operator of this server has suspended the client":        "TestSuspendedClientCannotAuthenticate",
	"the body could not be read to its end":                       "the client that breaks off hears no answer",
}

// checkCatalogue compares the catalogue with what the cases met, both ways.
func checkCatalogue(t *testing.T, all []seen) {
	rows := readCatalogue(t)
	reported := map[seen]bool{}
	for _, s := range all {
		s.endpoint, _, _ = strings.Cut(s.endpoint, "?")
		row := find(rows, s)
		if row != nil {
			row.met = true
		} else if !reported[s] {
			reported[s] = true
			t.Errorf("%s does not have %s %s: %s", dataHoldersDoc, s.endpoint, s.code, s.description)
		}
	}
	for _, row := range rows {
		if _, excused := unprovoked[row.description]; row.met == excused {
			t.Errorf("%s has %v %q: met %v, excused %v", dataHoldersDoc, row.codes, row.description, row.met, excused)
		}
	}
}

// sources are the files whose sentences the two endpoints say.
var sources = []string{
	"udap/jwt.go", "udap/x5c.go", "udap/key.go", "udap/claims.go", "udap/statement.go", "udap/assertion.go", "udap/parameters.go", "udap/uris.go",
	"registration/handler.go", "registration/request.go",
	"provider/authenticate.go", "provider/token.go", "provider/exchange.go", "provider/wire.go", "provider/parameters.go",
}

// unsaid are sentences of the sources that neither endpoint says.
var unsaid = map[string]string{
	"the JWT is … bytes long, the limit is …":     "the body that holds it is too large before",
	"the JWT has no certificate":                  "ParseJWT wants one",
	"the header alg is …, which is not supported": "ParseJWT lets none of these pass",
	"the software statement cannot be read":       "every error of ParseJWT says more",
	"the client assertion cannot be read":         "every error of ParseJWT says more",
	"the Subject Alternative Name of the certificate x5c[0] cannot be read, expected the iss as a URI in it": "such a certificate cannot be read as a whole",
	"…, expected RSA, P-256 or P-384":       "a JWT's algorithm and key are compared before",
	"an RSA key of … bits, expected … to …": "goes into a sentence of the catalogue",
	"a … key": "goes into a sentence of the catalogue",
	"an array with something else than strings in it":      "goes into a sentence of the catalogue",
	"the name that people read":                            "goes into a sentence of the catalogue",
	"an array of https URIs":                               "goes into a sentence of the catalogue",
	"the https URI of a picture":                           "goes into a sentence of the catalogue",
	"an array with at least one mailto URI":                "goes into a sentence of the catalogue",
	"holds the byte 0x%02x, which is not allowed in a URI": "goes into a sentence of the catalogue",
	"the code was redeemed without a code_verifier":        "of the record of the attempt",
	"the server cannot check this now, try again later":    "the refusal of a certificate says more",
	" and … more":                                  "goes into a sentence of the catalogue",
	"an RSA key":                                   "goes into a sentence of the catalogue",
	"a key of another type":                        "goes into a sentence of the catalogue",
	"the query is longer than … bytes":             "of the authorization endpoint",
	"the query has a value that is not UTF-8 text": "of the authorization endpoint",
	"the query is not …":                           "of the authorization endpoint",
	"the method must be POST":                      "the server's routes answer before",
	"the method is …, expected POST":               "the server's routes answer before",
}

// TestCatalogueHasEverySentence: whatever the two endpoints can say of a refusal is in the catalogue, also where no case of
// the table has thought of it.
func TestCatalogueHasEverySentence(t *testing.T) {
	t.Parallel()
	rows := readCatalogue(t)
	found := map[string]bool{}
	for _, file := range sources {
		for _, sentence := range sentences(t, filepath.Join("..", "internal", filepath.FromSlash(file))) {
			found[sentence] = true
			_, excused := unsaid[sentence]
			if listed := isListed(rows, sentence); !excused && !listed {
				t.Errorf("%s says %q, which is not in the catalogue of %s", file, sentence, dataHoldersDoc)
			}
		}
	}
	for sentence := range unsaid {
		if !found[sentence] {
			t.Errorf("nothing says %q any more", sentence)
		}
	}
}

// isListed reports whether a row says the sentence: one may have … where the other has words, and a sentence may be the part
// of a row.
func isListed(rows []*catalogueRow, sentence string) bool {
	sentence = jwtName.ReplaceAllString(sentence, "")
	whole := withGaps(sentence)
	return slices.ContainsFunc(rows, func(row *catalogueRow) bool {
		return strings.Contains(row.description, sentence) || row.pattern.MatchString(sentence) || whole.MatchString(row.description)
	})
}

// withGaps matches a text in which … stands for anything.
func withGaps(text string) *regexp.Regexp {
	parts := strings.Split(text, "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$")
}

// aVerb is where another value goes into a format.
var aVerb = regexp.MustCompile(`%[a-z]`)

// sentences are the texts of a file that may reach a client: its strings of several words, with … for what is put into them,
// without those of errors that go to the log.
func sentences(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Errorf" || f.Sel.Name == "New") {
				return filepath.Base(path) == "key.go" // whose errors are said
			}
		case *ast.BinaryExpr:
			if n.Op != token.ADD {
				return true
			}
			if text := flat(n); strings.Count(text, " ") > 1 {
				found = append(found, text)
			}
			return false
		case *ast.BasicLit:
			if text := flat(n); strings.Count(text, " ") > 1 {
				found = append(found, text)
			}
		}
		return true
	})
	return found
}

// flat is the text of an expression of strings.
func flat(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return strings.ReplaceAll(flat(e.X)+flat(e.Y), "……", "…")
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return aVerb.ReplaceAllString(text, "…")
		}
	}
	return "…"
}
