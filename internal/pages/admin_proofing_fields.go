package pages

import "slices"

// EvidenceFields are what is asked of a document of a type.
type EvidenceFields struct {
	Type     string
	State    bool     // a state issued it: its two letters
	Issuer   bool     // who issued it is typed
	Usual    string   // who issues it, where that is always the same
	Country  bool     // of another country than ours, too
	Issued   bool     // the day on it
	Expires  bool     // the day until which it is good
	Photo    bool     // it has a photo, as a rule
	Supports []string // what it says about a person, as a rule
	Methods  []string // how it is checked, the usual one first
}

// evidenceGroups are the types in the order in which they are offered: what counts most, first.
var evidenceGroups = []EvidenceGroup{
	{"photo", []string{"drivers_license", "real_id", "state_id", "passport", "passport_card", "enhanced_id", "us_military_id", "mdl", "permanent_resident_card", "tribal_id", "vhic", "other_government_id"}},
	{"record", []string{"insurance_card", "medical_record", "utility_bill", "mobile_bill", "bank_statement", "ssn_card", "birth_certificate", "npi", "medical_license", "digital_identifier", "kbv", "other"}},
}

// EvidenceGroup is a heading with the types under it.
type EvidenceGroup struct {
	Name  string
	Types []string
}

// EvidenceGroups are all types of evidence, in the order in which they are offered.
func EvidenceGroups() []EvidenceGroup { return evidenceGroups }

var (
	seen      = []string{"vpip", "vpiruv", "vri", "vdig", "vcrypt", "data"}
	atIssuer  = []string{"data", "auth", "vpip", "vri", "vdig"}
	ofAPerson = []string{"name", "birthdate", "address", "sex"}
)

// fieldsOf are what differs from type to type.
var fieldsOf = map[string]EvidenceFields{
	"drivers_license": {State: true, Issued: true, Expires: true, Photo: true, Supports: ofAPerson, Methods: seen},
	"state_id":        {State: true, Issued: true, Expires: true, Photo: true, Supports: ofAPerson, Methods: seen},
	"real_id":         {State: true, Issued: true, Expires: true, Photo: true, Supports: ofAPerson, Methods: seen},
	"enhanced_id":     {State: true, Issued: true, Expires: true, Photo: true, Supports: ofAPerson, Methods: seen},
	"mdl":             {State: true, Expires: true, Photo: true, Supports: ofAPerson, Methods: []string{"vcrypt", "data"}},
	"passport":        {Country: true, Issued: true, Expires: true, Photo: true, Supports: []string{"name", "birthdate", "sex"}, Methods: seen},
	"passport_card":   {Country: true, Issued: true, Expires: true, Photo: true, Supports: []string{"name", "birthdate", "sex"}, Methods: seen},
	"us_military_id":  {Issuer: true, Usual: "US Department of Defense", Expires: true, Photo: true, Supports: []string{"name", "birthdate"}, Methods: seen},
	"permanent_resident_card": {Issuer: true, Usual: "US Citizenship and Immigration Services", Expires: true, Photo: true, Supports: []string{"name", "birthdate", "sex"},
		Methods: seen},
	"tribal_id":           {Issuer: true, Expires: true, Photo: true, Supports: []string{"name", "birthdate"}, Methods: seen},
	"vhic":                {Issuer: true, Usual: "US Department of Veterans Affairs", Expires: true, Photo: true, Supports: []string{"name"}, Methods: seen},
	"other_government_id": {Issuer: true, Country: true, Issued: true, Expires: true, Photo: true, Supports: []string{"name", "birthdate"}, Methods: seen},
	"insurance_card":      {Issuer: true, Expires: true, Supports: []string{"name"}, Methods: []string{"vpip", "data", "auth", "vri", "vdig"}},
	"medical_record":      {Issuer: true, Supports: []string{"name", "birthdate"}, Methods: []string{"data", "auth"}},
	"utility_bill":        {Issuer: true, Issued: true, Supports: []string{"name", "address"}, Methods: []string{"vpip", "data", "vri", "vdig"}},
	"mobile_bill":         {Issuer: true, Issued: true, Supports: []string{"name", "phone"}, Methods: []string{"vpip", "data", "vri", "vdig"}},
	"bank_statement":      {Issuer: true, Issued: true, Supports: []string{"name", "address"}, Methods: []string{"vpip", "data", "vri", "vdig"}},
	"ssn_card":            {Issuer: true, Usual: "Social Security Administration", Supports: []string{"name"}, Methods: seen},
	"birth_certificate":   {Issuer: true, Issued: true, Supports: []string{"name", "birthdate"}, Methods: seen},
	"npi":                 {Issuer: true, Usual: "Centers for Medicare & Medicaid Services", Supports: []string{"name"}, Methods: atIssuer},
	"medical_license":     {Issuer: true, Issued: true, Expires: true, Supports: []string{"name"}, Methods: atIssuer},
	"digital_identifier":  {Issuer: true, Supports: []string{"name", "birthdate"}, Methods: []string{"data", "auth", "token"}},
	"kbv":                 {Issuer: true, Supports: []string{"name"}, Methods: []string{"kbv"}},
	"other":               {Issuer: true, Issued: true, Expires: true, Supports: []string{"name"}, Methods: atIssuer},
}

// FieldsOfEvidence are the fields of a type; ok is false for one that there is not.
func FieldsOfEvidence(evidenceType string) (f EvidenceFields, ok bool) {
	if f, ok = fieldsOf[evidenceType]; ok {
		f.Type = evidenceType
	}
	return f, ok
}

// Tells reports whether a document of the type says something about a person, as a rule.
func (f EvidenceFields) Tells(kind string) bool { return slices.Contains(f.Supports, kind) }
