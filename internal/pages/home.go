package pages

import "net/http"

// Home is the front door.
type Home struct {
	SignedInAs string // the person's name, "" when nobody is signed in in this browser
}

// Home renders the front door.
func (p *Pages) Home(w http.ResponseWriter, r *http.Request, h Home) error {
	return p.render(w, r, page{name: "home", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: h})
}

// SignedOut renders the end of a session.
func (p *Pages) SignedOut(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, r, page{name: "signed-out", status: http.StatusOK, lang: p.catalog.choose(r, nil)})
}
