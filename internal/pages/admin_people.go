package pages

import (
	"net/http"
	"slices"
	"time"
)

// AdminPasskey is a passkey of a person.
type AdminPasskey struct {
	Name       string // "" when the device did not say
	Synced     bool   // it is on several devices
	CreatedAt  time.Time
	LastUsedAt time.Time // zero before the first sign-in
}

// AdminSession is a browser that a person is signed in in.
type AdminSession struct {
	ID            string
	Browser       string
	SeenAt, Since time.Time
}

// AdminAttribute is a value of a person.
type AdminAttribute struct {
	Kind, Value string
	Use         string // mobile, home …; "" where there is one only
	Status      string // self-asserted, consistent, verified
	Level       string
	VerifiedAt  time.Time
	ConfirmedAt time.Time // of an address that was shown to be hers by a code; zero for none
	From, To    string    // YYYY-MM-DD
	Current     bool
}

// AdminProofing is an event of identity proofing.
type AdminProofing struct {
	ID, Status, Level string
	StartedAt         time.Time
	By                string
}

// AdminRepresentation is that one may act for another, from the side of one of the two.
type AdminRepresentation struct {
	OtherID, Other      string // whose word it is, or for whom
	Represents          bool   // the person acts for the other; otherwise the other for her
	Relationship, Basis string // codes
	From, To            string // YYYY-MM-DD
	EndedAt             time.Time
	InForce             bool
}

// AdminPerson is everything about one person that the reader may see, and what she may do.
type AdminPerson struct {
	Desk
	Person                AdminFound
	CreatedAt, Until, Now time.Time
	SurvivorID            string    // of a record that was merged
	ClosesAt              time.Time // she asked to close the account; zero when she did not
	Details               bool      // the reader sees more than that there is an account
	Attributes            []AdminAttribute
	IdentifierSince       time.Time // zero when she has none
	Proofings             []AdminProofing
	Invitations           []AdminInvitation
	Passkeys              []AdminPasskey
	Sessions              []AdminSession
	Organizations         []AccountOrganization
	Shares                []AccountRelease
	MoreShares            bool
	Representations       []AdminRepresentation
	Requests              []AdminRequest
	History               []AuditEvent

	MayInvite, MaySuspend, MayResume, MayClose, MayEdit, MaySignOut, MayReveal    bool
	MayProof                                                                      bool // an identity check may begin
	MayPreview                                                                    bool // what a data holder would get about her
	MaySeeProofing, MaySeeRequests, MaySeeMessages, MaySeeAudit, MaySeeDuplicates bool
	TwoPersons                                                                    bool // closing waits for a second administrator
}

// ID is the person's, as the lists that pages share want it.
func (a AdminPerson) ID() string { return a.Person.ID }

type (
	attributeView struct {
		AdminAttribute
		Mark    badge
		UseKey  string // "" for none
		WordKey string // of a value that is a code, "" for any other
	}
	proofingView struct {
		AdminProofing
		LevelKey string
		StateOf  badge
	}
	representationView struct {
		AdminRepresentation
		RelationshipKey, BasisKey string
	}
	addOption struct{ Of, Key string }

	personView struct {
		AdminPerson
		Person          foundView
		Parts           []addOption // of the page: id and text key
		Attributes      []attributeView
		Adds            []addOption // kinds of values that can be added
		Proofings       []proofingView
		Invitations     []invitationRow
		Organizations   []accountOrganizationView
		Shares          []accountReleaseView
		Representations []representationView
		History         []eventView
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

// relationships and bases are the codes that there are words for (HL7 v3 RoleCode; admin.relationship., admin.basis.).
var (
	relationships = []string{"PRN", "MTH", "FTH", "STPPRN", "PRNFOST", "ADOPTP", "GRPRN", "CHILD", "SPS", "DOMPART", "SIB", "FAMMEMB", "GUARD", "GUADLTM", "POWATT", "HPOWATT", "DPOWATT", "EXEC", "RESPRSN"}
	bases         = []string{"parent", "guardian", "healthcare_poa", "court_order", "executor", "designated"}
	uses          = []string{"mobile", "home", "work", "temp", "official", "old", "maiden"}
)

// oneOf is a text key, or another when there are no words for the code.
func oneOf(codes []string, prefix, code, otherwise string) string {
	if slices.Contains(codes, code) {
		return prefix + code
	}
	return otherwise
}

// AdminPerson renders one person.
func (p *Pages) AdminPerson(w http.ResponseWriter, r *http.Request, a AdminPerson) error {
	l := p.catalog.choose(r, nil)
	v := personView{AdminPerson: a, Person: l.foundView(a.Person), Invitations: invitationRows(a.Invitations), Shares: l.releases(a.Shares)}
	there := map[string]bool{}
	for _, at := range a.Attributes {
		there[at.Kind] = there[at.Kind] || at.Current
		view := attributeView{AdminAttribute: at, Mark: markBadge(at.Status)}
		if at.Kind == "phone" || at.Kind == "address" || !at.Current {
			view.UseKey = oneOf(uses, "admin.use.", at.Use, "")
		}
		if at.Kind == "sex" {
			view.WordKey = oneOf([]string{"female", "male", "other", "unknown"}, "gender.", at.Value, "")
		}
		v.Attributes = append(v.Attributes, view)
	}
	if a.MayEdit && a.Details {
		for _, kind := range []string{"name", "sex", "language", "address", "phone", "email"} {
			if !there[kind] || kind == "phone" || kind == "address" { // of those there may be several
				v.Adds = append(v.Adds, addOption{kind, "admin.attribute." + kind})
			}
		}
	}
	for _, e := range a.Proofings {
		v.Proofings = append(v.Proofings, l.proofingView(e))
	}
	for _, o := range a.Organizations {
		v.Organizations = append(v.Organizations, l.organization(o))
	}
	for _, one := range a.Representations {
		v.Representations = append(v.Representations, representationView{
			one, oneOf(relationships, "admin.relationship.", one.Relationship, "admin.relationship.other"), oneOf(bases, "admin.basis.", one.Basis, "admin.basis.other"),
		})
	}
	for _, e := range a.History {
		v.History = append(v.History, eventView{e, l.actionWords(e.Action)})
	}
	v.Parts = a.parts()
	return p.render(w, r, page{name: "admin-person", status: http.StatusOK, lang: l, data: v})
}

// parts are the sections of the page, in their order.
func (a AdminPerson) parts() []addOption {
	var all []addOption
	add := func(there bool, id string, key string) {
		if there {
			all = append(all, addOption{id, key})
		}
	}
	add(a.Details, "values", "admin.person.values")
	add(a.Details, "identifiers", "admin.person.identifiers")
	add(a.Details, "proofings", "admin.person.proofings")
	add(true, "invitations", "admin.person.invitations")
	add(true, "passkeys", "admin.passkeys")
	add(true, "sessions", "admin.person.sessions")
	add(a.Details, "organizations", "admin.person.organizations")
	add(a.Details, "shares", "admin.person.shares")
	add(a.Details, "representatives", "admin.person.representatives")
	add(a.Details, "requests", "admin.person.requests")
	add(a.Details, "history", "admin.person.history")
	add(a.MaySuspend || a.MayResume || a.MayClose, "account", "admin.account")
	return all
}

// AdminShares is where a person's identity was used.
type AdminShares struct {
	Desk
	ID, Name            string
	Shares              []AccountRelease
	NewestURL, OlderURL string
}

// AdminShares renders where a person's identity was used.
func (p *Pages) AdminShares(w http.ResponseWriter, r *http.Request, a AdminShares) error {
	l := p.catalog.choose(r, nil)
	return p.render(w, r, page{name: "admin-shares", status: http.StatusOK, lang: l, data: struct {
		AdminShares
		Shares []accountReleaseView
	}{a, l.releases(a.Shares)}})
}

// AdminIdentifier is a person's Digital Identifier, after its reading was recorded.
type AdminIdentifier struct {
	Desk
	ID, Name, Value string
}

// AdminIdentifier renders it.
func (p *Pages) AdminIdentifier(w http.ResponseWriter, r *http.Request, a AdminIdentifier) error {
	return p.render(w, r, page{name: "admin-identifier", status: http.StatusOK, lang: p.catalog.choose(r, nil), data: a})
}
