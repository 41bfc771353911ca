package pages

import (
	"net/http"
	"time"
)

// What stands behind a value.
const (
	MarkVerified   = "verified"   // it was checked
	MarkConsistent = "consistent" // her word, and what was checked says nothing else
	MarkWord       = "word"       // her word
	MarkExpired    = "expired"    // it was checked, and the time of that is over
)

// AccountProfile is what is known about a person.
type AccountProfile struct {
	Level      string
	VerifiedAt time.Time
	Until      time.Time
	Values     []ProfileValue
	Earlier    []ProfileValue
	Identifier bool // she has a Digital Identifier, which is not opened for this page
	Requests   []ProfileRequest
	Done       string // changed, asked; "" for nothing
}

// ProfileValue is one value of a person's.
type ProfileValue struct {
	Kind        string // name, birthdate, gender, locale, address, phone_number, email
	Value       string // as ConsentItem.Value
	Mark        string
	Method      string // of the check: evidence, confirmation_code …
	CheckedAt   time.Time
	From, To    string // YYYY-MM-DD, "" when not known
	Unconfirmed bool   // an address that she has not shown to be hers
	ChangeURL   string // where she changes it herself, "" when she cannot
	CorrectURL  string // where she asks for its correction
}

// ProfileRequest is something that she asked of the desk.
type ProfileRequest struct {
	Kind       string // correction, not-me
	Subject    string // of a correction, as ProfileValue.Kind
	Text       string
	At         time.Time
	AnsweredAt time.Time
	Answer     string
}

type accountProfileView struct {
	AccountProfile
	Values, Earlier []profileLine
	LevelKey        string
	DoneKey         string
}

type profileLine struct {
	ProfileValue
	Lines  []string
	HowKey string // how it was checked, "" for nothing to say
}

// AccountProfile renders what is known about a person.
func (p *Pages) AccountProfile(w http.ResponseWriter, r *http.Request, a AccountProfile) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "account-profile", status: http.StatusOK, lang: l, data: accountProfileView{
		AccountProfile: a, Values: p.profileLines(l, a.Values), Earlier: p.profileLines(l, a.Earlier), LevelKey: l.levelKey(a.Level),
		DoneKey: chosenKey("account.profile.done.", a.Done),
	}})
}

func (p *Pages) profileLines(l *language, values []ProfileValue) []profileLine {
	var out []profileLine
	for _, v := range values {
		line := profileLine{ProfileValue: v, Lines: l.lines(ConsentItem{Claim: v.Kind, Value: v.Value})}
		if known, ok := p.catalog.byTag[v.Value]; ok && v.Kind == "locale" {
			line.Lines = []string{known.Name}
		}
		if v.Mark == MarkVerified || v.Mark == MarkConsistent {
			line.HowKey = "account.profile.how.other"
			if key := chosenKey("account.profile.how.", v.Method); key != "" {
				line.HowKey = key
			}
		}
		out = append(out, line)
	}
	return out
}

// AccountIdentifier is the page of the Digital Identifier.
type AccountIdentifier struct {
	None  bool   // she has none
	Value string // "" until she asks for it
}

// AccountIdentifier renders it.
func (p *Pages) AccountIdentifier(w http.ResponseWriter, r *http.Request, a AccountIdentifier) error {
	return p.render(w, r, page{name: "account-identifier", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// AccountChange is the form for a value that she changes herself. The fields have what is recorded, or what she typed.
type AccountChange struct {
	Kind     string // as ProfileValue.Kind
	Of       string // hidden field
	Revision int64  // hidden field
	Value    string // as it is recorded
	Checked  bool   // it was checked, and will not be any more

	Text                                     string // an e-mail address, a telephone number, a sex
	Street, City, State, PostalCode, Country string
	Understood                               bool
	Errors                                   FieldErrors
}

// AccountChange renders the form.
func (p *Pages) AccountChange(w http.ResponseWriter, r *http.Request, a AccountChange) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "account-change", status: formStatus(a.Errors), lang: l, query: ofQuery(a.Of), data: struct {
		AccountChange
		Lines []string
	}{a, l.lines(ConsentItem{Claim: a.Kind, Value: a.Value})}})
}

// AccountCorrect is the form by which she asks the desk to correct a value.
type AccountCorrect struct {
	Kind   string // as ProfileValue.Kind
	Of     string // hidden field
	Value  string // as it is recorded
	Text   string
	Most   int // how many characters Text may have
	Errors FieldErrors
}

// AccountCorrect renders the form.
func (p *Pages) AccountCorrect(w http.ResponseWriter, r *http.Request, a AccountCorrect) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "account-correct", status: formStatus(a.Errors), lang: l, query: ofQuery(a.Of), data: struct {
		AccountCorrect
		Lines []string
	}{a, l.lines(ConsentItem{Claim: a.Kind, Value: a.Value})}})
}

// formStatus is 422 when a form comes back because something is wrong with it (RFC 9110 §15.5.21).
func formStatus(wrong FieldErrors) int {
	if len(wrong) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// ofQuery is what the language links of a form keep, which may be the answer to a POST.
func ofQuery(of string) map[string][]string { return map[string][]string{"of": {of}} }
