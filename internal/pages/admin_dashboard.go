package pages

import "net/http"

// AdminDashboard is what needs a hand today, and how things went.
type AdminDashboard struct {
	Desk
	Needs []Need
}

// Need is something that waits for somebody.
type Need struct {
	Key   string // a word of needs
	Count int
	URL   string // where it is done, "" when the reader may not go there
	Tone  string // careful or bad
}

// AdminDashboard renders it.
func (p *Pages) AdminDashboard(w http.ResponseWriter, r *http.Request, a AdminDashboard) error {
	return p.render(w, r, page{name: "admin", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}
