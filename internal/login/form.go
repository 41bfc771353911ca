package login

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"udap-idp/internal/pages"
)

// maxForm is the size of a posted form in bytes. The largest is a passkey's answer, of a few kilobytes.
const maxForm = 64 << 10

// form reads a posted form, of the body only. If it cannot be read the person has been told (ok is false and err says
// whether that worked).
func (l *Login) form(w http.ResponseWriter, r *http.Request) (form url.Values, ok bool, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		problem := pages.Problem{Kind: pages.KindRequestInvalid}
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			problem.Status = http.StatusRequestEntityTooLarge
		}
		return nil, false, l.Pages.Problem(w, r, problem)
	}
	return r.PostForm, true, nil
}

// isID reports whether text is in the form of idp.NewID. Anything else is not looked up: PostgreSQL refuses text that is
// not UTF-8, and a stranger's nonsense must not look like a failing database.
func isID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", rune(c)) {
				return false
			}
		}
	}
	return true
}

// scriptProblems are what the script may report in the hidden input "problem": a ceremony that failed in the browser.
var scriptProblems = []string{
	pages.ProblemCancelled, pages.ProblemDuplicate, pages.ProblemUnknown, pages.ProblemUnverified, pages.ProblemUnsupported,
	pages.ProblemExpired, pages.ProblemFailed, pages.ProblemDeclaration, pages.ProblemTimeout, pages.ProblemSecurity,
	pages.ProblemUnreadable, pages.ProblemNetwork,
}

// scriptProblem is the problem of a form, "" for none. One that we do not know reads as failed. A form with neither an answer
// nor a problem was sent by a browser in which the script did not run.
func scriptProblem(form url.Values) string {
	problem := form.Get("problem")
	if problem == "" && form.Get("credential") == "" {
		return pages.ProblemUnsupported
	}
	if problem == "" || slices.Contains(scriptProblems, problem) {
		return problem
	}
	return pages.ProblemFailed
}
