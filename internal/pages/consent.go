package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Consent asks a person whether her details may go to an organization.
type Consent struct {
	Request         string // id of the authorization request
	Organization    string // its name, from its certificate
	OrganizationURI string
	Community       string // the trust community's name
	Logo            string // address of its picture on our own origin, "" for none
	PersonName      string
	Before          time.Time // when she last shared with it, zero for never

	Choices        []ConsentChoice // exactly what would be released
	IdentifierNext bool            // the Digital Identifier is asked about on a page of its own, after this one
	Level          string          // how her identity was verified: idial1.8 and so on, "" when it was not
	Remember       bool            // the box is ticked

	Practices         string // the version of the practices that she has to accept with a yes, "" when she has
	PracticesAccepted bool   // the box is ticked
	PracticesMissing  bool   // she said yes without it

	Deadline   Deadline
	FormAction string   // the redirect URI of the request, validated: where both answers lead
	UILocales  []string // ui_locales of the request
}

// ConsentChoice is what a person decides about at once.
type ConsentChoice struct {
	Name      string        // what comes back in the field share
	Essential bool          // it has no switch
	On        bool          // the switch
	Items     []ConsentItem // what it is
}

type consentView struct {
	Consent
	Errors   FieldErrors
	Initials string
	Needed   []detail
	Optional []consentSwitch
	LevelKey string
}

type consentSwitch struct {
	Name    string
	On      bool
	Details []detail
}

// Consent renders the question; without what a yes needs the status is 422, so that nobody takes it for a success.
func (p *Pages) Consent(w http.ResponseWriter, r *http.Request, c Consent) error {
	l := p.catalog.choose(r, c.UILocales)
	v := consentView{Consent: c, Initials: initials(c.Organization), LevelKey: l.levelKey(c.Level)}
	for _, choice := range c.Choices {
		details := l.details(choice.Items, "consent")
		if choice.Essential {
			v.Needed = append(v.Needed, details...)
		} else if len(details) > 0 {
			v.Optional = append(v.Optional, consentSwitch{choice.Name, choice.On, details})
		}
	}
	// Of the record, and not of her: the last thing that she wants to read.
	slices.SortStableFunc(v.Needed, func(a, b detail) int { return isOfRecord(a) - isOfRecord(b) })
	status := http.StatusOK
	if c.PracticesMissing {
		v.Errors = FieldErrors{{Field: "practices", TextKey: "consent.problem.practices"}}
		status = http.StatusUnprocessableEntity
	}
	return p.render(w, r, page{
		name: "consent", status: status, lang: l, data: v, formAction: c.FormAction, query: requestQuery(c.Request),
	})
}

func isOfRecord(d detail) int {
	if d.Claim == "updated_at" {
		return 1
	}
	return 0
}

// ConsentIdentifier asks about the Digital Identifier alone, as long as the organization has not been given it.
type ConsentIdentifier struct {
	Request      string
	Organization string
	Items        []ConsentItem

	// Share, Remember and Practices are the answer so far.
	Share     []string
	Remember  bool
	Practices string

	Deadline   Deadline
	FormAction string
	UILocales  []string
}

type consentIdentifierView struct {
	ConsentIdentifier
	Details []detail
}

// ConsentIdentifier renders the question.
func (p *Pages) ConsentIdentifier(w http.ResponseWriter, r *http.Request, c ConsentIdentifier) error {
	l := p.catalog.choose(r, c.UILocales)
	return p.render(w, r, page{
		name: "consent-identifier", status: http.StatusOK, lang: l,
		data:       consentIdentifierView{c, l.details(c.Items, "own-page")},
		formAction: c.FormAction, query: requestQuery(c.Request),
	})
}

// initials stand where a picture would, and behind it as long as it is not there.
func initials(name string) string {
	var letters []rune
	for _, word := range strings.Fields(name) {
		first := []rune(word)[0]
		if !unicode.IsLetter(first) && !unicode.IsDigit(first) {
			continue
		}
		if letters = append(letters, unicode.ToUpper(first)); len(letters) == 2 {
			break
		}
	}
	return string(letters)
}
