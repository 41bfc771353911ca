package dataholder

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/hospital.css
var stylesheet []byte

//go:embed static/logo.png
var logo []byte

// pages are the portal's, parsed once.
type pages struct {
	hospital string
	policy   string // Content-Security-Policy
	byName   map[string]*template.Template
}

func newPages(hospital string, loopback bool) (*pages, error) {
	p := &pages{hospital: hospital, policy: contentSecurityPolicy(loopback), byName: map[string]*template.Template{}}
	functions := template.FuncMap{"day": day, "moment": moment, "fingerprint": fingerprint}
	for _, name := range []string{"home", "result", "problem"} {
		parsed, err := template.New("layout.html").Funcs(functions).ParseFS(templates,
			"templates/layout.html", "templates/steps.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		p.byName[name] = parsed
	}
	return p, nil
}

// contentSecurityPolicy lets the sign-in form lead to any identity provider: browsers apply form-action to the redirects
// that follow a form, and /connect redirects to the provider that was typed.
func contentSecurityPolicy(loopback bool) string {
	formAction := "'self' https:"
	if loopback {
		formAction += " http://localhost:* http://127.0.0.1:* http://[::1]:*"
	}
	return "default-src 'none'; style-src 'self'; img-src 'self'; form-action " + formAction + "; base-uri 'none'; frame-ancestors 'none'"
}

// protect sets the headers of every answer.
func (p *pages) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", p.policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func serveAsset(contentType string, data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(data)
	}
}

type homePage struct {
	Hospital, Title  string
	IdentityProvider string
}

func (p *pages) home(w http.ResponseWriter, idp string) error {
	return p.write(w, "home", http.StatusOK, homePage{
		Hospital: p.hospital, Title: "Patient portal", IdentityProvider: idp,
	})
}

type resultPage struct {
	Hospital, Title  string
	IdentityProvider string
	Match            *Match
	Heading, Lead    string
	How              string
	Steps            []stepView
	IDToken          string
	Shared           []string // in words
	NotShared        []string
}

func (p *pages) result(w http.ResponseWriter, end *result) error {
	heading, lead := matchWords(end.match)
	came, missing := shared(end.idToken.Claims, end.userInfo)
	return p.write(w, "result", http.StatusOK, resultPage{
		Hospital: p.hospital, Title: heading, IdentityProvider: end.idp, Match: end.match,
		Heading: heading, Lead: lead, How: howWords(end.match.How),
		Steps: stepViews(end), IDToken: indented(end.idToken.Claims), Shared: came, NotShared: missing,
	})
}

type problemPage struct {
	Hospital, Title  string
	IdentityProvider string
	Heading, Lead    string
	Where            string // title of the step, "" when the person said no
	Problem          *Problem
	Steps            []stepView
}

func (p *pages) problem(w http.ResponseWriter, status int, end *result) error {
	heading, lead := problemWords(end.problem)
	page := problemPage{
		Hospital: p.hospital, Title: heading, IdentityProvider: end.idp,
		Heading: heading, Lead: lead, Problem: end.problem, Steps: stepViews(end),
	}
	if end.problem.Reason != ReasonAccessDenied {
		page.Where = stepWords[end.problem.Step].title
	}
	return p.write(w, "problem", status, page)
}

// write renders to a buffer first: half a page is never sent.
func (p *pages) write(w http.ResponseWriter, name string, status int, data any) error {
	var buffer bytes.Buffer
	if err := p.byName[name].ExecuteTemplate(&buffer, "layout.html", data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := buffer.WriteTo(w)
	return err
}

// stepView is a step as the page shows it.
type stepView struct {
	Title, Explanation string
	State              string // done, failed
	StateWord          string
	Exchanges          []Exchange
	Facts              []Fact
	Checks             []Check
	Held               int    // checks that hold
	Chain              []Link // from the anchor down
	ChainOpen          bool   // shown at once
	Documents          []documentView
	Match              *Match // for the step that matches
	Open               bool   // its checks are shown at once
}

type documentView struct{ Title, Text string }

func stepViews(end *result) []stepView {
	var views []stepView
	for _, step := range end.story.Steps {
		text := stepWords[step.Name]
		view := stepView{
			Title: text.title, Explanation: text.explanation, State: "done", StateWord: "Done",
			Exchanges: step.Exchanges, Facts: step.Facts, Checks: step.Checks, Chain: slices.Clone(step.Chain),
			Open: !step.Done || step.Name == StepIDToken,
			// The ID Token's chain is mostly the one that was seen in the first step.
			ChainOpen: !step.Done || step.Name == StepDiscovery,
		}
		slices.Reverse(view.Chain)
		if !step.Done {
			view.State, view.StateWord = "failed", "Stopped here"
		}
		for _, check := range step.Checks {
			if check.OK {
				view.Held++
			}
		}
		for _, document := range step.Documents {
			view.Documents = append(view.Documents, documentView{document.Title, indented(document.JSON)})
		}
		if step.Name == StepMatch {
			view.Match = end.match
			if !step.Done {
				view.StateWord = "No record"
			}
		}
		views = append(views, view)
	}
	return views
}

func indented(data json.RawMessage) string {
	var buffer bytes.Buffer
	if json.Indent(&buffer, data, "", "  ") != nil {
		return string(data)
	}
	return buffer.String()
}

func day(t time.Time) string    { return t.UTC().Format("2 January 2006") }
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// fingerprint puts a space after every fourth digit, so that it can be read out and may be broken.
func fingerprint(hexadecimal string) string {
	var parts []string
	for part := range slices.Chunk([]byte(hexadecimal), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}
