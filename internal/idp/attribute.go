package idp

import (
	"slices"
	"time"
)

// AttributeKind is what an attribute of a person tells.
type AttributeKind string

const (
	AttributeName      AttributeKind = "name"
	AttributeBirthdate AttributeKind = "birthdate"
	AttributeSex       AttributeKind = "sex"
	AttributeLanguage  AttributeKind = "language"
	AttributeAddress   AttributeKind = "address"
	AttributePhone     AttributeKind = "phone"
	AttributeEmail     AttributeKind = "email"
)

// AttributeStatus is how much stands behind an attribute (HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance).
type AttributeStatus string

const (
	SelfAsserted AttributeStatus = "self-asserted" // her word
	Consistent   AttributeStatus = "consistent"    // her word, and the evidence says nothing else
	Verified     AttributeStatus = "verified"      // the evidence says so
)

// Attribute is one value of a person, as of a time. Those that are no longer so are kept: they find older records.
type Attribute struct {
	ID   string        `json:"id"`
	Kind AttributeKind `json:"kind"`
	// Use is official, old or maiden for a name; home, old or temp for an address; mobile, home or work for a phone.
	Use string `json:"use,omitempty"`

	// One of these, by the kind: Name, Address, or Text for the rest (a birthdate as YYYY-MM-DD, a phone in E.164).
	Name    *HumanName `json:"name,omitempty"`
	Address *Address   `json:"address,omitempty"`
	Text    string     `json:"text,omitempty"`

	ValidFrom string `json:"valid_from,omitempty"` // YYYY-MM-DD; "" when it is not known
	ValidTo   string `json:"valid_to,omitempty"`   // YYYY-MM-DD; "" while it is so

	Status     AttributeStatus `json:"status"`
	Level      Level           `json:"level,omitempty"`       // at which it was verified, or is consistent
	ProofingID string          `json:"proofing_id,omitempty"` // that did it
	Method     string          `json:"method,omitempty"`      // evidence, confirmation_code, authoritative_source …
	VerifiedAt time.Time       `json:"verified_at,omitzero"`

	RecordedAt time.Time `json:"recorded_at,omitzero"`
	RecordedBy string    `json:"recorded_by,omitempty"` // a person's id, or the name of what recorded it
	EndedAt    time.Time `json:"ended_at,omitzero"`     // when another took its place here; zero while it is current
}

// HumanName is a name as it is on a document. Somebody with one name has it as Family.
type HumanName struct {
	Given  string `json:"given,omitempty"` // several are separated by spaces
	Middle string `json:"middle,omitempty"`
	Family string `json:"family,omitempty"`
	Suffix string `json:"suffix,omitempty"`
}

// IsCurrent reports whether the attribute is so now, as far as is known.
func (a Attribute) IsCurrent() bool { return a.EndedAt.IsZero() && a.ValidTo == "" }

// Worth is the level that the attribute is worth while its proofing is in force: a self-asserted one is worth nothing.
func (a Attribute) Worth() Level {
	if a.Status == Verified || a.Status == Consistent {
		return a.Level
	}
	return Unverified
}

// Current is the one of a kind that holds now: the first that is current. ok is false when there is none.
func Current(attributes []Attribute, kind AttributeKind) (a Attribute, ok bool) {
	i := slices.IndexFunc(attributes, func(a Attribute) bool { return a.Kind == kind && a.IsCurrent() })
	if i < 0 {
		return Attribute{}, false
	}
	return attributes[i], true
}

// DemographicsOf is the current values of attributes, flat.
func DemographicsOf(attributes []Attribute) Demographics {
	var d Demographics
	if a, ok := Current(attributes, AttributeName); ok && a.Name != nil {
		d.GivenName, d.MiddleName, d.FamilyName, d.Suffix = a.Name.Given, a.Name.Middle, a.Name.Family, a.Name.Suffix
	}
	if a, ok := Current(attributes, AttributeAddress); ok && a.Address != nil {
		d.Address = *a.Address
	}
	for kind, into := range map[AttributeKind]*string{
		AttributeBirthdate: &d.Birthdate, AttributeSex: &d.Sex, AttributeLanguage: &d.Language,
		AttributePhone: &d.Phone, AttributeEmail: &d.Email,
	} {
		if a, ok := Current(attributes, kind); ok {
			*into = a.Text
		}
	}
	return d
}

// AttributesOf makes attributes of flat values, each with the status, level and origin of the pattern.
func AttributesOf(d Demographics, pattern Attribute) []Attribute {
	var all []Attribute
	add := func(kind AttributeKind, use string, fill func(*Attribute)) {
		a := pattern
		a.ID, a.Kind, a.Use = NewID(), kind, use
		fill(&a)
		all = append(all, a)
	}
	name := HumanName{Given: d.GivenName, Middle: d.MiddleName, Family: d.FamilyName, Suffix: d.Suffix}
	if name != (HumanName{}) {
		add(AttributeName, "official", func(a *Attribute) { a.Name = &name })
	}
	for _, text := range []struct {
		kind  AttributeKind
		use   string
		value string
	}{
		{AttributeBirthdate, "", d.Birthdate}, {AttributeSex, "", d.Sex}, {AttributeLanguage, "", d.Language},
		{AttributePhone, "mobile", d.Phone}, {AttributeEmail, "", d.Email},
	} {
		if text.value != "" {
			add(text.kind, text.use, func(a *Attribute) { a.Text = text.value })
		}
	}
	if d.Address != (Address{}) {
		add(AttributeAddress, "home", func(a *Attribute) { address := d.Address; a.Address = &address })
	}
	return all
}

// WithAttributes is a person who has attributes: her own, or what her flat values make, all of them verified at her level, or
// self-asserted when she has none.
func (p Person) WithAttributes() Person {
	if len(p.Attributes) > 0 {
		return p
	}
	pattern := Attribute{Status: SelfAsserted, RecordedAt: p.CreatedAt}
	if p.Level != Unverified {
		pattern.Status, pattern.Level, pattern.VerifiedAt, pattern.ProofingID = Verified, p.Level, p.VerifiedAt, p.ProofingID
	}
	p.Attributes = AttributesOf(p.Demographics, pattern)
	return p
}
