package admin

import (
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"udap-idp/internal/person"
)

// maxInAddress is how long a part of an address may be that names something, in bytes: ids are shorter, and so is what we write ourselves.
const maxInAddress = 200

// wildcard is a part of a pattern that an address fills in.
var wildcard = regexp.MustCompile(`\{([^}.]+)`)

// wellNamed reports whether what an address names can be the name of anything. NUL and broken UTF-8 are in no name, and a database may
// refuse to be asked for them.
func wellNamed(r *http.Request, pattern string) bool {
	for _, part := range wildcard.FindAllStringSubmatch(pattern, -1) {
		if !well(r.PathValue(part[1])) {
			return false
		}
	}
	return true
}

// wellAsked reports whether the query of an address is text.
func wellAsked(r *http.Request) bool {
	for name, values := range r.URL.Query() {
		for _, value := range append(values, name) {
			if len(value) > 10*maxInAddress || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return false
			}
		}
	}
	return true
}

func well(text string) bool {
	return len(text) <= maxInAddress && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// plain is what was typed into a field, without what surrounds it.
func plain(typed string) string { return person.Tidy(typed) }

// anID is the form of idp.NewID.
var anID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// idOf is an id as it stands in an address, "" for what cannot be one.
func idOf(text string) string {
	if !anID.MatchString(text) {
		return ""
	}
	return text
}
