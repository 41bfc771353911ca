package pages

import (
	"net/http"
	"slices"
	"time"
)

// PolicyRow is a document in the list.
type PolicyRow struct {
	Kind, Title string
	Version     int // 0 when it is generated
	PublishedAt time.Time
	Languages   []string // that it has a text in
	Draft       bool
}

// AdminPolicies is the documents.
type AdminPolicies struct {
	Desk
	Rows []PolicyRow
}

// PolicyText is a document in one language, as it is edited.
type PolicyText struct {
	Language string // tag
	Name     string // of the language, in itself
	Text     string
	First    bool // it has to be there
}

// AdminPolicy is one document, and the draft of its next version.
type AdminPolicy struct {
	Desk
	Kind, Title string
	Version     int // in force, 0 when it is generated
	PublishedAt time.Time
	Versions    []int // the latest first
	Texts       []PolicyText
	Draft       bool // there is one; otherwise the texts are those in force
	By          string
	At          time.Time // the draft was saved
	Saved       int64     // of the draft that was read, so that nobody overwrites another's
	Next        int       // number of the version that the draft would be
	Accounts    int       // patients' accounts in use
	MayChange   bool
	Errors      FieldErrors
}

// DiffLine is a line of a text beside another: same, added or removed.
type DiffLine struct{ Kind, Text string }

// AdminPolicyChanges is what changes from one version to the next.
type AdminPolicyChanges struct {
	Desk
	Kind, Title string
	From, To    int // versions; To is 0 for the draft
	Texts       []PolicyChange
}

// PolicyChange is what changes in one language.
type PolicyChange struct {
	Language, Name string
	Lines          []DiffLine
	Same           bool
}

// policyKinds are the documents that there are words for.
var policyKinds = []string{"practices", "terms", "guide"}

// PolicyKindKey is the text key of a document's name.
func PolicyKindKey(kind string) string {
	if slices.Contains(policyKinds, kind) {
		return "admin.policies.kind." + kind
	}
	return "admin.policies.kind.guide"
}

// KindKey is the text key of the document's name.
func (r PolicyRow) KindKey() string          { return PolicyKindKey(r.Kind) }
func (a AdminPolicy) KindKey() string        { return PolicyKindKey(a.Kind) }
func (a AdminPolicyChanges) KindKey() string { return PolicyKindKey(a.Kind) }

// EffectKey is the text key of what publishing does to people.
func (a AdminPolicy) EffectKey() string {
	if a.Kind == "practices" {
		return "admin.policies.effect.practices"
	}
	return "admin.policies.effect.other"
}

// LanguageName is the name of a language, in itself; the tag when there is none.
func (p *Pages) LanguageName(tag string) string {
	if l, ok := p.catalog.byTag[tag]; ok {
		return l.Name
	}
	return tag
}

// AdminPolicies renders the documents.
func (p *Pages) AdminPolicies(w http.ResponseWriter, r *http.Request, a AdminPolicies) error {
	return p.render(w, r, page{name: "admin-policies", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}

// AdminPolicy renders a document.
func (p *Pages) AdminPolicy(w http.ResponseWriter, r *http.Request, a AdminPolicy) error {
	return p.render(w, r, page{name: "admin-policy", status: formStatus(a.Errors), lang: p.catalog.choose(r, nil), data: a})
}

// AdminPolicyChanges renders what changes.
func (p *Pages) AdminPolicyChanges(w http.ResponseWriter, r *http.Request, a AdminPolicyChanges) error {
	return p.render(w, r, page{name: "admin-policy-changes", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}
