package assurance

import (
	"strings"

	"udap-idp/internal/idp"
)

// What a level requires, by id.
const (
	RequireInForce      = "event.in_force"
	RequireOwnAgent     = "performer.own"
	RequireNoFraud      = "fraud.clear"
	RequireName         = "person.name"
	RequireBirthdate    = "person.birthdate"
	RequireHome         = "person.address"
	RequireEmail        = "person.email"
	RequirePhone        = "person.phone"
	RequireDeclaration  = "declaration"
	RequireEvidence     = "evidence"
	RequireAttributes   = "attributes"
	RequireComparison   = "comparison"
	RequireAddress      = "address_of_record"
	RequireContact      = "contact"
	RequireNotification = "notification"
)

// Requirement is one thing that a level asks for.
type Requirement struct {
	ID  string `json:"id"`
	Met bool   `json:"met"`
	// Missing is the id of what would meet it, "" when it is met, with its parameters.
	Missing string            `json:"missing,omitempty"`
	Params  map[string]string `json:"params,omitempty"`
}

// Words says in English what would meet a requirement, "" for one that is met.
func (r Requirement) Words() string {
	if r.Met {
		return ""
	}
	text, ok := missingWords[r.Missing]
	if !ok {
		text = r.Missing
	}
	for name, value := range r.Params {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// WhyWords says in English why a piece of evidence does not count, "" for one that does.
func (s Standing) WhyWords() string { return whyWords[s.Why] }

// missingWords are the words for Requirement.Missing.
var missingWords = map[string]string{
	"event.expired":             "the event is over since {date}: proof the person anew",
	"event.ended":               "the event has ended ({status}): start a new one",
	"event.other_person":        "the event is about somebody else",
	"performer.third_party":     "the event was carried out by somebody who is not our own trained employee: repeat it with one who is",
	"performer.missing":         "who carried it out is not recorded",
	"fraud.failed":              "a check about fraud failed ({method}): clear it up, and record the check again",
	"person.name":               "the full legal name, without aliases and initials",
	"person.birthdate":          "the date of birth",
	"person.address":            "the home address (street and city, or, for somebody without a home, what is known of a temporary one)",
	"person.email":              "an e-mail address",
	"person.phone":              "a mobile or another telephone number",
	"declaration":               "the signed Declaration of Identity",
	"declaration.acknowledged":  "a Declaration of Identity that says that a false statement is punishable",
	"declaration.attributes":    "a Declaration of Identity that names {attributes}",
	"declaration.changed":       "a Declaration of Identity about what is recorded now: something that was attested has changed since",
	"declaration.earlier":       "a Declaration of Identity that was signed in this event",
	"evidence.any":              "a document, validated, with the name and the date of birth",
	"evidence.photo_id":         "a photo ID that a state or a nation issued, validated",
	"evidence.two_of":           "two of these, validated: a photo ID of a state or a nation, or a Digital Identifier; a medical record number, confirmed by who issued it; an insurance card (there is {have})",
	"evidence.strong_and_fair":  "one strong and one more fair piece of evidence, or a superior one (there are {superior} superior, {strong} strong and {fair} fair)",
	"evidence.strong_two_fair":  "one strong and two more fair pieces of evidence, or a superior one (there are {superior} superior, {strong} strong and {fair} fair)",
	"attributes.evidence":       "evidence that tells the {attributes}",
	"attributes.address":        "evidence that tells the home address; or, where it cannot be verified, evidence of an e-mail address or a telephone number, or a photo on file compared with the person",
	"attributes.self_asserted":  "the {attributes} must not stay self-asserted",
	"comparison":                "the comparison of the person with the photo on her photo ID",
	"comparison.failed":         "a comparison that passes: the last one failed",
	"comparison.evidence":       "a comparison with the photo on {what} that counts",
	"comparison.method":         "a comparison by a method that fits the kind of the event ({method} does not fit {type})",
	"comparison.liveness":       "an automatic comparison with a test that a living person is there",
	"comparison.earlier":        "a comparison that was made in this event",
	"comparison.comparator":     "who compared the person with the photo",
	"address.unconfirmed":       "the home address confirmed as the address of record: by evidence that has it, an authoritative source or a code sent by post",
	"address.not_current":       "the confirmed address must be the current home address",
	"address.evidence":          "the evidence that confirms the address must count, and have the address",
	"address.source":            "the authoritative source that confirmed the address, as a passed check",
	"address.code":              "the code sent by post must have come back",
	"contact.control":           "control of the telephone or the e-mail address, confirmed by a code",
	"notification":              "a notification of the proofing: by post to the address of record, or to an e-mail address or telephone that was on file before or is on a bill",
	"notification.strict":       "a notification of the proofing: by post to the address of record, or by SMS to the mobile that is billed to the person by name",
	"notification.not_sent":     "the notification that is prepared must be sent",
	"notification.returned":     "the notification came back: another one must be sent",
	"notification.not_accepted": "the notification that was sent does not count here: it must go by post to the address of record{other}",
}

// whyWords are the words for Standing.Why.
var whyWords = map[string]string{
	"":              "",
	whyNotValidated: "not validated: record a check that passed",
	whyFailed:       "its validation failed",
	whyExpired:      "expired on the day of the event",
	whyNotIssued:    "issued after the day of the event",
	whyNoName:       "does not tell the name",
	whyUnknown:      "a type that is not known",
	whyKBVInPerson:  "questions do not count in person",
	whyNotByIssuer:  "not confirmed by who issued it: record the check with the issuer's name",
	whyEarlierThan:  "checked before this event began: check it again",
}

// wordsOf joins the names of attributes.
func wordsOf(kinds []idp.AttributeKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	return strings.Join(names, ", ")
}
