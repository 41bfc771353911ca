package e2e

import (
	"os"
	"regexp"
	"testing"
)

// notShown are routes by s.page that show no page of their own, with the reason.
var notShown = map[string]string{
	"GET /.well-known/passkey-endpoints":          "JSON for password managers",
	"GET /account/here":                           "a picture: somebody is there still",
	"GET /admin/branding/look/{id}":               "a style sheet or a picture",
	"GET /admin/audit/export":                     "a file of JSON lines",
	"GET /admin/people/{id}/identifier":           "leads to the person: each reading has a reason of its own",
	"GET /admin/import/{id}/report":               "a table (CSV)",
	"GET /recover/next":                           "leads on to the step that comes next",
	"GET /admin/trust/{id}/request/{request}/csr": "a file to send to a community",
}

// routeTables are where the routes of pages stand, and how one is told there.
var routeTables = map[string]*regexp.Regexp{
	"../internal/server/routes.go":     regexp.MustCompile(`mux\.Handle\("(GET [^"]+)", s\.page\(`),
	"../internal/admin/permissions.go": regexp.MustCompile(`\{"(GET [^"]+)", "`),
}

// pageRoutes are the patterns that show a page.
func pageRoutes(t *testing.T) []string {
	t.Helper()
	var routes []string
	for file, one := range routeTables {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := one.FindAllSubmatch(source, -1)
		if len(found) < 4 {
			t.Errorf("only %d routes were found in %s: it is not read right", len(found), file)
		}
		for _, m := range found {
			routes = append(routes, string(m[1]))
		}
	}
	return routes
}
