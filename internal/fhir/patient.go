package fhir

import (
	"encoding/json"
	"fmt"
)

// IdentifierSystem is the system of Digital Identifiers (HL7 Identity Matching IG 2.0.0, naming system HL7PersonIdentifier).
const IdentifierSystem = "http://hl7.org/fhir/us/identity-matching/ns/HL7PersonIdentifier"

// earlierSystem is what version 1 of the guide called it.
const earlierSystem = "http://hl7.org/fhir/us/identity-matching/ns/HL7Identifier"

const (
	languageSystem   = "urn:ietf:bcp:47"
	uriSystem        = "urn:ietf:rfc:3986" // of an identifier that is a URI
	identifierType   = "http://terminology.hl7.org/CodeSystem/v2-0203"
	unspecifiedCode  = "U" // of identifierType: the guide has no code for a Digital Identifier
	identifierWords  = "Digital Identifier"
	containedID      = "assigner"
	patientType      = "Patient"
	bundleType       = "Bundle"
	organizationType = "Organization"
)

// Patient is the part of the resource that is written and read.
type Patient struct {
	ResourceType     string            `json:"resourceType"`
	ID               string            `json:"id,omitempty"`
	Meta             *Meta             `json:"meta,omitempty"`
	Contained        []json.RawMessage `json:"contained,omitempty"`
	Identifier       []Identifier      `json:"identifier,omitempty"`
	Active           *bool             `json:"active,omitempty"`
	Name             []HumanName       `json:"name,omitempty"`
	Telecom          []ContactPoint    `json:"telecom,omitempty"`
	Gender           string            `json:"gender,omitempty"`
	BirthDate        string            `json:"birthDate,omitempty"`
	DeceasedBoolean  bool              `json:"deceasedBoolean,omitempty"`
	DeceasedDateTime string            `json:"deceasedDateTime,omitempty"`
	Address          []Address         `json:"address,omitempty"`
	Communication    []Communication   `json:"communication,omitempty"`
	Link             []Link            `json:"link,omitempty"`
}

// Meta tells when a resource was changed.
type Meta struct {
	LastUpdated string `json:"lastUpdated,omitempty"`
}

// Identifier is a number that somebody gave to a patient.
type Identifier struct {
	Use      string           `json:"use,omitempty"`
	Type     *CodeableConcept `json:"type,omitempty"`
	System   string           `json:"system,omitempty"`
	Value    string           `json:"value,omitempty"`
	Period   *Period          `json:"period,omitempty"`
	Assigner *Reference       `json:"assigner,omitempty"`
}

// CodeableConcept is a code with its words.
type CodeableConcept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Coding is a code of a system.
type Coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

// Reference names another resource.
type Reference struct {
	Reference string `json:"reference,omitempty"`
	Display   string `json:"display,omitempty"`
}

// Period is from a day to a day, both as FHIR's dateTime.
type Period struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

// HumanName is a name; the second and later of Given are middle names.
type HumanName struct {
	Use    string   `json:"use,omitempty"`
	Text   string   `json:"text,omitempty"`
	Family string   `json:"family,omitempty"`
	Given  []string `json:"given,omitempty"`
	Suffix []string `json:"suffix,omitempty"`
	Period *Period  `json:"period,omitempty"`
}

// ContactPoint is a telephone, an e-mail address or the like.
type ContactPoint struct {
	System string  `json:"system,omitempty"`
	Value  string  `json:"value,omitempty"`
	Use    string  `json:"use,omitempty"`
	Rank   int     `json:"rank,omitempty"`
	Period *Period `json:"period,omitempty"`
}

// Address is a postal address.
type Address struct {
	Use        string   `json:"use,omitempty"`
	Type       string   `json:"type,omitempty"`
	Line       []string `json:"line,omitempty"`
	City       string   `json:"city,omitempty"`
	State      string   `json:"state,omitempty"`
	PostalCode string   `json:"postalCode,omitempty"`
	Country    string   `json:"country,omitempty"`
	Period     *Period  `json:"period,omitempty"`
}

// Communication is a language that the patient speaks.
type Communication struct {
	Language  CodeableConcept `json:"language"`
	Preferred bool            `json:"preferred,omitempty"`
}

// Link leads to another record of the same patient.
type Link struct {
	Other Reference `json:"other"`
	Type  string    `json:"type"`
}

// organization is who assigns Digital Identifiers.
type organization struct {
	ResourceType string         `json:"resourceType"`
	ID           string         `json:"id"`
	Identifier   []Identifier   `json:"identifier,omitempty"`
	Name         string         `json:"name,omitempty"`
	Telecom      []ContactPoint `json:"telecom,omitempty"`
}

// mustJSON encodes what is made of plain fields only, which always works.
func mustJSON(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("fhir: encode %T: %v", value, err))
	}
	return text
}
