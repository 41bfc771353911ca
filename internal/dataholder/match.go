package dataholder

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Record is a patient's record of this hospital. Empty members are not known.
type Record struct {
	ID                                       string // medical record number
	GivenName, FamilyName, Birthdate         string // birth date as YYYY-MM-DD
	Address                                  Address
	Phone, Email                             string
	DigitalIdentifier, DigitalIdentifierFrom string // the identifier and the issuer that assigned it
}

// Address is a home address in the United States.
type Address struct {
	Street, City, State, PostalCode string
}

// Identity is what an identity provider says about a person.
type Identity struct {
	Issuer, Subject                  string
	GivenName, FamilyName, Birthdate string
	Address                          Address
	Phone, Email                     string // verified, or of unknown state
	DigitalIdentifier                string // assigned by Issuer
	ACR                              string
	AMR                              []string
}

// Outcome is what became of a search.
type Outcome string

const (
	Matched      Outcome = "matched"
	NoRecord     Outcome = "no_record"       // none reached the threshold
	Ambiguous    Outcome = "ambiguous"       // more than one did
	NotAssured   Outcome = "not_assured"     // the identity is not verified well enough to open a record
	ByBinding            = "binding"         // How: this issuer and subject were matched before
	ByIdentifier         = "identifier"      // How: the Digital Identifier was known
	ByWeights            = "matching_weight" // How: enough of the demographics agree
)

// Match is the result of a search, with its reasons.
type Match struct {
	Outcome   Outcome      `json:"outcome"`
	How       string       `json:"how,omitempty"`
	Patient   *Patient     `json:"patient,omitempty"`
	Weight    int          `json:"weight"` // of the matched record, or the best one's
	Threshold int          `json:"threshold"`
	Reasons   []Comparison `json:"reasons,omitempty"`
}

// Patient names a record.
type Patient struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Birthdate string `json:"birthdate"`
}

// Comparison is one line of the weight table.
type Comparison struct {
	What   string `json:"what"`
	Agrees bool   `json:"agrees"`
	Weight int    `json:"weight"` // what it adds
	Detail string `json:"detail,omitempty"`
}

// The weights of the HL7 Identity Matching IG 2.0.0, Patient Weighted Elements.
const (
	weightIdentifier = 5 // a Digital Identifier
	weightOneContact = 4 // one of home address, phone, e-mail
	weightContacts   = 5 // two or more of them: the most this category can give
	weightName       = 3 // first and last name
	weightBirthdate  = 2

	// threshold is the level L1: HL7 Identity Matching IG 2.0.0, Consumer Match: a record is opened for the person herself
	// at L1 or more, with an identity of IDIAL1.8 and an authentication of AAL2 or more.
	threshold = 10
)

// The values of acr that mean IDIAL1.8 or more, and those of amr that mean AAL2 or more.
var (
	assuredIdentities      = []string{"http://udap.org/code/id/idial1.8", "http://udap.org/code/id/idial2", "http://udap.org/code/id/ial2", "http://udap.org/code/id/ial3"}
	assuredAuthentications = []string{"http://udap.org/code/auth/aal2", "http://udap.org/code/auth/aal3"}
)

// Records are the patients of a hospital. Safe for use by many goroutines.
type Records struct {
	mu       sync.Mutex
	records  []Record
	bindings map[binding]string // to the record's ID
}

// binding is how an identity provider knows the person: OpenID Connect Core §5.7: only iss and sub together are stable.
type binding struct{ issuer, subject string }

// NewRecords holds a copy of the records.
func NewRecords(records []Record) *Records {
	return &Records{records: slices.Clone(records), bindings: map[binding]string{}}
}

// Match finds the record of a person and remembers the person for next time.
func (r *Records) Match(identity Identity) Match {
	if m, ok := notAssured(identity); !ok {
		return m
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	i, match := r.find(identity)
	if i >= 0 {
		r.bind(i, identity)
		match.Patient = r.records[i].patient()
	}
	return match
}

func notAssured(identity Identity) (Match, bool) {
	reasons := []Comparison{
		{
			What:   "The identity is verified at IDIAL1.8 or more",
			Agrees: slices.Contains(assuredIdentities, identity.ACR), Detail: identity.ACR,
		},
		{
			What:   "The person signed in at AAL2 or more",
			Agrees: slices.ContainsFunc(identity.AMR, func(v string) bool { return slices.Contains(assuredAuthentications, v) }),
			Detail: strings.Join(identity.AMR, " "),
		},
	}
	ok := reasons[0].Agrees && reasons[1].Agrees
	return Match{Outcome: NotAssured, Threshold: threshold, Reasons: reasons}, ok
}

// find looks in this order: known by issuer and subject, known by Digital Identifier, weighed. The index is -1 unless one
// record is the person's.
func (r *Records) find(identity Identity) (int, Match) {
	if id, ok := r.bindings[binding{identity.Issuer, identity.Subject}]; ok {
		if i := r.index(func(record Record) bool { return record.ID == id }); i >= 0 {
			return i, r.matched(i, identity, ByBinding)
		}
	}
	if i := r.index(func(record Record) bool { return knownBy(record, identity) }); i >= 0 {
		return i, r.matched(i, identity, ByIdentifier)
	}
	return r.weigh(identity)
}

func (r *Records) index(is func(Record) bool) int { return slices.IndexFunc(r.records, is) }

// knownBy: an identifier is one assigner's, and is believed together with the name or the birth date (HL7 Identity
// Matching IG 2.0.0, response scores: .99).
func knownBy(record Record, identity Identity) bool {
	return sameIdentifier(record, identity) && (sameName(record, identity) || sameBirthdate(record, identity))
}

func (r *Records) matched(i int, identity Identity, how string) Match {
	weight, reasons := compare(r.records[i], identity)
	return Match{Outcome: Matched, How: how, Weight: weight, Threshold: threshold, Reasons: reasons}
}

func (r *Records) weigh(identity Identity) (int, Match) {
	best, found, count := 0, -1, 0
	for i, record := range r.records {
		// Agreement elsewhere does not make up for another birth date or another identifier of the same assigner.
		if contradicts(record, identity) {
			continue
		}
		weight, _ := compare(record, identity)
		best = max(best, weight)
		if weight >= threshold {
			found = i
			count++
		}
	}
	switch count {
	case 0:
		return -1, Match{Outcome: NoRecord, Weight: best, Threshold: threshold}
	case 1:
		return found, r.matched(found, identity, ByWeights)
	}
	return -1, Match{Outcome: Ambiguous, Weight: best, Threshold: threshold}
}

func contradicts(record Record, identity Identity) bool {
	if record.Birthdate != "" && identity.Birthdate != "" && !sameBirthdate(record, identity) {
		return true
	}
	return record.DigitalIdentifier != "" && identity.DigitalIdentifier != "" &&
		record.DigitalIdentifierFrom == identity.Issuer && !sameIdentifier(record, identity)
}

// bind remembers the person by issuer and subject, and the identifier if the record has none.
//
// HL7 Identity Matching IG 2.0.0: the identifier SHOULD be kept together with its assigner.
func (r *Records) bind(i int, identity Identity) {
	r.bindings[binding{identity.Issuer, identity.Subject}] = r.records[i].ID
	if r.records[i].DigitalIdentifier == "" && identity.DigitalIdentifier != "" {
		r.records[i].DigitalIdentifier, r.records[i].DigitalIdentifierFrom = identity.DigitalIdentifier, identity.Issuer
	}
}

func (r Record) patient() *Patient {
	return &Patient{ID: r.ID, Name: strings.TrimSpace(r.GivenName + " " + r.FamilyName), Birthdate: r.Birthdate}
}

// compare adds up the weights of what agrees.
func compare(record Record, identity Identity) (int, []Comparison) {
	name, birthdate, identifier := sameName(record, identity), sameBirthdate(record, identity), sameIdentifier(record, identity)
	contacts := agreeingContacts(record, identity)
	contactWeight := 0
	switch {
	case len(contacts) >= 2:
		contactWeight = weightContacts
	case len(contacts) == 1:
		contactWeight = weightOneContact
	}
	comparisons := []Comparison{
		{What: "First and last name", Agrees: name, Weight: times(name, weightName)},
		{What: "Birth date", Agrees: birthdate, Weight: times(birthdate, weightBirthdate)},
		{
			What: "Home address, phone, e-mail", Agrees: len(contacts) > 0, Weight: contactWeight,
			Detail: contactDetail(contacts),
		},
		{What: "Digital Identifier", Agrees: identifier, Weight: times(identifier, weightIdentifier), Detail: identifierDetail(record, identity)},
	}
	total := 0
	for _, c := range comparisons {
		total += c.Weight
	}
	return total, comparisons
}

func times(agrees bool, weight int) int {
	if agrees {
		return weight
	}
	return 0
}

func contactDetail(contacts []string) string {
	if len(contacts) == 0 {
		return "none agrees"
	}
	return fmt.Sprintf("%d agree: %s", len(contacts), strings.Join(contacts, ", "))
}

func identifierDetail(record Record, identity Identity) string {
	switch {
	case identity.DigitalIdentifier == "":
		return "none was sent"
	case record.DigitalIdentifier == "":
		return "new to this hospital; kept for next time"
	}
	return ""
}

func agreeingContacts(record Record, identity Identity) []string {
	var agreeing []string
	if sameAddress(record.Address, identity.Address) {
		agreeing = append(agreeing, "home address")
	}
	if a := phone(record.Phone); a != "" && a == phone(identity.Phone) {
		agreeing = append(agreeing, "phone")
	}
	if record.Email != "" && strings.EqualFold(strings.TrimSpace(record.Email), strings.TrimSpace(identity.Email)) {
		agreeing = append(agreeing, "e-mail")
	}
	return agreeing
}

func sameName(record Record, identity Identity) bool {
	return same(record.GivenName, identity.GivenName) && same(record.FamilyName, identity.FamilyName)
}

func sameBirthdate(record Record, identity Identity) bool {
	return record.Birthdate != "" && record.Birthdate == identity.Birthdate
}

func sameIdentifier(record Record, identity Identity) bool {
	return record.DigitalIdentifier != "" && record.DigitalIdentifierFrom == identity.Issuer &&
		strings.EqualFold(record.DigitalIdentifier, identity.DigitalIdentifier)
}

// sameAddress: HL7 Identity Matching IG 2.0.0: the address line, with the ZIP code or with city and state.
func sameAddress(a, b Address) bool {
	if !same(a.Street, b.Street) {
		return false
	}
	return (zip(a.PostalCode) != "" && zip(a.PostalCode) == zip(b.PostalCode)) || (same(a.City, b.City) && same(a.State, b.State))
}

// same compares two texts without regard to case, punctuation and spaces. Two unknown texts are not the same.
func same(a, b string) bool {
	a, b = plain(a), plain(b)
	return a != "" && a == b
}

func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(".,'’-#", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
	return strings.Join(strings.Fields(s), " ")
}

// phone is the ten digits of a North American number, or all digits of another.
func phone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if len(digits) == 11 && digits[0] == '1' {
		return digits[1:]
	}
	return digits
}

// zip is the first five digits of a ZIP code.
func zip(s string) string {
	s = strings.TrimSpace(s)
	return s[:min(len(s), 5)]
}
