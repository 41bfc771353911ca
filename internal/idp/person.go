package idp

import "time"

// Role is what a person may do besides proving who she is.
type Role string

const (
	Patient       Role = "patient"
	Administrator Role = "administrator"
)

// Person is somebody this provider vouches for.
type Person struct {
	ID         string // NewID
	UserHandle []byte // 32 random bytes, the WebAuthn user.id: no personal data in it (WebAuthn L3 §14.6.1)
	Role       Role

	Demographics

	// Level is how the identity was verified. Everything in Demographics was verified at this level: for now one level is
	// recorded for the whole person.
	Level      Level
	VerifiedAt time.Time // zero when Level is Unverified

	// DigitalIdentifier is a random UUIDv4 that exists from IDIAL1.8 up, and is "" below. It is never derived from
	// anything and never reassigned (HL7 Identity Matching IG 2.0.0, Digital Identifier).
	DigitalIdentifier string

	CreatedAt time.Time
}

// Demographics is what finds a person's records. An unknown value is the empty string.
type Demographics struct {
	GivenName  string
	MiddleName string
	FamilyName string
	Birthdate  string // YYYY-MM-DD
	Sex        string // male, female, other, unknown, as FHIR administrative-gender
	Email      string
	Phone      string // E.164
	Address    Address
}

// Name is the full name as it is spoken: given, middle, family.
func (d Demographics) Name() string {
	name := ""
	for _, part := range []string{d.GivenName, d.MiddleName, d.FamilyName} {
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
	Street     string // may hold several lines, separated by \n
	City       string
	State      string
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
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
}

// PasskeyUse is what a sign-in tells about a passkey.
type PasskeyUse struct {
	PasskeyID      []byte
	SignCount      uint32
	BackupEligible bool
	BackupState    bool
	Credential     []byte // the library's record after the sign-in
	At             time.Time
}

// Invitation is a link that lets one person create her first passkey. A person has at most one open invitation.
type Invitation struct {
	ID        string
	Hash      []byte // Token.Hash
	PersonID  string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero while it is open
	RevokedAt time.Time // zero unless a newer invitation took its place
}

// Declaration is a person's word that the identity is her own (Declaration of Identity, HL7 Identity Matching IG).
type Declaration struct {
	TextVersion string // names the wording she agreed to, for example "2026-11"
	Locale      string // the language it was shown in, BCP 47
	IP          string
	SignedAt    time.Time
}

// Enrolment is the end of an invitation: the passkey and the declaration that came with it.
type Enrolment struct {
	InvitationID   string
	InvitationHash []byte
	Passkey        Passkey
	Declaration    Declaration
	At             time.Time
}
