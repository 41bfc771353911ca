package claims

import (
	"slices"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// Scopes that ask for identity claims. ScopeUDAP asks for all of them: real data holders send just
// "udap openid email profile" and still have to find the person.
const (
	ScopeUDAP          = "udap"
	ScopeProfile       = "profile"
	ScopeEmail         = "email"
	ScopePhone         = "phone"
	ScopeAddress       = "address"
	ScopeHL7Identifier = "hl7_identifier"
)

// Lowest levels at which a claim may be made.
const (
	// HL7 Identity Matching IG 2.0.0, Digital Identifier: identity proofing at IDIAL1.8 or higher.
	identifierFloor = idp.IDIAL1_8
	// HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: e-mail address and mobile number are verified from
	// IDIAL1.5 up.
	contactFloor = idp.IDIAL1_5
)

// Claim is one identity claim. Value is a string, a bool or an Address.
type Claim struct {
	Name  string
	Value any
}

// Released is what a data holder gets to know.
type Released struct {
	// Claims are the identity claims, in the order of Names, none of them empty.
	Claims []Claim
	// ACR is the level at which the person's identity was verified, as the acr claim says it.
	// HL7 Identity Matching IG 2.0.0, App-Mediated B2B: the minimum level of all the demographics that go with it. One level
	// is recorded for the whole person, so that is the minimum.
	ACR string
}

// source is a claim, the scope that asks for it (besides ScopeUDAP), and where its value comes from. A value of nil, ""
// or the zero Address is not released.
type source struct {
	name  string
	scope string
	value func(subject) any
}

// sources is every identity claim, in the order a person reads them: who she is, where she is found, what finds her
// records.
var sources = []source{
	// OIDC Core §5.1 and §5.4.
	{"name", ScopeProfile, func(p subject) any { return p.Name() }},
	{"given_name", ScopeProfile, func(p subject) any { return p.GivenName }},
	{"middle_name", ScopeProfile, func(p subject) any { return p.MiddleName }},
	{"family_name", ScopeProfile, func(p subject) any { return p.FamilyName }},
	{"birthdate", ScopeProfile, func(p subject) any { return p.Birthdate }},
	{"gender", ScopeProfile, gender},
	{"address", ScopeAddress, func(p subject) any { return newAddress(p.Address) }},
	{"phone_number", ScopePhone, func(p subject) any { return p.Phone }},
	{"phone_number_verified", ScopePhone, func(p subject) any { return verified(p, p.Phone) }},
	{"email", ScopeEmail, func(p subject) any { return p.Email }},
	{"email_verified", ScopeEmail, func(p subject) any { return verified(p, p.Email) }},
	// HL7 Identity Matching IG 2.0.0: the one sentence with SHALL says hl7_identifier (Digital Identifier Creation, step 3),
	// both examples say hl7_person_identifier. Relying parties in use read one or the other.
	{"hl7_identifier", ScopeHL7Identifier, identifier},
	{"hl7_person_identifier", ScopeHL7Identifier, identifier},
}

// subject is a person with her Digital Identifier opened.
type subject struct {
	idp.Person
	identifier string
}

// Release returns what the scopes ask for and the person's record has. identifier is her Digital Identifier, "" when she has
// none or it is not to be released.
func Release(person idp.Person, identifier string, scopes []string) Released {
	p := subject{person, identifier}
	released := Released{ACR: assurance.ACR(p.Level)}
	for _, s := range sources {
		if !slices.Contains(scopes, s.scope) && !slices.Contains(scopes, ScopeUDAP) {
			continue
		}
		value := s.value(p)
		if isEmpty(value) {
			continue
		}
		released.Claims = append(released.Claims, Claim{Name: s.name, Value: value})
	}
	return released
}

// Names lists every identity claim that can be released, in order, for claims_supported.
func Names() []string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.name
	}
	return names
}

// ACRValues lists every acr that can be released, that of the lowest level first, for acr_values_supported.
func ACRValues() []string {
	var values []string
	for _, level := range idp.Levels {
		if acr := assurance.ACR(level); !slices.Contains(values, acr) {
			values = append(values, acr)
		}
	}
	return values
}

// gender is the sex as it is recorded. OIDC Core §5.1: male and female are defined, other values may be used.
func gender(p subject) any {
	if p.Sex == "unknown" {
		return nil
	}
	return p.Sex
}

// identifier is the Digital Identifier. The level is asked again here, whatever the record holds: HL7 Identity Matching IG
// 2.0.0 does not let one be shared below IDIAL1.8.
func identifier(p subject) any {
	if !p.Level.AtLeast(identifierFloor) {
		return nil
	}
	return p.identifier
}

// verified is the _verified claim of a contact, nil when there is no contact.
func verified(p subject, contact string) any {
	if contact == "" {
		return nil
	}
	return p.Level.AtLeast(contactFloor)
}

func isEmpty(value any) bool {
	return value == nil || value == "" || value == Address{}
}
