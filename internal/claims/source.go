package claims

import (
	"slices"
	"strings"

	"udap-idp/internal/idp"
)

const (
	identifierName = "hl7_identifier"
	// contactFloor: HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: e-mail address and mobile number are
	// verified from IDIAL1.5 up.
	contactFloor = idp.IDIAL1_5
	// identifierFloor: HL7 Identity Matching IG 2.0.0, Digital Identifier: identity proofing at IDIAL1.8 or higher.
	identifierFloor = idp.IDIAL1_8
)

// maxHistorical bounds a list of former values, the latest first, so that a token stays small.
const maxHistorical = 10

// source is a claim, the scope that asks for it (besides ScopeUDAP), and where its value comes from.
type source struct {
	name  string
	scope string
	kind  idp.AttributeKind // of the attribute it tells; "" for another origin
	more  bool              // in UserInfo only, unless a profile or the claims parameter wants it in the ID Token
	value func(r *release, a idp.Attribute) any
}

// sources is every identity claim but those of a profile and verified_claims, in the order a person reads them: who she is,
// where she is found, what finds her older records, what finds all of them. init breaks a circle: a value reads the
// level, and the level reads the table.
var sources []source

func init() {
	sources = []source{
		// OIDC Core §5.1 and §5.4; suffix as in OpenID Connect for Identity Assurance.
		{"name", ScopeProfile, idp.AttributeName, false, func(_ *release, a idp.Attribute) any { return fullName(*a.Name) }},
		{"given_name", ScopeProfile, idp.AttributeName, false, func(_ *release, a idp.Attribute) any { return a.Name.Given }},
		{"middle_name", ScopeProfile, idp.AttributeName, false, func(_ *release, a idp.Attribute) any { return a.Name.Middle }},
		{"family_name", ScopeProfile, idp.AttributeName, false, func(_ *release, a idp.Attribute) any { return a.Name.Family }},
		{"suffix", ScopeProfile, idp.AttributeName, false, func(_ *release, a idp.Attribute) any { return a.Name.Suffix }},
		{"birthdate", ScopeProfile, idp.AttributeBirthdate, false, text},
		{"gender", ScopeProfile, idp.AttributeSex, false, gender},
		{"locale", ScopeProfile, idp.AttributeLanguage, true, text},
		{"address", ScopeAddress, idp.AttributeAddress, false, func(r *release, a idp.Attribute) any { return r.newAddress(*a.Address) }},
		{"phone_number", ScopePhone, idp.AttributePhone, false, text},
		{"phone_number_verified", ScopePhone, idp.AttributePhone, false, verified},
		{"email", ScopeEmail, idp.AttributeEmail, false, text},
		{"email_verified", ScopeEmail, idp.AttributeEmail, false, verified},
		// CMS patient matching proposal 3.3.0, section E (draft).
		{"name_historical", ScopeProfile, idp.AttributeName, true, func(r *release, _ idp.Attribute) any { return r.formerNames() }},
		{"address_historical", ScopeAddress, idp.AttributeAddress, true, func(r *release, _ idp.Attribute) any { return r.formerAddresses() }},
		{"phone_number_historical", ScopePhone, idp.AttributePhone, true, func(r *release, _ idp.Attribute) any { return r.formerPhones() }},
		// HL7 Identity Matching IG 2.0.0: the one sentence with SHALL says hl7_identifier (Digital Identifier Creation, step 3),
		// both examples say hl7_person_identifier. Relying parties in use read one or the other.
		{identifierName, ScopeHL7Identifier, "", false, func(r *release, _ idp.Attribute) any { return r.Identifier }},
		{"hl7_person_identifier", ScopeHL7Identifier, "", false, func(r *release, _ idp.Attribute) any { return r.Identifier }},
		{"updated_at", ScopeProfile, "", true, func(r *release, _ idp.Attribute) any { return r.updatedAt() }},
	}
	for _, s := range sources {
		allNames = append(allNames, s.name)
	}
	allNames = append(allNames, profileNames...)
	allNames = append(allNames, verifiedName)
}

var allNames []string

// Names lists every identity claim that can be released, in order, for claims_supported.
func Names() []string { return slices.Clone(allNames) }

// value is what a source has, or the reason why it has nothing that may be released.
func (r *release) value(s source) (any, Reason) {
	if s.scope == ScopeHL7Identifier {
		if reason := r.identifierReason(); reason != "" {
			return nil, reason
		}
	}
	var a idp.Attribute
	if s.kind != "" && !strings.HasSuffix(s.name, "_historical") {
		var known bool
		if a, known = r.pick(s.kind); !known {
			return nil, NotKnown
		}
		if !r.worth(a).AtLeast(r.level) {
			return nil, BelowLevel
		}
	}
	value := s.value(r, a)
	if !isEmpty(value) {
		return value, ""
	}
	if strings.HasSuffix(s.name, "_historical") && slices.ContainsFunc(r.attributes, func(a idp.Attribute) bool {
		return a.Kind == s.kind && !a.IsCurrent() && !r.worth(a).AtLeast(r.level)
	}) {
		return nil, BelowLevel
	}
	return nil, NotKnown
}

// identifierReason is why the Digital Identifier may not go, "" when it may.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: the individual SHALL NOT be able to authorise its release to an
// endpoint that is not a trusted organisation; and it is not shared below IDIAL1.8.
func (r *release) identifierReason() Reason {
	switch {
	case r.Person.State != "" && r.Person.State != idp.PersonActive:
		return NotActive
	case !r.Healthcare:
		return NotTrusted
	case r.expired():
		return Expired
	case !r.level.AtLeast(identifierFloor):
		return TooLow
	}
	return ""
}

func text(_ *release, a idp.Attribute) any { return a.Text }

// gender is the sex as it is recorded. OIDC Core §5.1: male and female are defined, other values may be used.
func gender(_ *release, a idp.Attribute) any {
	if a.Text == "unknown" {
		return nil
	}
	return a.Text
}

// verified is the _verified claim of a contact. OIDC Core §5.1: affirmative steps were taken to ensure that it is hers; that
// the evidence does not contradict her is no such step.
func verified(r *release, a idp.Attribute) any {
	return a.Status == idp.Verified && r.worth(a).AtLeast(contactFloor)
}

func (r *release) updatedAt() any {
	if r.Person.UpdatedAt.IsZero() {
		return nil
	}
	return r.Person.UpdatedAt.Unix()
}

func fullName(n idp.HumanName) string { return join(" ", n.Given, n.Middle, n.Family, n.Suffix) }

// Name is a former name, with the members of the CMS proposal.
type Name struct {
	GivenName  string `json:"given_name,omitempty"`
	MiddleName string `json:"middle_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	NameFull   string `json:"name_full,omitempty"`
}

func (r *release) formerNames() any {
	return former(r, idp.AttributeName, func(a idp.Attribute) Name {
		return Name{a.Name.Given, a.Name.Middle, a.Name.Family, fullName(*a.Name)}
	})
}

// formerAddresses have the flat members of the CMS proposal for the profile that is made of it.
func (r *release) formerAddresses() any {
	if r.Profile == ProfileCMS {
		return former(r, idp.AttributeAddress, func(a idp.Attribute) FlatAddress { return newFlatAddress(*a.Address) })
	}
	return r.formerOIDCAddresses()
}

func (r *release) formerOIDCAddresses() any {
	return former(r, idp.AttributeAddress, func(a idp.Attribute) Address { return r.newAddress(*a.Address) })
}

func (r *release) formerPhones() any {
	return former(r, idp.AttributePhone, func(a idp.Attribute) string { return a.Text })
}

// former lists what was so before, each value once and none that is so now, the latest record first; nil when there is
// nothing that may be said at the level of the answer.
func former[T comparable](r *release, kind idp.AttributeKind, show func(idp.Attribute) T) any {
	var empty, current T
	if a, known := r.pick(kind); known {
		current = show(a)
	}
	var list []T
	for _, a := range slices.Backward(r.attributes) {
		if a.Kind != kind || !isWhole(a) || a.IsCurrent() || !r.worth(a).AtLeast(r.level) {
			continue
		}
		value := show(a)
		if value != empty && value != current && !slices.Contains(list, value) && len(list) < maxHistorical {
			list = append(list, value)
		}
	}
	if list == nil {
		return nil
	}
	return list
}

func isEmpty(value any) bool {
	return value == nil || value == "" || value == Address{}
}

// matchWeight is the sum of the weights of HL7 Identity Matching IG 2.0.0, Patient Matching, as its invariants count them: a
// Digital Identifier is one of the other identifiers.
func matchWeight(list []Claim) int {
	values := map[string]any{}
	for _, c := range list {
		values[c.Name] = c.Value
	}
	weight, others := 0, 0
	if values["given_name"] != nil && values["family_name"] != nil {
		weight += 3
	}
	if values["birthdate"] != nil {
		weight += 2
	}
	address, _ := values["address"].(Address)
	if address.StreetAddress != "" && (address.PostalCode != "" || address.Locality != "" && address.Region != "") {
		others++
	}
	for _, name := range []string{"phone_number", "email", identifierName} {
		if values[name] != nil {
			others++
		}
	}
	return weight + []int{0, 4, 5, 5, 5}[others]
}
