package identity

import (
	"context"
	"slices"
	"strings"

	"udap-idp/internal/assurance"
	"udap-idp/internal/idp"
)

// Decision closes the recording of an event.
type Decision = idp.ProofingDecision

// Complete computes the level and closes the recording. The level takes effect at once, or waits for a second reviewer, or for the
// notification. An event that does not bear what it claims is *Incomplete and stays open.
func (i *Identity) Complete(ctx context.Context, id string, d Decision, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.complete(ctx, s, d)
	})
}

func (i *Identity) complete(ctx context.Context, s *step, d Decision) error {
	if s.person.State != idp.PersonActive {
		return refuse("person_state", "the account is %s: nobody can be proofed for it", s.person.State)
	}
	if s.p.CompletedAt.IsZero() {
		s.p.CompletedAt = s.now
	}
	s.p.ExpiresAt = s.p.CompletedAt.AddDate(idp.ProofingYears, 0, 0)
	s.p.Reason = d.Reason
	if err := s.deriveClaims(); err != nil {
		return err
	}
	wanted := s.p.Claimed
	if s.p.LoweredTo != idp.Unverified && !s.p.LoweredTo.AtLeast(wanted) {
		wanted = s.p.LoweredTo
	}
	a := assurance.Assess(s.p, s.person, s.now)
	if a.Reached == idp.Unverified || a.Reached != wanted && !d.AcceptLower {
		return &Incomplete{Wanted: wanted, Assessment: a}
	}
	s.p.Achieved = a.Reached
	if err := i.completeUnique(ctx, s, d); err != nil {
		return err
	}
	i.note(s, "proofing.complete", string(s.p.Achieved))
	if i.TwoPersonApproval && s.p.Achieved.AtLeast(idp.IDIAL2) {
		s.p.Status = idp.ProofingPendingApproval
		return nil
	}
	i.advance(s)
	return nil
}

// completeUnique asks while the person is at the desk what else would be found out when the event comes into force.
func (i *Identity) completeUnique(ctx context.Context, s *step, d Decision) error {
	if !s.p.Achieved.AtLeast(idp.IDIAL1_8) || !s.person.Identifier.IsZero() {
		return nil
	}
	if d.NotADuplicate != "" {
		if _, err := i.setApart(ctx, s, d.NotADuplicate); err != nil {
			return err
		}
	}
	return i.unique(ctx, s)
}

// advance brings an event that is decided into force, unless its level waits for the notification.
func (i *Identity) advance(s *step) {
	if !assurance.Assess(s.p, s.person, s.now).Level.AtLeast(s.p.Achieved) {
		s.p.Status = idp.ProofingPendingNotification
		return
	}
	s.p.Status, s.settle = idp.ProofingInForce, true
	i.note(s, "proofing.in_force", string(s.p.Achieved))
}

// deriveClaims says how the event leaves the attributes that nobody said it of: those that evidence which counts tells are
// verified, and so is what a code or a confirmation has shown. What was claimed must have that behind it.
func (s *step) deriveClaims() error {
	counting := map[string]bool{}
	for _, standing := range assurance.Assess(s.p, s.person, s.now).Evidence {
		counting[standing.ID] = standing.Why == ""
	}
	for _, c := range s.p.Claims {
		a, err := s.attribute(c.AttributeID)
		if err != nil {
			return err
		}
		if _, ok := s.proofOf(a, c.EvidenceID, counting); c.Status == idp.Verified && !ok {
			return refuse("claim", "nothing that counts has verified the %s: name the evidence that tells it, or leave it consistent or self-asserted", a.Kind)
		}
	}
	for _, a := range s.person.Attributes {
		current, _ := idp.Current(s.person.Attributes, a.Kind)
		if a.ID != current.ID || slices.ContainsFunc(s.p.Claims, func(c idp.ProofingClaim) bool { return c.AttributeID == a.ID }) {
			continue
		}
		if c, ok := s.proofOf(a, "", counting); ok {
			s.p.Claims = append(slices.Clone(s.p.Claims), c)
		}
	}
	return nil
}

// proofOf finds what verifies an attribute: the evidence that is named, or any that counts and tells it, or a confirmation.
func (s *step) proofOf(a idp.Attribute, evidenceID string, counting map[string]bool) (idp.ProofingClaim, bool) {
	claim := idp.ProofingClaim{AttributeID: a.ID, Status: idp.Verified}
	for _, e := range s.p.Evidence {
		if (evidenceID == "" || e.ID == evidenceID) && counting[e.ID] && slices.Contains(e.Supports, a.Kind) {
			claim.EvidenceID, claim.Method = e.ID, "evidence"
			return claim, true
		}
	}
	if evidenceID != "" {
		return claim, false
	}
	if c := s.p.Address; c != nil && c.AttributeID == a.ID {
		claim.EvidenceID, claim.Method = c.EvidenceID, c.Method
		return claim, true
	}
	for _, c := range s.p.Contacts {
		if c.AttributeID == a.ID && !c.ConfirmedAt.IsZero() {
			claim.Method = "confirmation_code"
			return claim, true
		}
	}
	return claim, false
}

// Approve is the second pair of eyes. It must be another's than the performer's.
func (i *Identity) Approve(ctx context.Context, id string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if s.p.Status != idp.ProofingPendingApproval {
			return refuse("not_pending", "the event is %s and waits for no approval", s.p.Status)
		}
		if err := s.another(); err != nil {
			return err
		}
		s.p.ReviewedBy = by.Actor
		i.note(s, "proofing.approve", "")
		i.advance(s)
		return nil
	})
}

func (s *step) another() error {
	same := func(a, b string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
	}
	if strings.TrimSpace(s.by.Actor) == "" {
		return refuse("reviewer", "who approves must be named")
	}
	if s.by.Actor == s.p.PersonID {
		return refuse("own", "nobody proofs herself: somebody else has to approve it")
	}
	if slices.ContainsFunc(s.p.StepsBy, func(one string) bool { return same(s.by.Actor, one) }) || same(s.by.Actor, s.p.PerformedBy) || s.p.Comparison != nil && same(s.by.Actor, s.p.Comparison.Comparator) {
		return refuse("same_person", "%s carried out the proofing: somebody else has to approve it", s.by.Actor)
	}
	return nil
}

// Reject ends an event that has not been decided: nothing comes of it.
func (i *Identity) Reject(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if by.Actor == s.p.PersonID {
			return refuse("own", "nobody decides about her own proofing")
		}
		if s.p.Status != idp.ProofingDraft && s.p.Status != idp.ProofingPendingApproval {
			return refuse("decided", "the event is %s: it cannot be rejected any more, only revoked", s.p.Status)
		}
		if s.p.Status == idp.ProofingPendingApproval {
			s.p.ReviewedBy = by.Actor
		}
		before := s.p
		s.p.Achieved, s.p.Status, s.p.EndedAt, s.p.Reason = idp.Unverified, idp.ProofingFailed, s.now, reason
		i.noteDecision(s, "proofing.reject", before)
		return nil
	})
}

// Lower takes an event down to a level. There is no way up again but another event.
func (i *Identity) Lower(ctx context.Context, id string, to idp.Level, reason string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		limit := s.p.Claimed
		if s.p.Status != idp.ProofingDraft {
			limit = s.p.Achieved
		}
		if s.p.LoweredTo != idp.Unverified && !s.p.LoweredTo.AtLeast(limit) {
			limit = s.p.LoweredTo
		}
		switch {
		case by.Actor == s.p.PersonID:
			return refuse("own", "nobody decides about her own proofing")
		case !slices.Contains(openStatuses, s.p.Status):
			return refuse("ended", "the event is %s: there is nothing to lower", s.p.Status)
		case to == idp.Unverified || !slices.Contains(idp.Levels, to) || to.AtLeast(limit):
			return refuse("not_lower", "a level can only be lowered, and this event is at %s", strings.ToUpper(string(limit)))
		}
		before := s.p
		s.p.LoweredTo, s.p.Reason = to, reason
		if s.p.Status == idp.ProofingDraft {
			i.noteDecision(s, "proofing.lower", before)
			return nil
		}
		s.p.Achieved = to
		i.noteDecision(s, "proofing.lower", before)
		if s.p.Status != idp.ProofingInForce {
			i.advance(s)
			return nil
		}
		s.settle = true
		return nil
	})
}

// openStatuses are those of an event that is not over.
var openStatuses = []idp.ProofingStatus{
	idp.ProofingDraft, idp.ProofingPendingApproval, idp.ProofingPendingNotification, idp.ProofingInForce,
}

// noteDecision is the line of a decision, with how the event stood before it and how it stands after.
func (i *Identity) noteDecision(s *step, action string, before idp.Proofing) {
	type standing struct {
		Status  idp.ProofingStatus `json:"status"`
		Level   idp.Level          `json:"level"`
		Lowered idp.Level          `json:"lowered_to,omitempty"`
	}
	e := i.event(s.by, action, s.p.PersonID, detail(struct {
		Event  string   `json:"event"`
		Before standing `json:"before"`
		After  standing `json:"after"`
		Reason string   `json:"reason,omitempty"`
	}{s.p.ID, standing{before.Status, before.Achieved, before.LoweredTo}, standing{s.p.Status, s.p.Achieved, s.p.LoweredTo}, s.p.Reason}))
	e.At = s.now
	s.events = append(s.events, e)
}
