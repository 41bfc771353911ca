package pages

import (
	"net/http"
	"strings"
	"time"
)

// AccountOrganizations is with whom a person shares, and with whom she did.
type AccountOrganizations struct {
	Connected []AccountOrganization // the last used first
	Ended     []AccountOrganization
	Done      string // what was just done: stopped; "" for nothing
}

// DoneKey is the text key of what was just done, "" for nothing.
func (a AccountOrganizations) DoneKey() string {
	return chosenKey("account.organizations.done.", a.Done)
}

// AccountOrganization is an organization that a person agreed to share with.
type AccountOrganization struct {
	ID         string // of the consent
	Name       string
	Community  string
	Since      time.Time
	Last       time.Time
	Times      int
	Ended      time.Time // zero while she shares
	Remembered bool      // she is not asked again
	Agreed     []string  // names of claims
	Declined   []string
}

// Initials stand for the organization.
func (a AccountOrganization) Initials() string { return initials(a.Name) }

// Logo is none: the organization may be gone.
func (a AccountOrganization) Logo() string { return "" }

// AccountOrganizationPage is one of them, with what it got last.
type AccountOrganizationPage struct {
	AccountOrganization
	Latest []AccountRelease
	More   bool // there is more than the latest
}

// AccountRelease is what an organization was told, once.
type AccountRelease struct {
	Organization string
	At           time.Time
	Claims       []string
	Level        string
	Again        int // how often it asked once more afterwards, with the same permission
	LastAt       time.Time
}

// AccountSharing is where a person's identity was used.
type AccountSharing struct {
	Organizations []AccountChoice // to choose from
	Chosen        string          // the ID of the one chosen, "" for all
	Releases      []AccountRelease
	Older, Newest string // addresses of the other pages, "" for none
}

// AccountChoice is an entry of a list to choose from.
type AccountChoice struct {
	Value, Name string
	Current     bool
}

type accountOrganizationsView struct {
	AccountOrganizations
	Connected, Ended []accountOrganizationView
}

type accountOrganizationView struct {
	AccountOrganization
	Shares, Kept []label
}

type accountOrganizationPageView struct {
	accountOrganizationView
	Latest []accountReleaseView
	More   bool
}

type accountReleaseView struct {
	AccountRelease
	Labels   []label
	LevelKey string
}

type accountSharingView struct {
	AccountSharing
	Releases []accountReleaseView
}

// AccountOrganizations renders the list.
func (p *Pages) AccountOrganizations(w http.ResponseWriter, r *http.Request, a AccountOrganizations) error {
	l := p.catalog.choose(r, nil)
	v := accountOrganizationsView{AccountOrganizations: a}
	for _, o := range a.Connected {
		v.Connected = append(v.Connected, l.organization(o))
	}
	for _, o := range a.Ended {
		v.Ended = append(v.Ended, l.organization(o))
	}
	return p.render(w, r, page{name: "account-organizations", status: http.StatusOK, lang: l, data: v})
}

// AccountOrganization renders one organization.
func (p *Pages) AccountOrganization(w http.ResponseWriter, r *http.Request, a AccountOrganizationPage) error {
	l := p.catalog.choose(r, nil)
	v := accountOrganizationPageView{l.organization(a.AccountOrganization), l.releases(a.Latest), a.More}
	return p.render(w, r, page{name: "account-organization", status: http.StatusOK, lang: l, data: v})
}

// AccountStop renders the page that asks whether to stop sharing.
func (p *Pages) AccountStop(w http.ResponseWriter, r *http.Request, a AccountOrganization) error {
	at := "/account/organisations/" + a.ID
	return p.render(w, r, page{name: "account-stop", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: struct {
		Name    string
		Confirm Confirm
	}{a.Name, Confirm{Action: at + "/stop", ButtonKey: "account.stop.button", CancelURL: at, Danger: true}}})
}

// AccountSharing renders where her identity was used.
func (p *Pages) AccountSharing(w http.ResponseWriter, r *http.Request, a AccountSharing) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{
		name: "account-sharing", status: http.StatusOK, lang: l, data: accountSharingView{a, l.releases(a.Releases)},
	})
}

func (l *language) organization(o AccountOrganization) accountOrganizationView {
	return accountOrganizationView{o, l.labels(o.Agreed), l.labels(o.Declined)}
}

func (l *language) releases(list []AccountRelease) []accountReleaseView {
	var out []accountReleaseView
	for _, r := range list {
		out = append(out, accountReleaseView{r, l.labels(r.Claims), l.levelKey(r.Level)})
	}
	return out
}

// label is the name of a detail: the text key detail.<Claim>, when Known.
type label struct {
	Claim string
	Known bool
}

// labels are the names of details in the order in which a person reads them, each piece of information once: a part is left
// out beside its whole, and what is known about the proofing counts as one.
func (l *language) labels(claims []string) []label {
	there := map[string]bool{}
	for _, name := range claims {
		there[name] = true
	}
	var out []label
	for _, name := range claims {
		if there[partOf[name]] || there[verifiedFlag[name]] || strings.Contains(name, ".") {
			continue
		}
		_, known := l.Texts["detail."+name]
		out = append(out, label{name, known})
	}
	sortLabels(out)
	return out
}
