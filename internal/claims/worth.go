package claims

import (
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// inForce is the level that is vouched for now.
//
// HL7 Identity Matching IG 2.0.0: proofing SHALL be repeated after three years; what has run out, was ended, or cannot be
// found is worth nothing.
func (r *release) inForce() idp.Level {
	p := r.Person
	if p.State != "" && p.State != idp.PersonActive {
		return idp.Unverified
	}
	level := p.LevelAt(r.Now)
	if !slices.Contains(idp.Levels, level) {
		return idp.Unverified
	}
	if p.ProofingID == "" { // recorded without an event: the operator's word
		return level
	}
	return lower(level, eventLevel(r.Proofing, p, r.Now))
}

// eventLevel is what the event that the person's record names is worth.
func eventLevel(e *idp.Proofing, p idp.Person, now time.Time) idp.Level {
	if e == nil || e.ID != p.ProofingID || e.PersonID != p.ID || e.Status != idp.ProofingInForce || !lasts(*e, now) {
		return idp.Unverified
	}
	return achieved(*e)
}

func lasts(e idp.Proofing, now time.Time) bool {
	return e.ExpiresAt.IsZero() || now.Before(e.ExpiresAt)
}

// achieved is the level of an event, with what the administrator lowered it to.
func achieved(e idp.Proofing) idp.Level {
	if e.LoweredTo == idp.Unverified {
		return e.Achieved
	}
	return lower(e.Achieved, e.LoweredTo)
}

// worth is the level at which a value may be said.
func (r *release) worth(a idp.Attribute) idp.Level {
	worth := a.Worth()
	if r.standing == idp.Unverified || !slices.Contains(idp.Levels, worth) {
		return idp.Unverified
	}
	if a.ProofingID == "" {
		return worth
	}
	if a.ProofingID == r.Person.ProofingID {
		return lower(worth, eventLevel(r.Proofing, r.Person, r.Now))
	}
	// An event that a later one took the place of still verified what it verified, for as long as it would have lasted.
	i := slices.IndexFunc(r.Earlier, func(e idp.Proofing) bool { return e.ID == a.ProofingID })
	if i < 0 {
		return idp.Unverified
	}
	e := r.Earlier[i]
	if e.PersonID != r.Person.ID || e.Status != idp.ProofingSuperseded || !lasts(e, r.Now) {
		return idp.Unverified
	}
	return lower(worth, achieved(e))
}

// wholeLevel is the level of the answer: that in force, lowered by the name and the birthdate if they are part of it.
//
// HL7 Identity Matching IG 2.0.0, Guidance on Identity Assurance: with an asserted level each attribute was verified at that
// level or is consistent with the evidence. App-Mediated B2B: acr is the minimum of all demographics. Without name and
// birthdate nobody is found, so they lower it; any other value is left out instead (see value).
func (r *release) wholeLevel() idp.Level {
	level := r.standing
	for _, s := range sources {
		if s.name != "name" && s.name != "given_name" && s.name != "family_name" && s.name != "birthdate" {
			continue
		}
		if !r.granted(s.scope) && !r.Asked.asks(inIDToken, s.name) && !r.Asked.asks(inUserInfo, s.name) {
			continue
		}
		if a, known := r.pick(s.kind); known {
			level = lower(level, r.worth(a))
		}
	}
	return level
}

// pick is the value of a kind that is so now: the first that is worth the level of the answer, and otherwise the first.
func (r *release) pick(kind idp.AttributeKind) (a idp.Attribute, known bool) {
	for _, candidate := range r.attributes {
		if candidate.Kind != kind || !candidate.IsCurrent() || !isWhole(candidate) {
			continue
		}
		// Her name and birthdate are the first, as everywhere: another could be another person's.
		if kind == idp.AttributeName || kind == idp.AttributeBirthdate || r.worth(candidate).AtLeast(r.level) {
			return candidate, true
		}
		if !known {
			a, known = candidate, true
		}
	}
	return a, known
}

// isWhole reports whether an attribute has the value that its kind needs.
func isWhole(a idp.Attribute) bool {
	switch a.Kind {
	case idp.AttributeName:
		return a.Name != nil
	case idp.AttributeAddress:
		return a.Address != nil
	}
	return a.Text != ""
}

func lower(a, b idp.Level) idp.Level {
	if a.AtLeast(b) {
		return b
	}
	return a
}

// expired reports whether she was verified once and is not any more.
func (r *release) expired() bool {
	return r.standing == idp.Unverified && r.Person.Level != idp.Unverified
}

// verifiedAt is when the level in force was reached.
func (r *release) verifiedAt() time.Time {
	if r.Proofing != nil && r.Person.ProofingID != "" && !r.Proofing.CompletedAt.IsZero() {
		return r.Proofing.CompletedAt
	}
	return r.Person.VerifiedAt
}
