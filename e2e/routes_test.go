package e2e

import (
	"os"
	"regexp"
	"testing"
)

// notShown are routes by s.page that show no page, with the reason.
var notShown = map[string]string{
	"GET /.well-known/passkey-endpoints": "JSON for password managers",
	"GET /recover/next":                  "leads on to the step that comes next",
}

var pageRoute = regexp.MustCompile(`mux\.Handle\("(GET [^"]+)", s\.page\(`)

// pageRoutes are the patterns that show a page, read out of the one screen on which every route stands.
func pageRoutes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../internal/server/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, m := range pageRoute.FindAllSubmatch(source, -1) {
		routes = append(routes, string(m[1]))
	}
	if len(routes) < 8 {
		t.Fatalf("only %d routes were found in routes.go", len(routes))
	}
	return routes
}
