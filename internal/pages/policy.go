package pages

import (
	"html/template"
	"net/http"
	"strings"
	"time"
)

// Policy is a published document, or one of its versions.
type Policy struct {
	Kind        string
	Title       string
	Body        template.HTML // rendered and harmless
	Language    string        // tag of the text's language, which may be another than the page's around it
	Version     int           // 0 when it is generated
	PublishedAt time.Time
	Current     bool  // it is the one in force
	Versions    []int // the others that can be read, the latest first
}

// Policy renders a document.
func (p *Pages) Policy(w http.ResponseWriter, r *http.Request, d Policy) error {
	// A wide table scrolls by itself on a narrow page, and must do so without a pointer too (WCAG 2.2, 2.1.1). What the operator wrote
	// as "<table>" in her text is escaped here.
	d.Body = template.HTML(strings.ReplaceAll(string(d.Body), "<table>", `<table tabindex="0">`))
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "policy", status: http.StatusOK, lang: l, data: struct {
		Policy
		Elsewhere bool // there is no text in the language of the page
	}{d, d.Language != l.Tag}})
}
