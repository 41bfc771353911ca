package pages

import (
	"net/http"
	"time"
)

// RetentionRule is something that is kept for a time, and what was deleted of it.
type RetentionRule struct {
	Rule      string
	Days      int  // how long it is kept, 0 where the words say it
	Rows      int  // how many at most, 0 for any number
	Forever   bool // it is never deleted
	RanAt     time.Time
	Removed   int // rows, of the last run that deleted any
	RemovedAt time.Time
	Total     int // rows, since this is counted
}

// RetentionForm is what can be changed, as it was typed.
type RetentionForm struct {
	AttemptsDays, AttemptsMax string
	Errors                    FieldErrors
}

// AdminRetention is what is kept how long.
type AdminRetention struct {
	Desk
	Rows                     []RetentionRule
	Form                     RetentionForm
	AttemptsAge, AttemptsMax ShownSetting
	MayRun, MayChange        bool
}

type retentionView struct {
	RetentionRule
	NameKey, HowKey string // text keys
}

// retentionRules are those that there are words for.
var retentionRules = map[string]bool{
	"audit": true, "attempts": true, "messages": true, "late-messages": true, "closings": true, "keys": true, "proofings": true, "sessions": true,
	"sign-ins": true, "tokens": true, "sign-ups": true, "recoveries": true, "invitations": true, "browsers": true, "counts": true,
	"client-days": true, "latencies": true, "imports": true, "releases": true,
}

// AdminRetention renders the page.
func (p *Pages) AdminRetention(w http.ResponseWriter, r *http.Request, a AdminRetention) error {
	v := struct {
		AdminRetention
		Rows []retentionView
	}{AdminRetention: a}
	for _, row := range a.Rows {
		if retentionRules[row.Rule] {
			v.Rows = append(v.Rows, retentionView{row, "admin.retention.rule." + row.Rule, "admin.retention.how." + row.Rule})
		}
	}
	return p.render(w, r, page{name: "admin-retention", status: formStatus(a.Form.Errors), lang: p.catalog.choose(r, nil), data: v})
}

// AdminMessageTest is a test of the mail server or the gateway, and what came of it.
type AdminMessageTest struct {
	Desk
	Address  string // as it was typed
	Language string
	To       string    // whom a test was sent to, "" before
	Answer   string    // of the server when it did not take it, for an operator
	Until    time.Time // when there may be another
	Errors   FieldErrors
}

// Language is the tag of the reader's language.
func (p *Pages) Language(r *http.Request) string { return p.catalog.choose(r, nil).Tag }

// AdminMessageTest renders the page.
func (p *Pages) AdminMessageTest(w http.ResponseWriter, r *http.Request, a AdminMessageTest) error {
	return p.render(w, r, page{name: "admin-message-test", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
