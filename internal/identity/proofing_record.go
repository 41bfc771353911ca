package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"udap-idp/internal/idp"
)

// ProofingRecord is a whole event at once, as it was written down somewhere else. What it amounts to is computed, as for any other.
type ProofingRecord struct {
	ProofingStart
	StartedAt   time.Time                `json:"started_at"`
	CompletedAt time.Time                `json:"completed_at"`
	Evidence    []RecordedEvidence       `json:"evidence,omitempty"`
	Checks      []idp.ProofingCheck      `json:"checks,omitempty"` // about fraud, or besides those of the evidence
	Comparison  *RecordedComparison      `json:"comparison,omitempty"`
	Address     *AddressInput            `json:"address,omitempty"`
	Contacts    []RecordedContact        `json:"contacts,omitempty"`
	Declaration *idp.IdentityDeclaration `json:"declaration,omitempty"`
	Claims      []idp.ProofingClaim      `json:"claims,omitempty"`
	Decision    Decision                 `json:"decision,omitzero"`
}

// RecordedEvidence is a document with how it was found genuine. Others refer to it as e1, e2 … in the order of the list.
type RecordedEvidence struct {
	EvidenceInput
	Checks []idp.ProofingCheck `json:"checks,omitempty"`
}

// RecordedComparison is a comparison.
type RecordedComparison = idp.PhotoComparison

// RecordedContact is a contact that was confirmed then.
type RecordedContact struct {
	Attribute   string    `json:"attribute"`
	Channel     string    `json:"channel"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // when its code came back; zero: none did
	EvidenceID  string    `json:"evidence_id,omitempty"`
	Exclusive   bool      `json:"exclusive,omitempty"`
}

// RecordProofing stores a whole event and completes it. Nothing is stored of an event that is not whole.
func (i *Identity) RecordProofing(ctx context.Context, in ProofingRecord, by idp.Reading) (idp.Proofing, error) {
	s, err := i.newProofing(ctx, in.ProofingStart, by)
	if err != nil {
		return idp.Proofing{}, err
	}
	if err := i.fillRecord(s, in); err != nil {
		return idp.Proofing{}, err
	}
	draft := s.p // is stored first, so that there is one way only to change a person together with an event
	if err := i.complete(ctx, s, in.Decision); err != nil {
		return idp.Proofing{}, err
	}
	if err := i.Store.StartProofing(ctx, draft, s.events...); err != nil {
		return idp.Proofing{}, err
	}
	return i.change(ctx, draft.ID, by, func(s *step) error {
		if err := s.draft(); err != nil {
			return err
		}
		return i.complete(ctx, s, in.Decision)
	})
}

func (i *Identity) fillRecord(s *step, in ProofingRecord) error {
	if err := recordedTimes(in, s.now); err != nil {
		return err
	}
	s.p.StartedAt, s.p.CompletedAt = in.StartedAt.UTC().Truncate(time.Microsecond), in.CompletedAt.UTC().Truncate(time.Microsecond)
	for _, recorded := range in.Evidence {
		e, err := i.addEvidence(s, recorded.EvidenceInput)
		if err != nil {
			return err
		}
		for _, c := range recorded.Checks {
			c.EvidenceID = e.ID
			if err := i.recordCheck(s, c); err != nil {
				return err
			}
		}
	}
	for _, c := range in.Checks {
		if err := i.recordCheck(s, c); err != nil {
			return err
		}
	}
	for _, c := range in.Contacts {
		if err := i.recordContact(s, c); err != nil {
			return err
		}
	}
	if in.Comparison != nil {
		if err := i.recordComparison(s, *in.Comparison); err != nil {
			return err
		}
	}
	if in.Address != nil {
		if err := i.confirmAddress(s, *in.Address); err != nil {
			return err
		}
	}
	if in.Declaration != nil {
		if err := i.signDeclaration(s, *in.Declaration); err != nil {
			return err
		}
	}
	return i.claimAttributes(s, in.Claims)
}

func recordedTimes(in ProofingRecord, now time.Time) error {
	switch {
	case in.StartedAt.IsZero() || in.CompletedAt.IsZero():
		return refuse("time", "started_at and completed_at must be given")
	case in.CompletedAt.Before(in.StartedAt):
		return refuse("time", "the event cannot be complete before it began")
	case in.CompletedAt.After(now):
		return refuse("time", "the event cannot be complete at a time that is to come (%s)", in.CompletedAt.Format(time.RFC3339))
	}
	return nil
}

func (i *Identity) recordContact(s *step, in RecordedContact) error {
	a, err := s.attribute(in.Attribute)
	if err != nil {
		return err
	}
	if !channelFits(in.Channel, a.Kind) {
		return refuse("channel", "a %s is not reached by %q", a.Kind, in.Channel)
	}
	if in.EvidenceID != "" {
		e, err := s.evidence(in.EvidenceID)
		if err != nil {
			return err
		}
		if !slices.Contains(e.Supports, a.Kind) {
			return refuse("supports", "the %s does not say the %s", e.Type, a.Kind)
		}
	}
	if !in.ConfirmedAt.IsZero() {
		if err := s.happened(&in.ConfirmedAt); err != nil {
			return fmt.Errorf("contact: %w", err)
		}
	}
	c := s.contact(a.ID, in.Channel)
	c.ConfirmedAt, c.EvidenceID, c.Exclusive = in.ConfirmedAt, in.EvidenceID, in.Exclusive
	i.note(s, "proofing.contact.confirm", in.Channel)
	return nil
}
