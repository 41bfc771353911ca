package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// settle makes of the person what her events in force make of her, s.p among them if it is: her level, until when it holds, and
// how each of her attributes stands. It returns the events that s.p outranks.
//
// HL7 Identity Matching IG 2.0.0, Digital Identifier: minted when an event at IDIAL1.8 or above comes into force, once; the same
// for ever after.
func (i *Identity) settle(ctx context.Context, s *step) (outranked []idp.Proofing, err error) {
	inForce, err := i.Store.Proofings(ctx, idp.ProofingFilter{PersonID: s.p.PersonID, Status: idp.ProofingInForce})
	if err != nil {
		return nil, err
	}
	inForce = slices.DeleteFunc(inForce, func(p idp.Proofing) bool {
		return p.ID == s.p.ID || !p.ExpiresAt.IsZero() && !s.now.Before(p.ExpiresAt)
	})
	others := inForce
	if s.p.Status == idp.ProofingInForce {
		inForce = append(slices.Clone(inForce), s.p)
	}
	s.person.UpdatedAt = s.now
	best := bestOf(inForce)
	if s.person.ProofingID == "" && s.person.LevelAt(s.now) != idp.Unverified && (best == nil || !best.Achieved.AtLeast(s.person.Level)) {
		return nil, nil // it was recorded without an event, and no event is worth as much
	}
	apply(&s.person, best)
	if best == nil {
		return nil, nil
	}
	if best.Achieved.AtLeast(idp.IDIAL1_8) && s.person.Identifier.IsZero() {
		if err := i.mintIn(ctx, s); err != nil {
			return nil, err
		}
	}
	if best.ID != s.p.ID {
		return nil, nil
	}
	if len(others) > 0 {
		s.p.Supersedes = others[len(others)-1].ID
	}
	return others, nil
}

// bestOf is the event of the highest level, and of those the last.
func bestOf(inForce []idp.Proofing) *idp.Proofing {
	var best *idp.Proofing
	for n := range inForce {
		p := &inForce[n]
		if best == nil || p.Achieved.AtLeast(best.Achieved) && (p.Achieved != best.Achieved || !p.CompletedAt.Before(best.CompletedAt)) {
			best = p
		}
	}
	return best
}

// apply writes an event into a person, or that there is none. Each attribute is worth what this event says of it, and nothing
// that an earlier one said: identity attributes travel with a level at which each of them was verified (HL7 Identity Matching IG
// 2.0.0, Digital Identity).
func apply(person *idp.Person, best *idp.Proofing) {
	person.Level, person.VerifiedAt, person.ExpiresAt, person.ProofingID = idp.Unverified, time.Time{}, time.Time{}, ""
	claims := map[string]idp.ProofingClaim{}
	if best != nil {
		person.Level, person.VerifiedAt, person.ExpiresAt, person.ProofingID = best.Achieved, best.CompletedAt, best.ExpiresAt, best.ID
		for _, c := range best.Claims {
			claims[c.AttributeID] = c
		}
	}
	person.Attributes = slices.Clone(person.Attributes)
	for n := range person.Attributes {
		a := &person.Attributes[n]
		c, ok := claims[a.ID]
		if !ok || c.Status == idp.SelfAsserted {
			a.Status, a.Level, a.ProofingID, a.Method, a.VerifiedAt = idp.SelfAsserted, idp.Unverified, "", "", time.Time{}
			continue
		}
		a.Status, a.Level, a.ProofingID, a.Method, a.VerifiedAt = c.Status, best.Achieved, best.ID, c.Method, best.CompletedAt
	}
}

// supersede ends an event that a later one has outranked. The person does not hang on it any more.
func (i *Identity) supersede(ctx context.Context, old idp.Proofing, by string, who idp.Reading) error {
	_, err := i.change(ctx, old.ID, who, func(s *step) error {
		if s.p.Status != idp.ProofingInForce {
			return nil // ended otherwise meanwhile
		}
		s.p.Status, s.p.EndedAt, s.p.Reason = idp.ProofingSuperseded, s.now, "superseded by "+by
		i.note(s, "proofing.supersede", by)
		return nil
	})
	return err
}

// end ends an event; what hung on it ends in the same transaction.
func (i *Identity) end(s *step, status idp.ProofingStatus, reason string) {
	s.settle = s.p.Status == idp.ProofingInForce
	before := s.p
	s.p.Status, s.p.EndedAt, s.p.Reason = status, s.now, reason
	i.noteDecision(s, "proofing."+string(status), before)
}

// Revoke ends an event that should not be relied on any more, at once.
func (i *Identity) Revoke(ctx context.Context, id, reason string, by idp.Reading) (idp.Proofing, error) {
	return i.change(ctx, id, by, func(s *step) error {
		if by.Actor == s.p.PersonID {
			return refuse("own", "nobody decides about her own proofing")
		}
		if s.p.Status == idp.ProofingDraft || !slices.Contains(openStatuses, s.p.Status) {
			return refuse("not_in_force", "the event is %s: there is nothing to revoke", s.p.Status)
		}
		i.end(s, idp.ProofingRevoked, reason)
		return nil
	})
}

// Repudiation finds the event that a link out of a notification is about. idp.ErrNotFound: there is no such link; idp.ErrUsed, with
// the event: it was used before.
func (i *Identity) Repudiation(ctx context.Context, link string) (idp.Proofing, error) {
	token, err := idp.ParseToken(link)
	if err != nil {
		return idp.Proofing{}, fmt.Errorf("repudiation link: %w", idp.ErrNotFound)
	}
	p, err := i.Store.Proofing(ctx, token.ID)
	if err != nil {
		return p, err
	}
	return p, repudiable(p, token)
}

func repudiable(p idp.Proofing, token idp.Token) error {
	known := false
	for _, n := range p.Notifications {
		known = token.Matches(n.RepudiationHash) || known
	}
	switch {
	case !known:
		return fmt.Errorf("repudiation link: %w", idp.ErrNotFound)
	case p.Status == idp.ProofingRepudiated:
		return fmt.Errorf("repudiation link: %w", idp.ErrUsed)
	}
	return nil
}

// Repudiate is the person's word that it was not she who was proofed. The event ends at once, whatever it was, and nothing that hung
// on it is vouched for any more. It works once. The errors of Repudiation.
func (i *Identity) Repudiate(ctx context.Context, link string, by idp.Reading) error {
	if _, err := i.Repudiation(ctx, link); err != nil {
		return err
	}
	token, err := idp.ParseToken(link)
	if err != nil {
		return err
	}
	_, err = i.change(ctx, token.ID, by, func(s *step) error {
		if err := repudiable(s.p, token); err != nil {
			return err
		}
		i.end(s, idp.ProofingRepudiated, "the person says that it was not she")
		if err := i.tellStaff(s, idp.NoticeStaffRepudiation); err != nil {
			return err
		}
		return i.tellAll(s, idp.NoticeProofingRepudiated)
	})
	return err
}

// ExpireProofings ends the events whose time is over, and returns how many. One that somebody else changes meanwhile is left to the
// next turn.
func (i *Identity) ExpireProofings(ctx context.Context) (int, error) {
	done := 0
	var failed []error // of one event must not keep the others in force
	by := idp.Reading{Actor: "expiry"}
	for _, status := range []idp.ProofingStatus{idp.ProofingInForce, idp.ProofingPendingNotification, idp.ProofingPendingApproval} {
		for from := (idp.DueProofings{Status: status, Before: i.now().Add(time.Microsecond)}); ; {
			over, err := i.Store.DueProofings(ctx, from)
			if err != nil {
				return done, err
			}
			if len(over) == 0 {
				break
			}
			for _, p := range over {
				_, err := i.change(ctx, p.ID, by, i.expire)
				switch {
				case err == nil:
					done++
				case !errors.Is(err, idp.ErrStale):
					failed = append(failed, fmt.Errorf("expire %s: %w", p.ID, err))
				}
			}
			from = from.Behind(over)
		}
	}
	return done, errors.Join(failed...)
}

// expire is the end of an event by time: HL7 Identity Matching IG 2.0.0, identity verification SHALL be repeated after three years.
func (i *Identity) expire(s *step) error {
	if s.p.Status == idp.ProofingDraft || !slices.Contains(openStatuses, s.p.Status) || s.now.Before(s.p.ExpiresAt) {
		return nil
	}
	i.end(s, idp.ProofingExpired, "three years are over")
	return nil
}

// Renewals are the events in force that end within a time, those that end first at the front.
func (i *Identity) Renewals(ctx context.Context, within time.Duration) ([]idp.Proofing, error) {
	var due []idp.Proofing
	for from := (idp.DueProofings{Status: idp.ProofingInForce, Before: i.now().Add(within)}); ; {
		page, err := i.Store.DueProofings(ctx, from)
		if err != nil || len(page) == 0 {
			return due, err
		}
		due, from = append(due, page...), from.Behind(page)
	}
}
