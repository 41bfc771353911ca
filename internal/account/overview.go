package account

import (
	"fmt"
	"net/http"

	"udap-idp/internal/idp"
	"udap-idp/internal/pages"
)

// Overview answers GET /account: what matters today.
func (a *Account) Overview(w http.ResponseWriter, r *http.Request) error {
	v, ok, err := a.visitor(w, r)
	if err != nil || !ok {
		return err
	}
	passkeys, err := a.Store.Passkeys(r.Context(), v.person.ID)
	if err != nil {
		return fmt.Errorf("passkeys: %w", err)
	}
	return a.Pages.Account(w, r, pages.Account{
		Name:     v.person.Name(),
		Level:    string(v.person.LevelAt(v.now)),
		Until:    v.person.ExpiresAt,
		Passkeys: cards(passkeys),
	})
}

func cards(passkeys []idp.Passkey) []pages.Passkey {
	var out []pages.Passkey
	for _, p := range passkeys {
		out = append(out, pages.Passkey{
			Name: p.Name, CreatedAt: p.CreatedAt, LastUsedAt: p.LastUsedAt, Synced: p.BackupState,
		})
	}
	return out
}
