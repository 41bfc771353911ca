package pages

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"udap-idp/web"
)

// Brand is the operator, as people know it.
type Brand struct {
	Name      string // for example "Sample Health ID"; required
	HelpEmail string // "" when there is none
	HelpPhone string // as it is shown, "" when there is none
	HelpURL   string // a page with help, "" when there is none

	Style string // address of a style sheet with the operator's colour, "" when there is none
	Logo  Logo
}

// Logo is the operator's picture. The zero value is none: our own mark stands there.
type Logo struct {
	URL           string
	Width, Height int // as shown, in CSS pixels
}

// Pages renders every page. It is safe for use by many goroutines.
type Pages struct {
	brand     *atomic.Pointer[Brand]
	quietFor  time.Duration // before somebody who is signed in and does nothing is signed out; 0: pages do not warn of it
	preview   string        // where a reader of a preview goes back to, "" when the pages are real
	catalog   *catalog
	templates map[string]map[string]*template.Template // by language tag, then by page
	letters   map[string]*template.Template            // by language tag
}

// frames are the templates that are no pages of their own.
var frames = []string{"layout.html", "parts.html", "letter.html", "invite-letter.html", "mail.html"}

// names are the pages: one template each, whose <main> carries the name in data-page.
func names(templates fs.FS) ([]string, error) {
	files, err := fs.Glob(templates, "*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	var pages []string
	for _, file := range files {
		if !slices.Contains(frames, file) {
			pages = append(pages, strings.TrimSuffix(file, ".html"))
		}
	}
	return pages, nil
}

// Names are the pages that there are, as data-page names them.
func Names() []string {
	all, err := names(web.Templates())
	if err != nil {
		return nil // New has failed with this error already
	}
	return all
}

// New makes the pages of an operator. It fails when a template is broken or a brand has no name.
func New(b Brand) (*Pages, error) {
	if b.Name == "" {
		return nil, fmt.Errorf("pages: the operator has no name")
	}
	p, err := embedded()
	if err != nil {
		return nil, err
	}
	own := &Pages{brand: new(atomic.Pointer[Brand]), catalog: p.catalog, templates: p.templates, letters: p.letters}
	own.brand.Store(&b)
	return own, nil
}

// SetBrand makes every page from now on one of the operator b, who has a name.
func (p *Pages) SetBrand(b Brand) { p.brand.Store(&b) }

// Brand is the operator as the pages show it now.
func (p *Pages) Brand() Brand { return *p.brand.Load() }

// Preview is the same pages as they would look for the operator b. Nothing on them can be used but a way back.
func (p *Pages) Preview(b Brand, back string) *Pages {
	shown := &Pages{brand: new(atomic.Pointer[Brand]), preview: back, catalog: p.catalog, templates: p.templates, letters: p.letters}
	shown.brand.Store(&b)
	return shown
}

// embedded are the pages of nobody: their templates are parsed once in a process, for the operator's name comes in when they are
// written.
var embedded = sync.OnceValues(func() (*Pages, error) {
	cat, err := translations()
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return newFrom(Brand{}, cat)
})

// newFrom parses all templates, once for each language.
func newFrom(b Brand, cat *catalog) (*Pages, error) {
	all, err := names(web.Templates())
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	p := &Pages{brand: new(atomic.Pointer[Brand]), catalog: cat, templates: map[string]map[string]*template.Template{}, letters: map[string]*template.Template{}}
	p.brand.Store(&b)
	for _, lang := range cat.languages {
		p.templates[lang.Tag] = map[string]*template.Template{}
		frame, err := parseFrame(web.Templates(), lang)
		if err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		for _, name := range all {
			t, err := parse(web.Templates(), frame, name)
			if err != nil {
				return nil, fmt.Errorf("pages: %w", err)
			}
			p.templates[lang.Tag][name] = t
		}
		if p.letters[lang.Tag], err = parseLetter(web.Templates(), lang); err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
	}
	return p, nil
}

// parseFrame parses what every page of a language is set into.
func parseFrame(files fs.FS, lang *language) (*template.Template, error) {
	t := template.New("layout.html").Funcs(functions(lang)).Option("missingkey=error")
	return t.ParseFS(files, "layout.html", "parts.html")
}

// parse sets a page into a copy of the frame.
func parse(files fs.FS, frame *template.Template, name string) (*template.Template, error) {
	t, err := frame.Clone()
	if err != nil {
		return nil, err
	}
	return t.ParseFS(files, name+".html")
}

// functions are what a template may call.
func functions(lang *language) template.FuncMap {
	return template.FuncMap{
		"t":         lang.words,
		"date":      lang.date,
		"moment":    lang.momentTag,
		"clock":     lang.clockTag,
		"shortdate": lang.shortDate,
		"asset":     web.URL,
		"phone":     phoneURL,
		"sections":  func() []accountSection { return accountSections },

		"number":     lang.number,
		"n":          lang.counted,
		"grouped":    grouped,
		"fielderror": fieldError,
		"brandfield": newBrandField,
		"months":     func() []string { return lang.Months },
		"monthno":    monthNumber,
		"dayfirst":   lang.dayFirst,
	}
}

// phoneURL makes a shown telephone number into a link. The template would refuse the tel: scheme, so the number is
// reduced to what RFC 3966 allows in a global number, which is safe in an attribute.
func phoneURL(shown string) template.URL {
	digits := make([]byte, 0, len(shown))
	for i := range len(shown) {
		if c := shown[i]; c >= '0' && c <= '9' || c == '+' && len(digits) == 0 {
			digits = append(digits, c)
		}
	}
	return template.URL("tel:" + string(digits))
}

// page is one page on its way to the template.
type page struct {
	name       string
	status     int
	lang       *language
	data       any
	formAction string     // where the answer to the page's form may be redirected to, "" for nowhere
	query      url.Values // what the language links keep, beside lang; nil: the query of the request
	again      Again      // of a page that a link would lose
}

// Again is how a page that shows something once is shown in another language: its language switch posts back what the page carries.
type Again struct {
	Action string // a path; "" for a page that links lead back to
	Kept   string // sealed: of no use to anybody else
}

// view is what a template sees.
type view struct {
	Name      string
	Language  *language
	Brand     Brand
	Preview   string // where a reader of a preview goes back to, "" when the page is real
	Languages []languageLink
	Again     Again
	Theme     string  // light or dark where the reader has chosen one, "" to follow the system
	Here      bool    // times are written as they are where the reader is; an administrator's agree with the log, in UTC
	QuietFor  float64 // in seconds, 0 on a page that nobody is signed in for
	Page      any
}

// WarnAfter has the pages of who is signed in warn before she is signed out because she did nothing for so long. It is called before they
// are used.
func (p *Pages) WarnAfter(quiet time.Duration) { p.quietFor = quiet }

// quiet is how long that is on a page.
func (p *Pages) quiet(pg page) float64 {
	own := pg.name == "account" || pg.name == "admin" || pg.name == "contact" || strings.HasPrefix(pg.name, "account-") || strings.HasPrefix(pg.name, "admin-")
	if !own || p.preview != "" {
		return 0
	}
	return p.quietFor.Seconds()
}

// languageLink is one choice of the language switch.
type languageLink struct {
	Language *language
	Current  bool
	URL      string // relative: a query only, so that it can lead nowhere else, or behind the path of Again
}

// render writes a page. Nothing is written before the whole page is there, so an error can still become another page.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, pg page) error {
	v := view{Name: pg.name, Language: pg.lang, Brand: p.Brand(), Preview: p.preview, Languages: p.links(r, pg), Again: pg.again, Theme: Theme(r), Here: !strings.HasPrefix(pg.name, "admin"), QuietFor: p.quiet(pg), Page: pg.data}
	var body bytes.Buffer
	if err := p.templates[pg.lang.Tag][pg.name].Execute(&body, v); err != nil {
		return fmt.Errorf("render page %s: %w", pg.name, err)
	}
	setHeaders(w.Header(), pg)
	rememberLanguage(w, r, p.catalog)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(pg.status)
	if _, err := body.WriteTo(w); err != nil {
		return fmt.Errorf("write page %s: %w", pg.name, err)
	}
	return nil
}

// links are the language switch. They are links, not a form, so that they work from a page that answered a POST too; but for one that
// they would lose (Again).
func (p *Pages) links(r *http.Request, pg page) []languageLink {
	var links []languageLink
	for _, l := range p.catalog.languages {
		q := url.Values{}
		for key, values := range pg.keptQuery(r) {
			q[key] = values
		}
		q.Set(languageParameter, l.Tag)
		links = append(links, languageLink{Language: l, Current: l == pg.lang, URL: pg.again.Action + "?" + q.Encode()})
	}
	return links
}

func (pg page) keptQuery(r *http.Request) url.Values {
	if pg.query != nil {
		return pg.query
	}
	return r.URL.Query()
}

// requestQuery is the query of the pages on the way to a data holder.
func requestQuery(request string) url.Values {
	if request == "" {
		return url.Values{}
	}
	return url.Values{"req": {request}}
}
