package idp

import "time"

// What is told to a proofing, step by step; package identity says what becomes of it.

// ProofingStart is how an event begins.
type ProofingStart struct {
	PersonID           string `json:"person_id"`
	Type               string `json:"type"`
	Claimed            Level  `json:"claimed"`
	PerformedBy        string `json:"performed_by"`
	PerformedRole      string `json:"performed_role,omitempty"` // proofing_agent when empty
	ThirdParty         bool   `json:"third_party,omitempty"`
	Location           string `json:"location,omitempty"`
	Organization       string `json:"organization,omitempty"`
	Practices          string `json:"practices_version,omitempty"`
	Exception          string `json:"exception,omitempty"`
	ApplicantReference string `json:"applicant_reference,omitempty"`
}

// EvidenceInput is a document as it is presented.
type EvidenceInput struct {
	Type         EvidenceType    `json:"type"`
	Issuer       string          `json:"issuer,omitempty"`
	Country      string          `json:"country,omitempty"`      // ISO 3166-1 alpha-2; US when empty
	Jurisdiction string          `json:"jurisdiction,omitempty"` // a state's two letters
	Number       string          `json:"number,omitempty"`       // sealed before it is stored, and never printed again
	IssuedOn     string          `json:"issued_on,omitempty"`
	ExpiresOn    string          `json:"expires_on,omitempty"`
	HasPhoto     *bool           `json:"has_photo,omitempty"` // nil: as is usual for the type
	Supports     []AttributeKind `json:"supports"`            // what it says about her, as it is recorded here
}

// AddressInput says how the home address was confirmed.
type AddressInput struct {
	Attribute  string    `json:"attribute,omitempty"` // an id, or the kind; the current address when empty
	Method     string    `json:"method"`
	EvidenceID string    `json:"evidence_id,omitempty"`
	Source     string    `json:"source,omitempty"` // the authoritative source's name
	At         time.Time `json:"at,omitzero"`
}

// ContactCodeSent is a code that is to be delivered. It is not kept, and never shown again.
type ContactCodeSent struct {
	// Code is "" when it is Delivered: it proves that the person has the contact only as long as nobody else learns it.
	Code      string
	Delivered bool // it is on its way in a message
	To        Attribute
	Channel   string
	ExpiresAt time.Time
}

// ContactInput is what came back from a contact, or what shows that it is the person's.
type ContactInput struct {
	Attribute  string
	Channel    string
	Code       string
	EvidenceID string // a bill with her name and this contact; "" changes nothing
	Exclusive  bool   // she says that nobody else has it
}

// ProofingDecision closes the recording of an event.
type ProofingDecision struct {
	Reason string `json:"reason,omitempty"`
	// AcceptLower takes what the records bear, when that is less than the event claims.
	AcceptLower bool `json:"accept_lower,omitempty"`
	// NotADuplicate is why she is none of those who are probably she and have a Digital Identifier; "" refuses, if there are any.
	NotADuplicate string `json:"not_a_duplicate,omitempty"`
}

// NotificationOrder says where a notification of a proofing goes, in which language.
type NotificationOrder struct {
	Channel   string
	Attribute string // an id or a kind; the usual one of the channel when empty
	Basis     string // why it is the person who gets it there; the usual one of the channel when empty
	Locale    string
}

// PreparedNotification is a notification that is to be delivered.
type PreparedNotification struct {
	ProofingNotification
	Token     string // of the way to repudiate; only the reader of the notification has it
	Delivered bool   // it is on its way in a message, and Token is ""; when it went, it counts as sent
	To        Attribute
	Proofing  Proofing
	GivenName string
	Name      string
}
