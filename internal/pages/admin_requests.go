package pages

import (
	"net/http"
	"time"
)

// AdminRequest is something that a person asks of those who run the service.
type AdminRequest struct {
	ID, PersonID, Person string
	Kind                 string // correction, not-me
	Subject              string // of a correction, the kind of attribute; of not-me, the id of the event
	Text                 string // in her words
	At                   time.Time
	AnsweredAt           time.Time // zero while it is open
	AnsweredBy, Answer   string
}

// AdminRequests is a page of what people ask for.
type AdminRequests struct {
	Desk
	Answered          bool // those that were answered are shown
	Rows              []AdminRequest
	FirstURL, NextURL string
}

// AdminRequestPage is one request, with the form of its answer.
type AdminRequestPage struct {
	Desk
	AdminRequest
	Typed       string // of the answer, as it was typed
	Errors      FieldErrors
	Most        int // characters
	Own         bool
	MayAnswer   bool
	MaySeeEvent bool
}

// requestKinds are what people ask for.
var requestKinds = map[string]bool{"correction": true, "not-me": true}

// KindKey is the text key of what is asked for.
func (a AdminRequest) KindKey() string {
	if requestKinds[a.Kind] {
		return "admin.request.kind." + a.Kind
	}
	return "admin.request.kind.other"
}

// SubjectKey is the text key of what a correction is of, "" for anything else.
func (a AdminRequest) SubjectKey() string {
	if a.Kind == "correction" && (a.Subject == "name" || a.Subject == "birthdate") {
		return "admin.attribute." + a.Subject
	}
	return ""
}

// Open reports whether nobody has answered yet.
func (a AdminRequest) Open() bool { return a.AnsweredAt.IsZero() }

// AdminRequests renders a page of requests.
func (p *Pages) AdminRequests(w http.ResponseWriter, r *http.Request, a AdminRequests) error {
	return p.render(w, r, page{name: "admin-requests", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// AdminRequest renders one request.
func (p *Pages) AdminRequest(w http.ResponseWriter, r *http.Request, a AdminRequestPage) error {
	return p.render(w, r, page{name: "admin-request", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
