package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// LikenessReason is how one field of two records compares.
type LikenessReason struct{ Field, Agreement string }

// Likeness is how two records compare.
type Likeness struct {
	Verdict string // same, likely, possible, different
	Value   int    // of 100
	Reasons []LikenessReason
}

// SuspectedPair is two records that may be one person.
type SuspectedPair struct {
	Likeness
	A, B      AdminFound
	FoundAt   time.Time
	DecidedAt time.Time // zero while nobody said that they are two
	DecidedBy string
	Decision  string // why they are two
}

// duplicatesShown are the choices of the list of pairs.
var duplicatesShown = []string{"likely", "possible", "apart"}

// DuplicatesShown is a choice of the list; what is none of them is the first.
func DuplicatesShown(typed string) string {
	if slices.Contains(duplicatesShown, typed) {
		return typed
	}
	return duplicatesShown[0]
}

// AdminDuplicates is a page of the pairs.
type AdminDuplicates struct {
	Desk
	Show              string // of DuplicatesShown
	PersonID, OtherID string // as they were typed: to see the pairs of one, or to compare two
	Errors            FieldErrors
	Unexamined        int // records that wait to be compared
	Rows              []SuspectedPair
	FirstURL          string // "" on the first page
	NextURL           string // "" on the last
}

// ComparedRecord is what hangs on one of two records.
type ComparedRecord struct {
	AdminFound
	CreatedAt, Until                             time.Time
	HasIdentifier                                bool
	IdentifierAt                                 time.Time // zero when that is not known
	Passkeys, Sessions, Sharing, Representations int
	Proofings                                    []AdminProofing
}

// InUse reports whether anything hangs on the record.
func (c ComparedRecord) InUse() bool {
	return c.Passkeys+c.Sessions+c.Sharing+c.Representations > 0
}

// ComparedRow is the values of a kind of both records.
type ComparedRow struct {
	Kind      string
	A, B      []AdminAttribute // the current one first
	Agreement string           // same, alike, differ, single
}

// MergeChoice is one of the two ways to merge, and what would come of it.
type MergeChoice struct {
	SurvivorID, Name                   string
	Since                              time.Time
	RefusedKey                         string   // text key of why not, "" when it may be
	Identifier                         string   // kept, taken over, none
	Tombstone                          bool     // the other record has an identifier of its own
	New                                []string // kinds of values that are added
	Passkeys, Sharing, Representations int      // of the record that ends
}

// mergeRefusals are the reasons of why a record cannot go on; each is a text behind "admin.comparison.refused.".
var mergeRefusals = []string{"state", "role", "level"}

// MergeRefusalKey is the text key of why a record cannot go on, "" when it can.
func MergeRefusalKey(code string) string {
	switch {
	case code == "":
		return ""
	case slices.Contains(mergeRefusals, code):
		return "admin.comparison.refused." + code
	}
	return "admin.comparison.refused.other"
}

// MergeForm is what was typed about a pair.
type MergeForm struct {
	Survivor, Reason string
	ApartReason      string
	Errors           FieldErrors
}

// AdminComparison is two records side by side.
type AdminComparison struct {
	Desk
	Likeness
	A, B                             ComparedRecord
	Rows                             []ComparedRow
	SurvivorID                       string // of one that was merged
	DecidedAt                        time.Time
	DecidedBy, Decision              string
	Choices                          []MergeChoice
	Form                             MergeForm
	MayMerge, MaySetApart, MayReopen bool
	TwoPersons                       bool // a merge waits for a second administrator
	Own                              bool // one of the two is the reader's own record
}

type (
	pairView struct {
		SuspectedPair
		A, B    foundView
		Verdict badge
		Words   []string // what agrees and what does not
	}
	showOption struct {
		Value, Key string
		Chosen     bool
	}
	duplicatesView struct {
		AdminDuplicates
		Options []showOption
		Rows    []pairView
	}
	comparedValue struct {
		AdminAttribute
		Mark badge
	}
	comparedRowView struct {
		ComparedRow
		A, B []comparedValue
		How  badge
	}
	comparedRecordView struct {
		ComparedRecord
		LevelKey  string
		StateOf   badge
		Proofings []proofingView
	}
	choiceView struct {
		MergeChoice
		Chosen  bool
		Effects []string
	}
	comparisonView struct {
		AdminComparison
		A, B    comparedRecordView
		Rows    []comparedRowView
		Verdict badge
		Words   []string
		Choices []choiceView
	}
)

// verdicts are how likely two records are one person, with the tone of each: a clerk has to look, whatever it says.
var verdicts = map[string]string{"same": "careful", "likely": "careful", "possible": "plain", "different": "plain"}

func verdictBadge(verdict string) badge {
	if tone, ok := verdicts[verdict]; ok {
		return badge{Key: "admin.duplicates.verdict." + verdict, Tone: tone}
	}
	return badge{Key: "admin.duplicates.verdict.different", Tone: "plain"}
}

// agreements are how the values of a kind compare, with the tone of each.
var agreements = map[string]string{"same": "good", "alike": "careful", "differ": "bad", "single": "plain"}

// words are what agrees and what does not, each with its field. What one record does not tell is left out.
func (l *language) likenessWords(reasons []LikenessReason) ([]string, error) {
	var words []string
	for _, r := range reasons {
		if r.Agreement == "missing" {
			continue
		}
		field, err := l.text("admin.duplicates.field." + r.Field)
		if err != nil {
			return nil, err
		}
		how, err := l.text("admin.duplicates.how." + r.Agreement)
		if err != nil {
			return nil, err
		}
		words = append(words, field+": "+how)
	}
	return words, nil
}

// AdminDuplicates renders a page of the pairs.
func (p *Pages) AdminDuplicates(w http.ResponseWriter, r *http.Request, a AdminDuplicates) error {
	l := p.catalog.choose(r, nil)
	v := duplicatesView{AdminDuplicates: a}
	for _, show := range duplicatesShown {
		v.Options = append(v.Options, showOption{show, "admin.duplicates.show." + show, show == a.Show})
	}
	for _, row := range a.Rows {
		words, err := l.likenessWords(row.Reasons)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, pairView{row, l.foundView(row.A), l.foundView(row.B), verdictBadge(row.Likeness.Verdict), words})
	}
	return p.render(w, r, page{name: "admin-duplicates", status: formStatus(a.Errors), lang: l, data: v})
}

// AdminComparison renders two records side by side.
func (p *Pages) AdminComparison(w http.ResponseWriter, r *http.Request, a AdminComparison) error {
	l := p.catalog.choose(r, nil)
	v := comparisonView{AdminComparison: a, A: l.comparedRecord(a.A), B: l.comparedRecord(a.B), Verdict: verdictBadge(a.Likeness.Verdict)}
	var err error
	if v.Words, err = l.likenessWords(a.Reasons); err != nil {
		return err
	}
	for _, row := range a.Rows {
		how := badge{Key: "admin.comparison.how.single", Tone: "plain"}
		if tone, ok := agreements[row.Agreement]; ok {
			how = badge{Key: "admin.comparison.how." + row.Agreement, Tone: tone}
		}
		v.Rows = append(v.Rows, comparedRowView{row, comparedValues(row.A), comparedValues(row.B), how})
	}
	for _, choice := range a.Choices {
		effects, err := l.mergeEffects(choice)
		if err != nil {
			return err
		}
		v.Choices = append(v.Choices, choiceView{choice, choice.SurvivorID == a.Form.Survivor, effects})
	}
	return p.render(w, r, page{name: "admin-comparison", status: formStatus(a.Form.Errors), lang: l, data: v})
}

func (l *language) comparedRecord(c ComparedRecord) comparedRecordView {
	v := comparedRecordView{ComparedRecord: c, LevelKey: l.shortLevelKey(c.Level), StateOf: stateBadge(c.State)}
	for _, e := range c.Proofings {
		v.Proofings = append(v.Proofings, l.proofingView(e))
	}
	return v
}

func comparedValues(rows []AdminAttribute) []comparedValue {
	var all []comparedValue
	for _, at := range rows {
		all = append(all, comparedValue{at, markBadge(at.Status)})
	}
	return all
}

// mergeEffects are what a merge would do, in words.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: the identifier of the record that ends is never given to anybody again, and
// leads to the one that goes on.
func (l *language) mergeEffects(c MergeChoice) ([]string, error) {
	var effects []string
	var failed error
	add := func(text string, err error) {
		if err != nil {
			failed = err
		}
		effects = append(effects, text)
	}
	identifier := map[string]string{"kept": "kept", "taken over": "taken"}[c.Identifier]
	switch {
	case identifier == "":
		add(l.text("admin.comparison.effect.identifier.none"))
	case c.Tombstone:
		add(l.text("admin.comparison.effect.identifier.tombstone"))
	default:
		add(l.text("admin.comparison.effect.identifier." + identifier))
	}
	if len(c.New) == 0 {
		add(l.text("admin.comparison.effect.nothing-new"))
	} else {
		var kinds []string
		for _, kind := range c.New {
			name, err := l.text("admin.attribute." + kind)
			if err != nil {
				return nil, err
			}
			kinds = append(kinds, strings.ToLower(name))
		}
		add(l.text("admin.comparison.effect.new", "kinds", strings.Join(kinds, ", ")))
	}
	if c.Passkeys > 0 {
		add(l.counted("admin.comparison.effect.passkeys", c.Passkeys))
	}
	if c.Sharing > 0 {
		add(l.counted("admin.comparison.effect.sharing", c.Sharing))
	}
	if c.Representations > 0 {
		add(l.text("admin.comparison.effect.representations"))
	}
	add(l.text("admin.comparison.effect.signed-out"))
	return effects, failed
}
