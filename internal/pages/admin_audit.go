package pages

import (
	"net/http"
	"time"
)

// AuditFilter is what is looked for in the audit log, as it was typed.
type AuditFilter struct {
	Action, Person, Client, Actor, Request string
	Since, Until                           string // YYYY-MM-DD
	Groups                                 []AuditGroup
}

// AuditGroup is a group of actions to choose from.
type AuditGroup struct {
	Name    string
	Actions []string
}

// AuditEvent is a line of the audit log.
type AuditEvent struct {
	ID                string
	At                time.Time
	Action            string
	Actor, ActorID    string // the name of a person, "" when it is none; her id, or what else did it
	Person, PersonID  string
	ClientID, Request string
	IP                string
}

// AdminAudit is a page of the audit log.
type AdminAudit struct {
	Desk
	Filter      AuditFilter
	Rows        []AuditEvent
	ExportQuery string // what an export selects the same events with
	NewestURL   string // "" on the first page
	OlderURL    string // "" on the last
}

// AuditChange is a value that was another before.
type AuditChange struct {
	Name, Before, After string
	Same                bool
}

// AuditFact is something else that was recorded.
type AuditFact struct{ Name, Value string }

// AdminAuditEvent is one line with everything that was recorded.
type AdminAuditEvent struct {
	Desk
	AuditEvent
	Changes []AuditChange
	Facts   []AuditFact
}

// AuditFinding is something that is wrong with the log.
type AuditFinding struct {
	Kind    string
	Seq     int
	EventID string
}

// AdminCheck is the state of the check of the log.
type AdminCheck struct {
	Desk
	MayCheck bool
	Running  bool
	Done, Of int  // events, of the one that runs
	Failed   bool // the last one came to no end
	At       time.Time
	Checked  int
	Sound    bool
	Witness  string
	Findings []AuditFinding
}

const actionPrefix = "admin.audit.action."

type (
	actionOption struct {
		Name   string
		Words  string
		Chosen bool
	}
	actionGroup struct {
		Key     string
		Actions []actionOption
	}
	eventView struct {
		AuditEvent
		Words string
	}
	auditView struct {
		AdminAudit
		Groups []actionGroup
		Rows   []eventView
		Paging Paging
	}
	oneEventView struct {
		AdminAuditEvent
		Words string
	}
	findingView struct {
		AuditFinding
		Key string
	}
	checkView struct {
		AdminCheck
		Findings []findingView
	}
)

// actionWords are what an action is called; one that there are no words for is called what it is.
func (l *language) actionWords(name string) string {
	if words, ok := l.Texts[actionPrefix+name]; ok {
		return words
	}
	return name
}

// AdminAudit renders a page of the audit log.
func (p *Pages) AdminAudit(w http.ResponseWriter, r *http.Request, a AdminAudit) error {
	l := p.catalog.choose(r, nil)
	v := auditView{AdminAudit: a, Paging: Paging{PreviousURL: a.NewestURL, NextURL: a.OlderURL}}
	for _, g := range a.Filter.Groups {
		group := actionGroup{Key: "admin.audit.group." + g.Name}
		for _, name := range g.Actions {
			group.Actions = append(group.Actions, actionOption{name, l.actionWords(name), name == a.Filter.Action})
		}
		v.Groups = append(v.Groups, group)
	}
	for _, e := range a.Rows {
		v.Rows = append(v.Rows, eventView{e, l.actionWords(e.Action)})
	}
	return p.render(w, r, page{name: "admin-audit", status: http.StatusOK, lang: l, data: v})
}

// AdminAuditEvent renders one line of the audit log.
func (p *Pages) AdminAuditEvent(w http.ResponseWriter, r *http.Request, a AdminAuditEvent) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "admin-audit-event", status: http.StatusOK, lang: l, data: oneEventView{a, l.actionWords(a.Action)}})
}

// findings are what may be wrong with the log; each is a text behind "admin.check.finding.".
var findings = map[string]bool{"altered": true, "missing": true, "gap": true, "stray": true, "cut": true, "forged": true, "contradict": true}

// AdminCheck renders the state of the check.
func (p *Pages) AdminCheck(w http.ResponseWriter, r *http.Request, a AdminCheck) error {
	v := checkView{AdminCheck: a}
	for _, f := range a.Findings {
		kind := f.Kind
		if !findings[kind] {
			kind = "altered"
		}
		v.Findings = append(v.Findings, findingView{f, "admin.check.finding." + kind})
	}
	return p.render(w, r, page{name: "admin-check", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}
