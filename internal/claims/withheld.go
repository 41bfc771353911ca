package claims

// Reason is why a claim is not released.
type Reason string

const (
	NotAsked    Reason = "not_asked"
	NotAgreed   Reason = "not_agreed"
	NotKnown    Reason = "not_known"
	NotMatching Reason = "not_matching"
	NotActive   Reason = "not_active"
	NotTrusted  Reason = "not_trusted"
	BelowLevel  Reason = "below_level"
	TooLow      Reason = "too_low"
	Expired     Reason = "expired"
	NoEvent     Reason = "no_proofing_event"
	NotVerified Reason = "nothing_verified"
	NotInToken  Reason = "not_in_profile"
)

var reasonWords = map[Reason]string{
	NotAsked:    "no scope of the request and no claims parameter asks for it",
	NotAgreed:   "the person did not agree to share it",
	NotKnown:    "the record of the person has no value for it",
	NotMatching: "the claims parameter asks for a value that is not the person's",
	NotActive:   "the account of the person is not in use",
	NotTrusted:  "the trust community of the client is not marked as one of healthcare organisations",
	BelowLevel:  "the value is worth less than the level that the answer asserts",
	TooLow:      "the level of the answer is below IDIAL1.8",
	Expired:     "the proofing of the person has run out or was ended",
	NoEvent:     "no proofing event is on record that verified anything",
	NotVerified: "no value, or no evidence, meets what the request asks for",
	NotInToken:  "the payload profile of the client does not have it",
}

// Withheld is a claim that could be released and is not.
type Withheld struct {
	Claim  string `json:"claim"`
	Reason Reason `json:"reason"`
	Words  string `json:"words"`
}

func (r *release) withhold(claim string, reason Reason) {
	r.out.Withheld = append(r.out.Withheld, Withheld{claim, reason, reasonWords[reason]})
}

// Refusal is why a request cannot be answered, in the words of an authorization error response.
type Refusal struct {
	Code        string // error
	Description string // error_description, for the data holder's developers
	// Again says that a new sign-in would help.
	Again bool
}
