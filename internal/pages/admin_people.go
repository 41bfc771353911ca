package pages

import (
	"net/http"
	"time"
)

// AdminPasskey is a passkey of a person.
type AdminPasskey struct {
	Name       string // "" when the device did not say
	CreatedAt  time.Time
	LastUsedAt time.Time // zero before the first sign-in
}

// AdminSession is a browser that a person is signed in in.
type AdminSession struct {
	Browser       string // as it calls itself
	SeenAt, Since time.Time
}

// AdminAttribute is a value of a person.
type AdminAttribute struct {
	Kind, Value string
	Use         string // mobile, home …; "" where there is one only
	Status      string // self-asserted, consistent, verified
	Level       string
	VerifiedAt  time.Time
	From, To    string // YYYY-MM-DD
	Current     bool
}

// AdminProofing is an event of identity proofing.
type AdminProofing struct {
	ID, Status, Level string
	StartedAt         time.Time
	By                string
}

// AdminPerson is everything about one person that the reader may see, and what she may do.
type AdminPerson struct {
	Desk
	Person                                     AdminFound
	CreatedAt, Until, Now                      time.Time
	SurvivorID                                 string // of a record that was merged
	Attributes                                 []AdminAttribute
	Proofings                                  []AdminProofing
	Passkeys                                   []AdminPasskey
	Sessions                                   []AdminSession
	History                                    []AuditEvent
	MayInvite, MaySuspend, MayResume, MayClose bool
	MayPreview                                 bool // what a data holder would get about her
	MayProof                                   bool // an identity check may begin
	TwoPersons                                 bool // closing waits for a second administrator
}

type (
	attributeView struct {
		AdminAttribute
		Mark badge
	}
	proofingView struct {
		AdminProofing
		LevelKey string
		StateOf  badge
	}
	personView struct {
		AdminPerson
		Person     foundView
		Attributes []attributeView
		Proofings  []proofingView
		History    []eventView
	}
)

// proofingStates are how a proofing stands, with the tone of each.
var proofingStates = map[string]string{
	"draft": "plain", "pending_approval": "careful", "pending_notification": "careful", "verified": "good", "failed": "bad", "expired": "careful",
	"revoked": "bad", "superseded": "plain", "repudiated": "bad",
}

// marks are how much stands behind a value, with the tone of each.
var marks = map[string]string{"verified": "good", "consistent": "good", "self-asserted": "plain"}

// markBadge is how much stands behind a value.
func markBadge(status string) badge {
	if tone, ok := marks[status]; ok {
		return badge{Key: "admin.mark." + status, Tone: tone}
	}
	return badge{Key: "admin.mark.self-asserted", Tone: "plain"}
}

func (l *language) proofingView(e AdminProofing) proofingView {
	state := badge{Key: "admin.proofing.draft", Tone: "plain"}
	if tone, ok := proofingStates[e.Status]; ok {
		state = badge{Key: "admin.proofing." + e.Status, Tone: tone}
	}
	return proofingView{e, l.shortLevelKey(e.Level), state}
}

// AdminPerson renders one person.
func (p *Pages) AdminPerson(w http.ResponseWriter, r *http.Request, a AdminPerson) error {
	l := p.catalog.choose(r, nil)
	v := personView{AdminPerson: a, Person: l.foundView(a.Person)}
	for _, at := range a.Attributes {
		v.Attributes = append(v.Attributes, attributeView{at, markBadge(at.Status)})
	}
	for _, e := range a.Proofings {
		v.Proofings = append(v.Proofings, l.proofingView(e))
	}
	for _, e := range a.History {
		v.History = append(v.History, eventView{e, l.actionWords(e.Action)})
	}
	return p.render(w, r, page{name: "admin-person", status: http.StatusOK, lang: l, data: v})
}
