package pages

import (
	"net/http"
	"time"
)

// AccountDeclaration is the page on which a person signs that her details are true, because somebody who checks her identity asked
// for it.
type AccountDeclaration struct {
	Signing *Signing // nil when nothing waits
	AskedAt time.Time
	Done    bool // it was signed just now
}

// AccountDeclaration renders the page; with a problem of the passkey the status is 422.
func (p *Pages) AccountDeclaration(w http.ResponseWriter, r *http.Request, a AccountDeclaration) error {
	l := p.catalog.choose(r, nil)
	signing, err := l.signingView(a.Signing)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if signing != nil {
		status = ceremonyStatus(signing.Problem)
	}
	return p.render(w, r, page{name: "account-declaration", status: status, lang: l, data: struct {
		AccountDeclaration
		Signing *signingView
	}{a, signing}})
}
