package account

import (
	"fmt"
	"net/http"

	"udap-idp/internal/pages"
)

// Profile answers GET /account/profile: what is known about her.
func (a *Account) Profile(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	identifier, err := a.Identifier(r.Context(), v.person, a.reading(r, v, "account"))
	if err != nil {
		return fmt.Errorf("digital identifier: %w", err)
	}
	return a.Pages.AccountProfile(w, r, pages.AccountProfile{
		Items: items(v.person, identifier),
		Level: string(v.person.LevelAt(v.now)),
	})
}
