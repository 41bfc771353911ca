package matching

import (
	"math"
	"strings"

	"github.com/hbollon/go-edlib"

	"udap-idp/internal/idp"
)

// Verdict is what a comparison comes to.
type Verdict string

const (
	Same      Verdict = "same"
	Likely    Verdict = "likely"
	Possible  Verdict = "possible"
	Different Verdict = "different"
)

// Rank orders verdicts: the higher, the likelier the two are one.
func (v Verdict) Rank() int {
	switch v {
	case Same:
		return idp.RankSame
	case Likely:
		return idp.RankLikely
	case Possible:
		return idp.RankPossible
	}
	return idp.RankDifferent
}

// Words are the verdict for a clerk.
func (v Verdict) Words() string {
	switch v {
	case Same:
		return "the same person, as it seems"
	case Likely:
		return "probably the same person"
	case Possible:
		return "possibly the same person"
	}
	return "another person"
}

// Agreement is how a field of the two compares.
type Agreement string

const (
	Exact    Agreement = "exact"
	Phonetic Agreement = "phonetic" // sounds alike
	Similar  Agreement = "similar"  // a slip of the finger, or a part of the other
	Swapped  Agreement = "swapped"  // first and last name, or day and month
	Unlike   Agreement = "different"
	Missing  Agreement = "missing" // one record, or both, do not tell
)

// Reason is a field's part of a score.
type Reason struct {
	Field     string    `json:"field"` // family_name, given_name, suffix, birthdate, sex, address, phone, email, document
	Agreement Agreement `json:"agreement"`
	Points    int       `json:"points"`
	Words     string    `json:"words"` // for a clerk; no value of either person
}

// Score is how two records compare.
type Score struct {
	Value   int      `json:"value"` // 0 to 100: how much of what they tell agrees
	Verdict Verdict  `json:"verdict"`
	Reasons []Reason `json:"reasons"`
}

// Words are what agrees and what does not, for a clerk; no value of either person.
func (s Score) Words() string {
	var words []string
	for _, r := range s.Reasons {
		if r.Agreement != Missing {
			words = append(words, r.Words)
		}
	}
	return strings.Join(words, "; ")
}

// The fields, with the points they are worth.
const (
	familyPoints   = 20
	givenPoints    = 15
	suffixPoints   = 3
	birthPoints    = 25
	sexPoints      = 2
	addressPoints  = 15
	phonePoints    = 10
	emailPoints    = 15
	documentPoints = 25
)

// worth is the share of its points that a field gets.
var worth = map[Agreement]float64{Exact: 1, Swapped: 0.9, Phonetic: 0.8, Similar: 0.7}

// comparison is two records, field by field.
type comparison struct {
	family, given         Agreement
	suffix, birth, sex    Agreement
	address, phone, email Agreement
	document              Agreement
	earlier               bool // the names that agree are not both current
	points, possible      float64
	reasons               []Reason
}

// Compare scores two records. It does not matter which is the first, and a record has 100 with itself.
func Compare(a, b Record) Score {
	c := compare(factsOf(a), factsOf(b))
	s := Score{Verdict: c.verdict(), Reasons: c.reasons}
	if c.possible > 0 {
		s.Value = int(math.Round(100 * c.points / c.possible))
	}
	return s
}

func compare(a, b facts) *comparison {
	c := &comparison{}
	c.family, c.given, c.earlier = compareNames(a.names, b.names)
	c.suffix = compareTexts(a.generation, b.generation)
	c.birth = best(a.births, b.births, compareBirths)
	c.sex = compareTexts(a.sex, b.sex)
	c.address = best(a.places, b.places, comparePlaces)
	c.phone = best(a.phones, b.phones, compareTexts)
	c.email = best(a.mailboxes, b.mailboxes, compareTexts)
	c.document = best(a.evidence, b.evidence, compareTexts)

	// People move and change their telephone, but neither their name nor the day they were born, as a rule: that contacts differ
	// counts half. So does what one record tells and the other does not; what neither tells counts nothing.
	c.add("family_name", c.family, familyPoints, 1, len(a.names) > 0 || len(b.names) > 0)
	c.add("given_name", c.given, givenPoints, 1, len(a.names) > 0 || len(b.names) > 0)
	c.add("suffix", c.suffix, suffixPoints, 1, a.generation != "" || b.generation != "")
	c.add("birthdate", c.birth, birthPoints, 1, len(a.births) > 0 || len(b.births) > 0)
	c.add("sex", c.sex, sexPoints, 1, a.sex != "" || b.sex != "")
	c.add("address", c.address, addressPoints, 0.5, len(a.places) > 0 || len(b.places) > 0)
	c.add("phone", c.phone, phonePoints, 0.5, len(a.phones) > 0 || len(b.phones) > 0)
	c.add("email", c.email, emailPoints, 0.5, len(a.mailboxes) > 0 || len(b.mailboxes) > 0)
	// Another document is no other person.
	c.add("document", c.document, documentPoints, 0, c.document == Exact)
	return c
}

// add counts a field that one of the two tells. unlike is the share of its points that it costs when it differs.
func (c *comparison) add(field string, how Agreement, points, unlike float64, told bool) {
	if !told || how == "" {
		return
	}
	got := points * worth[how]
	switch how {
	case Unlike:
		c.possible += points * unlike
	case Missing:
		c.possible += points / 2
	default:
		c.possible += points
	}
	c.points += got
	text := sayings[how]
	if c.earlier && (field == "family_name" || field == "given_name") && worth[how] > 0 {
		text += ", with a name of before"
	}
	c.reasons = append(c.reasons, Reason{Field: field, Agreement: how, Points: int(math.Round(got)), Words: fieldWords[field] + ": " + text})
}

var fieldWords = map[string]string{"family_name": "last name", "given_name": "first name", "suffix": "suffix", "birthdate": "birthdate",
	"sex": "sex", "address": "address", "phone": "telephone", "email": "e-mail", "document": "document"}

var sayings = map[Agreement]string{Exact: "the same", Phonetic: "sounds alike", Similar: "nearly the same", Swapped: "the same, but swapped",
	Unlike: "another", Missing: "not known of both"}

// verdict is what the package comment says.
func (c *comparison) verdict() Verdict {
	v := c.unopposed()
	if (c.suffix == Unlike || c.sex == Unlike) && v.Rank() > Possible.Rank() {
		return Possible
	}
	return v
}

func (c *comparison) unopposed() Verdict {
	contacts := 0
	for _, how := range []Agreement{c.address, c.phone, c.email} {
		if how == Exact || how == Similar {
			contacts++
		}
	}
	firm := c.named(Exact, Swapped)
	loose := c.named(Exact, Swapped, Phonetic, Similar)
	born, nearly := c.birth == Exact, c.birth == Swapped || c.birth == Similar

	switch {
	case firm && !c.earlier && born && (contacts > 0 || c.document == Exact):
		return Same
	case c.document == Exact && loose && (born || nearly):
		return Likely
	case firm && born, loose && born && contacts > 0, firm && nearly && contacts > 0:
		return Likely
	case c.given == Exact && born && contacts > 0: // married
		return Likely
	case loose && c.birth == Missing && contacts > 1:
		return Likely
	case c.document == Exact:
		return Possible
	case loose && (born || nearly || contacts > 0):
		return Possible
	case born && (c.given == Exact || c.given == Phonetic || contacts > 0 && c.family == Exact):
		return Possible
	}
	return Different
}

// named reports whether both parts of the name agree in one of the ways; a name that neither has in two parts agrees.
func (c *comparison) named(ways ...Agreement) bool {
	one := func(how Agreement) bool {
		for _, w := range ways {
			if how == w {
				return true
			}
		}
		return false
	}
	return one(c.family) && (one(c.given) || c.given == "")
}

// compareNames finds the pair of names that agrees best.
func compareNames(as, bs []name) (family, given Agreement, earlier bool) {
	family, given = Missing, Missing
	top := -1.0
	for _, a := range as {
		for _, b := range bs {
			f, g := compareName(a, b)
			points, old := familyPoints*worth[f]+givenPoints*worth[g], !a.current || !b.current
			if points > top || points == top && (earlier && !old || earlier == old && string(f+g) < string(family+given)) {
				family, given, earlier, top = f, g, old, points
			}
		}
	}
	return family, given, earlier
}

// compareName compares both parts. One that neither has is "": the given name of two persons who have one name only.
func compareName(a, b name) (family, given Agreement) {
	aFamily, bFamily := strings.Join(a.family, ""), strings.Join(b.family, "")
	aGiven, bGiven := strings.Join(a.given, ""), strings.Join(b.given, "")
	if aFamily != "" && aGiven != "" && aFamily != aGiven && aFamily == bGiven && aGiven == bFamily {
		return Swapped, Swapped
	}
	if aFamily != "" || bFamily != "" {
		family = compareWords(a.family, b.family)
	}
	switch {
	case aGiven == "" && bGiven == "":
		given = ""
	case a.full == b.full:
		given = Exact
	default:
		given = compareWords(a.given, b.given)
	}
	return family, given
}

// How much alike two words are (Jaro-Winkler) to be a slip of the finger, and to be one name when they sound alike too.
const (
	slip   = 0.92
	soundy = 0.8
)

// compareWords compares a part of two names.
func compareWords(a, b []string) Agreement {
	if len(a) == 0 || len(b) == 0 {
		return Missing
	}
	x, y := strings.Join(a, ""), strings.Join(b, "")
	if x == y {
		return Exact
	}
	if within(a, b) || within(b, a) {
		return Similar
	}
	alike := edlib.JaroWinklerSimilarity(min(x, y), max(x, y)) // in one order, so that rounding is the same both ways
	switch {
	case phonetic(x) == phonetic(y) && alike >= soundy:
		return Phonetic
	case alike >= slip:
		return Similar
	}
	return Unlike
}

// within reports whether every word of the part is in the whole, or is the first letter of one.
func within(part, whole []string) bool {
	for _, p := range part {
		found := false
		for _, w := range whole {
			initial := []rune(p)
			found = found || p == w || len(initial) == 1 && initial[0] < 0x250 && strings.HasPrefix(w, p)
		}
		if !found {
			return false
		}
	}
	return true
}

// best is the best agreement of any two values.
func best[T any](as, bs []T, compare func(a, b T) Agreement) Agreement {
	top := Missing
	for _, a := range as {
		for _, b := range bs {
			how := compare(a, b)
			if top == Missing || worth[how] > worth[top] {
				top = how
			}
		}
	}
	return top
}

func compareTexts(a, b string) Agreement {
	switch {
	case a == "" || b == "":
		return Missing
	case a == b:
		return Exact
	}
	return Unlike
}

// compareBirths compares dates of eight digits.
func compareBirths(a, b string) Agreement {
	if a == b {
		return Exact
	}
	if a[:4] == b[:4] && a[4:6] == b[6:] && a[6:] == b[4:6] {
		return Swapped
	}
	differ := 0
	for i := range len(a) {
		if a[i] != b[i] {
			differ++
		}
	}
	if differ == 1 {
		return Similar
	}
	return Unlike
}

// comparePlaces compares homes: the same house in the same place, and not two apartments of it.
func comparePlaces(a, b place) Agreement {
	if a == b {
		return Exact
	}
	if a.zip == "" || b.zip == "" {
		if a.city == "" || a.city != b.city {
			return Unlike
		}
	} else if a.zip != b.zip {
		return Unlike
	}
	if a.unit != b.unit && a.unit != "" && b.unit != "" {
		return Unlike
	}
	switch {
	case a.house == b.house && a.unit == b.unit:
		return Exact
	case a.house == b.house:
		return Similar
	case digits(a.house) == digits(b.house) && edlib.JaroWinklerSimilarity(min(a.house, b.house), max(a.house, b.house)) >= slip:
		return Similar
	}
	return Unlike
}

// digits are the numbers of an address, in which a slip makes another house.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}
