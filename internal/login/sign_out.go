package login

import "net/http"

// SignOut answers POST /logout: it deletes the session, with what it waited for, and the cookie.
func (l *Login) SignOut(w http.ResponseWriter, r *http.Request) error {
	session, b, err := l.peek(r)
	if err != nil {
		return err
	}
	session.Options.MaxAge = -1
	if err := session.Save(r, w); err != nil {
		return err
	}
	if b.row.SignedIn() {
		l.Log.InfoContext(r.Context(), "signed out")
	}
	return l.Pages.SignedOut(w, r)
}
