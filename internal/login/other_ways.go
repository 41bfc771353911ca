package login

import (
	"net/http"

	"udap-idp/internal/pages"
)

// OtherWaysPage answers GET /login/other: what to do without a passkey on this device. It makes no session and no challenge, because
// each of the ways begins with a page of its own.
func (l *Login) OtherWaysPage(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	a := askingOf(query)
	page := pages.OtherWays{Again: a.again, Other: a.other}
	if id := query.Get("req"); isID(id) {
		page.Request = id
	}
	return l.Pages.OtherWays(w, r, page)
}
