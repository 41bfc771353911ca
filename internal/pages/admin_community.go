package pages

import (
	"net/http"
	"slices"
	"time"
)

// TrustNode is a certificate of a community, with those that it issued.
type TrustNode struct {
	AdminCertificate
	Kind        string // anchor, intermediate, sent (with a certificate of ours) or own
	Issuer, Key string
	SHA256      string // upper-case hex
	State       string // of one of ours: active, next, retiring, expired; "" when it is not known
	Revoked     bool
	Checked     bool // its revocation is looked up
	Sources     []AdminSource
	RemoveURL   string // "" when the reader may not remove it
	Below       []TrustNode
}

// WaitingRequest is a request for a certificate that was not answered yet.
type WaitingRequest struct {
	ID, Subject, Key string
	CreatedAt        time.Time
	CreatedBy        string // name
}

// TrustCommunity is what every page of one community says of it.
type TrustCommunity struct {
	ID, Name, URI   string
	SuspendedAt     time.Time // zero unless it is
	SuspendedReason string
}

// AdminTrustCommunity is everything about one community.
type AdminTrustCommunity struct {
	Desk
	TrustCommunity
	Now         time.Time
	Roots       []TrustNode // the anchors
	Loose       []TrustNode // what leads to none of them
	Members     []AdminSource
	MoreMembers int
	Settings    TrustSettings
	Certifiers  int
	Clients     int
	Requests    []WaitingRequest
	MayChange   bool
	Asks        bool // the sources of revocation can be asked at the press of a button
}

type (
	nodeView struct {
		TrustNode
		Badge    badge
		StateKey string
		Groups   []string
		Sources  []sourceView
		Below    []nodeView
	}
	spanView struct {
		Kind, Subject       string
		NotBefore, NotAfter time.Time
		Badge               badge
		X, Width            int
	}
	communityPageView struct {
		AdminTrustCommunity
		Roots, Loose []nodeView
		Members      []sourceView
		Mode         badge
		Spans        []spanView
		From, To     time.Time
		Today        int
		LineWidth    int
	}
)

// AdminTrustCommunity renders one community.
func (p *Pages) AdminTrustCommunity(w http.ResponseWriter, r *http.Request, a AdminTrustCommunity) error {
	v := communityPageView{AdminTrustCommunity: a, Roots: nodeViews(a.Roots, a.Now), Loose: nodeViews(a.Loose, a.Now), LineWidth: lineWidth}
	for _, s := range a.Members {
		v.Members = append(v.Members, sourceView{AdminSource: s, Badge: s.state()})
	}
	v.Mode = modeBadge(a.Settings.Revocation)
	v.draw(slices.Concat(v.Roots, v.Loose))
	return p.render(w, r, page{name: "admin-community", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: v})
}

func modeBadge(mode string) badge {
	if tone, ok := modes[mode]; ok {
		return badge{Key: "admin.revocation." + mode, Tone: tone}
	}
	return badge{Key: "admin.revocation.hard-fail", Tone: "good"}
}

func nodeViews(nodes []TrustNode, now time.Time) []nodeView {
	var views []nodeView
	for _, n := range nodes {
		v := nodeView{TrustNode: n, Badge: n.state(now), Groups: groupsOf(n.SHA256), Below: nodeViews(n.Below, now)}
		if n.Revoked {
			v.Badge = badge{Key: "certificate.revoked", Tone: "bad"}
		}
		if states[n.State] {
			v.StateKey = "admin.state." + n.State
		}
		for _, s := range n.Sources {
			v.Sources = append(v.Sources, sourceView{AdminSource: s, Badge: s.state()})
		}
		views = append(views, v)
	}
	return views
}

// groupsOf is a fingerprint as people compare it: in groups of four.
func groupsOf(hex string) []string {
	var groups []string
	for part := range slices.Chunk([]byte(hex), 4) {
		groups = append(groups, string(part))
	}
	return groups
}

// The lines of the timeline, in their own units: they are stretched to the width of the page.
const (
	lineWidth  = 1000
	lineBefore = 180 * 24 * time.Hour // before today
	lineAfter  = 5 * 365 * 24 * time.Hour
)

// draw makes the timeline: from half a year ago to the end of what ends last, five years from now at most.
func (v *communityPageView) draw(nodes []nodeView) {
	v.From, v.To = v.Now.Add(-lineBefore), v.Now.Add(lineBefore)
	seen := map[string]bool{}
	var walk func([]nodeView)
	walk = func(some []nodeView) {
		for _, n := range some {
			if !seen[n.SHA256] && !n.NotAfter.IsZero() {
				seen[n.SHA256] = true
				v.Spans = append(v.Spans, spanView{Kind: n.Kind, Subject: n.Subject, NotBefore: n.NotBefore, NotAfter: n.NotAfter, Badge: n.Badge})
				if n.NotAfter.After(v.To) {
					v.To = n.NotAfter
				}
			}
			walk(n.Below)
		}
	}
	walk(nodes)
	if last := v.Now.Add(lineAfter); v.To.After(last) {
		v.To = last
	}
	at := func(t time.Time) int {
		x := int(t.Sub(v.From).Hours() * lineWidth / v.To.Sub(v.From).Hours())
		return max(0, min(lineWidth, x))
	}
	v.Today = at(v.Now)
	for i, s := range v.Spans {
		v.Spans[i].X = at(s.NotBefore)
		v.Spans[i].Width = max(4, at(s.NotAfter)-v.Spans[i].X)
	}
	slices.SortStableFunc(v.Spans, func(a, b spanView) int { return a.NotAfter.Compare(b.NotAfter) })
}

// TrustSettings are the operator's decisions about a community, as they are typed.
type TrustSettings struct {
	Name          string
	Revocation    string // hard-fail, soft-fail, no-check
	GraceHours    string
	WithoutSource bool
	Healthcare    bool

	NoPKCE, LoopbackRedirect, ListRefreshToken bool

	Certifications, Required string // one URI a line
	Certifiers               string // PEM
}

// AdminTrustSettings is the form of a community's settings.
type AdminTrustSettings struct {
	Desk
	TrustCommunity
	Form       TrustSettings
	Revision   int64
	Errors     FieldErrors
	TwoPersons bool
}

// modeOption is a way to check revocation, to choose.
type modeOption struct {
	Value, Key, WhatKey string
	Chosen              bool
}

// AdminTrustSettings renders the form.
func (p *Pages) AdminTrustSettings(w http.ResponseWriter, r *http.Request, a AdminTrustSettings) error {
	var options []modeOption
	for _, mode := range []string{"hard-fail", "soft-fail", "no-check"} {
		options = append(options, modeOption{mode, "admin.revocation." + mode, "admin.community.mode." + mode, a.Form.Revocation == mode})
	}
	return p.render(w, r, page{name: "admin-community-settings", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: struct {
		AdminTrustSettings
		Modes []modeOption
	}{a, options}})
}

// TrustLoss is what would be lost by a change.
type TrustLoss struct {
	Clients, Lost, Unclear, Own int
	Names                       []string
	Partial                     bool
}

// More is how many are not named.
func (l TrustLoss) More() int { return l.Lost - len(l.Names) }

// AdminTrustRemove asks before an anchor or an intermediate is removed.
type AdminTrustRemove struct {
	Desk
	TrustCommunity
	Node       TrustNode
	Now        time.Time
	Loss       TrustLoss
	Last       bool // it is the last anchor, which stays
	Reason     string
	Errors     FieldErrors
	TwoPersons bool
}

// AdminTrustRemove renders the question.
func (p *Pages) AdminTrustRemove(w http.ResponseWriter, r *http.Request, a AdminTrustRemove) error {
	return p.render(w, r, page{name: "admin-community-remove", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: struct {
		AdminTrustRemove
		Node nodeView
	}{a, nodeViews([]TrustNode{a.Node}, a.Now)[0]}})
}

// AdminTrustState asks before a community is suspended, resumed or deleted.
type AdminTrustState struct {
	Desk
	TrustCommunity
	Loss       TrustLoss
	Typed      string // of the confirmation
	Reason     string
	Errors     FieldErrors
	TwoPersons bool
}

// AdminTrustState renders the question.
func (p *Pages) AdminTrustState(w http.ResponseWriter, r *http.Request, a AdminTrustState) error {
	return p.render(w, r, page{name: "admin-community-state", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}
