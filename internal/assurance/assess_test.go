package assurance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"udap-idp/internal/idp"
)

var (
	began = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	later = began.Add(2 * time.Hour)
)

// kinds that a document tells.
var (
	nameDOB     = []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate}
	nameDOBHome = []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate, idp.AttributeAddress}
	nameHome    = []idp.AttributeKind{idp.AttributeName, idp.AttributeAddress}
	namePhone   = []idp.AttributeKind{idp.AttributeName, idp.AttributePhone}
	nameOnly    = []idp.AttributeKind{idp.AttributeName}
)

// scene is an event in the making.
type scene struct {
	p      idp.Proofing
	person idp.Person
}

// newScene is an attended event on site at which everything but evidence and what hangs on it is in order.
func newScene() *scene {
	d := idp.Demographics{
		GivenName: "Maria", FamilyName: "Garcia", Birthdate: "1948-02-29", Email: "maria@example.org", Phone: "+16175550142",
		Address: idp.Address{Street: "12 Chestnut Street", City: "Boston", State: "MA", PostalCode: "02108", Country: "US"},
	}
	person := idp.Person{ID: "maria", Attributes: idp.AttributesOf(d, idp.Attribute{Status: idp.SelfAsserted, RecordedAt: began.AddDate(0, -1, 0)})}
	s := &scene{person: person}
	s.p = idp.Proofing{
		ID: "event", PersonID: person.ID, Type: idp.OnsiteAttended, Claimed: idp.IDIAL2, Status: idp.ProofingDraft, StartedAt: began,
		PerformedBy: "Ana Clerk", PerformedRole: idp.RoleAgent,
		Declaration: &idp.IdentityDeclaration{
			TextVersion: "2026-11", Signature: "typed", Acknowledged: true, SignedAt: began.Add(time.Minute), Attested: nameDOBHome,
		},
		Contacts: []idp.ContactConfirmation{{AttributeID: s.id(idp.AttributePhone), Channel: idp.ChannelSMS, ConfirmedAt: began.Add(time.Minute)}},
	}
	return s
}

func (s *scene) id(kind idp.AttributeKind) string {
	a, _ := idp.Current(s.person.Attributes, kind)
	return a.ID
}

// with adds validated evidence of a type, and compares the person with the first that has a photo.
func (s *scene) with(t idp.EvidenceType, tells []idp.AttributeKind, change ...func(*idp.Evidence)) *scene {
	e := idp.Evidence{
		ID: fmt.Sprintf("e%d", len(s.p.Evidence)), Type: t, IssuerName: fmt.Sprintf("issuer %d", len(s.p.Evidence)), IssuerCountry: "US",
		Supports: tells, HasPhoto: IsPhotoID(t), Validated: true,
	}
	for _, f := range change {
		f(&e)
	}
	s.p.Evidence = append(s.p.Evidence, e)
	s.p.Checks = append(s.p.Checks, idp.ProofingCheck{
		EvidenceID: e.ID, Method: "vpip", Purpose: PurposeValidation, Organization: e.IssuerName, At: began.Add(time.Minute), Result: idp.ResultPassed,
	})
	if e.HasPhoto && s.p.Comparison == nil {
		s.p.Comparison = &idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: e.ID, Comparator: "Ana Clerk", Result: idp.ResultPassed, At: began.Add(time.Minute)}
	}
	return s
}

func ofTheState(e *idp.Evidence) { e.IssuerName = "Department of State" }

// confirmed confirms the address by the first piece that tells it, or by an authoritative source.
func (s *scene) confirmed() *scene {
	c := idp.AddressConfirmation{AttributeID: s.id(idp.AttributeAddress), Method: AddressBySource, ConfirmedAt: began.Add(time.Minute)}
	for _, e := range s.p.Evidence {
		if c.EvidenceID == "" && slices.Contains(e.Supports, idp.AttributeAddress) {
			c.Method, c.EvidenceID = AddressByEvidence, e.ID
		}
	}
	if c.EvidenceID == "" {
		s.p.Checks = append(s.p.Checks, idp.ProofingCheck{Method: "data", Purpose: PurposeVerification, Organization: "Postal Service", At: began.Add(time.Minute), Result: idp.ResultPassed})
	}
	s.p.Address = &c
	return s
}

func (s *scene) notified() *scene {
	s.p.Notifications = append(s.p.Notifications, idp.ProofingNotification{
		ID: "n", Channel: idp.ChannelPostal, AttributeID: s.id(idp.AttributeAddress), Basis: idp.BasisAddress, RepudiationHash: []byte{1},
		PreparedAt: began.Add(time.Minute), SentAt: began.Add(time.Hour),
	})
	return s
}

func (s *scene) whole() *scene { return s.confirmed().notified() }

func (s *scene) assess() Assessment { return Assess(s.p, s.person, later) }

// TestLevelOfEvidence is table 7.1: which evidence, with all else in order, makes which level.
func TestLevelOfEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		scene *scene
		want  idp.Level
		nist3 int
		nist4 int
	}{
		{"nothing", newScene(), idp.IDIAL1, 1, 0},
		{"any document", newScene().with(idp.OtherEvidence, nameDOB).whole(), idp.IDIAL1_2, 1, 0},
		{"birth certificate", newScene().with(idp.BirthCertificate, nameDOB).whole(), idp.IDIAL1_2, 1, 0},
		{"insurance card and medical record", newScene().with(idp.InsuranceCard, nameHome).with(idp.MedicalRecord, nameDOB).whole(), idp.IDIAL1_5, 1, 0},
		{"two insurance cards are one kind", newScene().with(idp.InsuranceCard, nameDOBHome).with(idp.InsuranceCard, nameDOBHome).whole(), idp.IDIAL1_2, 1, 0},
		{"a resident card", newScene().with(idp.ResidentCard, nameDOB).whole(), idp.IDIAL1_6, 1, 1},
		{"a licence", newScene().with(idp.DriversLicense, nameDOBHome).whole(), idp.IDIAL1_6, 1, 1},
		{"a licence and an insurance card", newScene().with(idp.DriversLicense, nameDOBHome).with(idp.InsuranceCard, nameOnly).whole(), idp.IDIAL1_8, 1, 1},
		{"a licence and a mobile bill", newScene().with(idp.DriversLicense, nameDOBHome).with(idp.MobileBill, namePhone).whole(), idp.IDIAL1_8, 1, 2},
		{"a resident card and a bill: none is strong", newScene().with(idp.ResidentCard, nameDOB).with(idp.UtilityBill, nameHome).whole(), idp.IDIAL1_6, 1, 2},
		{"a licence and a resident card", newScene().with(idp.DriversLicense, nameDOBHome).with(idp.ResidentCard, nameDOB).whole(), idp.IDIAL1_8, 2, 2},
		{"a licence and two bills", newScene().with(idp.DriversLicense, nameDOBHome).with(idp.UtilityBill, nameHome).with(idp.BankStatement, nameHome).whole(), idp.IDIAL2, 2, 2},
		{"a passport", newScene().with(idp.Passport, nameDOB).whole(), idp.IDIAL2, 2, 1},
		{"a passport whose chip was read", newScene().with(idp.Passport, nameDOB, func(e *idp.Evidence) { e.Cryptographic = true }).whole(), idp.IDIAL2, 2, 2},
		{"a REAL ID", newScene().with(idp.RealID, nameDOBHome).whole(), idp.IDIAL2, 1, 1},
		{"a mobile licence", newScene().with(idp.MobileLicense, nameDOBHome).whole(), idp.IDIAL1_6, 1, 1},
		{"a mobile licence that was read", newScene().with(idp.MobileLicense, nameDOBHome, func(e *idp.Evidence) { e.Cryptographic = true }).whole(), idp.IDIAL1_6, 1, 2},
		{"a military ID", newScene().with(idp.MilitaryID, nameDOB).whole(), idp.IDIAL2, 2, 1},
		{"a state's licence and card are one", newScene().with(idp.DriversLicense, nameDOBHome).with(idp.StateID, nameDOBHome).whole(), idp.IDIAL1_6, 1, 1},
		{"the same passport twice", newScene().with(idp.Passport, nameDOB, ofTheState).with(idp.Passport, nameDOB, ofTheState).whole(), idp.IDIAL2, 2, 1},
		{"two passports", newScene().with(idp.Passport, nameDOB).with(idp.Passport, nameDOB).whole(), idp.IDIAL2, 2, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.scene.assess()
			if got.Level != test.want || got.NIST3 != test.nist3 || got.NIST4 != test.nist4 {
				t.Errorf("level %q, NIST %d and %d; want %q, %d and %d\n%s", got.Level, got.NIST3, got.NIST4, test.want, test.nist3, test.nist4, missing(got, test.want))
			}
		})
	}
}

func missing(a Assessment, level idp.Level) string {
	var lines []string
	for _, r := range a.Of(level).Missing() {
		lines = append(lines, r.ID+": "+r.Words())
	}
	return strings.Join(lines, "\n")
}

// TestEachRequirementIsNeeded takes one thing after another away from an event at IDIAL2.
func TestEachRequirementIsNeeded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		take    func(s *scene)
		want    idp.Level // that is left
		id      string    // of the requirement of IDIAL2 that is missing
		missing string
	}{
		{"no declaration", func(s *scene) { s.p.Declaration = nil }, idp.Unverified, RequireDeclaration, "declaration"},
		{"declaration not acknowledged", func(s *scene) { s.p.Declaration.Acknowledged = false }, idp.Unverified, RequireDeclaration, "declaration.acknowledged"},
		{"declaration without the address", func(s *scene) { s.p.Declaration.Attested = nameDOB }, idp.IDIAL1_4, RequireDeclaration, "declaration.attributes"},
		{"declaration of an earlier event", func(s *scene) { s.p.Declaration.SignedAt = began.Add(-time.Hour) }, idp.Unverified, RequireDeclaration, "declaration.earlier"},
		{"third party", func(s *scene) { s.p.ThirdParty = true }, idp.IDIAL1, RequireOwnAgent, "performer.third_party"},
		{"nobody did it", func(s *scene) { s.p.PerformedBy = "" }, idp.IDIAL1, RequireOwnAgent, "performer.missing"},
		{"fraud", func(s *scene) {
			s.p.Checks = append(s.p.Checks, idp.ProofingCheck{Method: "mortality", Purpose: PurposeFraud, At: began, Result: idp.ResultFailed})
		}, idp.Unverified, RequireNoFraud, "fraud.failed"},
		{"no name", func(s *scene) { s.drop(idp.AttributeName) }, idp.Unverified, RequireName, RequireName},
		{"initials only", func(s *scene) { s.person.Attributes[0].Name = &idp.HumanName{Given: "M.", Family: "Garcia"} }, idp.Unverified, RequireName, RequireName},
		{"an alias", func(s *scene) { s.person.Attributes[0].Use = "nickname" }, idp.Unverified, RequireName, RequireName},
		{"no birthdate", func(s *scene) { s.drop(idp.AttributeBirthdate) }, idp.Unverified, RequireBirthdate, RequireBirthdate},
		{"no home", func(s *scene) { s.drop(idp.AttributeAddress) }, idp.Unverified, RequireHome, RequireHome},
		{"no e-mail address", func(s *scene) { s.drop(idp.AttributeEmail) }, idp.Unverified, RequireEmail, RequireEmail},
		{"no telephone", func(s *scene) { s.drop(idp.AttributePhone) }, idp.Unverified, RequirePhone, RequirePhone},
		{"no evidence", func(s *scene) { s.p.Evidence = nil }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"not validated", func(s *scene) { s.p.Evidence[0].Validated = false }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"validated by nobody's check", func(s *scene) { s.p.Checks = s.p.Checks[1:] }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"validation failed later", func(s *scene) {
			s.p.Checks = append(s.p.Checks, idp.ProofingCheck{EvidenceID: "e0", Method: "data", Purpose: PurposeValidation, At: later, Result: idp.ResultFailed})
		}, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"validated in an earlier event", func(s *scene) { s.p.Checks[0].At = began.Add(-time.Hour) }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"expired on the day", func(s *scene) { s.p.Evidence[0].ExpiresOn = "2026-05-03" }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"the evidence does not tell the name", func(s *scene) { s.p.Evidence[0].Supports = []idp.AttributeKind{idp.AttributeBirthdate} }, idp.IDIAL1, RequireEvidence, "evidence.strong_two_fair"},
		{"the evidence does not tell the birthdate", func(s *scene) { s.p.Evidence[0].Supports = nameOnly }, idp.IDIAL1, RequireAttributes, "attributes.evidence"},
		{"the name stays self-asserted", func(s *scene) {
			s.p.Claims = []idp.ProofingClaim{{AttributeID: s.id(idp.AttributeName), Status: idp.SelfAsserted}}
		}, idp.IDIAL1, RequireAttributes, "attributes.self_asserted"},
		{"no photo on it", func(s *scene) { s.p.Evidence[0].HasPhoto = false }, idp.IDIAL1_2, RequireEvidence, "evidence.strong_two_fair"},
		{"no comparison", func(s *scene) { s.p.Comparison = nil }, idp.IDIAL1_4, RequireComparison, "comparison"},
		{"comparison failed", func(s *scene) { s.p.Comparison.Result = idp.ResultFailed }, idp.IDIAL1_4, RequireComparison, "comparison.failed"},
		{"comparison of an earlier event", func(s *scene) { s.p.Comparison.At = began.Add(-time.Minute) }, idp.IDIAL1_4, RequireComparison, "comparison.earlier"},
		{"comparison by nobody", func(s *scene) { s.p.Comparison.Comparator = "" }, idp.IDIAL1_4, RequireComparison, "comparison.comparator"},
		{"comparison by video on site", func(s *scene) { s.p.Comparison.Method = idp.MethodLiveVideo }, idp.IDIAL1_4, RequireComparison, "comparison.method"},
		{"questions for a comparison", func(s *scene) { s.p.Comparison.Method = "kbv" }, idp.IDIAL1_4, RequireComparison, "comparison.method"},
		{"automatic without liveness", func(s *scene) { s.p.Comparison.Method = idp.MethodAutomated }, idp.IDIAL1_4, RequireComparison, "comparison.liveness"},
		{"comparison with what does not count", func(s *scene) { s.p.Comparison.EvidenceID = "e9" }, idp.IDIAL1_4, RequireComparison, "comparison.evidence"},
		{"no address of record", func(s *scene) { s.p.Address = nil }, idp.IDIAL1_4, RequireAddress, "address.unconfirmed"},
		{"another address", func(s *scene) { s.p.Address.AttributeID = "other" }, idp.IDIAL1_4, RequireAddress, "address.not_current"},
		{"a temporary address", func(s *scene) {
			for i := range s.person.Attributes {
				if s.person.Attributes[i].Kind == idp.AttributeAddress {
					s.person.Attributes[i].Use = "temp"
				}
			}
		}, idp.IDIAL1_4, RequireAddress, "address.not_current"},
		{"the source has no check", func(s *scene) { s.p.Checks = s.p.Checks[:1] }, idp.IDIAL1_4, RequireAddress, "address.source"},
		{"evidence without the address", func(s *scene) { s.p.Address.Method, s.p.Address.EvidenceID = AddressByEvidence, "e0" }, idp.IDIAL1_4, RequireAddress, "address.evidence"},
		{"a code by post that did not come back", func(s *scene) { s.p.Address.Method = AddressByCode }, idp.IDIAL1_4, RequireAddress, "address.code"},
		{"no contact", func(s *scene) { s.p.Contacts = nil }, idp.IDIAL1_4, RequireContact, "contact.control"},
		{"no notification", func(s *scene) { s.p.Notifications = nil }, idp.IDIAL1_4, RequireNotification, "notification.strict"},
		{"notification not sent", func(s *scene) { s.p.Notifications[0].SentAt = time.Time{} }, idp.IDIAL1_4, RequireNotification, "notification.not_sent"},
		{"notification came back", func(s *scene) { s.p.Notifications[0].ReturnedAt = later }, idp.IDIAL1_4, RequireNotification, "notification.returned"},
		{"notification without a way to repudiate", func(s *scene) { s.p.Notifications[0].RepudiationHash = nil }, idp.IDIAL1_4, RequireNotification, "notification.not_accepted"},
		{"expired", func(s *scene) { s.p.CompletedAt, s.p.ExpiresAt = began, later }, idp.Unverified, RequireInForce, "event.expired"},
		{"revoked", func(s *scene) { s.p.Status = idp.ProofingRevoked }, idp.Unverified, RequireInForce, "event.ended"},
		{"of somebody else", func(s *scene) { s.p.PersonID = "other" }, idp.Unverified, RequireInForce, "event.other_person"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newScene().with(idp.Passport, nameDOB).whole()
			if got := s.assess(); got.Level != idp.IDIAL2 {
				t.Fatalf("the whole event is %q\n%s", got.Level, missing(got, idp.IDIAL2))
			}
			test.take(s)
			got := s.assess()
			if got.Level != test.want {
				t.Errorf("level %q, want %q", got.Level, test.want)
			}
			i := slices.IndexFunc(got.Of(idp.IDIAL2).Missing(), func(r Requirement) bool { return r.ID == test.id })
			if i < 0 {
				t.Fatalf("%s is not missing:\n%s", test.id, missing(got, idp.IDIAL2))
			}
			r := got.Of(idp.IDIAL2).Missing()[i]
			if r.Missing != test.missing || r.Words() == "" || r.Words() == r.Missing || strings.ContainsAny(r.Words(), "{}") {
				t.Errorf("missing %q in the words %q, want %q", r.Missing, r.Words(), test.missing)
			}
		})
	}
}

// drop takes the attributes of a kind away.
func (s *scene) drop(kind idp.AttributeKind) {
	s.person.Attributes = slices.DeleteFunc(s.person.Attributes, func(a idp.Attribute) bool { return a.Kind == kind })
}

func TestKnowledgeIsNeverAComparisonAndAtMostOneFairItem(t *testing.T) {
	t.Parallel()
	remote := func() *scene {
		s := newScene().with(idp.DriversLicense, nameDOBHome).with(idp.KnowledgeBased, nameOnly)
		s.p.Type, s.p.Comparison.Method = idp.RemoteAttended, idp.MethodLiveVideo
		return s
	}
	if got := remote().whole().assess(); got.Level != idp.IDIAL1_8 {
		t.Errorf("a licence and one item of knowledge: %q, want IDIAL1.8", got.Level)
	}
	knowledge := newScene().with(idp.KnowledgeBased, nameDOB)
	knowledge.p.Type = idp.RemoteAttended
	if got := knowledge.whole().assess(); got.Level != idp.IDIAL1 {
		t.Errorf("knowledge and no document made %q", got.Level)
	}
	if got := remote().with(idp.KnowledgeBased, nameOnly).whole().assess(); got.Level != idp.IDIAL1_8 {
		t.Errorf("a second item of knowledge made %q", got.Level)
	}
	s := remote()
	s.p.Type, s.p.Comparison.Method = idp.OnsiteAttended, idp.MethodInPerson
	got := s.whole().assess()
	if got.Level != idp.IDIAL1_6 || got.Evidence[1].Why != whyKBVInPerson || got.Evidence[1].WhyWords() == "" {
		t.Errorf("in person, knowledge made %q (%+v)", got.Level, got.Evidence[1])
	}
}

func TestSocialSecurityNumberAloneIsNoEvidenceAboveIDIAL1_5(t *testing.T) {
	t.Parallel()
	s := newScene().with(idp.DriversLicense, nameDOBHome).with(idp.SocialSecurityCard, nameOnly).whole()
	if got := s.assess(); got.Level != idp.IDIAL1_8 {
		t.Errorf("with the card: %q, want IDIAL1.8", got.Level)
	}
	s.p.Checks[1].Method = "data" // the number was looked up, and nobody saw the card
	if got := s.assess(); got.Level != idp.IDIAL1_6 {
		t.Errorf("with the number: %q, want IDIAL1.6", got.Level)
	}
}

func TestAMedicalRecordMustBeConfirmedByWhoIssuedIt(t *testing.T) {
	t.Parallel()
	s := newScene().with(idp.DriversLicense, nameDOBHome).with(idp.MedicalRecord, nameDOB).whole()
	s.p.Checks[1].Organization = ""
	if got := s.assess(); got.Level != idp.IDIAL1_6 || got.Evidence[1].Why != whyNotByIssuer {
		t.Errorf("level %q, %q", got.Level, got.Evidence[1].Why)
	}
}

func TestIDIAL1_5WithoutAnAddress(t *testing.T) {
	t.Parallel()
	base := func() *scene { return newScene().with(idp.InsuranceCard, nameOnly).with(idp.MedicalRecord, nameDOB) }
	if got := base().assess(); got.Level != idp.IDIAL1_2 || got.Of(idp.IDIAL1_5).Missing()[0].Missing != "attributes.address" {
		t.Errorf("without: %q", got.Level)
	}
	if got := base().with(idp.MobileBill, namePhone).assess(); got.Level != idp.IDIAL1_5 {
		t.Errorf("with fair evidence of the telephone: %q\n%s", got.Level, missing(got, idp.IDIAL1_5))
	}
	s := base()
	s.p.Evidence[1].HasPhoto = true
	s.p.Comparison = &idp.PhotoComparison{Method: idp.MethodInPerson, EvidenceID: "e1", Comparator: "Ana", Result: idp.ResultPassed, At: began}
	if got := s.assess(); got.Level != idp.IDIAL1_5 {
		t.Errorf("with a photo on file: %q\n%s", got.Level, missing(got, idp.IDIAL1_5))
	}
}

// TestWhereTheNotificationMayGo is the last column of the table.
func TestWhereTheNotificationMayGo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                    string
		channel, basis          string
		kind                    idp.AttributeKind
		recent, billed, utility bool
		at1_6, at1_8            bool
	}{
		{name: "post to the address of record", channel: idp.ChannelPostal, basis: idp.BasisAddress, kind: idp.AttributeAddress, at1_6: true, at1_8: true},
		{name: "SMS to the billed mobile", channel: idp.ChannelSMS, basis: idp.BasisBilled, kind: idp.AttributePhone, billed: true, at1_6: true, at1_8: true},
		{name: "SMS to a mobile that is said to be billed", channel: idp.ChannelSMS, basis: idp.BasisBilled, kind: idp.AttributePhone},
		{name: "a call to the billed mobile", channel: idp.ChannelVoice, basis: idp.BasisBilled, kind: idp.AttributePhone, billed: true, at1_6: true},
		{name: "e-mail on file", channel: idp.ChannelEmail, basis: idp.BasisOnFile, kind: idp.AttributeEmail, at1_6: true},
		{name: "e-mail recorded on the day", channel: idp.ChannelEmail, basis: idp.BasisOnFile, kind: idp.AttributeEmail, recent: true},
		{name: "telephone on a utility bill", channel: idp.ChannelVoice, basis: idp.BasisUtility, kind: idp.AttributePhone, utility: true, at1_6: true},
		{name: "e-mail by the mere look of it", channel: idp.ChannelEmail, basis: "", kind: idp.AttributeEmail},
		{name: "SMS to an e-mail address", channel: idp.ChannelSMS, basis: idp.BasisOnFile, kind: idp.AttributeEmail},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newScene().with(idp.DriversLicense, nameDOBHome).with(idp.BankStatement, nameHome).confirmed()
			if test.billed {
				s.with(idp.MobileBill, namePhone)
			}
			if test.utility {
				s.with(idp.UtilityBill, namePhone)
			}
			if test.billed || test.utility {
				s.p.Contacts[0].EvidenceID = "e2"
			}
			if test.recent {
				for i := range s.person.Attributes {
					s.person.Attributes[i].RecordedAt = began.Add(-time.Hour)
				}
			}
			if before := s.assess(); !before.NotificationPending || before.Level != idp.IDIAL1_4 || !before.Reached.AtLeast(idp.IDIAL1_8) {
				t.Fatalf("before: %q, reached %q, pending %t", before.Level, before.Reached, before.NotificationPending)
			}
			n := idp.ProofingNotification{Channel: test.channel, Basis: test.basis, AttributeID: s.id(test.kind), RepudiationHash: []byte{1}, SentAt: began.Add(time.Hour)}
			for level, want := range map[idp.Level]bool{idp.IDIAL1_6: test.at1_6, idp.IDIAL1_8: test.at1_8} {
				if got := AcceptsNotification(s.p, s.person, level, n, later); got != want {
					t.Errorf("%s accepts it: %t, want %t", level, got, want)
				}
			}
			s.p.Notifications = append(s.p.Notifications, n)
			got := s.assess()
			if got.Of(idp.IDIAL1_6).Met != test.at1_6 || got.Of(idp.IDIAL1_8).Met != test.at1_8 {
				t.Errorf("met at IDIAL1.6 %t, at IDIAL1.8 %t; want %t, %t", got.Of(idp.IDIAL1_6).Met, got.Of(idp.IDIAL1_8).Met, test.at1_6, test.at1_8)
			}
		})
	}
}

func TestAnEventIsNeverWorthMoreThanItClaimsOrWasLoweredTo(t *testing.T) {
	t.Parallel()
	s := newScene().with(idp.Passport, nameDOB).whole()
	for i, limit := range append([]idp.Level{idp.Unverified}, idp.Levels...) {
		s.p.LoweredTo = limit
		want := limit
		if i == 0 {
			want = idp.IDIAL2
		}
		if got := s.assess().Level; got != want {
			t.Errorf("lowered to %q it is %q", limit, got)
		}
	}
	s.p.LoweredTo, s.p.Claimed = idp.Unverified, idp.IDIAL1_6
	if got := s.assess().Level; got != idp.IDIAL1_6 {
		t.Errorf("an event that claims IDIAL1.6 is %q", got)
	}
	small := newScene()
	small.p.LoweredTo = idp.IDIAL2
	if got := small.assess().Level; got != idp.IDIAL1 {
		t.Errorf("lowering to IDIAL2 raised an event to %q", got)
	}
}

// TestMoreEvidenceNeverLowersAndLessNeverRaises walks through random events.
func TestMoreEvidenceNeverLowersAndLessNeverRaises(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	types := EvidenceTypes()
	tells := [][]idp.AttributeKind{nameDOB, nameDOBHome, nameHome, namePhone, nameOnly, {idp.AttributeBirthdate}}
	for range 3000 {
		s := newScene()
		if random.IntN(2) == 0 {
			s.p.Type = idp.RemoteAttended
		}
		var before Assessment
		for range 1 + random.IntN(6) {
			s.with(idp.EvidenceType(types[random.IntN(len(types))]), tells[random.IntN(len(tells))], func(e *idp.Evidence) {
				e.Cryptographic = random.IntN(3) == 0
				e.Validated = random.IntN(5) > 0
				e.IssuerName = fmt.Sprint("issuer", random.IntN(3))
				if random.IntN(8) == 0 {
					e.ExpiresOn = "2026-05-01"
				}
			})
			if s.p.Comparison != nil && s.p.Type == idp.RemoteAttended {
				s.p.Comparison.Method = idp.MethodLiveVideo
			}
			if s.p.Address == nil {
				s.whole()
			}
			after := s.assess()
			if !after.Level.AtLeast(before.Level) || !after.Reached.AtLeast(before.Reached) || after.NIST3 < before.NIST3 || after.NIST4 < before.NIST4 {
				t.Fatalf("%v after more evidence, %v before: %+v", after.Level, before.Level, s.p.Evidence)
			}
			before = after
		}
		whole := s.assess()
		i := random.IntN(len(s.p.Evidence))
		s.p.Evidence = slices.Delete(slices.Clone(s.p.Evidence), i, i+1)
		if less := s.assess(); !whole.Level.AtLeast(less.Level) || !whole.Reached.AtLeast(less.Reached) || less.NIST3 > whole.NIST3 || less.NIST4 > whole.NIST4 {
			t.Fatalf("%v after less evidence, %v before", less.Level, whole.Level)
		}
		for _, limit := range idp.Levels {
			s.p.LoweredTo = limit
			lowered := s.assess()
			if !limit.AtLeast(lowered.Level) || !whole.Level.AtLeast(lowered.Level) {
				t.Fatalf("lowered to %v it is %v, and was %v", limit, lowered.Level, whole.Level)
			}
		}
	}
}

func TestEveryMissingThingHasWords(t *testing.T) {
	t.Parallel()
	for id, words := range missingWords {
		if words == "" || words == id {
			t.Errorf("%s has no words", id)
		}
	}
	for _, typ := range EvidenceTypes() {
		if !KnownEvidence(idp.EvidenceType(typ)) {
			t.Errorf("%s is not known", typ)
		}
	}
	if (Requirement{Met: true}).Words() != "" {
		t.Error("what is met has words")
	}
}
