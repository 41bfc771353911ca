package pages

import (
	"net/http"
	"net/url"
	"time"
)

// Who did something, as a person is told.
const (
	ByYou      = "you"
	ByStaff    = "staff"    // somebody who runs the service
	ByService  = "service"  // the service by itself
	ByStranger = "stranger" // somebody who did not show who he is
)

// AccountActivity is what happened in a person's account, the newest first.
type AccountActivity struct {
	Entries []ActivityEntry
	Before  string // the id that the next page begins behind, "" on the last
	Later   bool   // it is not the first page
}

// ActivityEntry is something that happened.
type ActivityEntry struct {
	ID           string
	At           time.Time
	Kind         string // an action of the audit log; one without words of its own is shown as something that happened
	By           string
	What         string // which detail of hers, as ProfileValue.Kind; "" for none
	Agent        string // on which device, "" when that is not known
	Organization string
	New          bool // the browser was never seen before
	NotMe        bool // she may say that it was not she
}

type activityDay struct {
	Day     time.Time
	Entries []activityLine
}

type activityLine struct {
	ActivityEntry
	TextKey string
	Times   int // in a row
}

// again reports whether an entry only says once more what the line says: the steps of our staff, one after the other, and how often a
// page had the identifier on it. What else she may say was not she stands alone.
func (l activityLine) again(e activityLine) bool {
	if l.NotMe && l.Kind != "identifier.read" || l.New {
		return false
	}
	e.ID, e.At, e.Times = l.ID, l.At, l.Times
	return e == l
}

// AccountActivity renders what happened, by day.
func (p *Pages) AccountActivity(w http.ResponseWriter, r *http.Request, a AccountActivity) error {
	var days []activityDay
	for _, e := range a.Entries {
		day := e.At.UTC().Truncate(24 * time.Hour)
		if len(days) == 0 || !days[len(days)-1].Day.Equal(day) {
			days = append(days, activityDay{Day: day})
		}
		last := &days[len(days)-1]
		line := lineOf(e)
		if n := len(last.Entries); n > 0 && last.Entries[n-1].again(line) {
			last.Entries[n-1].Times++
			continue
		}
		last.Entries = append(last.Entries, line)
	}
	next := ""
	if a.Before != "" {
		next = "?" + url.Values{"before": {a.Before}}.Encode()
	}
	return p.render(w, r, page{name: "account-activity", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: struct {
		Days    []activityDay
		NextURL string
		Later   bool
	}{days, next, a.Later}})
}

// lineOf finds the words for an entry: those for who did it, then those for the action, then those for anything.
func lineOf(e ActivityEntry) activityLine {
	const prefix = "account.activity.kind."
	key := prefix + "other"
	for _, word := range []string{e.Kind + "." + e.By, e.Kind} {
		if found := chosenKey(prefix, word); found != "" {
			key = found
			break
		}
	}
	return activityLine{ActivityEntry: e, TextKey: key, Times: 1}
}

// AccountNotMe is what can be done about something that she did not do.
type AccountNotMe struct {
	Entry   ActivityEntry
	Action  string // the path that the form posts to
	From    string // the network address that it came from, "" when that is not known
	Passkey string // the name of the one that was used, "" when it is not known
	Most    int    // how many characters her words may have
	Errors  FieldErrors

	Done    bool // it is done
	Ended   int64
	Stopped int
}

// AccountNotMe renders it, and afterwards what was done.
func (p *Pages) AccountNotMe(w http.ResponseWriter, r *http.Request, a AccountNotMe) error {
	return p.render(w, r, page{name: "account-not-me", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), query: url.Values{}, data: struct {
		AccountNotMe
		Line activityLine
	}{a, lineOf(a.Entry)}})
}
