package fhir

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Assigner is who makes Digital Identifiers: the operator. One is unique together with it only.
type Assigner struct {
	Name string
	URI  string // the issuer
	// Email, Phone and URL are where it can be asked; those that are not known are empty.
	Email, Phone, URL string
}

// PatientOf is a person as a Patient. identifier is her Digital Identifier as identity.Identifier opened it, which has recorded that; ""
// leaves it out.
func PatientOf(p idp.Person, identifier string, by Assigner) Patient {
	active := p.State == idp.PersonActive || p.State == ""
	out := Patient{ResourceType: patientType, ID: p.ID, Active: &active}
	if !p.UpdatedAt.IsZero() {
		out.Meta = &Meta{LastUpdated: p.UpdatedAt.UTC().Format(time.RFC3339)}
	}
	if identifier != "" {
		out.identify(identifier, p.Identifier.MintedAt, by)
	}
	if p.State == idp.PersonMerged && p.SurvivorID != "" {
		out.Link = []Link{{Other: Reference{Reference: patientType + "/" + p.SurvivorID}, Type: "replaced-by"}}
	}
	attributes := slices.Clone(p.WithAttributes().Attributes)
	slices.SortStableFunc(attributes, func(a, b idp.Attribute) int { // who reads the first one reads the current one
		return cmp.Compare(rank(a), rank(b))
	})
	for _, a := range attributes {
		out.add(a)
	}
	return out
}

func rank(a idp.Attribute) int {
	if a.IsCurrent() {
		return 0
	}
	return 1
}

// identify writes the Digital Identifier.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: it is unique within its assigner, which therefore goes with it, and which a
// responder SHOULD give with a way to be asked. The profiles want a type; there is no code for this one.
func (out *Patient) identify(value string, minted time.Time, by Assigner) {
	i := Identifier{
		Use: "official", System: IdentifierSystem, Value: value,
		Type:     &CodeableConcept{Coding: []Coding{{System: identifierType, Code: unspecifiedCode}}, Text: identifierWords},
		Assigner: &Reference{Reference: "#" + containedID, Display: by.Name},
	}
	if !minted.IsZero() {
		i.Period = &Period{Start: minted.UTC().Format(time.DateOnly)}
	}
	out.Identifier = append(out.Identifier, i)

	o := organization{ResourceType: organizationType, ID: containedID, Name: by.Name}
	if by.URI != "" {
		o.Identifier = []Identifier{{System: uriSystem, Value: by.URI}}
	}
	for _, way := range []ContactPoint{{System: "email", Value: by.Email}, {System: "phone", Value: by.Phone}, {System: "url", Value: by.URL}} {
		if way.Value != "" {
			o.Telecom = append(o.Telecom, way)
		}
	}
	out.Contained = append(out.Contained, mustJSON(o))
}

// add writes an attribute where it belongs. One that is not current says so in its use.
func (out *Patient) add(a idp.Attribute) {
	use := a.Use
	if !a.IsCurrent() && use != "maiden" {
		use = "old"
	}
	period := periodOf(a)
	switch {
	case a.Kind == idp.AttributeName && a.Name != nil:
		out.Name = append(out.Name, nameOf(*a.Name, known(use, nameUses), period))
	case a.Kind == idp.AttributeAddress && a.Address != nil:
		out.Address = append(out.Address, addressOf(*a.Address, known(use, addressUses), period))
	case a.Kind == idp.AttributePhone:
		out.Telecom = append(out.Telecom, ContactPoint{System: "phone", Value: a.Text, Use: known(use, contactUses), Period: period})
	case a.Kind == idp.AttributeEmail:
		out.Telecom = append(out.Telecom, ContactPoint{System: "email", Value: a.Text, Use: known(use, contactUses), Period: period})
	case !a.IsCurrent(): // the other elements have one value, which is that of now
	case a.Kind == idp.AttributeBirthdate && out.BirthDate == "":
		out.BirthDate = a.Text
	case a.Kind == idp.AttributeSex && out.Gender == "":
		out.Gender = a.Text
	case a.Kind == idp.AttributeLanguage && len(out.Communication) == 0:
		out.Communication = []Communication{{Preferred: true,
			Language: CodeableConcept{Coding: []Coding{{System: languageSystem, Code: a.Text}}}}}
	}
}

// The codes that the elements' value sets have (FHIR R4: NameUse, AddressUse, ContactPointUse).
var (
	nameUses    = []string{"usual", "official", "temp", "nickname", "anonymous", "old", "maiden"}
	addressUses = []string{"home", "work", "temp", "old", "billing"}
	contactUses = []string{"home", "work", "temp", "old", "mobile"}
)

// known is a use that the value set has; another is left out.
func known(use string, uses []string) string {
	if slices.Contains(uses, use) {
		return use
	}
	return ""
}

func periodOf(a idp.Attribute) *Period {
	if a.ValidFrom == "" && a.ValidTo == "" {
		return nil
	}
	return &Period{Start: a.ValidFrom, End: a.ValidTo}
}

func nameOf(n idp.HumanName, use string, period *Period) HumanName {
	out := HumanName{
		Use: use, Family: n.Family, Period: period,
		Text: idp.Demographics{GivenName: n.Given, MiddleName: n.Middle, FamilyName: n.Family, Suffix: n.Suffix}.Name(),
	}
	for _, given := range []string{n.Given, n.Middle} {
		if given != "" {
			out.Given = append(out.Given, given)
		}
	}
	if n.Suffix != "" {
		out.Suffix = []string{n.Suffix}
	}
	return out
}

func addressOf(a idp.Address, use string, period *Period) Address {
	out := Address{Use: use, City: a.City, State: a.State, PostalCode: a.PostalCode, Country: a.Country, Period: period}
	if use == "home" {
		out.Type = "physical"
	}
	if a.Street != "" {
		out.Line = strings.Split(a.Street, "\n")
	}
	return out
}
