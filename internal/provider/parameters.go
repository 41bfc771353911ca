package provider

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxForm is the size of the largest form that is read, in bytes: a query, or a body. The state of relying parties in use
// takes several kB, and 32 kB must fit with room for the percent-encoding of the rest.
const maxForm = 128 << 10

// maxTokenForm is the same for /token and /userinfo, in bytes.
const maxTokenForm = 64 << 10

const formType = "application/x-www-form-urlencoded"

// parameters is a form in which every name stands once and has a value.
//
// RFC 6749 §3.1 and §3.2: a parameter without a value MUST be treated as if it was left out, and MUST NOT be included more
// than once.
type parameters struct {
	values   map[string]string
	repeated []string // names that stand more than once, sorted; they have no value here
}

func newParameters(form url.Values) parameters {
	p := parameters{values: map[string]string{}}
	for name, values := range form {
		if len(values) > 1 {
			p.repeated = append(p.repeated, name)
			continue
		}
		if values[0] != "" {
			p.values[name] = values[0]
		}
	}
	slices.Sort(p.repeated)
	return p
}

func (p parameters) get(name string) string { return p.values[name] }

func (p parameters) has(name string) bool { return p.values[name] != "" }

func (p parameters) isRepeated(name string) bool { return slices.Contains(p.repeated, name) }

// encode writes the parameters as a query.
func (p parameters) encode() string {
	form := url.Values{}
	for name, value := range p.values {
		form.Set(name, value)
	}
	return form.Encode()
}

// formError is why a form cannot be read, in words that may go over the wire.
type formError struct {
	status int
	reason string
}

func (e *formError) Error() string { return e.reason }

// readQuery reads the query of the URL.
func readQuery(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxForm {
		return nil, &formError{http.StatusRequestURITooLong, fmt.Sprintf("the query is longer than %d bytes", maxForm)}
	}
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &formError{http.StatusBadRequest, "the query is not " + formType}
	}
	if !isText(form) {
		return nil, &formError{http.StatusBadRequest, "the query has a value that is not UTF-8 text"}
	}
	return form, nil
}

// readBody reads a form of at most limit bytes from the body.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != formType {
		return nil, &formError{http.StatusBadRequest, "the Content-Type is not " + formType}
	}
	body := new(http.Request)
	*body = *r
	body.URL = &url.URL{} // the query is read elsewhere
	body.Form, body.PostForm = nil, nil
	body.Body = http.MaxBytesReader(w, r.Body, limit)
	var tooLarge *http.MaxBytesError
	switch err := body.ParseForm(); {
	case errors.As(err, &tooLarge):
		return nil, &formError{http.StatusBadRequest, fmt.Sprintf("the body is longer than %d bytes", limit)}
	case err != nil:
		return nil, &formError{http.StatusBadRequest, "the body is not " + formType}
	case !isText(body.PostForm):
		return nil, &formError{http.StatusBadRequest, "the body has a value that is not UTF-8 text"}
	}
	return body.PostForm, nil
}

// isText reports whether every value is UTF-8 without NUL. RFC 6749 Appendix B: encoded as UTF-8; a NUL is no character of
// any parameter, and databases differ on it. The state is the client's own, whatever it is.
func isText(form url.Values) bool {
	for name, values := range form {
		for _, value := range values {
			if name != "state" && (!utf8.ValidString(value) || strings.ContainsRune(value, 0)) {
				return false
			}
		}
	}
	return true
}

// words splits a list of values separated by spaces (RFC 6749 §3.3), leaving out what stands twice.
func words(s string) []string {
	var out []string
	for word := range strings.SplitSeq(s, " ") {
		if word != "" && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}
