package login

import (
	"fmt"
	"net/http"

	"udap-idp/internal/pages"
)

// Home answers GET /: the front door. It makes no session, so that visitors leave no rows.
func (l *Login) Home(w http.ResponseWriter, r *http.Request) error {
	_, b, err := l.peek(r)
	if err != nil {
		return err
	}
	if !b.row.SignedIn() {
		return l.Pages.Home(w, r, pages.Home{})
	}
	person, err := l.Store.Person(r.Context(), b.row.PersonID)
	if err != nil {
		return fmt.Errorf("signed-in person: %w", err)
	}
	return l.Pages.Home(w, r, pages.Home{SignedInAs: person.Name()})
}
