package pages

import (
	"net/http"
	"net/url"
	"time"
)

// Repudiate is the page behind the link of a notification: for whoever was not the one whose identity was checked. It shows nothing
// of the person: the link may have reached somebody else.
type Repudiate struct {
	Action    string // the path that the form posts to
	ProofedAt time.Time
}

// Repudiate renders the question.
func (p *Pages) Repudiate(w http.ResponseWriter, r *http.Request, in Repudiate) error {
	return p.render(w, r, page{name: "repudiate", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: in, query: url.Values{}})
}

// Repudiated renders the confirmation.
func (p *Pages) Repudiated(w http.ResponseWriter, r *http.Request) error {
	return p.render(w, r, page{name: "repudiated", status: http.StatusOK, lang: p.catalog.choose(r, nil), query: url.Values{}})
}
