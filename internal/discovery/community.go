package discovery

import (
	"net/url"
	"slices"
	"strings"
)

// communities returns how the community parameter can be read, most likely first, and nothing when there is none. Some
// clients encode the URI, as the rules of a query have it, and some put it there as it is; the two differ for a URI with a
// plus or a percent sign. The parser of the standard library would drop a parameter that holds a semicolon.
func communities(query string) []string {
	raw, ok := parameter(query, "community")
	if !ok || raw == "" {
		return nil
	}
	var readings []string
	add := func(s string, err error) {
		if err == nil && !slices.Contains(readings, s) {
			readings = append(readings, s)
		}
	}
	add(url.QueryUnescape(raw))
	add(url.PathUnescape(raw)) // leaves a plus alone
	add(raw, nil)
	return readings
}

// parameter returns the first value of a parameter as it stands in the query.
func parameter(query, name string) (string, bool) {
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key == name {
			return value, true
		}
	}
	return "", false
}
