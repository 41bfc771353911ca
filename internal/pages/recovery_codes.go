package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// RecoveryCodes is the section of the account about recovery codes.
type RecoveryCodes struct {
	Left, Total   int
	MadeAt        time.Time // zero when there are none
	Administrator bool      // who has none
}

// RecoveryCodes renders it.
func (p *Pages) RecoveryCodes(w http.ResponseWriter, r *http.Request, v RecoveryCodes) error {
	return p.show(w, r, "account-recovery-codes", http.StatusOK, v)
}

type newCodesView struct {
	RecoveryCodes
	Confirm Confirm
}

// NewRecoveryCodes asks once more before new ones are made.
func (p *Pages) NewRecoveryCodes(w http.ResponseWriter, r *http.Request, v RecoveryCodes) error {
	return p.show(w, r, "account-recovery-codes-new", http.StatusOK, newCodesView{v, Confirm{
		Action: "/account/recovery-codes/new", ButtonKey: "recovery-codes-new.button", CancelURL: "/account/recovery-codes",
	}})
}

// RecoveryCodesMade shows new codes, once.
type RecoveryCodesMade struct {
	Codes  []string // in groups
	MadeAt time.Time
	Site   string // our address
	Again  Again
}

// RecoveryCodesMade renders it.
func (p *Pages) RecoveryCodesMade(w http.ResponseWriter, r *http.Request, v RecoveryCodesMade) error {
	return p.render(w, r, page{name: "account-recovery-codes-made", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v, query: url.Values{}, again: v.Again})
}

// RecoveryCodesText is the codes as a text file, in the reader's language.
func (p *Pages) RecoveryCodesText(r *http.Request, v RecoveryCodesMade) (string, error) {
	l := p.catalog.choose(r, nil)
	text, err := l.text("recovery-codes-made.file", "operator", p.Brand().Name, "site", v.Site, "date", l.date(v.MadeAt), "codes", strings.Join(v.Codes, "\n"))
	return text + "\n", err
}
