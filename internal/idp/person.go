package idp

import "time"

// PersonState is whether an account is in use.
type PersonState string

const (
	PersonActive    PersonState = "active"
	PersonSuspended PersonState = "suspended"
	PersonClosed    PersonState = "closed"
	PersonMerged    PersonState = "merged" // into SurvivorID; it is a tombstone
)

// Person is somebody this provider vouches for.
type Person struct {
	ID         string // NewID
	UserHandle []byte // 32 random bytes, the WebAuthn user.id: no personal data in it (WebAuthn L3 §14.6.1)
	Role       Role
	State      PersonState
	SurvivorID string // of a merged one

	// Attributes are everything that is known about her, current and historical, each with what stands behind it.
	Attributes []Attribute
	// Demographics are the current values of Attributes: the Store fills them in when it writes, so that they can be searched.
	Demographics
	// MatchKeys are what finds possible duplicates (package matching). The Store keeps them and does not read them back.
	MatchKeys []string

	// Level, VerifiedAt, ExpiresAt and ProofingID are those of the proofing in force. Ask LevelAt, which knows that it ends.
	Level      Level
	VerifiedAt time.Time // zero when Level is Unverified
	ExpiresAt  time.Time // zero: it does not end by itself
	ProofingID string    // "" for one that was recorded without an event

	// Identifier is her Digital Identifier, sealed; zero when she has none. It exists from IDIAL1.8 up, is never derived
	// from anything and never reassigned (HL7 Identity Matching IG 2.0.0, Digital Identifier).
	Identifier SealedIdentifier

	Revision  int64 // grows with every change
	CreatedAt time.Time
	UpdatedAt time.Time
}

// SealedIdentifier is a Digital Identifier as it is kept: encrypted, and found by a keyed digest. Both are opaque to the
// Store (package identity makes and opens them).
type SealedIdentifier struct {
	Sealed   []byte
	Index    []byte // unique over all persons, tombstones included
	MintedAt time.Time
}

// IsZero reports that there is none.
func (i SealedIdentifier) IsZero() bool { return len(i.Index) == 0 }

// LevelAt is the level of the person's identity at a time: after the proofing has run out, nothing is vouched for.
func (p Person) LevelAt(now time.Time) Level {
	if !p.ExpiresAt.IsZero() && !now.Before(p.ExpiresAt) {
		return Unverified
	}
	return p.Level
}

// Demographics is what finds a person's records. An unknown value is the empty string.
type Demographics struct {
	GivenName  string
	MiddleName string
	FamilyName string
	Suffix     string
	Birthdate  string // YYYY-MM-DD
	Sex        string // male, female, other, unknown, as FHIR administrative-gender
	Language   string // BCP 47
	Email      string
	Phone      string // E.164
	Address    Address
}

// Name is the full name as it is spoken: given, middle, family, suffix.
func (d Demographics) Name() string {
	name := ""
	for _, part := range []string{d.GivenName, d.MiddleName, d.FamilyName, d.Suffix} {
		if part == "" {
			continue
		}
		if name != "" {
			name += " "
		}
		name += part
	}
	return name
}

// Address is a home address.
type Address struct {
	Street     string `json:"street,omitempty"` // may hold several lines, separated by \n
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID             []byte // the credential id
	PersonID       string
	Name           string // shown to the person
	AAGUID         string // of the authenticator, as UUID text; all zeros when it does not say
	SignCount      uint32
	BackupEligible bool
	BackupState    bool
	Transports     []string
	Credential     []byte // the webauthn library's whole record, as JSON
	CreatedAt      time.Time
	LastUsedAt     time.Time // zero before the first sign-in
	LastUsedOn     Device    // the kind of device that the browser of that sign-in ran on
}

// PasskeyUse is what a sign-in tells about a passkey.
type PasskeyUse struct {
	PasskeyID      []byte
	SignCount      uint32
	BackupEligible bool
	BackupState    bool
	Credential     []byte // the library's record after the sign-in
	On             Device // what the browser runs on
	At             time.Time
}
