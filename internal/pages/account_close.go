package pages

import (
	"net/http"
	"time"
)

// AccountClose is how a person closes her account.
type AccountClose struct {
	WaitDays int       // how long the account can still be kept
	DueAt    time.Time // when it will be closed, zero while nobody asked for it
	Years    int       // how long what was checked is kept
	Desk     bool      // she runs the service, and cannot close her own account here
	Errors   FieldErrors
	Done     string // kept; "" for nothing
}

// DoneKey is the text key of what was just done, "" for nothing.
func (a AccountClose) DoneKey() string { return chosenKey("account.close.done.", a.Done) }

// AccountClose renders it.
func (p *Pages) AccountClose(w http.ResponseWriter, r *http.Request, a AccountClose) error {
	return p.render(w, r, page{name: "account-close", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
