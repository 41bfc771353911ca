package login

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

// FreshLimit is how recent a sign-in must be before somebody changes how she signs in, or anything else that a stranger at
// an open screen must not.
const FreshLimit = 5 * time.Minute

// maxReturn bounds the address that is kept to come back to, in bytes. A stranger chooses it, and there is a row for each browser.
const maxReturn = 1 << 10

// Fresh reports whether the sign-in of this browser is recent enough for a change. If it is not, the browser has been sent to
// sign in, and comes back to the path back, which is a page of the account or of the administrator: a GET, because what was
// posted is not kept. Only the person who is signed in now comes back: what was begun by one is not finished by another.
func (l *Login) Fresh(w http.ResponseWriter, r *http.Request, back string) (ok bool, err error) {
	session, b, err := l.session(w, r)
	if err != nil {
		return false, err
	}
	if b.row.SignedIn() && l.now().Sub(b.row.Authentication.Time) <= FreshLimit {
		return true, nil
	}
	if len(back) > maxReturn {
		back = "" // which leads to her own page
	}
	if err := remember(w, r, session, returnValue, back, returnerValue, b.row.PersonID); err != nil {
		return false, err
	}
	return false, redirect(w, r, "/login?"+url.Values{"again": {"1"}}.Encode())
}

// returnPath takes the page to return to out of the session, "" when there is none for this person. The path was ours when it
// was put in; that it still leads nowhere else is not taken on trust.
func returnPath(session *sessions.Session, personID string) string {
	back, _ := session.Values[returnValue].(string)
	returner, _ := session.Values[returnerValue].(string)
	delete(session.Values, returnValue)
	delete(session.Values, returnerValue)
	if returner != "" && returner != personID {
		return ""
	}
	for _, room := range []string{"/account", "/admin"} {
		if rest, inside := strings.CutPrefix(back, room); inside && (rest == "" || rest[0] == '/' || rest[0] == '?') {
			return back
		}
	}
	return ""
}
