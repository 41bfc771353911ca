package assurance

import (
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// Strength is what a piece of evidence is worth under a framework.
type Strength int

const (
	None Strength = iota
	Fair
	Strong
	Superior
)

// String is the framework's word.
func (s Strength) String() string {
	return [...]string{"none", "fair", "strong", "superior"}[s]
}

// MarshalText writes the word.
func (s Strength) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// worth is what a type of evidence is worth under each framework, and what kind of thing it is.
type worth struct {
	idi, nist3, nist4 Strength
	photoID           bool // a state or a nation issues it, with a photo
	cryptographic     bool // under revision 4, Superior only when its chip or signature was validated, and Strong otherwise
}

// worths is the table of evidence. HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: superior are the passport, the
// REAL ID, the Enhanced ID and the military ID; strong is a licence or a state's card with a photo that is no REAL ID; the rest
// that it names is fair. NIST SP 800-63A-4 takes licences as strong, and as superior only what was validated by cryptography.
// Where a framework does not name a type, it is worth nothing under it; where two lists have it, it is worth the lesser.
var worths = map[idp.EvidenceType]worth{
	idp.DriversLicense:     {idi: Strong, nist3: Strong, nist4: Strong, photoID: true},
	idp.StateID:            {idi: Strong, nist3: Strong, nist4: Strong, photoID: true},
	idp.RealID:             {idi: Superior, nist3: Strong, nist4: Strong, photoID: true},
	idp.EnhancedID:         {idi: Superior, nist3: Strong, nist4: Strong, photoID: true},
	idp.Passport:           {idi: Superior, nist3: Superior, nist4: Superior, photoID: true, cryptographic: true},
	idp.PassportCard:       {idi: Strong, nist3: Strong, nist4: Strong, photoID: true},
	idp.MilitaryID:         {idi: Superior, nist3: Superior, nist4: Superior, photoID: true, cryptographic: true},
	idp.MobileLicense:      {idi: Strong, nist3: Strong, nist4: Superior, photoID: true, cryptographic: true},
	idp.ResidentCard:       {idi: Fair, nist3: Strong, nist4: Strong, photoID: true},
	idp.TribalID:           {idi: Fair, nist3: Strong, nist4: Strong, photoID: true},
	idp.VeteranHealthCard:  {idi: Fair, nist3: Strong, nist4: Strong, photoID: true},
	idp.OtherGovernmentID:  {idi: Fair, nist3: Fair, nist4: Fair},
	idp.InsuranceCard:      {idi: Fair},
	idp.MedicalRecord:      {idi: Fair},
	idp.UtilityBill:        {idi: Fair, nist3: Fair, nist4: Fair},
	idp.MobileBill:         {idi: Fair, nist3: Fair, nist4: Fair},
	idp.BankStatement:      {idi: Fair, nist3: Fair, nist4: Fair},
	idp.SocialSecurityCard: {idi: Fair, nist3: Fair, nist4: Fair},
	idp.BirthCertificate:   {idi: Fair, nist3: Fair},
	idp.ProviderIdentifier: {idi: Fair},
	idp.MedicalLicense:     {idi: Fair},
	idp.KnowledgeBased:     {idi: Fair, nist3: Fair},
	idp.DigitalIdentifier:  {},
	idp.OtherEvidence:      {},
}

// KnownEvidence reports whether a type is one that the table has.
func KnownEvidence(t idp.EvidenceType) bool {
	_, ok := worths[t]
	return ok
}

// EvidenceTypes are the types of the table, in order of the alphabet.
func EvidenceTypes() []string {
	var types []string
	for t := range worths {
		types = append(types, string(t))
	}
	slices.Sort(types)
	return types
}

// IsPhotoID reports whether a type is an identity card, licence or passport of a state or a nation, with a photo.
func IsPhotoID(t idp.EvidenceType) bool { return worths[t].photoID }

// StrengthOf is what a piece of evidence is worth under a framework (idp.FrameworkIDI …), once it is validated.
func StrengthOf(e idp.Evidence, framework string) Strength {
	w := worths[e.Type]
	if (w.photoID || e.Type == idp.OtherGovernmentID) && !e.HasPhoto {
		return None // a card that should have a photo and has none is not that card
	}
	switch framework {
	case idp.FrameworkIDI:
		return w.idi
	case idp.FrameworkNIST3:
		return w.nist3
	case idp.FrameworkNIST4:
		if w.cryptographic && !e.Cryptographic {
			return min(w.nist4, Strong)
		}
		return w.nist4
	}
	return None
}

// Standing is what became of a piece of evidence.
type Standing struct {
	ID    string           `json:"id"`
	Type  idp.EvidenceType `json:"type"`
	Why   string           `json:"why,omitempty"` // the reason, by its id, that it does not count; "" when it does
	IDI   Strength         `json:"idi"`
	NIST3 Strength         `json:"nist3"`
	NIST4 Strength         `json:"nist4"`
}

// piece is a document that counts: all records of one and the same, put together.
type piece struct {
	key      string
	types    []idp.EvidenceType
	ids      []string
	supports []idp.AttributeKind
	idi      Strength
	nist3    Strength
	nist4    Strength
	photoID  bool // with a photo, issued by a state or a nation
	photo    bool
	card     bool // the thing itself was looked at, and not only its number
}

func (p piece) is(types ...idp.EvidenceType) bool {
	return slices.ContainsFunc(p.types, func(t idp.EvidenceType) bool { return slices.Contains(types, t) })
}

func (p piece) tells(kind idp.AttributeKind) bool { return slices.Contains(p.supports, kind) }

// The reasons why evidence does not count.
const (
	whyNotValidated  = "not_validated"
	whyFailed        = "validation_failed"
	whyExpired       = "expired"
	whyNotIssued     = "not_issued_yet"
	whyNoName        = "no_name"
	whyUnknown       = "unknown_type"
	whyKBVInPerson   = "kbv_in_person"
	whyNotByIssuer   = "not_confirmed_by_issuer"
	whyEarlierThan   = "earlier_event"
	stateLicenceKind = "state licence"
)

// counts says whether a piece of evidence counts in an event, on its day.
func (a *assessor) counts(e idp.Evidence) (why string) {
	check, checked := a.lastCheck(e.ID, PurposeValidation)
	switch {
	case !KnownEvidence(e.Type):
		return whyUnknown
	// NIST SP 800-63A-3 §5.3.2 and HL7 Identity Matching IG 2.0.0: no knowledge-based verification in person.
	case e.Type == idp.KnowledgeBased && strings.HasPrefix(a.p.Type, "onsite"):
		return whyKBVInPerson
	case checked && check.Result != idp.ResultPassed:
		return whyFailed
	case !e.Validated || !checked:
		return whyNotValidated
	case !a.inEvent(check.At):
		return whyEarlierThan // HL7 Identity Matching IG 2.0.0: a step up repeats the whole process
	case e.Type == idp.MedicalRecord && check.Organization == "":
		return whyNotByIssuer
	case e.ExpiresOn != "" && e.ExpiresOn < a.day:
		return whyExpired
	case e.IssuedOn != "" && e.IssuedOn > a.day:
		return whyNotIssued
	case !slices.Contains(e.Supports, idp.AttributeName):
		return whyNoName
	}
	return ""
}

// lastCheck is the last check of a purpose on a piece of evidence.
func (a *assessor) lastCheck(evidenceID, purpose string) (last idp.ProofingCheck, ok bool) {
	for _, c := range a.p.Checks {
		if c.EvidenceID == evidenceID && c.Purpose == purpose && (!ok || !c.At.Before(last.At)) {
			last, ok = c, true
		}
	}
	return last, ok
}

// inEvent reports whether something happened in this event and not before, nor in the future.
func (a *assessor) inEvent(at time.Time) bool {
	return !at.IsZero() && !at.Before(a.p.StartedAt) && !at.After(a.now)
}

// gather puts together what counts. One document that was recorded twice is one piece.
func (a *assessor) gather() {
	for _, e := range a.p.Evidence {
		standing := Standing{
			ID: e.ID, Type: e.Type, Why: a.counts(e),
			IDI: StrengthOf(e, idp.FrameworkIDI), NIST3: StrengthOf(e, idp.FrameworkNIST3), NIST4: StrengthOf(e, idp.FrameworkNIST4),
		}
		a.standings = append(a.standings, standing)
		if standing.Why == "" {
			a.add(e, standing)
		}
	}
}

func (a *assessor) add(e idp.Evidence, s Standing) {
	key := documentKey(e)
	i := slices.IndexFunc(a.pieces, func(p piece) bool { return p.key == key })
	if i < 0 {
		a.pieces, i = append(a.pieces, piece{key: key}), len(a.pieces)
	}
	p := &a.pieces[i]
	p.types, p.ids, p.supports = append(p.types, e.Type), append(p.ids, e.ID), append(p.supports, e.Supports...)
	p.idi, p.nist3, p.nist4 = max(p.idi, s.IDI), max(p.nist3, s.NIST3), max(p.nist4, s.NIST4)
	p.photo = p.photo || e.HasPhoto
	p.photoID = p.photoID || e.HasPhoto && IsPhotoID(e.Type)
	p.card = p.card || a.lookedAt(e.ID)
}

// documentKey is the same for two records of one document. A state's licence and card are one: it issues a REAL ID as either,
// and the same card must not count as two.
func documentKey(e idp.Evidence) string {
	switch e.Type {
	case idp.KnowledgeBased:
		return string(e.Type) // at most one item, whoever asked
	case idp.DriversLicense, idp.StateID, idp.RealID, idp.EnhancedID, idp.MobileLicense:
		return stateLicenceKind + "|" + strings.ToLower(e.IssuerCountry+"|"+e.IssuerJurisdiction)
	}
	return string(e.Type) + "|" + strings.ToLower(strings.Join(strings.Fields(e.IssuerName), " ")+"|"+e.IssuerCountry+"|"+e.IssuerJurisdiction)
}

// lookedAt reports whether the thing itself was looked at, rather than its number looked up.
func (a *assessor) lookedAt(evidenceID string) bool {
	return slices.ContainsFunc(a.p.Checks, func(c idp.ProofingCheck) bool {
		return c.EvidenceID == evidenceID && c.Purpose == PurposeValidation && c.Result == idp.ResultPassed && slices.Contains(inspections, c.Method)
	})
}

// inspections are the OpenID Connect for Identity Assurance check methods by which a document itself is looked at.
var inspections = []string{"vpip", "vpiruv", "vri", "vdig", "vcrypt"}

// The purposes of a check.
const (
	PurposeValidation   = "validation"
	PurposeVerification = "verification"
	PurposeResolution   = "resolution"
	PurposeFraud        = "fraud"
)
