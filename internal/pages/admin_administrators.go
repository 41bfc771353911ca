package pages

import (
	"net/http"
	"time"
)

// AdminSetup is the first page of a new server: who is going to own it.
type AdminSetup struct {
	Action string // where the form goes
	AdministratorForm
}

// AdminSetup renders the first page of a new server.
func (p *Pages) AdminSetup(w http.ResponseWriter, r *http.Request, s AdminSetup) error {
	return p.render(w, r, page{name: "setup", status: formStatus(s.Errors), lang: p.catalog.choose(r, nil), data: s})
}

// AdminAdministrators is the list of those who run the service.
type AdminAdministrators struct {
	Desk
	Rows       []Administrator
	MayInvite  bool
	TwoPersons bool // an invitation waits for a second owner
	Form       AdministratorForm
}

type administratorView struct {
	Administrator
	RoleKey string
	State   badge
}

type administratorsView struct {
	AdminAdministrators
	Rows  []administratorView
	Roles []roleOption
}

func newAdministratorView(a Administrator) administratorView {
	return administratorView{Administrator: a, RoleKey: RoleKey(a.Role), State: stateBadge(a.State)}
}

// AdminAdministrators renders the list.
func (p *Pages) AdminAdministrators(w http.ResponseWriter, r *http.Request, a AdminAdministrators) error {
	v := administratorsView{AdminAdministrators: a, Roles: roleOptions(a.Form.Role)}
	for _, row := range a.Rows {
		v.Rows = append(v.Rows, newAdministratorView(row))
	}
	return p.render(w, r, page{name: "admin-administrators", status: formStatus(a.Form.Errors), lang: p.catalog.choose(r, nil), data: v})
}

// AdminAdministrator is one who runs the service, and what may be done about her.
type AdminAdministrator struct {
	Desk
	Administrator
	Reason                          string // as it was typed
	Errors                          FieldErrors
	MayInvite, MayChange, MayRevoke bool
	TwoPersons                      bool
}

type oneAdministratorView struct {
	AdminAdministrator
	RoleKey string
	State   badge
	Roles   []roleOption
}

// AdminAdministrator renders one who runs the service.
func (p *Pages) AdminAdministrator(w http.ResponseWriter, r *http.Request, a AdminAdministrator) error {
	v := oneAdministratorView{a, RoleKey(a.Administrator.Role), stateBadge(a.Administrator.State), roleOptions(a.Administrator.Role)}
	return p.render(w, r, page{name: "admin-administrator", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: v})
}

// AdminLink is a link that is shown once, to be handed over.
type AdminLink struct {
	Desk
	Name      string // whose it is
	URL       string
	ExpiresAt time.Time
	Back      string
}

// AdminLink renders a link.
func (p *Pages) AdminLink(w http.ResponseWriter, r *http.Request, a AdminLink) error {
	return p.render(w, r, page{name: "admin-link", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// AdminApprovals is what waits for a second administrator, and what was decided lately.
type AdminApprovals struct {
	Desk
	Waiting, Decided []AdminApproval
}

// ApprovalFact is something that is approved, with its name.
type ApprovalFact struct{ Key, Value string }

// AdminApproval is one act.
type AdminApproval struct {
	ID                 string
	ActKey             string         // text key of what is to be done
	Whom, Role, Email  string         // "" where they play no part
	Merged, CompareURL string         // the record that ends in that of Whom, "" where nothing is merged
	Trust              []ApprovalFact // what a change of the trust communities is
	Reason             string
	AskedBy            string // name
	AskedAt, ExpiresAt time.Time
	Decision           string // approved, refused, withdrawn; "" while nobody decided
	DecidedBy          string
	DecidedAt          time.Time
	Answer             string
	Done               bool
	FailureKey         string // text key of why it was not done, "" when it was
	Own                bool   // the reader asked for it herself
	MayDecide          bool
	MayWithdraw        bool
}

// decisions are what becomes of an act, with the tone of each.
var decisions = map[string]string{"approved": "good", "refused": "bad", "withdrawn": "plain"}

type approvalView struct {
	AdminApproval
	RoleKey string
	State   badge
}

type approvalsView struct {
	AdminApprovals
	Waiting, Decided []approvalView
}

// AdminApprovals renders the list.
func (p *Pages) AdminApprovals(w http.ResponseWriter, r *http.Request, a AdminApprovals) error {
	v := approvalsView{AdminApprovals: a}
	for _, row := range a.Waiting {
		v.Waiting = append(v.Waiting, newApprovalView(row))
	}
	for _, row := range a.Decided {
		v.Decided = append(v.Decided, newApprovalView(row))
	}
	return p.render(w, r, page{name: "admin-approvals", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

func newApprovalView(a AdminApproval) approvalView {
	v := approvalView{AdminApproval: a, State: badge{Key: "admin.decision.late", Tone: "plain"}}
	if a.Role != "" {
		v.RoleKey = RoleKey(a.Role)
	}
	if tone, ok := decisions[a.Decision]; ok {
		v.State = badge{Key: "admin.decision." + a.Decision, Tone: tone}
	}
	if a.Decision == "approved" && !a.Done {
		v.State = badge{Key: "admin.decision.failed", Tone: "bad"}
	}
	return v
}
