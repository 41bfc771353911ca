package pages

import (
	"net/http"
	"time"
)

// AccountSessions is where a person is signed in.
type AccountSessions struct {
	Sessions []AccountSession // this one first
	Done     string           // what was just done: ended, ended-others, gone; "" for nothing
}

// AccountSession is a browser that she is signed in in.
type AccountSession struct {
	ID       string
	Agent    string // the browser and the device: "Safari, iPhone"; "" when they are not known
	SignedIn time.Time
	Seen     time.Time
	Here     bool // it is this one
}

// Others reports whether there is another than this one.
func (a AccountSessions) Others() bool { return len(a.Sessions) > 1 }

// DoneKey is the text key of what was just done, "" for nothing.
func (a AccountSessions) DoneKey() string { return chosenKey("account.sessions.done.", a.Done) }

// AccountSessions renders where she is signed in.
func (p *Pages) AccountSessions(w http.ResponseWriter, r *http.Request, a AccountSessions) error {
	return p.render(w, r, page{name: "account-sessions", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// chosenKey is the text key of a word that stands in an address, which anybody may write: "" for one that we have no text for.
func chosenKey(prefix, word string) string {
	cat, err := translations()
	if err != nil || cat.languages[0].Texts[prefix+word] == "" {
		return ""
	}
	return prefix + word
}
