package assurance

import (
	"slices"
	"strings"
	"time"

	"udap-idp/internal/idp"
)

// comparison is that of the person with the photo on her evidence. Nothing takes its place from IDIAL1.6 up, questions about
// her history least of all (HL7 Identity Matching IG 2.0.0, Use of Knowledge-Based Verification).
func (a *assessor) comparison(level idp.Level) (missing string, params []string) {
	c := a.p.Comparison
	if c == nil {
		return "comparison", nil
	}
	if missing, params := a.compared(*c); missing != "" {
		return missing, params
	}
	what := "a photo ID of a state or a nation"
	if level.AtLeast(idp.IDIAL1_8) {
		what = "a strong or superior photo ID"
	}
	if !slices.ContainsFunc(a.pieces, func(p piece) bool {
		return p.photoID && slices.Contains(p.ids, c.EvidenceID) && (!level.AtLeast(idp.IDIAL1_8) || p.idi >= Strong)
	}) {
		return "comparison.evidence", []string{"what", what}
	}
	return "", nil
}

// compared is about how it was done, whatever with.
func (a *assessor) compared(c idp.PhotoComparison) (missing string, params []string) {
	switch {
	case c.Result != idp.ResultPassed:
		return "comparison.failed", nil
	case !a.inEvent(c.At):
		return "comparison.earlier", nil
	case !ComparisonFits(c.Method, a.p.Type):
		return "comparison.method", []string{"method", c.Method, "type", a.p.Type}
	case c.Method == idp.MethodAutomated && !c.Liveness:
		return "comparison.liveness", nil
	case c.Method != idp.MethodAutomated && c.Comparator == "":
		return "comparison.comparator", nil
	}
	return "", nil
}

// ComparisonFits reports whether a method of comparison can be part of a kind of event.
func ComparisonFits(method, eventType string) bool {
	switch method {
	case idp.MethodInPerson:
		return eventType == idp.OnsiteAttended
	case idp.MethodLiveVideo:
		return eventType == idp.RemoteAttended
	case idp.MethodAsync, idp.MethodAutomated:
		return slices.Contains([]string{idp.OnsiteAttended, idp.OnsiteUnattend, idp.RemoteAttended, idp.RemoteUnattend}, eventType)
	}
	return false
}

// attribute finds a current attribute of the person.
func (a *assessor) attribute(id string) (idp.Attribute, bool) {
	i := slices.IndexFunc(a.person.Attributes, func(v idp.Attribute) bool { return v.ID == id && v.IsCurrent() })
	if i < 0 || id == "" {
		return idp.Attribute{}, false
	}
	return a.person.Attributes[i], true
}

// pieceOf finds what counts by the id of one of its records.
func (a *assessor) pieceOf(evidenceID string) (piece, bool) {
	i := slices.IndexFunc(a.pieces, func(p piece) bool { return slices.Contains(p.ids, evidenceID) })
	if i < 0 {
		return piece{}, false
	}
	return a.pieces[i], true
}

// The ways to confirm an address.
const (
	AddressByEvidence = "evidence"
	AddressBySource   = "authoritative_source"
	AddressByCode     = "mailed_code"
)

// address is the address of record: the physical home address, confirmed in this event.
func (a *assessor) address() string {
	c := a.p.Address
	if c == nil || !a.inEvent(c.ConfirmedAt) {
		return "address.unconfirmed"
	}
	home, ok := a.attribute(c.AttributeID)
	if !ok || home.Kind != idp.AttributeAddress || home.Use != "" && home.Use != "home" || home.Address == nil || home.Address.Street == "" {
		return "address.not_current"
	}
	switch c.Method {
	case AddressByEvidence:
		if p, ok := a.pieceOf(c.EvidenceID); !ok || !p.tells(idp.AttributeAddress) {
			return "address.evidence"
		}
	case AddressBySource:
		if !slices.ContainsFunc(a.p.Checks, func(c idp.ProofingCheck) bool {
			return c.Purpose == PurposeVerification && c.Result == idp.ResultPassed && c.Organization != "" && a.inEvent(c.At)
		}) {
			return "address.source"
		}
	case AddressByCode:
		if !slices.ContainsFunc(a.p.Contacts, func(k idp.ContactConfirmation) bool {
			return k.Channel == idp.ChannelPostal && k.AttributeID == c.AttributeID && a.inEvent(k.ConfirmedAt)
		}) {
			return "address.code"
		}
	default:
		return "address.unconfirmed"
	}
	return ""
}

// contact is control of the telephone or the e-mail address, by a code. It SHALL be confirmed at IDIAL1.5, and we ask for it at
// every level above as well.
func (a *assessor) contact() string {
	for _, c := range a.p.Contacts {
		v, ok := a.attribute(c.AttributeID)
		if !ok || !a.inEvent(c.ConfirmedAt) {
			continue
		}
		if v.Kind == idp.AttributeEmail && c.Channel == idp.ChannelEmail ||
			v.Kind == idp.AttributePhone && (c.Channel == idp.ChannelSMS || c.Channel == idp.ChannelVoice) {
			return ""
		}
	}
	return "contact.control"
}

// onFile is how long before the event an address must have been recorded to count as on file: what was written down on the way
// to the proofing was not.
const onFile = 24 * time.Hour

// notification tells the person, where an impostor would not get it, that she was proofed.
func (a *assessor) notification(level idp.Level) (missing string, params []string) {
	missing = "notification"
	if level.AtLeast(idp.IDIAL1_8) {
		missing = "notification.strict"
	}
	for _, n := range a.p.Notifications {
		accepted := a.accepts(level, n)
		switch {
		case !accepted && !n.SentAt.IsZero() && missing != "notification.not_sent" && missing != "notification.returned":
			other := ", or to an e-mail address or telephone that was on file before or is on a bill"
			if level.AtLeast(idp.IDIAL1_8) {
				other = ", or by SMS to the mobile that is billed to the person by name"
			}
			missing, params = "notification.not_accepted", []string{"other", other}
		case accepted && !n.ReturnedAt.IsZero():
			missing, params = "notification.returned", nil
		case accepted && n.SentAt.IsZero():
			missing, params = "notification.not_sent", nil
		case accepted && !a.inEvent(n.SentAt):
		case accepted:
			return "", nil
		}
	}
	return missing, params
}

// AcceptsNotification reports whether a notification, once it is sent, is one that the level accepts.
func AcceptsNotification(p idp.Proofing, person idp.Person, level idp.Level, n idp.ProofingNotification, now time.Time) bool {
	a := &assessor{p: p, person: person, now: now, day: now.UTC().Format(time.DateOnly)}
	if !p.CompletedAt.IsZero() {
		a.day = p.CompletedAt.UTC().Format(time.DateOnly)
	}
	a.gather()
	return !level.AtLeast(idp.IDIAL1_6) || a.accepts(level, n)
}

// accepts is the rule of where it goes. HL7 Identity Matching IG 2.0.0: at IDIAL1.8 and IDIAL2 it SHALL go by post to the address
// of record or by SMS to the mobile that is billed to the person by name; at IDIAL1.6 also to what was on file or is on a bill.
func (a *assessor) accepts(level idp.Level, n idp.ProofingNotification) bool {
	v, ok := a.attribute(n.AttributeID)
	if !ok || len(n.RepudiationHash) == 0 {
		return false
	}
	if n.Channel == idp.ChannelPostal {
		return n.Basis == idp.BasisAddress && a.p.Address != nil && a.p.Address.AttributeID == n.AttributeID && v.Kind == idp.AttributeAddress
	}
	if n.Channel == idp.ChannelSMS && n.Basis == idp.BasisBilled {
		return v.Kind == idp.AttributePhone && a.billed(v, idp.MobileBill)
	}
	fits := v.Kind == idp.AttributeEmail && n.Channel == idp.ChannelEmail ||
		v.Kind == idp.AttributePhone && (n.Channel == idp.ChannelSMS || n.Channel == idp.ChannelVoice)
	if level.AtLeast(idp.IDIAL1_8) || !fits {
		return false
	}
	switch n.Basis {
	case idp.BasisOnFile:
		return !v.RecordedAt.IsZero() && v.RecordedAt.Add(onFile).Before(a.p.StartedAt)
	case idp.BasisUtility, idp.BasisBilled:
		return a.billed(v, idp.UtilityBill, idp.MobileBill)
	}
	return false
}

// billed reports whether a bill that counts has the person's name and this attribute on it.
func (a *assessor) billed(v idp.Attribute, types ...idp.EvidenceType) bool {
	for _, c := range a.p.Contacts {
		p, ok := a.pieceOf(c.EvidenceID)
		if ok && c.AttributeID == v.ID && p.is(types...) && p.tells(v.Kind) && p.tells(idp.AttributeName) {
			return true
		}
	}
	return false
}

// nist3 is the level of NIST SP 800-63A-3 §4.4.1: IAL2 with one superior piece, two strong ones, or one strong and two fair; the
// applicant verified against the strongest by its photo; the address confirmed; and, when she was not there, a code
// to a confirmed contact and the notification.
func (a *assessor) nist3() int {
	if missing, _ := a.inForce(); missing != "" {
		return 0
	}
	superior, strong, fair := a.tally(func(p piece) Strength { return p.nist3 })
	enough := superior > 0 || strong > 1 || strong > 0 && strong+fair > 2
	remote := strings.HasPrefix(a.p.Type, "remote")
	if enough && a.nistVerified(func(p piece) Strength { return p.nist3 }) && a.address() == "" &&
		(!remote || a.contact() == "" && a.notified()) {
		return 2
	}
	return 1 // asks for no proofing
}

// nist4 is the level of NIST SP 800-63A-4: IAL1 with one fair piece or better, and IAL2 with one fair and one strong or one
// superior piece; in both a confirmed contact and the notification.
func (a *assessor) nist4() int {
	if missing, _ := a.inForce(); missing != "" || a.performer() != "" {
		return 0
	}
	superior, strong, fair := a.tally(func(p piece) Strength { return p.nist4 })
	if superior+strong+fair == 0 || a.contact() != "" || !a.notified() {
		return 0
	}
	if (superior > 0 || strong > 0 && strong+fair > 1) && a.nistVerified(func(p piece) Strength { return p.nist4 }) {
		return 2
	}
	return 1
}

// nistVerified is that our own agent compared her with a strong photo ID, that nothing smells of fraud, and that the evidence
// tells the core attributes.
func (a *assessor) nistVerified(of func(piece) Strength) bool {
	fraud, _ := a.fraud()
	c := a.p.Comparison
	if a.performer() != "" || fraud != "" || c == nil {
		return false
	}
	if missing, _ := a.compared(*c); missing != "" {
		return false
	}
	p, ok := a.pieceOf(c.EvidenceID)
	return ok && p.photo && of(p) >= Strong && a.told(idp.AttributeName, idp.IDIAL1_2) && a.told(idp.AttributeBirthdate, idp.IDIAL1_2)
}

// notified reports whether a notification went to an address that is confirmed by this event.
func (a *assessor) notified() bool {
	for _, n := range a.p.Notifications {
		if n.SentAt.IsZero() || !n.ReturnedAt.IsZero() || !a.inEvent(n.SentAt) {
			continue
		}
		if a.accepts(idp.IDIAL1_6, n) {
			return true
		}
		if slices.ContainsFunc(a.p.Contacts, func(c idp.ContactConfirmation) bool {
			return c.AttributeID == n.AttributeID && a.inEvent(c.ConfirmedAt)
		}) {
			return true
		}
	}
	return false
}
