package idp

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// ProofingStatus is where a proofing event stands.
type ProofingStatus string

const (
	ProofingDraft               ProofingStatus = "draft"                // being recorded
	ProofingPendingApproval     ProofingStatus = "pending_approval"     // waits for a second reviewer
	ProofingPendingNotification ProofingStatus = "pending_notification" // waits until the notification is sent
	ProofingInForce             ProofingStatus = "verified"
	ProofingFailed              ProofingStatus = "failed"
	ProofingExpired             ProofingStatus = "expired"
	ProofingRevoked             ProofingStatus = "revoked"
	ProofingSuperseded          ProofingStatus = "superseded" // by a later event
	ProofingRepudiated          ProofingStatus = "repudiated" // the person says it was not she
)

// The frameworks that evidence is judged by.
const (
	FrameworkIDI    = "hl7-idi-stu2"    // HL7 Interoperable Digital Identity and Patient Matching IG 2.0.0
	FrameworkNIST3  = "nist-800-63a-3"  // NIST SP 800-63A, revision 3
	FrameworkNIST4  = "nist-800-63a-4"  // NIST SP 800-63A, revision 4
	ProofingYears   = 3                 // after which it SHALL be repeated
	RoleAgent       = "proofing_agent"  // who proofs
	RoleReferee     = "trusted_referee" // an employee of ours who vouches
	RemoteUnattend  = "remote_unattended"
	RemoteAttended  = "remote_attended"
	OnsiteUnattend  = "onsite_unattended"
	OnsiteAttended  = "onsite_attended"
	ResultPassed    = "passed"
	ResultFailed    = "failed"
	ChannelPostal   = "postal"
	ChannelSMS      = "sms"
	ChannelEmail    = "email"
	ChannelVoice    = "voice"
	BasisAddress    = "address_of_record" // of a notification's destination
	BasisBilled     = "billed_mobile"     // the phone is billed to the person by name
	BasisOnFile     = "on_file"           // it was on file before
	BasisUtility    = "utility_bill"      // it is on a utility bill
	MethodInPerson  = "in_person"         // of a comparison
	MethodLiveVideo = "live_video"
	MethodAsync     = "async_agent"
	MethodAutomated = "automated"
)

// Proofing is one event of identity proofing, from its first evidence to its end (data model: identity-claims, section 7).
type Proofing struct {
	ID       string `json:"id"`
	PersonID string `json:"person_id"`
	// VerificationProcess names the event to relying parties; it says nothing of ours.
	VerificationProcess string         `json:"verification_process"`
	Framework           string         `json:"framework"`
	Type                string         `json:"type"` // remote_attended …
	Claimed             Level          `json:"claimed"`
	Achieved            Level          `json:"achieved"` // computed, and never above what the administrator lowered it to
	LoweredTo           Level          `json:"lowered_to,omitempty"`
	Status              ProofingStatus `json:"status"`
	Supersedes          string         `json:"supersedes,omitempty"`

	StartedAt   time.Time `json:"started_at"`
	CompletedAt time.Time `json:"completed_at,omitzero"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"` // failed, revoked, superseded, repudiated
	Reason      string    `json:"reason,omitempty"`  // of the decision, or of the end

	PerformedBy   string `json:"performed_by"`
	PerformedRole string `json:"performed_role"`
	ThirdParty    bool   `json:"third_party,omitempty"` // by an agent who is not our own trained employee
	// StepsBy are the others who took part in the recording: none of them is the second pair of eyes.
	StepsBy         []string `json:"steps_by,omitempty"`
	ReviewedBy      string   `json:"reviewed_by,omitempty"`
	Location        string   `json:"location,omitempty"`
	Organization    string   `json:"organization,omitempty"`
	PracticesStated string   `json:"practices_version"` // the version of the published practices
	IP              string   `json:"ip,omitempty"`

	Exception          string `json:"exception,omitempty"` // trusted_referee, applicant_reference
	ApplicantReference string `json:"applicant_reference,omitempty"`

	Evidence    []Evidence            `json:"evidence,omitempty"`
	Checks      []ProofingCheck       `json:"checks,omitempty"`
	Comparison  *PhotoComparison      `json:"comparison,omitempty"`
	Address     *AddressConfirmation  `json:"address,omitempty"`
	Contacts    []ContactConfirmation `json:"contacts,omitempty"`
	Declaration *IdentityDeclaration  `json:"declaration,omitempty"`
	// DeclarationAskedAt is when she was asked to sign the declaration on a device of her own; zero: she was not.
	DeclarationAskedAt time.Time              `json:"declaration_asked_at,omitzero"`
	Notifications      []ProofingNotification `json:"notifications,omitempty"`
	// Claims says for each attribute of the person how this event leaves it.
	Claims []ProofingClaim `json:"claims,omitempty"`
	// Apart are persons who look like this one and were found to be somebody else, so that she may have an identifier of her own.
	Apart []string `json:"apart,omitempty"`

	Revision int64 `json:"-"` // grows with every change
}

// EvidenceType is what a piece of evidence is.
type EvidenceType string

const (
	DriversLicense     EvidenceType = "drivers_license"
	StateID            EvidenceType = "state_id"
	RealID             EvidenceType = "real_id"
	EnhancedID         EvidenceType = "enhanced_id"
	Passport           EvidenceType = "passport"
	PassportCard       EvidenceType = "passport_card"
	MilitaryID         EvidenceType = "us_military_id"
	MobileLicense      EvidenceType = "mdl"
	ResidentCard       EvidenceType = "permanent_resident_card"
	TribalID           EvidenceType = "tribal_id"
	VeteranHealthCard  EvidenceType = "vhic"
	InsuranceCard      EvidenceType = "insurance_card"
	MedicalRecord      EvidenceType = "medical_record" // its number, confirmed by the issuer
	UtilityBill        EvidenceType = "utility_bill"
	MobileBill         EvidenceType = "mobile_bill"
	BankStatement      EvidenceType = "bank_statement"
	SocialSecurityCard EvidenceType = "ssn_card"
	BirthCertificate   EvidenceType = "birth_certificate"
	ProviderIdentifier EvidenceType = "npi"
	MedicalLicense     EvidenceType = "medical_license"
	DigitalIdentifier  EvidenceType = "digital_identifier"
	KnowledgeBased     EvidenceType = "kbv" // questions about her history
	OtherGovernmentID  EvidenceType = "other_government_id"
	OtherEvidence      EvidenceType = "other"
)

// Evidence is a document, or a record, that tells who the person is.
type Evidence struct {
	ID                 string          `json:"id"`
	Type               EvidenceType    `json:"type"`
	IssuerName         string          `json:"issuer_name,omitempty"`
	IssuerCountry      string          `json:"issuer_country,omitempty"`      // ISO 3166-1 alpha-2
	IssuerJurisdiction string          `json:"issuer_jurisdiction,omitempty"` // a state's two letters
	SealedNumber       []byte          `json:"sealed_number,omitempty"`       // package identity seals and opens it
	NumberIndex        []byte          `json:"number_index,omitempty"`        // keyed digest of type, issuer and number
	NumberEnd          string          `json:"number_end,omitempty"`          // the last four
	IssuedOn           string          `json:"issued_on,omitempty"`           // YYYY-MM-DD
	ExpiresOn          string          `json:"expires_on,omitempty"`
	HasPhoto           bool            `json:"has_photo,omitempty"`
	Cryptographic      bool            `json:"cryptographic,omitempty"` // its chip or signature was validated
	Supports           []AttributeKind `json:"supports,omitempty"`      // what it says about her
	Validated          bool            `json:"validated,omitempty"`     // found genuine and current by the checks
	ValidatedWith      string          `json:"validated_with,omitempty"`
}

// ProofingCheck is one thing that was done with evidence, or about fraud.
type ProofingCheck struct {
	EvidenceID   string    `json:"evidence_id,omitempty"`
	Method       string    `json:"method"`  // an OpenID Connect for Identity Assurance check_method: vpip, vpiruv, vcrypt, data …
	Purpose      string    `json:"purpose"` // validation, verification, resolution, fraud
	Organization string    `json:"organization,omitempty"`
	CheckID      string    `json:"check_id,omitempty"`
	At           time.Time `json:"at"`
	Result       string    `json:"result"` // passed, failed
	Note         string    `json:"note,omitempty"`
}

// PhotoComparison is the comparison of the person with the photo on her evidence.
type PhotoComparison struct {
	Method     string    `json:"method"` // in_person …
	EvidenceID string    `json:"evidence_id"`
	Liveness   bool      `json:"liveness,omitempty"`
	Comparator string    `json:"comparator,omitempty"` // who compared
	Result     string    `json:"result"`
	At         time.Time `json:"at"`
}

// AddressConfirmation says that an address is the address of record.
type AddressConfirmation struct {
	AttributeID string    `json:"attribute_id"`
	Method      string    `json:"method"`                // evidence, authoritative_source, mailed_code
	EvidenceID  string    `json:"evidence_id,omitempty"` // that has it
	ConfirmedAt time.Time `json:"confirmed_at"`
}

// ContactConfirmation says that the person controls a phone or an e-mail address.
type ContactConfirmation struct {
	AttributeID string    `json:"attribute_id"`
	Channel     string    `json:"channel"` // sms, voice, email, postal
	SentAt      time.Time `json:"sent_at,omitzero"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	Exclusive   bool      `json:"exclusive,omitempty"`   // she says that nobody else has it
	EvidenceID  string    `json:"evidence_id,omitempty"` // that shows it is hers: a mobile bill
	// The code that is on its way: a keyed digest of it, until when it is good, and how often it was missed and sent.
	CodeHash  []byte    `json:"code_hash,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	Missed    int       `json:"missed,omitempty"`
	Sendings  int       `json:"sendings,omitempty"`
}

// IdentityDeclaration is the Declaration of Identity: her signed word.
type IdentityDeclaration struct {
	TextVersion string          `json:"text_version"`
	TextHash    string          `json:"text_hash,omitempty"` // SHA-256, hexadecimal
	Text        string          `json:"text,omitempty"`      // as she read it; "" where it was signed on paper
	Signature   string          `json:"signature"`           // typed, drawn, passkey
	Locale      string          `json:"locale,omitempty"`
	Attested    []AttributeKind `json:"attested"`
	// AttestedIDs are the attributes that it was about. One that is not hers any more is not attested.
	AttestedIDs  []string  `json:"attested_ids,omitempty"`
	Acknowledged bool      `json:"acknowledged"` // that a false statement is punishable
	IP           string    `json:"ip,omitempty"`
	SignedAt     time.Time `json:"signed_at"`
	// Proof is what her passkey signed, so that the signature can be checked again; nil unless the signature is a passkey's.
	Proof *DeclarationProof `json:"proof,omitempty"`
}

// DeclarationProof is a passkey's signature under a declaration. Its challenge is made of the event, the text and the nonce, so that
// it stands under this text and no other.
type DeclarationProof struct {
	Nonce             []byte `json:"nonce"`
	Origin            string `json:"origin"`
	PasskeyID         []byte `json:"passkey_id"`
	PublicKey         []byte `json:"public_key"` // COSE, because a passkey may be removed
	ClientDataJSON    []byte `json:"client_data"`
	AuthenticatorData []byte `json:"authenticator_data"`
	Signature         []byte `json:"signature"`
}

// DeclarationChallenge is the WebAuthn challenge under which a text is signed in an event.
func DeclarationChallenge(nonce []byte, eventID, personID, textVersion, textHash string) []byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte("udap-idp declaration of identity"), nonce, []byte(eventID), []byte(personID), []byte(textVersion), []byte(textHash)} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part))) // so that no two lists of parts read alike
		h.Write(size[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// ProofingNotification tells the person that she was proofed, and how to say that it was not she.
type ProofingNotification struct {
	ID              string    `json:"id"`
	Channel         string    `json:"channel"`
	AttributeID     string    `json:"attribute_id"` // where it goes
	Basis           string    `json:"basis"`        // address_of_record …
	TemplateVersion string    `json:"template_version"`
	RepudiationHash []byte    `json:"repudiation_hash,omitempty"` // Token.Hash of the way back
	Locale          string    `json:"locale,omitempty"`           // the language it is written in, BCP 47
	MessageID       string    `json:"message_id,omitempty"`       // of the Message that it is; "" when somebody carries it
	PreparedAt      time.Time `json:"prepared_at"`
	SentAt          time.Time `json:"sent_at,omitzero"`
	ReturnedAt      time.Time `json:"returned_at,omitzero"`
}

// ProofingClaim is how an event leaves an attribute.
type ProofingClaim struct {
	AttributeID string          `json:"attribute_id"`
	Status      AttributeStatus `json:"status"`
	EvidenceID  string          `json:"evidence_id,omitempty"`
	Method      string          `json:"method,omitempty"`
}

// ProofingFilter selects events; what is zero selects nothing out.
type ProofingFilter struct {
	PersonID      string
	Status        ProofingStatus
	ExpiresBefore time.Time
	After         string // the last id of the page before
	Limit         int    // 0 is 100
}
