package pages

import (
	"net/http"
	"time"
)

// Account is the patient's own page.
type Account struct {
	Name     string
	Items    []ConsentItem // her details, under the claim names of consent
	Level    string        // how her identity was verified: idial1.8 and so on, "" when it was not
	Passkeys []Passkey
}

// Passkey is one of a person's passkeys.
type Passkey struct {
	Name       string // "" when the device did not say
	CreatedAt  time.Time
	LastUsedAt time.Time // zero before the first sign-in
	Synced     bool      // it is kept in an account and works on several devices
}

type accountView struct {
	Account
	Details  []detail
	LevelKey string
}

// Account renders the patient's own page.
func (p *Pages) Account(w http.ResponseWriter, r *http.Request, a Account) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{
		name: "account", status: http.StatusOK, lang: l,
		data: accountView{Account: a, Details: l.details(a.Items, "account"), LevelKey: l.levelKey(a.Level)},
	})
}
