package assurance

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"udap-idp/internal/idp"
)

// Assessment is what the records of a proofing event amount to, on a day.
type Assessment struct {
	// Level is the highest whose requirements all hold, and never above what the event claims or was lowered to.
	Level idp.Level `json:"level"`
	// Reached is the same, if the notification is left out.
	Reached idp.Level `json:"reached"`
	// NotificationPending: nothing but the notification stands between Level and Reached.
	NotificationPending bool `json:"notification_pending"`

	Levels   []LevelAssessment `json:"levels"` // every level, the lowest first
	Evidence []Standing        `json:"evidence"`

	// NIST3 and NIST4 are the identity assurance level of NIST SP 800-63A, revision 3 and 4, that the records would bear: 2, 1,
	// or 0 for none.
	NIST3 int `json:"nist3"`
	NIST4 int `json:"nist4"`
}

// LevelAssessment is one level with everything that it asks for.
type LevelAssessment struct {
	Level               idp.Level     `json:"level"`
	Met                 bool          `json:"met"`
	NotificationPending bool          `json:"notification_pending"` // all but the notification
	Requirements        []Requirement `json:"requirements"`
}

// Missing are the requirements that are not met.
func (l LevelAssessment) Missing() []Requirement {
	var missing []Requirement
	for _, r := range l.Requirements {
		if !r.Met {
			missing = append(missing, r)
		}
	}
	return missing
}

// Of is the assessment of one level.
func (a Assessment) Of(level idp.Level) LevelAssessment {
	for _, l := range a.Levels {
		if l.Level == level {
			return l
		}
	}
	return LevelAssessment{Level: level}
}

// assessor holds what the rules look at.
type assessor struct {
	p         idp.Proofing
	person    idp.Person
	now       time.Time
	day       string // of the event, YYYY-MM-DD
	pieces    []piece
	standings []Standing
}

// Assess computes the level that an event's records bear (HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance).
// Nobody's word makes a level: it is all in the evidence, the comparison, the declaration, the address, the contacts and the
// notification. Package documentation has the readings that we chose where the guide leaves one.
func Assess(p idp.Proofing, person idp.Person, now time.Time) Assessment {
	a := &assessor{p: p, person: person, now: now}
	a.day = now.UTC().Format(time.DateOnly)
	if !p.CompletedAt.IsZero() {
		a.day = p.CompletedAt.UTC().Format(time.DateOnly)
	}
	a.gather()
	out := Assessment{Evidence: a.standings}
	for _, level := range idp.Levels {
		l := LevelAssessment{Level: level, Requirements: a.require(level)}
		missing := l.Missing()
		l.Met = len(missing) == 0
		l.NotificationPending = len(missing) == 1 && missing[0].ID == RequireNotification
		out.Levels = append(out.Levels, l)
		if l.Met {
			out.Level = level
		}
		if l.Met || l.NotificationPending {
			out.Reached = level
		}
	}
	out.Level, out.Reached = a.capped(out.Level), a.capped(out.Reached)
	out.NotificationPending = out.Level != out.Reached
	out.NIST3, out.NIST4 = a.nist3(), a.nist4()
	return out
}

// capped keeps a level below what the event claims, because a step up is a process of its own, and below what it was lowered to.
func (a *assessor) capped(level idp.Level) idp.Level {
	for _, limit := range []idp.Level{a.p.Claimed, a.p.LoweredTo} {
		if limit != idp.Unverified && !limit.AtLeast(level) {
			level = limit
		}
	}
	return level
}

// require lists what a level asks for.
func (a *assessor) require(level idp.Level) []Requirement {
	var all []Requirement
	add := func(id string, missing string, params ...string) {
		r := Requirement{ID: id, Met: missing == "", Missing: missing}
		for i := 0; missing != "" && i+1 < len(params); i += 2 {
			if r.Params == nil {
				r.Params = map[string]string{}
			}
			r.Params[params[i]] = params[i+1]
		}
		all = append(all, r)
	}
	missing, params := a.inForce()
	add(RequireInForce, missing, params...)
	missing, params = a.fraud()
	add(RequireNoFraud, missing, params...)
	for _, c := range a.collected() {
		add(c.id, c.missing)
	}
	missing, params = a.declaration(level)
	add(RequireDeclaration, missing, params...)
	if level == idp.IDIAL1 {
		return all
	}
	add(RequireOwnAgent, a.performer())
	missing, params = a.evidence(level)
	add(RequireEvidence, missing, params...)
	missing, params = a.attributes(level)
	add(RequireAttributes, missing, params...)
	if level.AtLeast(idp.IDIAL1_5) {
		add(RequireContact, a.contact())
	}
	if level.AtLeast(idp.IDIAL1_6) {
		missing, params = a.comparison(level)
		add(RequireComparison, missing, params...)
		add(RequireAddress, a.address())
		missing, params = a.notification(level)
		add(RequireNotification, missing, params...)
	}
	return all
}

// inForce is about the event as a whole.
func (a *assessor) inForce() (missing string, params []string) {
	switch {
	case a.p.PersonID != a.person.ID:
		return "event.other_person", nil
	case a.p.Status == idp.ProofingFailed, a.p.Status == idp.ProofingRevoked, a.p.Status == idp.ProofingSuperseded,
		a.p.Status == idp.ProofingRepudiated, a.p.Status == idp.ProofingExpired:
		return "event.ended", []string{"status", string(a.p.Status)}
	// HL7 Identity Matching IG 2.0.0: after three years it SHALL be repeated.
	case !a.p.ExpiresAt.IsZero() && !a.now.Before(a.p.ExpiresAt):
		return "event.expired", []string{"date", a.p.ExpiresAt.UTC().Format(time.DateOnly)}
	}
	return "", nil
}

// performer is about who did it: an agent of a third party does not verify for us (HL7 Identity Matching IG 2.0.0, Digital
// Identifier). IDIAL1 verifies nothing, so there it does not matter.
func (a *assessor) performer() string {
	switch {
	case a.p.ThirdParty:
		return "performer.third_party"
	case a.p.PerformedBy == "":
		return "performer.missing"
	}
	return ""
}

// fraud is a failed check about fraud that none of the same method has cleared up since.
func (a *assessor) fraud() (missing string, params []string) {
	last := map[string]idp.ProofingCheck{}
	for _, c := range a.p.Checks {
		if before, ok := last[c.Method]; c.Purpose == PurposeFraud && (!ok || !c.At.Before(before.At)) {
			last[c.Method] = c
		}
	}
	var failed []string
	for method, c := range last {
		if c.Result != idp.ResultPassed {
			failed = append(failed, method)
		}
	}
	if len(failed) == 0 {
		return "", nil
	}
	return "fraud.failed", []string{"method", slices.Min(failed)}
}

type collectedItem struct{ id, missing string }

// initials is a name that was cut to letters and full stops.
var initials = regexp.MustCompile(`^(\pL\.\s*)+$`)

// collected is what SHALL be collected at every level: the full legal name, the home address, the date of birth, an e-mail
// address and a telephone number. For somebody without a home any part of a temporary address will do.
func (a *assessor) collected() []collectedItem {
	unless := func(ok bool, id string) collectedItem {
		if ok {
			return collectedItem{id: id}
		}
		return collectedItem{id, id}
	}
	name, hasName := idp.Current(a.person.Attributes, idp.AttributeName)
	legal := hasName && name.Name != nil && name.Name.Family != "" && (name.Use == "" || name.Use == "official") &&
		!initials.MatchString(name.Name.Family) && !initials.MatchString(name.Name.Given)
	home, hasHome := idp.Current(a.person.Attributes, idp.AttributeAddress)
	lives := hasHome && home.Address != nil && (home.Address.Street != "" && home.Address.City != "" || home.Use == "temp" && *home.Address != (idp.Address{}))
	has := func(kind idp.AttributeKind) bool {
		v, ok := idp.Current(a.person.Attributes, kind)
		return ok && v.Text != ""
	}
	return []collectedItem{
		unless(legal, RequireName), unless(has(idp.AttributeBirthdate), RequireBirthdate), unless(lives, RequireHome),
		unless(has(idp.AttributeEmail), RequireEmail), unless(has(idp.AttributePhone), RequirePhone),
	}
}

// declaration is the Declaration of Identity; from IDIAL1.5 up it names what it is about.
func (a *assessor) declaration(level idp.Level) (missing string, params []string) {
	d := a.p.Declaration
	switch {
	case d == nil || d.Signature == "" || d.SignedAt.IsZero():
		return "declaration", nil
	case !a.inEvent(d.SignedAt):
		return "declaration.earlier", nil
	case !d.Acknowledged:
		return "declaration.acknowledged", nil
	case slices.ContainsFunc(d.AttestedIDs, func(id string) bool { _, is := a.attribute(id); return !is }):
		return "declaration.changed", nil // it was about another name, birthdate or address
	case len(d.AttestedIDs) > 0 && slices.ContainsFunc(d.Attested, func(kind idp.AttributeKind) bool {
		now, is := idp.Current(a.person.Attributes, kind)
		return is && !slices.Contains(d.AttestedIDs, now.ID)
	}):
		return "declaration.changed", nil // it was about none yet
	case !level.AtLeast(idp.IDIAL1_5):
		return "", nil
	}
	var absent []idp.AttributeKind
	for _, kind := range []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate, idp.AttributeAddress} {
		if !slices.Contains(d.Attested, kind) {
			absent = append(absent, kind)
		}
	}
	if len(absent) > 0 {
		return "declaration.attributes", []string{"attributes", wordsOf(absent)}
	}
	return "", nil
}

// evidence is the column of the table.
func (a *assessor) evidence(level idp.Level) (missing string, params []string) {
	superior, strong, fair := a.tally(func(p piece) Strength { return p.idi })
	tally := []string{"superior", strconv.Itoa(superior), "strong", strconv.Itoa(strong), "fair", strconv.Itoa(fair)}
	switch level {
	case idp.IDIAL1_2:
		if !slices.ContainsFunc(a.pieces, func(p piece) bool { return !p.is(idp.KnowledgeBased) }) {
			return "evidence.any", nil
		}
	case idp.IDIAL1_4, idp.IDIAL1_6:
		if !slices.ContainsFunc(a.pieces, func(p piece) bool { return p.photoID }) {
			return "evidence.photo_id", nil
		}
	case idp.IDIAL1_5:
		if have := a.twoOf(); have < 2 {
			return "evidence.two_of", []string{"have", strconv.Itoa(have)}
		}
	case idp.IDIAL1_8:
		if superior == 0 && (strong == 0 || strong+fair < 2) {
			return "evidence.strong_and_fair", tally
		}
	case idp.IDIAL2:
		if superior == 0 && (strong == 0 || strong+fair < 3) {
			return "evidence.strong_two_fair", tally
		}
	}
	return "", nil
}

// tally counts the pieces of each strength. The number of a social security card, without the card, is none, and of the
// questions about her history one item counts at most (gather).
func (a *assessor) tally(of func(piece) Strength) (superior, strong, fair int) {
	for _, p := range a.pieces {
		if p.is(idp.SocialSecurityCard) && !p.card {
			continue // HL7 Identity Matching IG 2.0.0, Use of Social Security Number
		}
		switch of(p) {
		case Superior:
			superior++
		case Strong:
			strong++
		case Fair:
			fair++
		}
	}
	return superior, strong, fair
}

// twoOf counts which of the three kinds of IDIAL1.5 are there.
func (a *assessor) twoOf() int {
	var photo, record, card int
	for _, p := range a.pieces {
		switch {
		case p.photoID || p.is(idp.DigitalIdentifier):
			photo = 1
		case p.is(idp.MedicalRecord):
			record = 1
		case p.is(idp.InsuranceCard):
			card = 1
		}
	}
	return photo + record + card
}

// attributes is what the evidence has to tell: the name and the date of birth, and at IDIAL1.5 the home address. From IDIAL1.6
// up the address of record is a requirement of its own.
func (a *assessor) attributes(level idp.Level) (missing string, params []string) {
	needed := []idp.AttributeKind{idp.AttributeName, idp.AttributeBirthdate}
	var untold, asserted []idp.AttributeKind
	for _, kind := range needed {
		if !a.told(kind, level) {
			untold = append(untold, kind)
		}
	}
	if len(untold) > 0 {
		return "attributes.evidence", []string{"attributes", wordsOf(untold)}
	}
	if level == idp.IDIAL1_5 && !a.told(idp.AttributeAddress, level) && !a.insteadOfAddress() {
		return "attributes.address", nil
	}
	for _, kind := range needed {
		current, ok := idp.Current(a.person.Attributes, kind)
		if ok && slices.ContainsFunc(a.p.Claims, func(c idp.ProofingClaim) bool {
			return c.AttributeID == current.ID && c.Status == idp.SelfAsserted
		}) {
			asserted = append(asserted, kind)
		}
	}
	if len(asserted) > 0 {
		return "attributes.self_asserted", []string{"attributes", wordsOf(asserted)}
	}
	return "", nil
}

// told reports whether evidence that the level counts tells an attribute.
func (a *assessor) told(kind idp.AttributeKind, level idp.Level) bool {
	return slices.ContainsFunc(a.pieces, func(p piece) bool {
		switch {
		case !p.tells(kind), p.is(idp.KnowledgeBased): // she knows it, and no document says it
			return false
		case level == idp.IDIAL1_4, level == idp.IDIAL1_6:
			return p.photoID
		case level == idp.IDIAL1_5:
			return p.photoID || p.is(idp.DigitalIdentifier, idp.MedicalRecord, idp.InsuranceCard)
		case level.AtLeast(idp.IDIAL1_8):
			return p.idi >= Fair && (p.card || !p.is(idp.SocialSecurityCard))
		}
		return true
	})
}

// insteadOfAddress is what IDIAL1.5 takes where the address cannot be verified: fair evidence of an e-mail address or a
// telephone number, or a photo that was associated with her before.
func (a *assessor) insteadOfAddress() bool {
	return slices.ContainsFunc(a.pieces, func(p piece) bool {
		if p.idi >= Fair && (p.tells(idp.AttributeEmail) || p.tells(idp.AttributePhone)) {
			return true
		}
		c := a.p.Comparison
		return p.is(idp.MedicalRecord, idp.DigitalIdentifier) && p.photo && c != nil && c.Result == idp.ResultPassed &&
			a.inEvent(c.At) && slices.Contains(p.ids, c.EvidenceID)
	})
}
