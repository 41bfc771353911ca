package login

import (
	"io"
	"net/http"
)

// Here answers GET /account/here: somebody is at her page still, and her session goes on. It is a picture, because that is what the
// content security policy lets a page ask for; where nobody is signed in it is none.
func (l *Login) Here(w http.ResponseWriter, r *http.Request) error {
	_, b, err := l.session(w, r)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	if !b.row.SignedIn() {
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, err = io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`)
	return err
}
