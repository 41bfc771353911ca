package pages

import (
	"html/template"
	"net/http"
	"time"
)

// Policy is a published document, or one of its versions.
type Policy struct {
	Kind        string
	Title       string
	Body        template.HTML // rendered and harmless; English, whatever the language of the page around it
	Version     int           // 0 when it is generated
	PublishedAt time.Time
	Current     bool  // it is the one in force
	Versions    []int // the others that can be read, the latest first
}

// Policy renders a document.
func (p *Pages) Policy(w http.ResponseWriter, r *http.Request, d Policy) error {
	return p.render(w, r, page{name: "policy", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: d})
}
