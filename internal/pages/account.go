package pages

import (
	"net/http"
	"time"
)

// accountSections are the sections of a person's account, in the order of the navigation: each is a page. The word for it is the text
// account.nav.<Key>. A page of a section shows the navigation with {{template "account-nav" "<Key>"}}.
var accountSections = []accountSection{
	{"overview", "/account"},
	{"profile", "/account/profile"},
	{"passkeys", "/account/passkeys"},
	{"recovery-codes", "/account/recovery-codes"},
	{"organizations", "/account/organisations"},
	{"sharing", "/account/sharing"},
	{"sessions", "/account/sessions"},
	{"activity", "/account/activity"},
	{"preferences", "/account/preferences"},
	{"download", "/account/download"},
	{"close", "/account/close"},
}

type accountSection struct{ Key, Path string }

// AccountPaths are the addresses of the sections, for the test that each of them has a route.
func AccountPaths() []string {
	var paths []string
	for _, s := range accountSections {
		paths = append(paths, s.Path)
	}
	return paths
}

// Account is the overview of a person's own pages: what matters today.
type Account struct {
	Name     string
	Level    string    // how her identity was verified: idial1.8 and so on, "" when it was not
	Until    time.Time // when that ends, zero when it does not by itself
	Needs    []AccountNeed
	Passkeys int
	Browsers int       // that she is signed in in, this one among them
	Sharing  int       // organizations that she agreed to share with
	Last     time.Time // when she signed in before, zero when this is the first time
}

// AccountNeed is something in the account that waits for her, the most urgent first.
type AccountNeed struct {
	Key  string // recovery, closing, sign-in, level, email, phone, no-passkey, passkey
	At   time.Time
	Name string // of a device, "" when it is not known
	URL  string
}

type accountView struct {
	Account
	LevelKey string
}

// Account renders the overview.
func (p *Pages) Account(w http.ResponseWriter, r *http.Request, a Account) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{
		name: "account", status: http.StatusOK, lang: l, data: accountView{Account: a, LevelKey: l.levelKey(a.Level)},
	})
}
